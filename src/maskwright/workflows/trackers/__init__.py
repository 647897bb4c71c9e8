"""Runs in TensorBoard and MLflow: start with `tracker.py`."""
