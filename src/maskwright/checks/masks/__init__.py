"""Findings about masks: their files, what they hold, and where they lie on their photos. Open `alignment` first."""
