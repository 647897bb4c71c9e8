"""The curves of a History that faults are read from: losses, overlap scores (IoU, Dice), accuracy."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from maskwright.diagnosis.history.class_scores import is_of_class
from maskwright.diagnosis.history.history import History
from maskwright.diagnosis.history.trend import Values, known, smoothed

OVERLAP = re.compile(
    r"iou|io_u|mean_?iu|(?<![a-z])m?iu(?![a-z])|jaccard|jac\b|dice|f1|f_?score|fscore|f_?measure", re.IGNORECASE
)
DETECTION = re.compile(r"(^|[/_ .])m?ap(\d|[/_ @(\[-]|$)|precision|recall|sensitivity|auc", re.IGNORECASE)
ACCURACY = re.compile(r"acc|correct$|(?<![a-z])m?pa\d?(?![a-z])", re.IGNORECASE)
OVER_CLASSES = re.compile(r"balanced|mean[_ ]?acc|(^|[/_ .])m_?acc|(?<![a-z])mpa|row correct", re.IGNORECASE)
"""Accuracies that are means over classes: one of n classes everywhere scores 1 / n."""
NO_SCORE = re.compile(r"distance|error|loss|mae|mse|hausdorff|hd95", re.IGNORECASE)
"""Scores that fall as a model learns."""
TOP = 1.001
"""A score above it is in percent, or wrong."""
PERCENT_FROM = 2.0
"""Below it, percent is believed only beside others in percent."""
PERCENT_TOP = 100.01
"""A score above it is wrong."""
BELOW = 0.1
"""Share of its top by which a score may go below 0."""

NOTHING_FOUND = 0.01
"""A score up to this finds no object."""
CLIMBED = 0.1
"""A score that climbs so far shows that something is learned."""

Side = Literal["train", "validation"]


@dataclass(frozen=True)
class Curve:
    """One score of one side, one value a row, in 0..1, NaN where not logged."""

    name: str
    side: Side
    values: Values


def overlaps(history: History, side: Side | None = None) -> list[Curve]:
    """Return the curves of IoU, Dice and the like over all classes, of one side or of both."""
    return [c for c in _curves(history, side) if _is_overlap(c.name) and not is_of_class(c.name, history.metrics)]


def scores(history: History, side: Side | None = None) -> list[Curve]:
    """Return the curves of all scores over all classes that are no accuracy: overlaps, precision, recall, mAP."""
    every = [c for c in _curves(history, side) if _is_overlap(c.name) or DETECTION.search(c.name)]
    return [c for c in every if not is_of_class(c.name, history.metrics)]


def accuracies(history: History, side: Side | None = None) -> list[Curve]:
    """Return the curves of accuracy, of one side or of both."""
    return [c for c in _curves(history, side) if ACCURACY.search(c.name) and not is_of_class(c.name, history.metrics)]


def plain_accuracies(history: History, side: Side | None = None) -> list[Curve]:
    """Return the curves of accuracies over all pixels, none that is a mean over classes."""
    return [c for c in accuracies(history, side) if not OVER_CLASSES.search(c.name)]


def of_classes(history: History) -> list[Curve]:
    """Return the curves of the overlap of single classes in validation, or where no side was named."""
    curves = [c for c in _curves(history, None) if is_of_class(c.name, history.metrics) and _is_overlap(c.name)]
    return [c for c in curves if c.side == "validation"] or curves


def impossible(history: History) -> list[Curve]:
    """Return the curves, as logged, of overlaps and accuracies that leave 0..1 and are no percent."""
    every = _raw(history, None)
    return [c for c in every if _is_bounded(c.name) and _leaves_its_range(c, every, _lowest_loss(history))]


def _is_overlap(name: str) -> bool:
    return bool(OVERLAP.search(name)) and not NO_SCORE.search(name)


def _is_bounded(name: str) -> bool:
    return _is_overlap(name) or bool(ACCURACY.search(name)) or bool(DETECTION.search(name))


def _leaves_its_range(curve: Curve, every: list[Curve], lowest_loss: float) -> bool:
    values = known(curve.values)
    top, low = float(values.max()), float(values.min())
    if low < min(-TOP, -BELOW * top) or top > PERCENT_TOP or (low < -BELOW * max(top, 1) and top > BELOW):
        return True
    if top <= TOP:
        return False
    if top >= PERCENT_FROM:  # percent, unless one minus it was the loss
        return _is_overlap(curve.name) and lowest_loss < -TOP
    others = [float(known(c.values).max()) for c in every if c.name != curve.name and _is_bounded(c.name)]
    return not any(other >= PERCENT_FROM for other in others)


def _curves(history: History, side: Side | None) -> Iterator[Curve]:
    """Yield the curves that stay in their range, percent as shares, negated scores turned round."""
    every, lowest = _raw(history, None), _lowest_loss(history)
    for curve in every:
        if side in (None, curve.side) and not (_is_bounded(curve.name) and _leaves_its_range(curve, every, lowest)):
            values = known(curve.values)
            sign = -1 if values.max() <= 0 and values.min() < -0.01 else 1
            yield replace(curve, values=sign * curve.values / (100 if abs(values).max() > TOP else 1))


def _lowest_loss(history: History) -> float:
    return float(known(history.train_loss).min(initial=0.0))


def _raw(history: History, side: Side | None) -> list[Curve]:
    curves = []
    for name, metric in history.metrics.items():
        pairs: tuple[tuple[Side, Values], ...] = (("train", metric.train), ("validation", metric.validation))
        curves += [Curve(name, which, v) for which, v in pairs if len(known(v)) and side in (None, which)]
    return curves


def best_overlap(history: History) -> float:
    """Return the best level of any overlap score, validation before training; NaN where none was logged."""
    curves = overlaps(history, "validation") or overlaps(history, "train")
    return max((float(smoothed(known(c.values)).max()) for c in curves), default=float("nan"))


def both_sides(curves: Iterable[Curve], *, fewest_rows: int) -> list[tuple[Curve, Curve]]:
    """Return the scores that were logged for training and for validation, so many rows of each."""
    long = [c for c in curves if len(known(c.values)) >= fewest_rows]
    train = {c.name: c for c in long if c.side == "train"}
    return [(train[c.name], c) for c in long if c.side == "validation" and c.name in train]


def side_word(side: Side) -> str:
    """Return a side in words.

    >>> side_word("train")
    'training'
    """
    return "training" if side == "train" else side


def moment(history: History, row: int) -> str:
    """Return when a row was logged, as in "epoch 12"."""
    return f"{history.unit} {history.at[row]:g}"
