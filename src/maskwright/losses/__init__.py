"""Losses of a training: `catalogue.py` names them, `build.py` makes one."""
