"""Findings about masks that lie beside what they show: some among many that fit, or all of them in one corner."""

from collections.abc import Sequence

import numpy as np

from maskwright.checks.masks.own_turns import marked_words
from maskwright.checks.scan import PhotoScan
from maskwright.findings.finding import Finding, Severity, make_finding, some
from maskwright.imaging.edge_alignment import Alignment

PHOTOS_LEAST = 8
ELSEWHERE, PEAKS = 2.0, 4.0
"""Deviations of all shifts by which the edges must be stronger where the mask lies: less is nowhere, so many a fit."""
OF_FITTING = 0.25
"""Share of what masks that fit have in the median, below which a mask lies nowhere too."""
LEAST, SHARE, FITTING, BETWEEN = 3, 0.1, 0.6, 0.1
"""Masks that must lie nowhere, also of all, and how many must fit and may lie between: else objects are faint."""
GAP, BETWEEN_BESIDE_GAP = 2.0, 0.2
"""Deviations that part those that lie nowhere from all others where more may lie between."""
FAINT = 0.9
"""Edges under the masks from which on, as strong as a photo's usual ones, the objects themselves may be faint."""
IN_CORNER, CORNER_SIDE, CORNER_BOX = 0.8, 0.8, 0.25
"""Share of the masks that must begin in one corner, of a photo's side over which they may reach, and of the photo."""
ALIKE = 0.05
"""Deviation of the sides, as a share of them, up to which masks are of one size: a faint mark is in all photos."""
CORNERS = ("top left", "top right", "bottom left", "bottom right")


def some_misplaced_findings(scans: Sequence[PhotoScan]) -> list[Finding]:
    """Return the masks that lie on no edges of their photos, where the others lie exactly on theirs."""
    peaks = {scan.name: _peak(scan.alignment) for scan in scans if scan.alignment is not None}
    fitting = [name for name, peak in peaks.items() if peak >= PEAKS]
    usual = float(np.median([peaks[name] for name in fitting])) if fitting else 0.0
    nowhere = [name for name, peak in peaks.items() if peak < max(ELSEWHERE, OF_FITTING * usual)]
    between = len(peaks) - len(nowhere) - len(fitting)
    if len(peaks) < PHOTOS_LEAST or not max(LEAST, SHARE * len(peaks)) <= len(nowhere) < len(peaks):
        return []
    gap = min(peak for name, peak in peaks.items() if name not in nowhere) - max(peaks[name] for name in nowhere)
    most = BETWEEN_BESIDE_GAP if gap >= GAP else BETWEEN
    if len(fitting) < FITTING * len(peaks) or between > most * len(peaks):
        return []
    fits = {scan.name: float(scan.alignment.turns[0]) for scan in scans if scan.alignment is not None}
    here, there = (float(np.median([fits[name] for name in names])) for names in (nowhere, fitting))
    evidence = (
        f"{len(nowhere)} of {len(peaks)} masks lie on edges of strength {here:.2f}, no stronger than where they are "
        f"moved to anywhere else; {len(fitting)} lie on edges of {there:.2f}, and weaker ones everywhere else"
        f"{marked_words(nowhere, fitting)}: {some(nowhere, most=8)}"
    )
    if len(peaks) < len(scans):
        evidence += f"; {len(scans) - len(peaks)} more photos were not looked at"
    if here >= FAINT:
        evidence += "; or the objects of these photos are faint or out of focus"
    severity: Severity = "note" if here >= FAINT else "warning"
    return [make_finding("mask-shifted", evidence, variant="some", severity=severity, photos=nowhere)]


def _peak(alignment: Alignment) -> float:
    """Return by how many deviations of all shifts the edges are stronger where the mask lies."""
    middle = alignment.shifts.shape[0] // 2
    spread = float(np.nanstd(alignment.shifts))
    return float(alignment.shifts[middle, middle] - np.nanmean(alignment.shifts)) / spread if spread else 0.0


def corner_findings(scans: Sequence[PhotoScan]) -> list[Finding]:
    """Return that nearly all masks begin in one corner of their photos, where no edges are: a place was not added."""
    shown = [scan for scan in scans if scan.extent is not None and scan.size_hw is not None]
    if len(shown) < PHOTOS_LEAST:
        return []
    places = np.array([_touched(scan) for scan in shown])
    often = places.mean(axis=0)
    corner = int(np.argmax(often))
    there = [scan for scan, touches in zip(shown, places[:, corner], strict=True) if touches]
    if often[corner] < IN_CORNER:
        return []
    sides = np.array([_sides(scan) for scan in there])
    high, wide = np.median(sides, axis=0).tolist()
    is_one_size = bool((sides.std(axis=0) <= ALIKE * sides.mean(axis=0)).all())
    if max(high, wide) > CORNER_SIDE or high * wide > CORNER_BOX or is_one_size:
        return []
    peaks = [_peak(scan.alignment) for scan in there if scan.alignment is not None]
    if not peaks or float(np.median(peaks)) >= ELSEWHERE:
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
