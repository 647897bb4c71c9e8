"""Which photos to predict, and how their results are named: start with `photo_list.py`."""
