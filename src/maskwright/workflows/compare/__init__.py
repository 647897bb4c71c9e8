"""Recipes trained with the same photos and seeds, and compared: start with `job.py`."""
