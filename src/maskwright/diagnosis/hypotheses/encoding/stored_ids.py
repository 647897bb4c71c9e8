"""Predictions stored so that they are read wrongly: divided twice, 255 for 1, ghost classes from JPEG or smoothing."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.diagnosis.evidence.evidence import Evidence, Pair, mean_iou
from maskwright.diagnosis.undo.specks import without_specks
from maskwright.diagnosis.undo.undone_evidence import Hypothesis, severity_of
from maskwright.evaluation.metrics import value_counts
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import make_finding, some
from maskwright.imaging.mask_geometry import Bools, Mask, resize_mask

LEAST_RAMPS = 0.05
"""Share of such runs beyond twice the truth's, from which on masks were smoothed."""
WIDEST_RAMP_PX = 6
"""Runs of a value between its neighbours up to this width are steps of smoothing: masks enlarged 4 times have such."""
LOSSY = (".jpg", ".jpeg", ".webp")
"""Files that do not keep values."""


def encoding_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return the claims about how predictions were stored."""
    return [*_divided(evidence), *_holds_255(evidence), *_shades(evidence), *_ghosts(evidence)]


def _divided(evidence: Evidence) -> list[Hypothesis]:
    if not evidence.storage.divided:
        return []
    high = max(case.high for case in evidence.cases)
    text = f"values 0 to {high:.4f} in steps of 1/255; times 255 they are class ids, and are scored as such"
    return [Hypothesis(make_finding("pred-divided", text))]


def _holds_255(evidence: Evidence) -> list[Hypothesis]:
    values = evidence.storage.values
    if len(evidence.classes) != 2 or len(values) != 2 or values[0] != 0 or values[1] <= 1:
        return []
    return [Hypothesis(make_finding("pred-255", f"they hold 0 and {values[1]}; {values[1]} was read as the object"))]


def _shades(evidence: Evidence) -> list[Hypothesis]:
    """Tell masks of 0 and 255 with soft edges from probabilities: nearly all pixels are at the ends."""
    storage = evidence.storage
    histograms = [c.histogram for c in evidence.cases if c.histogram is not None]
    if not storage.shades or not histograms:
        return []
    total = np.sum(histograms, axis=(0, 1))
    ends = float((total[:32].sum() + total[-32:].sum()) / total.sum())
    exact = float((total[:2].sum() + total[-2:].sum()) / total.sum())
    lossy = storage.suffix in LOSSY
    if not (lossy and ends > 0.7) and not (exact > 0.7 and _thin(evidence)):
        return []
    how = "JPEG" if lossy else "smooth resizing"
    text = (
        f"{len(storage.values)} values, {ends:.1%} of the pixels next to 0 or 255: {how}; "
        "values from 128 on were read as the object"
    )
    return [Hypothesis(make_finding("pred-ghosts", text, severity="note", variant="shades"))]


def _thin(evidence: Evidence) -> bool:
    """Tell whether shades only lie where the stored value goes from one end to the other within 4 px."""
    shaded = beside = 0
    for case in spread_evenly(evidence.cases, 4):
        chances = case.reread().probabilities
        if chances is None or chances.ndim != 2:
            return False
        middle = (chances > 0.02) & (chances < 0.98)
        low, high = _within(chances < 0.02, 4), _within(chances > 0.98, 4)
        shaded += int(middle.sum())
        beside += int((middle & low & high).sum())
    return shaded > 0 and beside > 0.8 * shaded


def _within(mask: Bools, px: int) -> Bools:
    return np.asarray(cv2.dilate(mask.astype(np.uint8), np.ones((2 * px + 1,) * 2, np.uint8)) > 0)


def _ghosts(evidence: Evidence) -> list[Hypothesis]:
    """Find values that stand between two others at their boundary, as smoothing of class ids makes them."""
    if evidence.storage.kind != "ids" or not evidence.cases or evidence.storage.divided:
        return []
    pairs = [case.reread() for case in spread_evenly(evidence.cases, 8)]
    count = len(evidence.classes)
    drawn = [_ramp_share(p.prediction) for p in pairs]
    true = [_ramp_share(p.truth) for p in pairs]
    share, usual = float(np.mean(drawn)), float(np.mean(true))
    lossy = evidence.storage.suffix in LOSSY
    stray = float(evidence.table[:, count:].sum() / max(evidence.table.sum(), 1))
    if share < 2 * usual + LEAST_RAMPS and not (lossy and (stray > 0.001 or count > 2)):
        return []
    gain = _gain(evidence, pairs)
    values = some([str(v) for v in np.flatnonzero(evidence.table.sum(axis=0)).tolist()], most=8)
    text = f"{share:.1%} of the boundaries step through a class between their two sides ({usual:.1%} in the truth)"
    text += f"; values {values}" + (", files are JPEG" if lossy else "")
    text += f"; with those steps taken away the IoU gains {gain:.3f}" if gain > 0 else ""
    return [
        Hypothesis(make_finding("pred-ghosts", text, severity=severity_of(gain), recovered_iou=round(max(gain, 0), 4)))
    ]


def _ramp_share(mask: Mask) -> float:
    """Return in which share of the places where a row changes its value it goes through one in between."""
    ramps, specks, changes = _ramps(mask)
    return max(0, len(ramps) - specks) / max(1, changes)


def _ramps(mask: Mask) -> tuple[NDArray[np.int64], int, int]:
    """Return start, stop and the value before each short run between a lower and a higher one, in rows laid end to end.

    Also how many short runs are above or below both neighbours, as noise leaves them, and how many changes of value
    there are within rows. Each row gets an end of its own, which is no neighbour.
    """
    flat = np.pad(mask.astype(np.int16), ((0, 0), (0, 1)), constant_values=-1).ravel()
    starts = np.concatenate([[0], np.flatnonzero(np.diff(flat)) + 1])
    values, lengths = flat[starts], np.diff(np.append(starts, len(flat)))
    before, middle, after = values[:-2], values[1:-1], values[2:]
    known = (before >= 0) & (middle >= 0) & (after >= 0) & (lengths[1:-1] <= WIDEST_RAMP_PX)
    between = known & (np.minimum(before, after) < middle) & (middle < np.maximum(before, after))
    specks = int((known & ~between).sum())
    first = np.flatnonzero(between) + 1
    rows = np.stack([starts[first], starts[first] + lengths[first], before[between]], axis=1)
    return rows.astype(np.int64), specks, int(((values[:-1] >= 0) & (values[1:] >= 0)).sum())


def _gain(evidence: Evidence, pairs: Sequence[Pair]) -> float:
    count = len(evidence.classes)
    before, after = np.zeros((2, count, 256), dtype=np.int64)
    for pair in pairs:
        fitted = resize_mask(pair.prediction, (pair.truth.shape[0], pair.truth.shape[1]))
        cleaned = without_specks(_without_ramps(fitted), 12)
        before = before + value_counts(pair.truth, fitted, count)
        after = after + value_counts(pair.truth, cleaned, count)
    gained = mean_iou(after, evidence.classes) - mean_iou(before, evidence.classes)
    return float(np.nan_to_num(gained))


def _without_ramps(mask: Mask) -> Mask:
    """Return the mask with every short run between its two neighbours in a row or column given to the one before it."""
    done = mask.copy()
    for turned in (False, True):
        values = np.ascontiguousarray(done.T if turned else done)
        flat = np.pad(values.astype(np.int16), ((0, 0), (0, 1)), constant_values=-1).ravel()
        for start, stop, value in _ramps(values)[0].tolist():
            flat[start:stop] = value
        values = flat.reshape(len(values), -1)[:, :-1].astype(np.uint8)
        done = np.ascontiguousarray(values.T if turned else values)
    return done
