"""Findings about shapes of label files that do not fit their photos. Open `shape_scale` first."""
