"""What each command does, from its request to its results: start with `training/job.py`."""
