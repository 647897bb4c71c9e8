"""Thin parts that a morphological opening took away: no prediction holds anything thinner than its kernel."""

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.classes import IGNORE
from maskwright.diagnosis.evidence.evidence import Evidence, Pair
from maskwright.diagnosis.undo.undone_evidence import Hypothesis, severity_of
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import make_finding
from maskwright.imaging.mask_geometry import Mask

MOST_PHOTOS = 8
"""Photos that are looked at."""
FEWEST_PHOTOS = 4
"""Photos that must be there."""
SIDES_PX = (3, 5, 7, 9, 11)
"""Sides of the kernels."""
UNCHANGED = 0.9995
"""Share of a prediction that its own kernel leaves: a smooth outline loses a little."""
LARGER_TAKES = 0.01
"""Share that the next larger kernel takes: a smooth outline loses little, an opened one much."""
THIN = 0.05
"""Share of the truth that the kernel takes away."""
MISSED = 0.6
"""Share found of that, against the share found of the rest, at most."""
THICK = 0.5
"""Share found of the rest, at least."""

Flags = NDArray[np.bool_]
Kernel = Callable[[int], Mask]


def _of_cv2(shape: int) -> Kernel:
    return lambda side: np.asarray(cv2.getStructuringElement(shape, (side, side)), dtype=np.uint8)


def _disk(side: int) -> Mask:
    """Return the disk of scikit-image: what lies within the radius."""
    y, x = np.mgrid[:side, :side] - side // 2
    return np.asarray(x**2 + y**2 <= (side // 2) ** 2, dtype=np.uint8)


KERNELS: Sequence[Kernel] = (_of_cv2(cv2.MORPH_ELLIPSE), _of_cv2(cv2.MORPH_RECT), _of_cv2(cv2.MORPH_CROSS), _disk)


def thin_part_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return the claim that an opening took thin parts of the object away."""
    if len(evidence.cases) < FEWEST_PHOTOS or not evidence.classes.is_binary:
        return []
    pairs = [case.reread() for case in spread_evenly(evidence.cases, MOST_PHOTOS)]
    pairs = [p for p in pairs if p.prediction.shape == p.truth.shape and (p.prediction == 1).any()]
    kernel = _largest_kernel([(p.prediction == 1).astype(np.uint8) for p in pairs])
    if len(pairs) < FEWEST_PHOTOS or kernel is None:
        return []
    thin, thick, thin_share = _found(pairs, kernel)
    if thin_share < THIN or thin > MISSED * thick or thick < THICK:
        return []
    before, after = _ious(pairs, kernel)
    gain, side = round(max(0.0, after - before), 4), len(kernel)
    text = (
        f"no prediction has a part thinner than {side} px, though {thin_share:.0%} of the truth is thinner: {thin:.0%} "
        f"of that is found, and {thick:.0%} of the rest; without the thin parts of the truth the IoU goes from "
        f"{before:.3f} to {after:.3f}"
    )
    values = {"side": side}
    finding = make_finding(
        "pred-one-piece", text, variant="thin", severity=severity_of(gain), values=values, recovered_iou=gain
    )
    return [Hypothesis(finding)]


def _largest_kernel(drawn: Sequence[Mask]) -> Mask | None:
    """Return the largest kernel whose opening changes no prediction, None where there is none."""
    found: list[Mask] = []
    for kernel in KERNELS:
        left = [_kept_by(drawn, _opening(kernel(side))) for side in (*SIDES_PX, SIDES_PX[-1] + 2)]
        for side, own, larger in zip(SIDES_PX, left, left[1:], strict=False):
            if own >= UNCHANGED and larger <= 1 - LARGER_TAKES:
                found.append(kernel(side))
    return max(found, key=np.count_nonzero, default=None)


def _opening(kernel: Mask) -> Callable[[Mask], Mask]:
    return lambda mask: np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, kernel))


def _kept_by(drawn: Sequence[Mask], change: Callable[[Mask], Mask]) -> float:
    return sum(int(change(m).sum()) for m in drawn) / max(1, sum(int(m.sum()) for m in drawn))


def _thin(mask: Flags, kernel: Mask) -> Flags:
    """Return what an opening takes away of a mask, except bits of one or two pixels at its corners."""
    left = _opening(kernel)(mask.astype(np.uint8))
    grown = cv2.dilate(left, np.ones((3, 3), np.uint8))
    return np.asarray(mask & (grown == 0))


def _found(pairs: Sequence[Pair], kernel: Mask) -> tuple[float, float, float]:
    """Return the shares found of thin parts and of the others, and the thin parts' share of the truth."""
    counts = np.zeros((2, 2))
    for pair in pairs:
        true, drawn = pair.truth == 1, pair.prediction == 1
        thin = _thin(true, kernel)
        for row, part in enumerate((thin, true & ~thin)):
            counts[row] += part.sum(), (part & drawn).sum()
    (thin_px, thin_found), (thick_px, thick_found) = counts.tolist()
    return thin_found / max(thin_px, 1), thick_found / max(thick_px, 1), thin_px / max(thin_px + thick_px, 1)


def _ious(pairs: Sequence[Pair], kernel: Mask) -> tuple[float, float]:
    """Return the IoU of all pixels, and of those outside thin parts of the truth."""
    counts = np.zeros((2, 2))
    for pair in pairs:
        true, drawn = pair.truth == 1, (pair.prediction == 1) & (pair.truth != IGNORE)
        left_out = _thin(true, kernel)
        for row, part in enumerate((np.ones_like(true), ~left_out)):
            counts[row] += (part & true & drawn).sum(), (part & (true | drawn)).sum()
    before, after = (counts[:, 0] / np.maximum(counts[:, 1], 1)).tolist()
    return before, after
