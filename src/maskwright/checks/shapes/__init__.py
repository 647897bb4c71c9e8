"""Shapes of label files that do not fit their photos."""
