"""Random changes of training crops: `geometry.py` moves pixels, `colours.py` changes their values."""
