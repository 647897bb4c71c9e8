"""Pretrained weights: `availability.py` says where they come from, `transfer.py` puts those of a run into a network."""
