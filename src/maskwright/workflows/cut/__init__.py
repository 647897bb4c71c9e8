"""Huge images and their labels as tiles to train on, read by windows. Open `cut` first."""
