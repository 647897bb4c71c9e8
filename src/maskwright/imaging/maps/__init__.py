"""Where images lie on the ground, and polygons in files for maps. Open `place` first."""
