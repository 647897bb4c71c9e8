"""Findings about masks: their files, their values, and where they lie on their photos. Open `alignment` first."""
