"""Truths of real sets and predictions of them with realistic errors: what the field's faults are put into.

A prediction is made from the truth: smoothed signed distances of every class as logits, noise of several scales on top
(wavering boundaries, holes, false patches), objects missed, and a bias a class. `quality` 1 is a good model, 0.4 a weak
one. Photos are reduced to 320 px, so that a whole suite takes minutes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.field.drawn import DRAWN, drawn_set
from benchmarks.sets import SHARED
from maskwright.classes import ClassTable, class_table
from maskwright.datasets.opening import open_dataset
from maskwright.evenly_spaced import spread_evenly
from maskwright.imaging.mask_geometry import Mask, resize_mask

TUNED_ON = ("camvid", "crackforest", "kolektor", "isbi_membrane")
REPORTED_ON = ("car_parts", "drive", "futoshiki", "magnetic_tile", "horses")
"""Thresholds were chosen on the first four and on drawn sets; the others only count. Declared before any was seen."""
ALL = (*TUNED_ON, *REPORTED_ON, *DRAWN)
LONG_SIDE_PX, MOST_PHOTOS = 320, 14

Maps = NDArray[np.float32]


@dataclass(frozen=True)
class Base:
    """Truths of one set with CxHxW probabilities of a simulated model; `kind` says how objects lie."""

    name: str
    classes: ClassTable
    truths: tuple[Mask, ...]
    maps: tuple[Maps, ...]

    @property
    def masks(self) -> list[Mask]:
        """The class ids of the largest probabilities."""
        return [np.asarray(m.argmax(axis=0), dtype=np.uint8) for m in self.maps]

    @property
    def binary_maps(self) -> list[Maps]:
        """The probabilities of class 1."""
        return [m[1] for m in self.maps]


@cache
def base_of(name: str, *, quality: float = 0.8, seed: int = 0) -> Base:
    """Return a set with simulated predictions."""
    classes, truths = _truths(name)
    rng = np.random.default_rng((seed, ALL.index(name), int(quality * 100)))
    maps = tuple(predicted(truth, len(classes), quality, rng) for truth in truths)
    return Base(name, classes, truths, maps)


def predicted(truth: Mask, count: int, quality: float, rng: np.random.Generator) -> Maps:
    """Return CxHxW probabilities of a simulated model of that quality."""
    width_px = max(1.0, 2.2 - 1.5 * quality)
    logits = np.stack([_signed_distance(truth == c) for c in range(count)]) / np.float32(width_px)
    logits = np.clip(logits, -6, 6)
    for scale, strength in ((2, 0.6), (8, 1.0), (32, 1.4)):
        for c in range(count):
            logits[c] += np.float32(strength * (1.6 - quality)) * noise(truth.shape, scale, rng)
    logits += rng.normal(0, 0.35 * (1.3 - quality), (count, 1, 1)).astype(np.float32)
    grown = np.exp(logits - logits.max(axis=0, keepdims=True))
    return np.asarray(grown / grown.sum(axis=0, keepdims=True), dtype=np.float32)


def _signed_distance(of_class: NDArray[np.bool_]) -> NDArray[np.float32]:
    if not of_class.any():
        return np.full(of_class.shape, -8, dtype=np.float32)
    if of_class.all():
        return np.full(of_class.shape, 8, dtype=np.float32)
    inside = cv2.distanceTransform(of_class.astype(np.uint8), cv2.DIST_L2, 3)
    outside = cv2.distanceTransform((~of_class).astype(np.uint8), cv2.DIST_L2, 3)
    return np.asarray(np.where(of_class, inside - 0.5, 0.5 - outside), dtype=np.float32)


def noise(size_hw: tuple[int, ...], scale_px: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return an HxW field of standard deviation about 1 that varies over `scale_px`."""
    height, width = size_hw
    small = rng.normal(0, 1, (height // scale_px + 2, width // scale_px + 2)).astype(np.float32)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), dtype=np.float32)


@cache
def _truths(name: str) -> tuple[ClassTable, tuple[Mask, ...]]:
    if name in DRAWN:
        return drawn_set(name)
    if name == "horses":
        folder = SHARED / "field" / "_truth"
        masks = [np.asarray(Image.open(p)) for p in sorted(folder.glob("object_*.png"))]
        return class_table(("background", "object")), tuple(_small(m) for m in masks[:MOST_PHOTOS])
    if name == "drive":
        masks = [
            np.asarray(Image.open(p)) > 0 for p in sorted((SHARED / "drive" / "training" / "1st_manual").iterdir())
        ]
        return class_table(("background", "vessel")), tuple(_small(m) for m in spread_evenly(masks, MOST_PHOTOS))
    dataset = open_dataset(SHARED / name, ignore=11 if name == "camvid" else None)
    samples = [s for s in dataset.samples if s.truth is not None and s.size_hw is not None]
    if name == "camvid":
        samples = [s for s in samples if s.part == "test"]
    if name in ("kolektor", "magnetic_tile"):  # most photos with an object
        shown = [s for s in samples if (dataset.mask(s, size_hw=_small_hw(s.size_hw or (1, 1))) > 0).any()]
        empty = [s for s in samples if s not in shown]
        samples = sorted([*spread_evenly(shown, 10), *spread_evenly(empty, 4)], key=lambda s: s.name)
    chosen = spread_evenly(samples, MOST_PHOTOS)
    return dataset.classes, tuple(dataset.mask(s, size_hw=_small_hw(s.size_hw or (1, 1))) for s in chosen)


def _small_hw(size_hw: tuple[int, int]) -> tuple[int, int]:
    factor = min(1.0, LONG_SIDE_PX / max(size_hw))
    return max(1, round(size_hw[0] * factor)), max(1, round(size_hw[1] * factor))


def _small(mask: Mask) -> Mask:
    return resize_mask(np.asarray(mask, dtype=np.uint8), _small_hw((mask.shape[0], mask.shape[1])))


def bases(names: Sequence[str] = ALL) -> Iterator[Base]:
    """Yield the good bases of the named sets."""
    for name in names:
        yield base_of(name)
