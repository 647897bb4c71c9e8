"""From photos to batches of crops: start with `batches.py`."""
