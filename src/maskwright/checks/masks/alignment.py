"""Findings about masks that do not lie on their photos: rotated, mirrored, shifted, or drawn before EXIF rotation."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from maskwright.checks.scan import PhotoScan
from maskwright.findings.finding import Finding, make_finding, some
from maskwright.imaging.edge_alignment import (
    CLEAR,
    CLEARLY_BETTER,
    MIN_VOTE_LEAD,
    ORIENTATIONS,
    TRUE_EDGES_HAVE,
    Alignment,
    clear_orientation,
    is_clear_majority,
)

MIN_ROTATED_SHARE = 0.25
"""Share of all measured masks that must fit better under the same rotation or mirroring."""
MIN_MEASURED = 5
"""Measured masks below which nothing is said of shifts."""
MIN_SHIFTED_SHARE = 0.75
"""Share of the masks that must fit better once moved."""
MIN_SHIFTED_T = 4.0
"""Paired t of the gains, photo by photo, from which on a shift is no chance."""
MIN_SHIFTED_STRENGTH = 1.3
"""Edge strength that the moved masks must reach on average."""
MIN_SHIFT_STEPS = 2.0
"""Steps of the search that a shift must have."""
MIN_SHIFT_LEAD = 1.4
"""How many times as strong edges must be at the better place: 1.55 and more for shifts of 2 % on six real sets."""
MIN_BOXES_SHARE = 0.8
"""Share of a mask's objects that are boxes where its edges say nothing."""
NEAR_PX = 8
"""Distance within which moved outlines still lie at the same place, in pixels of the reduced copy."""
MAX_ELSEWHERE_SHARE = 0.8
"""Strength along moved outlines, as a share of that along the masks, from which on a shift cannot be measured, as in
regular patterns."""

_UNDO = {
    "mirrored left to right": "ImageOps.mirror(mask)",
    "mirrored top to bottom": "ImageOps.flip(mask)",
    "rotated by 180 degrees": "mask.transpose(Image.Transpose.ROTATE_180)",
    "transposed": "mask.transpose(Image.Transpose.TRANSPOSE)",
    "rotated by 90 degrees counterclockwise": "mask.transpose(Image.Transpose.ROTATE_90)",
    "rotated by 90 degrees clockwise": "mask.transpose(Image.Transpose.ROTATE_270)",
    "transposed along the other diagonal": "mask.transpose(Image.Transpose.TRANSVERSE)",
}

Alignments = list[tuple[str, Alignment]]


def alignment_findings(scans: Sequence[PhotoScan]) -> list[Finding]:
    """Return findings about masks that fit their photos clearly better when turned, mirrored or shifted.

    A note where edges cannot tell.
    """
    unturned = _unturned(scans)
    named = {name for finding in unturned for name in finding.photos}
    fits = [(scan.name, scan.alignment) for scan in scans if scan.alignment is not None and scan.name not in named]
    boxed = {scan.name for scan in scans if _is_boxes(scan)}
    shaped = [(name, fit) for name, fit in fits if name not in boxed]
    findings = [*unturned, *(_turned(shaped) or _shifted(shaped))]
    return findings or _unknown(fits)


def _is_boxes(scan: PhotoScan) -> bool:
    """Tell whether nearly all objects of a mask are boxes: their sides lie beside lines of text, and on other lines."""
    return sum(one.is_box for one in scan.outlined) >= MIN_BOXES_SHARE * max(1, len(scan.outlined))


def _unknown(fits: Alignments) -> list[Finding]:
    """Return a note where nothing was found and nothing could be: edges are faint, or as good elsewhere."""
    if len(fits) < MIN_MEASURED:
        return []
    usual = np.nanmean(np.nan_to_num(np.stack([fit.shifts for _, fit in fits])), axis=0)
    middle = usual.shape[0] // 2
    reach = max(2, round(NEAR_PX / np.median([fit.step_px for _, fit in fits])))
    near = np.s_[max(0, middle - reach) : middle + reach + 1]
    here = float(usual[middle, middle])
    away = usual.copy()
    away[near, near] = 0.0
    elsewhere = float(away.max())
    if here >= CLEAR and elsewhere < MAX_ELSEWHERE_SHARE * here:
        return []
    evidence = (
        f"edges of the photos are {here:.2f} times as strong along the outlines of the masks as on average, and up to "
        f"{elsewhere:.2f} times along moved outlines; a clear answer needs {CLEAR} or more, and below "
        f"{MAX_ELSEWHERE_SHARE:.0%} of that along moved ones"
    )
    return [make_finding("not-checked", evidence, photos=[name for name, _ in fits], variant="edges")]


