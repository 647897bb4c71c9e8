"""Polygons in files for maps, GeoPackage and GeoJSON, brought into the pixels of an image. Open `layer` first."""
