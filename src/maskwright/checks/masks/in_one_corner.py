"""A finding about masks that nearly all begin in one corner of their photos: each was stored without its offset."""

from collections.abc import Sequence

import numpy as np

from maskwright.checks.masks.some_misaligned import MAX_PEAK_NOWHERE, MIN_PHOTOS, edge_peak
from maskwright.checks.scan import PhotoScan
from maskwright.findings.finding import Finding, make_finding, some

MIN_CORNER_SHARE = 0.8
"""Share of the masks that must begin exactly in the same corner."""
MAX_SIDE_SHARE = 0.8
"""Share of a photo's side over which the masks may reach in the median: larger ones fill the photo."""
MAX_BOX_SHARE = 0.25
"""Share of a photo's area that the boxes of the masks may have in the median."""
MAX_ONE_SIZE_DEVIATION = 0.05
"""Standard deviation of the boxes' sides, as a share of their mean, up to which they are of one size: a faint mark, as
a date or a logo, that is in the same corner of all photos."""
CORNERS = ("top left", "top right", "bottom left", "bottom right")


def corner_findings(scans: Sequence[PhotoScan]) -> list[Finding]:
    """Return that nearly all masks begin in one corner of their photos, where no edges are: a place was not added."""
    shown = [scan for scan in scans if scan.extent is not None and scan.size_hw is not None]
    if len(shown) < MIN_PHOTOS:
        return []
    places = np.array([_touched(scan) for scan in shown])
    often = places.mean(axis=0)
    corner = int(np.argmax(often))
    there = [scan for scan, touches in zip(shown, places[:, corner], strict=True) if touches]
    if often[corner] < MIN_CORNER_SHARE:
        return []
    sides = np.array([_sides(scan) for scan in there])
    high, wide = np.median(sides, axis=0).tolist()
    is_one_size = bool((sides.std(axis=0) <= MAX_ONE_SIZE_DEVIATION * sides.mean(axis=0)).all())
    if max(high, wide) > MAX_SIDE_SHARE or high * wide > MAX_BOX_SHARE or is_one_size:
        return []
    peaks = [edge_peak(scan.alignment) for scan in there if scan.alignment is not None]
    if not peaks or float(np.median(peaks)) >= MAX_PEAK_NOWHERE:
        return []
    evidence = (
        f"{len(there)} of {len(shown)} masks begin exactly in the {CORNERS[corner]} corner and reach over {wide:.0%} "
        f"of the width and {high:.0%} of the height in the median; edges are no stronger there than elsewhere: "
        f"{some([scan.name for scan in there])}"
    )
    return [make_finding("mask-shifted", evidence, variant="corner", photos=[scan.name for scan in there])]


def _touched(scan: PhotoScan) -> tuple[bool, bool, bool, bool]:
    """Tell for each of CORNERS whether the objects of a mask touch both sides of the photo there, and no other side."""
    assert scan.extent is not None
    assert scan.size_hw is not None
    top, left, bottom, right = scan.extent
    up, down = top == 0, bottom == scan.size_hw[0]
    west, east = left == 0, right == scan.size_hw[1]
    if up == down or west == east:
        return False, False, False, False
    return up and west, up and east, down and west, down and east


def _sides(scan: PhotoScan) -> tuple[float, float]:
    """Return the shares of the photo's height and width over which the objects reach."""
    assert scan.extent is not None
    assert scan.size_hw is not None
    top, left, bottom, right = scan.extent
    return (bottom - top) / scan.size_hw[0], (right - left) / scan.size_hw[1]