def _unturned(scans: Sequence[PhotoScan]) -> list[Finding]:
    """Compare, on photos with an EXIF turn only, the mask as it is with the mask turned as its photo is."""
    tagged = [
        (scan, scan.alignment.by_orientation[0], scan.stored_alignment)
        for scan in scans
        if scan.alignment and scan.stored_alignment
    ]
    better = [(scan, was, turned) for scan, was, turned in tagged if turned > CLEAR and turned - was > CLEARLY_BETTER]
    worse = sum(was > CLEAR and was - turned > CLEARLY_BETTER for _, was, turned in tagged)
    least = max(2, MIN_VOTE_LEAD * worse, MIN_ROTATED_SHARE * len(tagged))
    if len(better) < least:
        return []
    was, turned = (float(np.mean([values[i] for values in better])) for i in (1, 2))
    names = tuple(scan.name for scan, _, _ in better)
    evidence = (
        f"{len(better)} of {len(tagged)} photos with an EXIF rotation: rotated with its photo, the mask meets edges of "
        f"strength {turned:.2f}, as it is {was:.2f} ({TRUE_EDGES_HAVE}): {some(names)}"
    )
    return [make_finding("mask-unturned", evidence, photos=names)]


def _turned(fits: Alignments) -> list[Finding]:
    """Count the photos whose mask fits clearly better under one turn; no other turn may come near in number."""
    turns = list(ORIENTATIONS)
    clear = [(name, fit.by_orientation, best) for name, fit in fits if (best := clear_orientation(fit))]
    counts = Counter(best for _, _, best in clear).most_common(2)
    turn, count = counts[0] if counts else (0, 0)
    second = counts[1][1] if len(counts) > 1 else 0
    if not is_clear_majority(count, second) or count < MIN_ROTATED_SHARE * len(fits):
        return []
    turned_photos = [(name, values) for name, values, best in clear if best == turn]
    was, now = (float(np.mean([values[i] for _, values in turned_photos])) for i in (0, turn))
    names = tuple(name for name, _ in turned_photos)
    evidence = (
        f"{count} of {len(fits)} masks meet edges of strength {now:.2f} when {turns[turn]}, {was:.2f} as they are "
        f"({TRUE_EDGES_HAVE}): {some(names)}"
    )
    code = "mask-flipped" if turns[turn].startswith("mirrored") else "mask-turned"
    return [make_finding(code, evidence, values={"undo": _UNDO[turns[turn]]}, photos=names)]


def _shifted(fits: Alignments) -> list[Finding]:
    """Find the one shift that helps most on average, and test it against no shift, photo by photo."""
    if len(fits) < MIN_MEASURED:
        return []
    tables = np.stack([fit.shifts for _, fit in fits])
    usual = np.nanmean(np.where(np.isnan(tables), 0.0, tables), axis=0)
    middle = usual.shape[0] // 2
    row, column = (int(i) for i in np.unravel_index(np.argmax(usual), usual.shape))
    down, right = row - middle, column - middle
    gains = np.nan_to_num(tables[:, row, column] - tables[:, middle, middle])
    if np.hypot(down, right) < MIN_SHIFT_STEPS or usual[row, column] < MIN_SHIFTED_STRENGTH:
        return []
    if usual[row, column] < MIN_SHIFT_LEAD * usual[middle, middle]:  # boxes around lines of text lie well on others too
        return []
    if _paired_t(gains) < MIN_SHIFTED_T or (gains > 0).mean() < MIN_SHIFTED_SHARE:
        return []
    step = [fit.step_px / max(fit.size_hw) for _, fit in fits]
    by_right, by_down = right * float(np.median(step)), down * float(np.median(step))
    evidence = (
        f"moved by {by_right:+.1%} of the long side to the right and {by_down:+.1%} down, {int((gains > 0).sum())} of "
        f"{len(fits)} masks fit better: edges of strength {usual[row, column]:.2f}, not {usual[middle, middle]:.2f}"
    )
    names = tuple(name for (name, _), gain in zip(fits, gains, strict=True) if gain > 0)
    return [make_finding("mask-shifted", evidence, values={"right": by_right, "down": by_down}, photos=names)]


def _paired_t(gains: NDArray[np.float64]) -> float:
    spread = float(gains.std(ddof=1)) / np.sqrt(len(gains))
    return float(gains.mean()) / float(max(spread, 1e-9))
