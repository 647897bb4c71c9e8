"""A random crop of a photo and its mask: where it lies, its zoom, and its augmentation."""

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
