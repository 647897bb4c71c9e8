"""Verbs about labelled photos, before a training: start with `check.py`."""
