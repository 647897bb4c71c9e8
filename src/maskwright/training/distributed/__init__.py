"""Training on several devices: start with `group.py`, which also sets the precision."""
