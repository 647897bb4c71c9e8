"""Decoded photos in memory: each photo as an image pyramid with its mask, ready for crops."""

from collections import OrderedDict
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.datasets.dataset import Dataset, Sample
from maskwright.datasets.splitting.stratify import classes_by_photo
from maskwright.imaging.mask_geometry import Mask, reduced_size_hw
from maskwright.imaging.photos import Photo
from maskwright.planning.plan import Plan
from maskwright.training.crops.object_crops import Objects, objects_of

CACHE_BYTES = 1 << 30
POINTS_PER_CLASS = 512
LEVELS = 4
"""Levels of the pyramid, at most."""
LEAST_LEVEL_PX = 64
"""The short side below which no further level is made."""


@dataclass(frozen=True)
class CachedPhoto:
    """One photo as an image pyramid (`photos[k]` at 1/2^k), its mask, and points on each class.

    `scale` is working pixels per pixel of `photos[0]`; `points[c]` are up to 512 points (x, y) of class c.
    """

    photos: tuple[Photo, ...]
    mask: Mask
    scale: float
    points: tuple[NDArray[np.int32], ...]

    @property
    def size_bytes(self) -> int:
        """Bytes of all its pixels."""
        return sum(photo.nbytes for photo in self.photos) + self.mask.nbytes


class PhotoCache:
    """Decoded photos of a dataset; beyond `cache_bytes` the least recently used one is dropped."""

    def __init__(self, dataset: Dataset, plan: Plan, *, cache_bytes: int = CACHE_BYTES) -> None:
        self.dataset = dataset
        self.samples = {sample.name: sample for sample in dataset.samples}
        self.plan = plan
        self.cache_bytes = cache_bytes
        self.used_bytes = 0
        self.photos: OrderedDict[str, CachedPhoto] = OrderedDict()
        self.objects_by_name: dict[str, Objects] = {}
        self.classes: dict[str, frozenset[int]] = {}
        self.by_class: dict[tuple[str, ...], dict[int, tuple[str, ...]]] = {}

    def photo(self, name: str) -> CachedPhoto:
        """Return a photo by the name of its sample, decoded now or earlier."""
        if name in self.photos:
            self.photos.move_to_end(name)
            return self.photos[name]
        photo = self._decode(self.samples[name])
        self.photos[name] = photo
        self.used_bytes += photo.size_bytes
        while self.used_bytes > self.cache_bytes and len(self.photos) > 1:
            self.used_bytes -= self.photos.popitem(last=False)[1].size_bytes
        return photo

    def objects(self, name: str) -> Objects:
        """Return the objects of a photo's mask, found now or earlier."""
        if name not in self.objects_by_name:
            self.objects_by_name[name] = objects_of(self.photo(name).mask, self.dataset.classes)
        return self.objects_by_name[name]

    def names_by_class(self, names: tuple[str, ...]) -> dict[int, tuple[str, ...]]:
        """Return the photos of `names` that show each object class; the first call reads their masks."""
        self.classes = self.classes or classes_by_photo(self.dataset)
        if names not in self.by_class:
            scored = self.dataset.classes.scored
            shown = {c: tuple(name for name in names if c in self.classes[name]) for c in scored}
            self.by_class[names] = {c: photos for c, photos in shown.items() if photos}
        return self.by_class[names]

    def _decode(self, sample: Sample) -> CachedPhoto:
        largest_px = round(self.plan.scale.long_side_px * self.plan.scale.zoom_high)
        photo = self.dataset.photo(sample, long_side_px=largest_px)
        mask = self.dataset.mask(sample, size_hw=(photo.shape[0], photo.shape[1]))
        scale = self.plan.scale.long_side_px / max(photo.shape[:2])
        return CachedPhoto(_pyramid(photo), mask, scale, _points(mask, len(self.dataset.classes)))


def _pyramid(photo: Photo) -> tuple[Photo, ...]:
    """Return the photo and its reductions by 2, 4 and 8, as far as the short side allows."""
    size_hw = (photo.shape[0], photo.shape[1])
    levels = [photo]
    while min(levels[-1].shape[:2]) >= LEAST_LEVEL_PX and len(levels) < LEVELS:
        half_hw = reduced_size_hw(size_hw, max(levels[-1].shape[:2]) // 2)
        levels.append(np.asarray(cv2.resize(levels[-1], half_hw[::-1], interpolation=cv2.INTER_AREA), dtype=np.uint8))
    return tuple(levels)


def _points(mask: Mask, class_count: int) -> tuple[NDArray[np.int32], ...]:
    """Return up to 512 evenly spread points (x, y) of each class, in scan order."""
    flat = mask.ravel()
    points = []
    for class_id in range(class_count):
        where = np.flatnonzero(flat == class_id)
        where = where[:: max(1, -(-len(where) // POINTS_PER_CLASS))]
        points.append(np.stack([where % mask.shape[1], where // mask.shape[1]], axis=1).astype(np.int32))
    return tuple(points)
