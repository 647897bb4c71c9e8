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
    ORIENTATIONS,
    TRUE_EDGES_HAVE,
    Alignment,
    clear_orientation,
)

ROTATED_LEAST, ROTATED_SHARE, ROTATED_AHEAD = 3, 0.25, 3
SHIFTED_LEAST, SHIFTED_SHARE, SHIFTED_T, SHIFTED_CLEAR = 5, 0.75, 4.0, 1.3
SHIFT_STEPS_LEAST, SHIFTED_AHEAD = 2.0, 1.4
"""Edges at the better place against where the mask lies: 1.55 and more for shifts of 2 % on six real sets."""
BOXES_SHARE = 0.8
NEAR_PX, AS_GOOD = 8, 0.8
"""Where edges are nearly as strong elsewhere, as in regular patterns, a shift cannot be measured."""

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
    return sum(one.is_box for one in scan.outlined) >= BOXES_SHARE * max(1, len(scan.outlined))


def _unknown(fits: Alignments) -> list[Finding]:
    """Return a note where nothing was found and nothing could be: edges are faint, or as good elsewhere."""
    if len(fits) < SHIFTED_LEAST:
        return []
    usual = np.nanmean(np.nan_to_num(np.stack([fit.shifts for _, fit in fits])), axis=0)
    middle = usual.shape[0] // 2
    reach = max(2, round(NEAR_PX / np.median([fit.step_px for _, fit in fits])))
    near = np.s_[max(0, middle - reach) : middle + reach + 1]
    here = float(usual[middle, middle])
    away = usual.copy()
    away[near, near] = 0.0
    elsewhere = float(away.max())
    if here >= CLEAR and elsewhere < AS_GOOD * here:
        return []
    evidence = (
        f"edges of the photos are {here:.2f} times as strong along the outlines of the masks as on average, and up to "
        f"{elsewhere:.2f} times along moved outlines; a clear answer needs {CLEAR} or more, and below "
        f"{AS_GOOD:.0%} of that along moved ones"
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
    least = max(2, ROTATED_AHEAD * worse, ROTATED_SHARE * len(tagged))
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
    if count < max(ROTATED_LEAST, ROTATED_SHARE * len(fits), ROTATED_AHEAD * second):
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
    if len(fits) < SHIFTED_LEAST:
        return []
    tables = np.stack([fit.shifts for _, fit in fits])
    usual = np.nanmean(np.where(np.isnan(tables), 0.0, tables), axis=0)
    middle = usual.shape[0] // 2
    row, column = (int(i) for i in np.unravel_index(np.argmax(usual), usual.shape))
    down, right = row - middle, column - middle
    gains = np.nan_to_num(tables[:, row, column] - tables[:, middle, middle])
    if np.hypot(down, right) < SHIFT_STEPS_LEAST or usual[row, column] < SHIFTED_CLEAR:
        return []
    if usual[row, column] < SHIFTED_AHEAD * usual[middle, middle]:  # boxes around lines of text lie well on others too
        return []
    if _paired_t(gains) < SHIFTED_T or (gains > 0).mean() < SHIFTED_SHARE:
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
