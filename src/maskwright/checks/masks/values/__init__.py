"""Findings about what the values of masks stand for: sums, stretched ids, colours, and numbers that differ by part.

Open `mask_values` first.
"""
