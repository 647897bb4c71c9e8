"""How the score grows with the number of labelled photos: start with `job.py`."""
