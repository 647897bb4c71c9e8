"""A finding about marks that were drawn into photos around their objects: they give the answer away."""

from collections.abc import Sequence

import numpy as np

from maskwright.checks.scan import PhotoScan
from maskwright.findings.finding import Finding, make_finding, some
from maskwright.imaging.measuring.drawn_marks import DrawnMark

GREY_SHARE = 0.8
FEWEST, FEWEST_OF_EACH = 6, 3
"""Photos with objects, or of each kind where some show none."""
MOST_MARKED, HARDLY_MARKED = 0.7, 0.1
MIN_HELD_SHARE = 0.8
"""Share of the object that the hull of its mark must hold: such a mark surrounds the object."""
MAX_HULL_SHARE = 0.6
"""Share of the photo that the hull of a mark may cover."""
MIN_BESIDE_SHARE = 0.5
"""Share of the mark's pixels that must lie beside the object, as those of a ring do."""
ONE_PLACE = 0.02
"""Marks whose boxes vary by less, in shares of the sides, are at one place, as the frame of one region is."""
SPREAD = 45.0
"""Deviation of the marks' colour, in levels of 0..255: one pen has one colour."""


def marked_findings(scans: Sequence[PhotoScan]) -> list[Finding]:
    """Return that photos with objects have a coloured mark around them, and photos without have none."""
    looked_at = [scan for scan in scans if scan.is_grey is not None and scan.mask is not None]
    grey = [scan for scan in looked_at if scan.is_grey]
    if len(grey) < max(FEWEST, GREY_SHARE * len(looked_at)):
        return []
    shown = [scan for scan in grey if scan.extent is not None]
    bare = [scan for scan in grey if scan.extent is None]
    marks = [(scan, scan.mark) for scan in shown if scan.mark is not None]
    without = sum(scan.mark is not None for scan in bare)
    if len(marks) < max(FEWEST_OF_EACH, MOST_MARKED * len(shown)) or len(shown) < FEWEST_OF_EACH:
        return []
    told_apart = len(bare) >= FEWEST_OF_EACH and without <= HARDLY_MARKED * len(bare)
    around = float(np.mean([_surrounds(mark) for _, mark in marks]))
    if around < MOST_MARKED or (not told_apart and (bare or len(shown) < FEWEST)):
        return []
    if not told_apart and _at_one_place([mark for _, mark in marks]):
        return []
    colours = np.array([mark.colour for _, mark in marks], dtype=np.float64)
    if float(colours.std(axis=0).max()) > SPREAD:
        return []
    red, green, blue = (int(v) for v in np.median(colours, axis=0))
    names = [scan.name for scan, _ in marks]
    clean = f", and {without} of {len(bare)} photos without" if bare else ""
    parts = {scan.part for scan, _ in marks} - {None}
    where = f" (parts: {', '.join(sorted(str(part) for part in parts))})" if len(parts) > 1 else ""
    text = (
        f"{len(marks)} of {len(shown)} photos with objects have a mark of the colour #{red:02x}{green:02x}{blue:02x} "
        f"around them{clean}{where}; the photos are grey otherwise: {some(names)}"
    )
    return [make_finding("photo-marked", text, photos=names)]


def _at_one_place(marks: Sequence[DrawnMark]) -> bool:
    return float(np.std([mark.box for mark in marks], axis=0).max()) < ONE_PLACE


def _surrounds(mark: DrawnMark) -> bool:
    return mark.holds >= MIN_HELD_SHARE and mark.hull <= MAX_HULL_SHARE and mark.on_object <= 1 - MIN_BESIDE_SHARE
