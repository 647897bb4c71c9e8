"""How results are shown in a notebook: start with `show.py`."""
