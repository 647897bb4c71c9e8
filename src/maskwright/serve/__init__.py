"""Masks over HTTP: start with `app.py`."""
