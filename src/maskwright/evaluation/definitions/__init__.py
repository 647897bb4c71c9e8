"""Scores as other libraries and people define them, also wrongly: start with `compute_all.py`."""
