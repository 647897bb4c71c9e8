"""Copies among photos, and the groups of photos that they form. Open `duplicates` first."""
