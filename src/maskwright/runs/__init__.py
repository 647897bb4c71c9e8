"""What a run folder holds: start with `folder.py`; `request.py` is what --resume goes by."""
