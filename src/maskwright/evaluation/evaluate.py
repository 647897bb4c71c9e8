"""Evaluation: any Segmenter against the truth, photo by photo, into counts; all scores follow from the counts."""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from maskwright.classes import IGNORE, ClassTable
from maskwright.datasets.dataset import Dataset
from maskwright.errors import DataError
from maskwright.evaluation import metrics
from maskwright.evaluation.bootstrap import Interval, bootstrap_over_photos
from maskwright.evaluation.calibration_error import Calibration, calibration_of, error_interval, sum_calibrations
from maskwright.evaluation.expected_iou import LEAST_EXPECTED_IOU, Risk, risk_of
from maskwright.evaluation.metrics import Confusion
from maskwright.evaluation.object_sizes import ObjectScore, SizeBin, by_size, score_objects
from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.photos import Photo
from maskwright.notebook.html import box, sentence, table
from maskwright.notebook.show import show
from maskwright.wording import capitalised, count_of

Segment = Callable[[Photo], Mask]
"""HxWx3 uint8 RGB -> HxW uint8 class ids."""


@dataclass(frozen=True)
class PhotoScore:
    """The counts of one photo; `fold` is the fold that held it out, None outside cross-validation.

    `objects` are scores of the truth's single objects, kept at full resolution only. `expected_iou`: what the network
    expected of itself, NaN if unknown; `calibration`: of this photo alone, not stored.
    """

    name: str
    counts: Confusion
    fold: int | None = None
    objects: tuple[ObjectScore, ...] = ()
    expected_iou: float = math.nan
    calibration: Calibration | None = None


@dataclass(frozen=True)
class Evaluation:
    """Counts by photo. `scale` says at which size they were counted, `held_out` whether training never saw them.

    `calibration` is None where a segmenter gave masks alone, and below full resolution; `calibration_interval` is the
    95 % interval of its error over photos. A photo that expects less than `least_expected_iou` is unsure.

        >>> evaluation = mw.evaluate(mw.load("runs/photos-1"), mw.open_dataset("photos"))
        >>> evaluation.counts.shape, evaluation.scored_photos
        ((2, 2), 6)
    """

    classes: ClassTable
    photos: tuple[PhotoScore, ...]
    scale: str = "full resolution"
    held_out: bool = True
    calibration: Calibration | None = None
    calibration_interval: tuple[float, float] | None = None
    least_expected_iou: float = LEAST_EXPECTED_IOU

    @property
    def risk(self) -> Risk | None:
        """How well the expected IoU finds poor masks; None where it is unknown."""
        return risk_of([p.expected_iou for p in self.photos], self.photo_ious.tolist(), self.least_expected_iou)

    @property
    def counts(self) -> Confusion:
        """The CxC counts summed over all photos."""
        return np.asarray(sum((p.counts for p in self.photos), np.zeros((len(self.classes),) * 2, dtype=np.int64)))

    @property
    def object_sizes(self) -> tuple[SizeBin, ...]:
        """The scores of single objects by their area: small, middling and large."""
        return by_size(o for p in self.photos for o in p.objects)

    @cached_property
    def photo_ious(self) -> NDArray[np.float64]:
        """Mean IoU over the scored classes, one a photo, NaN where a photo has none of them."""
        ious = np.array([metrics.mean_over(metrics.iou(p.counts), self.classes.scored) for p in self.photos])
        ious.setflags(write=False)  # the same array is returned each time
        return ious

    @property
    def iou_by_photo(self) -> dict[str, float]:
        """The IoU of `photo_ious` by the name of the photo."""
        return dict(zip((photo.name for photo in self.photos), self.photo_ious.tolist(), strict=True))

    @property
    def scored_photos(self) -> int:
        """How many photos have an IoU: those that show an object, or have one predicted."""
        return int(np.count_nonzero(~np.isnan(self.photo_ious)))

    @cached_property
    def mean_iou_per_photo(self) -> Interval:
        """Mean over the photos of each photo's IoU, with its bootstrap interval."""
        return bootstrap_over_photos(self.photo_ious)

    @property
    def dataset_iou(self) -> float:
        """Mean over the scored classes of the IoU of all pixels of all photos taken together."""
        return metrics.mean_over(metrics.iou(self.counts), self.classes.scored)

    def __repr__(self) -> str:
        return f"<Evaluation {self._headline()}>"

    def _headline(self) -> str:
        spread, count = self.mean_iou_per_photo, self.scored_photos
        span = f" (95 % interval {spread.low:.3f} to {spread.high:.3f})" if math.isfinite(spread.low) else ""
        photos = count_of(count, "held-out photo" if self.held_out else "training photo")
        return f"mean IoU per photo {spread.value:.3f} on {photos}{span}"

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the score, what it is worth, and a row for each class."""
        counts = self.counts
        scores = (metrics.iou(counts), metrics.precision(counts), metrics.recall(counts))
        shares = counts.sum(axis=1) / max(counts.sum(), 1)
        columns = ("class", "IoU", "precision", "recall", "share of the pixels")
        rows = [
            (name, *(_shown(score[class_id]) for score in scores), f"{shares[class_id]:.1%}")
            for class_id, name in enumerate(self.classes.names)
        ]
        worth = "" if self.held_out else sentence("Training saw these photos: new photos will score lower.")
        return box(capitalised(self._headline()), worth, table(columns, rows))

    def show(self) -> Path | None:
        """Show the scores in a notebook, or in the browser; return the page, None in a notebook."""
        return show(self)


def _shown(value: float) -> str:
    return f"{value:.3f}" if math.isfinite(value) else "-"


class HasMask(Protocol):
    """Anything with a Segmenter's `mask`."""

    def mask(self, photo: Photo, /) -> Mask:
        """HxWx3 uint8 RGB -> HxW uint8 class ids."""


