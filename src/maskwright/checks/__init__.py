"""Faults of a dataset, found before anything is trained on it. Open `check` first, then `scan`."""
