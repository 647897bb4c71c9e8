"""Masks as polygons, for annotation tools."""

from maskwright.classes import ClassTable
from maskwright.imaging.mask_geometry import Mask, Points, trace_polygons

SIMPLIFY_SHARE = 1 / 1500
"""Polygons may differ from the mask's edge by this share of the photo's long side."""

Region = tuple[str, Points]
"""Class name, and a polygon of Nx2 pixel corners (x, y)."""


def mask_regions(mask: Mask, classes: ClassTable) -> list[Region]:
    """Return class name and polygon of every patch of the object classes."""
    tolerance = max(0.5, SIMPLIFY_SHARE * max(mask.shape))
    return [
        (classes.names[class_id], polygon)
        for class_id in classes.scored
        for polygon in trace_polygons(mask == class_id, tolerance_px=tolerance)
        if len(polygon) >= 3
    ]
