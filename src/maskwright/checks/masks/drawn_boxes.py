"""A finding about boxes among outlines: some objects of a class are axis-parallel rectangles, others are not."""

from collections.abc import Sequence

import numpy as np

from maskwright.checks.scan import PhotoScan
from maskwright.classes import ClassTable
from maskwright.findings.finding import Finding, Severity, make_finding, some
from maskwright.imaging.measuring.rectangles import Outlined

MIN_BOXES = 5
"""Boxes of mixed classes from which on there is a finding."""
MIN_PHOTOS = 3
"""Photos in which such boxes must be."""
MIN_OUTLINES = 3
"""Outlines that a class must have beside its boxes."""
MIN_BOXES_OF_WHOLE = 3
"""Boxes that are enough where nearly all objects of the photos that hold any are boxes."""
MIN_WHOLE_SHARE = 0.8
"""Share of the objects in those photos that must be boxes to be nearly all."""
MIN_BOX_SHARE = 0.05
"""Share of the objects of a class that must be boxes."""
FILL_MOST = 0.85
"""Outlines that fill more of the rectangle around them are rectangles in another position, as pages and boards are."""
FITS_WORSE = 0.85
"""Masks with boxes lie on the edges of their photos this much worse, if the objects themselves are no rectangles."""


def box_findings(scans: Sequence[PhotoScan], classes: ClassTable) -> list[Finding]:
    """Return the finding that objects of a class are boxes in some places and outlines in others.

    A note where the boxes lie on edges of their photos as well as the outlines do: objects may be rectangles.
    """
    objects = [(scan.name, one) for scan in scans for one in scan.outlined]
    mixed = [c for c in classes.scored if _is_mixed([one for _, one in objects if one.class_id == c])]
    boxes = [(name, one) for name, one in objects if one.is_box and one.class_id in mixed]
    names = tuple(dict.fromkeys(name for name, _ in boxes))
    beside = sum(one.class_id in mixed for name, one in objects if name in names)
    least = MIN_BOXES_OF_WHOLE if boxes and len(boxes) >= MIN_WHOLE_SHARE * beside else MIN_BOXES
    if len(boxes) < least or len(names) < MIN_PHOTOS:
        return []
    counts = [
        f"{sum(one.class_id == c for _, one in boxes)} of {sum(one.class_id == c for _, one in objects)} of "
        f"{classes.names[c]}"
        for c in mixed
    ]
    text = (
        f"{', '.join(counts)} are axis-parallel boxes, in {len(names)} photos: {some(names)}; the others have outlines"
    )
    boxed, others = _fits(scans, set(names))
    fits_worse = bool(boxed and others and np.median(boxed) < FITS_WORSE * np.median(others))
    if boxed and others:
        text += (
            f"; masks with boxes lie on edges of strength {np.median(boxed):.2f}, the others {np.median(others):.2f}"
        )
    severity: Severity = "warning" if fits_worse else "note"
    return [make_finding("mask-boxes", text, photos=names, severity=severity)]


def _is_mixed(objects: Sequence[Outlined]) -> bool:
    """Tell whether a class has boxes, and beside them outlines that are no rectangles."""
    boxes = [one for one in objects if one.is_box]
    fills = [one.fill for one in objects if not one.is_box]
    if len(fills) < MIN_OUTLINES or len(boxes) < MIN_BOX_SHARE * len(objects) or not boxes:
        return False
    return float(np.median(fills)) <= FILL_MOST


def _fits(scans: Sequence[PhotoScan], boxed: set[str]) -> tuple[list[float], list[float]]:
    """Return how masks and photos fit as they are, where masks have boxes and where they have outlines alone."""
    known = [(s.name in boxed, s.own_alignment) for s in scans if s.own_alignment is not None and s.outlined]
    fits = [(is_boxed, float(fit)) for is_boxed, fit in known if np.isfinite(fit)]
    return [fit for is_boxed, fit in fits if is_boxed], [fit for is_boxed, fit in fits if not is_boxed]
