"""Masks paired with photos by name, and what lists and tables beside them say. Open `pairing` first."""
