"""Formats that are not read, but recognised, so that the refusal says what to run instead.

Open `unsupported_tools` first.
"""
