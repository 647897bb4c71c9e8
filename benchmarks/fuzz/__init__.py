"""Damaged files of every kind: `make fuzz` counts tracebacks, files written elsewhere, and what takes too much."""
