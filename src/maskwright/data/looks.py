"""One look at every photo and its mask: all that the checks need, so that each is decoded once."""

from collections.abc import Collection
from dataclasses import dataclass
from hashlib import blake2b

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.classes import ClassTable
from maskwright.data.dataset import Dataset, PartName, Sample
from maskwright.data.duplicates import THUMBNAIL_PX, Thumbnail, in_threads, thumbnail
from maskwright.errors import DataError
from maskwright.pixels import Mask, component_areas

VANISHING_PX = 4.0
COUNT_AT_ONCE = 1 << 20


@dataclass(frozen=True)
class ObjectCount:
    """How many objects of a class a mask has, and how many are smaller than VANISHING_PX at the working scale."""

    class_id: int
    objects: int
    vanishing: int


@dataclass(frozen=True)
class MaskLook:
    """A mask in numbers: pixels by value 0..255, a digest that tells two masks apart, and its objects if asked for."""

    counts: NDArray[np.int64]
    digest: bytes
    objects: tuple[ObjectCount, ...] = ()


@dataclass(frozen=True)
class Look:
    """What was seen of one photo; `trouble` is why it, `mask_trouble` why its mask, cannot be used."""

    name: str
    size_hw: tuple[int, int] | None
    annotated: bool
    part: PartName | None = None
    thumb: Thumbnail | None = None
    mask: MaskLook | None = None
    trouble: str = ""
    mask_trouble: str = ""


def look_at_all(dataset: Dataset, skip: Collection[str], *, working_long_side_px: int | None) -> list[Look]:
    """Return a look at every sample; photos named in `skip`, known to be broken, are not opened."""
    return in_threads(
        lambda sample: _look_at(dataset, sample, sample.name in skip, working_long_side_px), dataset.samples
    )


def _look_at(dataset: Dataset, sample: Sample, skip: bool, working_long_side_px: int | None) -> Look:
    thumb, mask, trouble, mask_trouble = None, None, "", ""
    if not skip:
        try:
            thumb = thumbnail(dataset.photo(sample, long_side_px=2 * THUMBNAIL_PX))
        except DataError as error:
            trouble = str(error)
    if sample.truth is not None and sample.size_hw is not None:
        try:
            scale = working_long_side_px / max(sample.size_hw) if working_long_side_px else None
            mask = look_at_mask(dataset.mask(sample), dataset.classes, scale=scale)
        except DataError as error:
            mask_trouble = str(error)
    annotated = sample.truth is not None
    return Look(sample.name, sample.size_hw, annotated, sample.part, thumb, mask, trouble, mask_trouble)


def look_at_mask(mask: Mask, classes: ClassTable, *, scale: float | None = None) -> MaskLook:
    """Return the mask in numbers; its objects are counted where `scale` to the working scale is given."""
    counts = pixel_counts(mask)
    digest = blake2b(np.ascontiguousarray(mask).data, digest_size=16).digest()
    if scale is None:
        return MaskLook(counts, digest)
    present = [i for i in classes.scored if counts[i]]
    return MaskLook(counts, digest, tuple(_objects(mask, class_id, min(scale, 1.0)) for class_id in present))


def pixel_counts(mask: Mask) -> NDArray[np.int64]:
    """Return how many pixels have each value 0..255, in little memory."""
    flat = np.ascontiguousarray(mask).reshape(-1)
    counts = np.zeros(256, dtype=np.int64)
    for start in range(0, flat.size, COUNT_AT_ONCE):
        counts += np.bincount(flat[start : start + COUNT_AT_ONCE], minlength=256)
    return counts


def _objects(mask: Mask, class_id: int, scale: float) -> ObjectCount:
    found = mask == class_id
    x, y, wide, high = cv2.boundingRect(found.view(np.uint8))
    areas = component_areas(found[y : y + high, x : x + wide])
    return ObjectCount(class_id, len(areas), int((np.sqrt(areas) * scale < VANISHING_PX).sum()))
