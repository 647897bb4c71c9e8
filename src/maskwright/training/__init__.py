"""Training a network: start with `loop.py`; `step.py` is a single step."""
