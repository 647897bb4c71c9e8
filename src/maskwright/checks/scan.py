"""One look at every photo and its mask: all that the checks need, so that each is decoded once."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from hashlib import blake2b

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.classes import ClassTable
from maskwright.datasets.dataset import Dataset, MaskFile, Sample
from maskwright.datasets.duplicates import Thumbnail, thumbnail
from maskwright.datasets.part_names import PartName
from maskwright.datasets.shapes import Shapes, paint
from maskwright.errors import DataError
from maskwright.imaging.edge_alignment import FIT_PX, Fit, fit_of, fit_to
from maskwright.imaging.geometry import Mask, component_areas, pixel_counts, resize_mask
from maskwright.imaging.photos import Photo, photo_turn
from maskwright.sampling import spread_evenly
from maskwright.threads import in_threads

VANISHING_PX = 4.0
FITS_MOST = 32
OWN_FITS_MOST = 200
"""Photos, spread evenly, on which the fit of masks is measured: enough for a verdict on the whole set."""


@dataclass(frozen=True)
class ObjectCount:
    """How many objects of a class a mask has, and how many are smaller than VANISHING_PX at the working scale.

    `specks` of the vanishing ones are smaller than that in the photo itself: no scale brings them back.
    """

    class_id: int
    objects: int
    vanishing: int
    specks: int


@dataclass(frozen=True)
class MaskLook:
    """A mask in numbers: pixels by value 0..255, a digest that tells two masks apart, and its objects if asked for."""

    counts: NDArray[np.int64]
    digest: bytes
    objects: tuple[ObjectCount, ...] = ()


@dataclass(frozen=True)
class Look:
    """What was seen of one photo; `trouble` is why it, `mask_trouble` why its mask, cannot be used.

    `fit` is there for up to FITS_MOST photos, `own_fit` (how mask and photo fit as they are) for up to OWN_FITS_MOST,
    `fit_unturned` for photos with an EXIF turn: the mask's fit if it was drawn before that turn.
    """

    name: str
    size_hw: tuple[int, int] | None
    annotated: bool
    part: PartName | None = None
    thumb: Thumbnail | None = None
    mask: MaskLook | None = None
    trouble: str = ""
    mask_trouble: str = ""
    fit: Fit | None = None
    own_fit: float | None = None
    fit_unturned: float | None = None


def look_at_all(dataset: Dataset, skip: Collection[str], *, working_long_side_px: int | None) -> list[Look]:
    """Return a look at every sample; photos named in `skip`, known to be broken, are not opened."""
    able = [s.name for s in dataset.samples if s.truth is not None and s.size_hw is not None and s.name not in skip]
    fitted, measured = set(spread_evenly(able, FITS_MOST)), set(spread_evenly(able, OWN_FITS_MOST))

    def one(sample: Sample) -> Look:
        scale = working_long_side_px / max(sample.size_hw) if working_long_side_px and sample.size_hw else None
        look, small = _look_at(dataset, sample, sample.name in skip, scale)
        if small is None or sample.name not in fitted | measured:
            return look
        return (
            _with_fit(look, dataset, sample, small) if sample.name in fitted else replace(look, own_fit=fit_to(*small))
        )

    return in_threads(one, dataset.samples)


def _look_at(
    dataset: Dataset, sample: Sample, skip: bool, scale: float | None
) -> tuple[Look, tuple[Photo, Mask] | None]:
    """Return the look, and photo and mask at FIT_PX where both can be read."""
    photo, small, look, trouble, mask_trouble = None, None, None, "", ""
    if not skip:
        try:
            photo = dataset.photo(sample, long_side_px=FIT_PX)
        except DataError as error:
            trouble = str(error)
    if sample.truth is not None and sample.size_hw is not None:
        try:
            mask = dataset.mask(sample)
            look = look_at_mask(mask, dataset.classes, scale=scale)
            small = resize_mask(mask, (photo.shape[0], photo.shape[1])) if photo is not None else None
        except DataError as error:
            mask_trouble = str(error)
    thumb = thumbnail(photo) if photo is not None else None
    annotated = sample.truth is not None
    seen = Look(sample.name, sample.size_hw, annotated, sample.part, thumb, look, trouble, mask_trouble)
    return seen, (photo, small) if photo is not None and small is not None else None


def _with_fit(look: Look, dataset: Dataset, sample: Sample, small: tuple[Photo, Mask]) -> Look:
    photo, mask = small
    fit = fit_of(photo, mask)
    if fit is None or (unturned := _drawn_before_turn(dataset, sample, mask)) is None:
        return replace(look, fit=fit, own_fit=None if fit is None else float(fit.turns[0]))
    return replace(look, fit=fit, own_fit=float(fit.turns[0]), fit_unturned=fit_to(photo, unturned))


def _drawn_before_turn(dataset: Dataset, sample: Sample, mask: Mask) -> Mask | None:
    """Return the upright mask if the truth was drawn on the photo as stored; None without an EXIF turn."""
    turn = photo_turn(sample.photo)
    if turn is None:
        return None
    stored_hw = turn.stored_hw((mask.shape[0], mask.shape[1]))
    match sample.truth:
        case Shapes(shapes):
            assert sample.size_hw is not None
            drawn = paint(shapes, turn.stored_hw(sample.size_hw), stored_hw)
            return turn.upright(dataset.mapped(drawn))
        case MaskFile() if stored_hw == mask.shape:
            return turn.upright(mask)
        case _:
            return None


def look_at_mask(mask: Mask, classes: ClassTable, *, scale: float | None = None) -> MaskLook:
    """Return the mask in numbers; its objects are counted where `scale` to the working scale is given."""
    counts = pixel_counts(mask)
    digest = blake2b(np.ascontiguousarray(mask).data, digest_size=16).digest()
    if scale is None:
        return MaskLook(counts, digest)
    present = [i for i in classes.scored if counts[i]]
    return MaskLook(counts, digest, tuple(_objects(mask, class_id, min(scale, 1.0)) for class_id in present))


def _objects(mask: Mask, class_id: int, scale: float) -> ObjectCount:
    found = mask == class_id
    x, y, wide, high = cv2.boundingRect(found.view(np.uint8))
    areas = component_areas(found[y : y + high, x : x + wide])
    sides = np.sqrt(areas)
    return ObjectCount(
        class_id, len(areas), int((sides * scale < VANISHING_PX).sum()), int((sides < VANISHING_PX).sum())
    )
