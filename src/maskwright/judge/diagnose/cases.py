"""The evidence of a diagnosis: pairs of truth and prediction reduced to what shows faults, and what came with them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maskwright.classes import ClassTable, class_table
from maskwright.data.photos import Photo
from maskwright.judge.evaluate import Evaluation
from maskwright.judge.scores import Confusion
from maskwright.pixels import Mask

SMALL_PX = 256
"""Long side of the small copies in a case."""
BINS = 256
"""Bins of the probability histograms: probability p falls into bin min(floor(p * BINS), BINS - 1)."""

Histogram = NDArray[np.int64]
Probabilities = NDArray[np.float32]


@dataclass(frozen=True)
class Pair:
    """One photo's truth and prediction at full size, as read: what `Case.reread` gives back.

    `truth` is HxW class ids; `prediction` hxw class ids (h, w may differ from H, W) in the truth's classes;
    `probabilities` hxw (of the one object class) or Cxhxw, in 0..1 where they could be read so, or None; `photo`
    HxWx3 uint8 RGB or None.
    """

    name: str
    truth: Mask
    prediction: Mask
    probabilities: Probabilities | None = None
    photo: Photo | None = None


@dataclass(frozen=True)
class Case:
    """One pair reduced: exact counts at the truth's full size and small copies (long side at most 256 px).

    `counts` is CxC (row = truth, column = prediction); a prediction of another size was stretched to the truth's.
    `histogram` is CxBINS pixels by truth class and probability of the object class, binary probabilities only.
    """

    name: str
    size_hw: tuple[int, int]
    predicted_hw: tuple[int, int]
    counts: Confusion
    truth: Mask
    prediction: Mask
    reread: Callable[[], Pair]
    histogram: Histogram | None = None


@dataclass(frozen=True)
class UserScore:
    """The number that the user's own code reports, in 0..1, and what they call it ("mean_io_u", "iou_score" ...)."""

    value: float
    name: str = ""


@dataclass(frozen=True)
class Evidence:
    """All that a diagnosis may look at; whatever is missing is empty or None, and then nothing is claimed from it.

    `cases` are pairs of photos that were held out, `train_cases` of photos that were learnt from.
    `history` is what the training logged, epoch by epoch.
    """

    classes: ClassTable = field(default_factory=lambda: class_table(("background", "object")))
    cases: tuple[Case, ...] = ()
    train_cases: tuple[Case, ...] = ()
    history: Any = None
    user_score: UserScore | None = None
    evaluation: Evaluation | None = None

    @property
    def counts(self) -> Confusion:
        """The CxC counts summed over all held-out cases."""
        return summed(self.cases, len(self.classes))


def summed(cases: tuple[Case, ...], class_count: int) -> Confusion:
    """Return the CxC counts of all cases taken together."""
    return np.asarray(sum((c.counts for c in cases), np.zeros((class_count, class_count), dtype=np.int64)))
