"""Batches of augmented crops. Each follows from (seed, step, slot) alone, so that a resumed run sees the same ones."""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.photos import Photo
from maskwright.planning.plan import Plan
from maskwright.training.augmentation.colours import change_colours
from maskwright.training.augmentation.geometry import Crop, draw_warp, warp_pair
from maskwright.training.crops.object_crops import alone, crop_around, draw_object
from maskwright.training.crops.photo_cache import CachedPhoto, PhotoCache
from maskwright.training.crops.photo_sampler import slots_in_batch


@dataclass(frozen=True)
class Batch:
    """`photos` NxHxWx3 uint8 RGB (NHWC is channels-last memory), `masks` NxHxW uint8 class ids."""

    photos: NDArray[np.uint8]
    masks: NDArray[np.uint8]


def draw_batch(
    cache: PhotoCache,
    names: tuple[str, ...],
    *,
    seed: int,
    step: int,
    centred: bool = False,
    numbers: Iterable[int] | None = None,
) -> Batch:
    """Return the batch of a training step: always the same for the same names, plan, seed and step.

    With `centred` each crop shows one object in its middle, the others as background. With `numbers` only these
    crops of the batch are drawn.
    """
    slots = slots_in_batch(cache, names, seed=seed, step=step)
    crops = []
    for number in range(len(slots)) if numbers is None else numbers:
        slot, rng = slots[number], np.random.default_rng([seed, step, number])
        if centred:
            crops.append(draw_centred_crop(cache, slot.name, rng))
        else:
            crops.append(draw_crop(cache, slot.name, rng, class_id=slot.class_id))
    return Batch(np.stack([photo for photo, _ in crops]), np.stack([mask for _, mask in crops]))


def draw_crop(
    cache: PhotoCache, name: str, rng: np.random.Generator, *, class_id: int | None = None
) -> tuple[Photo, Mask]:
    """Return one augmented crop (SxSx3 uint8, SxS class ids) of a photo, near a pixel of a class if one is given."""
    photo, plan = cache.photo(name), cache.plan
    cv2.setRNGSeed(int(rng.integers(2**31)))
    zoom = float(np.exp(rng.uniform(np.log(plan.scale.zoom_low), np.log(plan.scale.zoom_high)))) * photo.scale
    crop = Crop(_centre(photo, zoom, cache, rng, class_id=class_id), zoom, plan.scale.crop_px)
    return _augmented(photo, photo.mask, crop=crop, plan=plan, rng=rng)


def draw_centred_crop(cache: PhotoCache, name: str, rng: np.random.Generator) -> tuple[Photo, Mask]:
    """Return an augmented crop around one object, the only one in its mask; any crop if the photo shows no object."""
    photo, plan, classes = cache.photo(name), cache.plan, cache.dataset.classes
    objects = cache.objects(name)
    if not len(objects):
        return draw_crop(cache, name, rng)
    cv2.setRNGSeed(int(rng.integers(2**31)))
    centre = draw_object(objects, rng)
    crop = crop_around(centre, plan.scale.crop_px, rng)
    return _augmented(photo, alone(photo.mask, centre, classes), crop=crop, plan=plan, rng=rng)


def _augmented(
    photo: CachedPhoto, truth: Mask, *, crop: Crop, plan: Plan, rng: np.random.Generator
) -> tuple[Photo, Mask]:
    level = min(max(int(np.log2(1 / crop.zoom)), 0), len(photo.photos) - 1)
    pixels, mask = warp_pair(photo.photos[level], truth, draw_warp(crop, plan.augment, rng))
    return change_colours(pixels, plan.augment, rng), mask


def _centre(
    photo: CachedPhoto, zoom: float, cache: PhotoCache, rng: np.random.Generator, *, class_id: int | None
) -> tuple[float, float]:
    """Return the centre of a crop: near a point of the class or of a random one, or anywhere the crop stays inside."""
    height, width = photo.mask.shape
    half = cache.plan.scale.crop_px / zoom / 2
    shown = [number for number in cache.dataset.classes.scored if len(photo.points[number])]
    if class_id in shown:
        return _near_point(photo.points[class_id], half, rng)
    if shown and rng.random() < cache.plan.sampling.object_share:
        return _near_point(photo.points[int(rng.choice(shown))], half, rng)
    return _inside(width, half, rng), _inside(height, half, rng)


def _near_point(points: NDArray[np.int32], half: float, rng: np.random.Generator) -> tuple[float, float]:
    x, y = points[int(rng.integers(len(points)))] + 0.5
    return float(x + rng.uniform(-0.7, 0.7) * half), float(y + rng.uniform(-0.7, 0.7) * half)


def _inside(length: int, half: float, rng: np.random.Generator) -> float:
    low, high = min(half, length / 2), max(length - half, length / 2)
    return float(rng.uniform(low, high))
