"""Scores whose axes were confused: softmax or argmax over rows or columns, or a reshape in place of a transpose."""

import numpy as np
from numpy.typing import NDArray

from maskwright.diagnosis.evidence.evidence import Evidence, Pair, mean_iou_or_zero
from maskwright.diagnosis.undo.undone_evidence import Hypothesis
from maskwright.evaluation.metrics import ValueCounts, value_counts
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import make_finding
from maskwright.imaging.mask_geometry import Mask, resize_mask

MOST_PHOTOS = 6
"""Photos that are looked at."""
MOST = 0.8
"""Share of the photos that must show it."""
FEWEST_LINES = 12
"""Rows and columns at which an ordinary mask changes."""
SUM_ERROR = 0.01
"""How far sums of scores may lie from 1."""
LEAST_GAIN = 0.1
"""IoU that another order of the axes must give back."""
LEAST_REACHED = 0.3
"""IoU that must be reached."""


def wrong_axis_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return the hypothesis that axes of the scores were confused."""
    pairs = [case.reread() for case in spread_evenly(evidence.cases, MOST_PHOTOS)]
    pairs = [p for p in pairs if p.stored is not None]
    if len(pairs) < 2:
        return []
    if all(np.asarray(p.stored).ndim == 3 for p in pairs):
        return _softmax(pairs, evidence) or _reshaped(pairs, evidence)
    return _bands(pairs, evidence) if all(np.asarray(p.stored).ndim == 2 for p in pairs) else []


def _softmax(pairs: list[Pair], evidence: Evidence) -> list[Hypothesis]:
    """Find an axis of height or width over which scores sum to 1, where those of the classes do not."""
    for axis in range(3):
        if all(_sums_to_one(p, axis) and np.asarray(p.stored).shape[axis] != evidence.storage.channels for p in pairs):
            shape = np.asarray(pairs[0].stored).shape
            text = (
                f"scores sum to 1 over axis {axis} of {shape}, which has {shape[axis]} elements and "
                f"not the {evidence.storage.channels} of the classes: softmax ran over height or width"
            )
            return [Hypothesis(make_finding("pred-axis", text, values={"function": "softmax"}))]
    return []


def _sums_to_one(pair: Pair, axis: int) -> bool:
    stored = np.asarray(pair.stored)
    if stored.dtype.kind != "f" or stored.min() < 0:
        return False
    return bool(np.abs(stored.sum(axis=axis) - 1).max() <= SUM_ERROR)


def _bands(pairs: list[Pair], evidence: Evidence) -> list[Hypothesis]:
    """Find masks that change at no more rows (or columns) than there are classes: an argmax left those over."""
    count = len(evidence.classes)
    if _largest(pairs) < count:  # these are class ids; numbers of rows or columns go further
        return []
    for axis, name in ((0, "row"), (1, "column")):
        striped = [_changes(p.stored, axis) < count and _changes(p.stored, 1 - axis) >= FEWEST_LINES for p in pairs]
        usual = [_changes(p.truth, axis) >= count for p in pairs]
        if np.mean(striped) >= MOST and np.mean(usual) >= 0.5:
            line = ("column", "row")[axis]
            text = (
                f"each {line} of a prediction changes at {count - 1} {name}s at most, one less than there are classes, "
                f"and its values go up to {_largest(pairs)}: the argmax ran over the {name}s"
            )
            return [Hypothesis(make_finding("pred-axis", text, values={"function": "argmax"}))]
    return []


def _largest(pairs: list[Pair]) -> int:
    return max(int(np.max(p.stored)) for p in pairs if p.stored is not None)


def _changes(mask: NDArray[np.generic] | None, axis: int) -> int:
    """Return at how many rows (axis 0) or columns (1) anything changes."""
    values = np.asarray(mask)
    before, after = (values[:-1], values[1:]) if axis == 0 else (values[:, :-1], values[:, 1:])
    return int((before != after).any(axis=1 - axis).sum())


def _reshaped(pairs: list[Pair], evidence: Evidence) -> list[Hypothesis]:
    """Read the numbers of CxHxW scores in that order where they were given as HxWxC, and the other way round."""
    count, channels = len(evidence.classes), evidence.storage.channels
    ways = [_reread(p.stored, channels) for p in pairs]
    if any(way is None for way in ways) or channels != count:
        return []
    before, after = np.zeros((2, count, 256), dtype=np.int64)
    for pair, way in zip(pairs, ways, strict=True):
        assert way is not None
        before += _counts(pair, pair.prediction, count)
        after += _counts(pair, way, count)
    was, reached = (mean_iou_or_zero(t, evidence.classes) for t in (before, after))
    if reached - was < LEAST_GAIN or reached < LEAST_REACHED:
        return []
    first = np.asarray(pairs[0].stored).shape[0] == channels
    fix = (
        f"prediction.ravel().reshape(*prediction.shape[1:], {channels}).argmax(-1)"
        if first
        else f"prediction.ravel().reshape({channels}, *prediction.shape[:2]).argmax(0)"
    )
    text = (
        f"scores were reshaped where axes had to be moved; read as {fix}, the mean IoU goes from {was:.3f} to "
        f"{reached:.3f}"
    )
    recovered = round(reached - was, 4)
    return [Hypothesis(make_finding("pred-raster", text, values={"undo": fix, "ids": ""}, recovered_iou=recovered))]


def _reread(stored: NDArray[np.generic] | None, channels: int) -> Mask | None:
    """Return the class ids of scores whose numbers stand in the order of the other layout."""
    scores = np.asarray(stored)
    if scores.shape[0] == channels:
        return np.asarray(scores.ravel().reshape(*scores.shape[1:], channels).argmax(axis=2), dtype=np.uint8)
    if scores.shape[2] == channels:
        return np.asarray(scores.ravel().reshape(channels, *scores.shape[:2]).argmax(axis=0), dtype=np.uint8)
    return None


def _counts(pair: Pair, ids: Mask, count: int) -> ValueCounts:
    return value_counts(pair.truth, resize_mask(ids, pair.truth.shape), count)
