"""A trained model on photos: start with `segmenter.py`, which gives masks; `load.py` makes one from a run folder."""
