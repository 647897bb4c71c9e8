"""Masks of videos, frame by frame: start with `predict_video.py`."""
