"""The evidence of a diagnosis: pairs of truth and prediction reduced to what shows faults, and what came with them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maskwright.classes import IGNORE, ClassTable, class_table
from maskwright.diagnosis.history.history import History
from maskwright.evaluation.evaluate import Evaluation, PhotoScore
from maskwright.evaluation.metrics import Confusion, ValueCounts, mean_iou_over
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import Finding
from maskwright.imaging.mask_geometry import Mask, resize_mask
from maskwright.imaging.photos import Photo

SMALL_PX = 256
"""Long side of the small copies in a case."""
BINS = 1024
"""Bins of the probability histograms: probability p falls into bin min(floor(p * BINS), BINS - 1)."""

Histogram = NDArray[np.int64]
Probabilities = NDArray[np.float32]


@dataclass(frozen=True)
class Pair:
    """One photo's truth and prediction at full size, as read: what `Case.reread` gives back.

    `truth` is HxW class ids; `prediction` hxw class ids (h, w may differ from H, W), values that no class has as
    they are; `probabilities` hxw (binary: of the object class) or Cxhxw, in 0..1, or None; `photo` HxWx3 uint8 RGB
    or None; `stored` the prediction as it was given.
    """

    name: str
    truth: Mask
    prediction: Mask
    probabilities: Probabilities | None = None
    photo: Photo | None = None
    stored: NDArray[Any] | None = None


@dataclass(frozen=True)
class Case:
    """One pair reduced: exact counts at the truth's full size and small copies (long side at most 256 px).

    `table` counts pixels by truth's class and predicted value; a prediction of another size was stretched to the
    truth's. `truth` and `prediction` are the small copies, at one scale, the prediction's sides in its own ratio.
    Binary probabilities leave `histogram`, CxBINS pixels by truth's class and probability, and `probability`, the
    small copy of 255 times the probability. `low` and `high` are the ends of the stored scores (divided by 255 for
    8-bit maps), `sum_low` and `sum_high` the ends of the sums over the channels of a pixel.
    """

    name: str
    size_hw: tuple[int, int]
    predicted_hw: tuple[int, int]
    table: ValueCounts
    truth: Mask
    prediction: Mask
    reread: Callable[[], Pair]
    histogram: Histogram | None = None
    probability: NDArray[np.uint8] | None = None
    low: float = 0.0
    high: float = 1.0
    sum_low: float = 1.0
    sum_high: float = 1.0

    @property
    def counts(self) -> Confusion:
        """The CxC counts (row = truth, column = prediction); values that no class has are in no cell."""
        return self.table[:, : len(self.table)]

    @property
    def scale(self) -> float:
        """Small px for one full px."""
        return float(self.truth.shape[1] / self.size_hw[1])


@dataclass(frozen=True)
class UserScore:
    """The number that the user's own code reports, in 0..1, and what they call it ("mean_io_u", "iou_score" ...).

    `text` is the number as it was printed, "0.490" or "49 %", which says how exact it is; "" where that is not known.
    """

    value: float
    name: str = ""
    text: str = ""


@dataclass(frozen=True)
class Storage:
    """How predictions were stored: their kind in words, their file suffix ("" in memory), and what was odd about it."""

    kind: str = "ids"
    suffix: str = ""
    channels: int = 1
    values: tuple[int, ...] = ()
    divided: bool = False
    shades: bool = False


@dataclass(frozen=True)
class Evidence:
    """All that a diagnosis may look at; whatever is missing is empty or None, and then nothing is claimed from it.

    `cases` are pairs of photos that were held out, `train_cases` of photos that were learned from.
    `history` is what the training logged, epoch by epoch; `unmatched` are names that stand alone,
    `unread` says of every prediction that could not be read why, `raised` is what the guards of the training said.
    `paired_by` says how names that differ were paired, `void_value` is a stored truth value that was taken for void.

        >>> mask = mw.open_dataset("photos")[0].mask
        >>> mw.read_pairs([(mask, mask)]).cases[0].name
        'pair 0'
    """

    classes: ClassTable = field(default_factory=lambda: class_table(("background", "object")))
    cases: tuple[Case, ...] = ()
    train_cases: tuple[Case, ...] = ()
    history: History | None = None
    user_score: UserScore | None = None
    evaluation: Evaluation | None = None
    storage: Storage = Storage()
    unmatched: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    raised: tuple[Finding, ...] = ()
    paired_by: str = ""
    void_value: int | None = None

    @property
    def counts(self) -> Confusion:
        """The CxC counts summed over all held-out cases."""
        return self.table[:, : len(self.classes)]

    @property
    def table(self) -> ValueCounts:
        """The Cx256 counts summed over all held-out cases."""
        return summed(self.cases, len(self.classes))


def summed(cases: tuple[Case, ...], class_count: int) -> ValueCounts:
    """Return the Cx256 counts of all cases taken together."""
    return np.asarray(sum((c.table for c in cases), np.zeros((class_count, 256), dtype=np.int64)))


def small_hw(size_hw: tuple[int, int]) -> tuple[int, int]:
    """Return the size of the small copy of a mask of `size_hw`."""
    factor = min(1.0, SMALL_PX / max(size_hw))
    return max(1, round(size_hw[0] * factor)), max(1, round(size_hw[1] * factor))


def mean_iou(counts: ValueCounts, classes: ClassTable) -> float:
    """Return the mean IoU over the scored classes that the truth shows; NaN where it shows none of them."""
    return mean_iou_over(counts, classes.scored)


def mean_iou_or_zero(counts: ValueCounts, classes: ClassTable) -> float:
    """Return the mean IoU over the scored classes that the truth shows, and 0 where it shows none, to compare by."""
    return float(np.nan_to_num(mean_iou(counts, classes)))


def shows_a_class(case: Case, classes: ClassTable) -> bool:
    """Tell whether a case's truth shows a scored class."""
    return bool(case.table[list(classes.scored)].sum())


def full_pairs(cases: Sequence[Case], most: int) -> list[Pair]:
    """Return up to `most` pairs, evenly spaced, with predictions at the truth's size; of the rest only the names."""
    pairs = (case.reread() for case in spread_evenly(cases, most))
    return [Pair(p.name, p.truth, resize_mask(p.prediction, p.truth.shape)) for p in pairs]


def as_evaluation(cases: tuple[Case, ...], classes: ClassTable) -> Evaluation:
    """Return the cases' counts as an evaluation; predicted values that are no class count as the background."""
    stray = classes.background or 0
    photos = []
    for case in cases:
        counts = case.counts.copy()
        counts[:, stray] += case.table[:, len(classes) : IGNORE + 1].sum(axis=1)
        photos.append(PhotoScore(case.name, counts))
    return Evaluation(classes, tuple(photos))
