"""Prediction of long lists of photos, chunk by chunk: start with `predict_list.py`."""
