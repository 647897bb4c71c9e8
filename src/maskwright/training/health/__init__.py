"""Faults of a running training and their rescue: start with `monitor.py`; the guards are in `guards.py`."""
