"""The fingerprint: what the training photos and masks are like, in the numbers that a plan is made from."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.classes import IGNORE
from maskwright.datasets.dataset import Dataset, Sample
from maskwright.evenly_spaced import spread_evenly
from maskwright.imaging.components import areas_by_value
from maskwright.imaging.mask_geometry import Bools, median_width_px, reduced_size_hw

MOST_PHOTOS = 200
MEASURED_LONG_SIDE_PX = 2048
DUST_SHARE = 0.02
"""A patch below this share of its class in a photo is dust: a stray click, no object."""


@dataclass(frozen=True)
class ClassMeasures:
    """One class over the measured photos; extents and widths are shares of the photo's long side, NaN if absent.

    `extent_low`, `extent`, `extent_high`: 10 %, 50 % and 90 % quantile of the square root of an object's area,
    each object weighing as much as its area. `width`: median thickness. `photos`: how many photos show it.
    `most_objects`: the largest number of separate objects in one photo. `centre_y`: mean height of its pixels
    from 0 (top) to 1, `spread_y` the deviation of that between photos. `patches`: how many 8-connected patches there
    are, dust included, `least_area` the area of the smallest as a share of the squared long side, NaN if absent.
    `least_total`: the least that a photo with the class shows of it, as the same share, NaN if absent.
    """

    share: float
    photos: int
    extent_low: float
    extent: float
    extent_high: float
    width: float
    most_objects: int
    centre_y: float
    spread_y: float
    patches: int = 0
    least_area: float = math.nan
    least_total: float = math.nan


@dataclass(frozen=True)
class Fingerprint:
    """`photos` in the dataset, `measured` of them were decoded, median long side, and measures by class id.

    >>> fingerprint = mw.measure(mw.open_dataset("photos"))
    >>> fingerprint.median_long_side_px, fingerprint.class_names
    (128, ('background', 'disc'))
    """

    photos: int
    measured: int
    median_long_side_px: int
    classes: tuple[ClassMeasures, ...]
    class_names: tuple[str, ...]
    background: int | None

    @property
    def objects(self) -> tuple[ClassMeasures, ...]:
        """Measures of the classes that count as objects and are there at all."""
        return tuple(c for i, c in enumerate(self.classes) if i != self.background and c.photos)


@dataclass(frozen=True)
class _ClassInPhoto:
    """One class in one photo."""

    pixels: int
    areas: NDArray[np.float64]
    width: float
    centre_y: float
    patches: int = 0
    least_area: float = math.nan
    total: float = math.nan


def measure(dataset: Dataset, *, on_photo: Callable[[], None] | None = None) -> Fingerprint:
    """Return the fingerprint of the annotated samples, from at most MOST_PHOTOS of them spread evenly.

    `on_photo` is called after each whose mask is measured.

        >>> mw.measure(mw.open_dataset("photos")).photos
        6
    """
    samples = [s for s in dataset.samples if s.truth is not None and s.size_hw is not None]
    chosen = spread_evenly(samples, MOST_PHOTOS)
    by_class: list[list[_ClassInPhoto]] = [[] for _ in dataset.classes.names]
    ignored, total = 0, 0
    for sample in chosen:
        mask = dataset.mask(sample, size_hw=reduced_size_hw(_size(sample), MEASURED_LONG_SIDE_PX))
        ignored, total = ignored + int((mask == IGNORE).sum()), total + mask.size
        areas = areas_by_value(mask, but=dataset.classes.background)
        for class_id, measured in enumerate(by_class):
            measured.append(_measured(mask == class_id, areas.get(class_id)))
        if on_photo is not None:
            on_photo()
    counted = max(total - ignored, 1)
    sizes = np.array([_size(s) for s in samples])
    return Fingerprint(
        photos=len(samples),
        measured=len(chosen),
        median_long_side_px=int(np.median(sizes.max(axis=1))),
        classes=tuple(_summary(measured, counted) for measured in by_class),
        class_names=dataset.classes.names,
        background=dataset.classes.background,
    )


def _size(sample: Sample) -> tuple[int, int]:
    assert sample.size_hw is not None
    return sample.size_hw


def _measured(inside: Bools, areas: NDArray[np.int64] | None) -> _ClassInPhoto:
    """Return areas and width as shares of the long side (squared for areas); without `areas` only pixels count."""
    pixels = int(np.count_nonzero(inside))
    if pixels == 0 or areas is None:
        return _ClassInPhoto(pixels, np.zeros(0), math.nan, math.nan)
    long_side = max(inside.shape)
    left, top, wide, high = cv2.boundingRect(inside.view(np.uint8))
    weights = np.count_nonzero(inside, axis=1)
    centre_y = float((weights * (np.arange(len(weights)) + 0.5)).sum() / pixels / inside.shape[0])
    large = areas[areas >= max(DUST_SHARE * pixels, 2)]
    width = median_width_px(inside[top : top + high, left : left + wide]) / long_side
    least = int(areas.min()) / long_side**2
    total = pixels / long_side**2
    return _ClassInPhoto(pixels, large / long_side**2, width, centre_y, len(areas), least, total)


def _summary(photos: list[_ClassInPhoto], counted: int) -> ClassMeasures:
    shown = [photo for photo in photos if photo.pixels]
    areas = np.concatenate([photo.areas for photo in shown]) if shown else np.zeros(0)
    low, middle, high = _weighted_quantiles(np.sqrt(areas), areas, (0.1, 0.5, 0.9))
    widths = [photo.width for photo in shown if not math.isnan(photo.width)]
    centres = [photo.centre_y for photo in shown if not math.isnan(photo.centre_y)]
    return ClassMeasures(
        share=sum(photo.pixels for photo in photos) / counted,
        photos=len(shown),
        extent_low=low,
        extent=middle,
        extent_high=high,
        width=float(np.median(widths)) if widths else math.nan,
        most_objects=max((len(photo.areas) for photo in shown), default=0),
        centre_y=float(np.mean(centres)) if centres else math.nan,
        spread_y=float(np.std(centres)) if centres else math.nan,
        patches=sum(photo.patches for photo in shown),
        least_area=min((photo.least_area for photo in shown if photo.patches), default=math.nan),
        least_total=min((photo.total for photo in shown if photo.patches), default=math.nan),
    )


def _weighted_quantiles(
    values: NDArray[np.float64], weights: NDArray[np.float64], wanted: tuple[float, float, float]
) -> tuple[float, float, float]:
    if not len(values):
        return math.nan, math.nan, math.nan
    order = np.argsort(values)
    reached = np.cumsum(weights[order]) / weights.sum()
    low, middle, high = (float(values[order][np.searchsorted(reached, w).clip(0, len(values) - 1)]) for w in wanted)
    return low, middle, high
