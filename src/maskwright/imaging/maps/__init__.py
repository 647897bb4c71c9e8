"""Where images lie on the ground, windows of large ones, and polygons in files for maps. Open `place` first."""
