"""Files that are written for a photo: start with `photo_outputs.py`."""