@runtime_checkable
class HasConfidence(Protocol):
    """Anything with a Segmenter's `mask_and_confidence`."""

    def mask_and_confidence(self, photo: Photo, /) -> tuple[Mask, NDArray[np.float32], float]:
        """HxWx3 uint8 RGB -> HxW uint8 class ids, CxHxW probabilities of any size, and the expected IoU."""


@dataclass(frozen=True)
class Judged:
    """One photo just judged, with what was compared: for pictures and progress."""

    score: PhotoScore
    photo: Photo
    truth: Mask
    prediction: Mask


def evaluate(
    segment: Segment | HasMask,
    dataset: Dataset,
    *,
    long_side_px: int | None = None,
    held_out: bool = True,
    on_photo: Callable[[Judged], None] | None = None,
) -> Evaluation:
    """Judge a Segmenter, or any function photo -> mask, on the annotated samples of `dataset`.

    Counts are taken at each photo's full upright size, or at `long_side_px` (the working scale, in training).
    Raises DataError where a mask has another size than its photo, or ids that no class has.

        >>> def bright(photo):
        ...     return (photo[..., 0] > 150).astype(np.uint8)
        >>> mw.evaluate(bright, mw.open_dataset("photos"))
        <Evaluation mean IoU per photo 0.92... on 6 held-out photos (95 % interval 0.90... to 0.94...)>
    """
    scores: list[PhotoScore] = []
    for name, photo, truth in _pairs(dataset, long_side_px):
        prediction, probabilities, expected = _predicted(segment, photo, masks_only=long_side_px is not None)
        _require_mask(prediction, truth, name, len(dataset.classes))
        calibration = None if probabilities is None else calibration_of(probabilities, truth, dataset.classes)
        counts = metrics.confusion(truth, prediction, len(dataset.classes))
        objects = score_objects(truth, prediction, dataset.classes.scored) if long_side_px is None else []
        scores.append(PhotoScore(name, counts, None, tuple(objects), expected, calibration))
        if on_photo is not None:
            on_photo(Judged(scores[-1], photo, truth, prediction))
    scale = "full resolution" if long_side_px is None else f"working scale, {long_side_px} px"
    threshold = float(getattr(segment, "least_expected_iou", LEAST_EXPECTED_IOU))
    return _with_confidence(Evaluation(dataset.classes, tuple(scores), scale, held_out), threshold)


def _with_confidence(evaluation: Evaluation, threshold: float) -> Evaluation:
    """Return the evaluation with what its photos say together of calibration."""
    parts = [photo.calibration for photo in evaluation.photos]
    return replace(
        evaluation,
        calibration=sum_calibrations(parts),
        calibration_interval=error_interval(parts),
        least_expected_iou=threshold,
    )


def _predicted(
    segment: Segment | HasMask, photo: Photo, *, masks_only: bool
) -> tuple[Mask, NDArray[np.float32] | None, float]:
    """Return the mask of a photo, and, where the segmenter gives them, its probabilities and the expected IoU."""
    if not masks_only and isinstance(segment, HasConfidence):
        return segment.mask_and_confidence(photo)
    return (segment(photo) if callable(segment) else segment.mask(photo)), None, math.nan


def _require_mask(prediction: Mask, truth: Mask, name: str, class_count: int) -> None:
    if prediction.shape != truth.shape:
        raise DataError(f"{name}: the mask has the shape {prediction.shape}, the photo {truth.shape}: return HxW ids")
    counted = prediction[truth != IGNORE]
    strange = [int(v) for v in (counted.min(initial=0), counted.max(initial=0)) if not 0 <= v < class_count]
    if strange:
        hint = "return class ids, not 0 and 255" if strange == [255] else "return class ids"
        raise DataError(f"{name}: the mask holds the id {strange[0]}, the classes are 0 to {class_count - 1}: {hint}")


def _pairs(dataset: Dataset, long_side_px: int | None) -> Iterator[tuple[str, Photo, Mask]]:
    for sample in dataset.samples:
        if sample.truth is not None and sample.size_hw is not None:
            photo = dataset.photo(sample, long_side_px=long_side_px)
            yield sample.name, photo, dataset.mask(sample, size_hw=(photo.shape[0], photo.shape[1]))


def joined(evaluations: Iterable[Evaluation]) -> Evaluation:
    """Return the evaluations of the folds as one, each photo marked with its fold, in name order."""
    evaluations = list(evaluations)
    photos = [replace(p, fold=fold) for fold, e in enumerate(evaluations) for p in e.photos]
    first = evaluations[0]
    by_name = tuple(sorted(photos, key=lambda p: p.name))
    threshold = sum(evaluation.least_expected_iou for evaluation in evaluations) / len(evaluations)
    whole = _with_confidence(Evaluation(first.classes, by_name, first.scale, first.held_out), threshold)
    return replace(whole, calibration=sum_calibrations(evaluation.calibration for evaluation in evaluations))
