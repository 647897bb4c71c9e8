"""Formats that are not read, but recognised, so that the refusal says what to export or to run instead."""
