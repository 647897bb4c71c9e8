"""Drawn photos with exact masks, of puzzle pages and circuit boards: start with `puzzle_photos.py`."""
