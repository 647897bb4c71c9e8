"""Threads and the cores that they may use."""
