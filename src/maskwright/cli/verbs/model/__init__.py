"""Verbs that train, use and pass on a model: start with `train.py`."""
