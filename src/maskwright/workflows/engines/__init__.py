"""Trainings and predictions on Ray: `shared_trainings.py` and `ray_predict.py`."""
