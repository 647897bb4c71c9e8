"""The curves of a History that faults are read from: losses, overlap scores (IoU, Dice), accuracy."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from maskwright.diagnosis.history.history import History
from maskwright.diagnosis.history.trend import Values, known, smoothed

OVERLAP = re.compile(r"iou|io_u|jaccard|jac\b|dice|f1|f_?score|fscore|f_?measure", re.IGNORECASE)
ACCURACY = re.compile(r"acc", re.IGNORECASE)
NO_SCORE = re.compile(r"distance|error|loss|mae|mse|hausdorff|hd95", re.IGNORECASE)
PERCENT_FROM = 1.5
"""A score above this is in percent."""

Side = Literal["train", "validation"]


@dataclass(frozen=True)
class Curve:
    """One score of one side, one value a row, in 0..1, NaN where not logged."""

    name: str
    side: Side
    values: Values


def overlaps(history: History, side: Side | None = None) -> list[Curve]:
    """Return the curves of IoU, Dice and the like, of one side or of both."""
    return [c for c in _curves(history, side) if OVERLAP.search(c.name) and not NO_SCORE.search(c.name)]


def accuracies(history: History, side: Side | None = None) -> list[Curve]:
    """Return the curves of accuracy, of one side or of both."""
    return [c for c in _curves(history, side) if ACCURACY.search(c.name)]


def _curves(history: History, side: Side | None) -> Iterator[Curve]:
    for name, metric in history.metrics.items():
        for which, values in (("train", metric.train), ("validation", metric.validation)):
            if len(known(values)) and side in (None, which):
                share = values / 100 if known(values).max() > PERCENT_FROM else values
                yield Curve(name, "train" if which == "train" else "validation", share)


def best_overlap(history: History) -> float:
    """Return the best level of any overlap score, validation before training; NaN where none was logged."""
    curves = overlaps(history, "validation") or overlaps(history, "train")
    return max((float(smoothed(known(c.values)).max()) for c in curves), default=float("nan"))


def moment(history: History, row: int) -> str:
    """Return when a row was logged, as in "epoch 12"."""
    return f"{history.unit} {history.at[row]:g}"
