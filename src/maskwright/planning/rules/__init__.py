"""The rules that choose each part of a plan, one module a part: start with `scale.py`."""
