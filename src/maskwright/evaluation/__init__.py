"""Scores of any model against the truth: start with `evaluate.py`; the IoU is in `metrics.py`."""
