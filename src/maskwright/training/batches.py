"""Batches: decoded photos in memory, crops drawn from (seed, step, slot) alone, so that resumed = uninterrupted."""

from collections import OrderedDict
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.datasets.dataset import Dataset, Sample
from maskwright.imaging.geometry import Mask
from maskwright.imaging.photos import Photo, reduced_size_hw
from maskwright.planning.plan import Plan
from maskwright.training.augment import Crop, change_colours, draw_warp, warp_pair
from maskwright.training.object_crops import Objects, alone, crop_around, draw_object, objects_of

CACHE_BYTES = 1 << 30
POINTS_A_CLASS = 512


@dataclass(frozen=True)
class Page:
    """One photo as training needs it: halved again and again (`photos[k]` at 1/2^k), its mask, and object points.

    `scale` is working pixels per pixel of `photos[0]`; `points[c]` are up to 512 places (x, y) of class c.
    """

    photos: tuple[Photo, ...]
    mask: Mask
    scale: float
    points: tuple[NDArray[np.int32], ...]

    @property
    def size_bytes(self) -> int:
        """Bytes of pixels held."""
        return sum(p.nbytes for p in self.photos) + self.mask.nbytes


class Pages:
    """Decoded photos of a dataset, the least recently used dropped beyond `cache_bytes`."""

    def __init__(self, dataset: Dataset, plan: Plan, *, cache_bytes: int = CACHE_BYTES) -> None:
        self.dataset = dataset
        self.samples = {sample.name: sample for sample in dataset.samples}
        self.plan = plan
        self.cache_bytes = cache_bytes
        self.held_bytes = 0
        self.pages: OrderedDict[str, Page] = OrderedDict()
        self.found: dict[str, Objects] = {}

    def page(self, name: str) -> Page:
        """Return the photo's page, decoded now or before."""
        if name in self.pages:
            self.pages.move_to_end(name)
            return self.pages[name]
        page = self._decode(self.samples[name])
        self.pages[name] = page
        self.held_bytes += page.size_bytes
        while self.held_bytes > self.cache_bytes and len(self.pages) > 1:
            self.held_bytes -= self.pages.popitem(last=False)[1].size_bytes
        return page

    def objects(self, name: str) -> Objects:
        """Return the objects of the photo's mask, found now or before."""
        if name not in self.found:
            self.found[name] = objects_of(self.page(name).mask, self.dataset.classes)
        return self.found[name]

    def _decode(self, sample: Sample) -> Page:
        largest = round(self.plan.scale.long_side_px * self.plan.scale.zoom_high)
        photo = self.dataset.photo(sample, long_side_px=largest)
        mask = self.dataset.mask(sample, size_hw=(photo.shape[0], photo.shape[1]))
        levels = [photo]
        while min(levels[-1].shape[:2]) >= 64 and len(levels) < 4:
            half_hw = reduced_size_hw((photo.shape[0], photo.shape[1]), max(levels[-1].shape[:2]) // 2)
            levels.append(
                np.asarray(cv2.resize(levels[-1], half_hw[::-1], interpolation=cv2.INTER_AREA), dtype=np.uint8)
            )
        scale = self.plan.scale.long_side_px / max(photo.shape[:2])
        return Page(tuple(levels), mask, scale, _points(mask, len(self.dataset.classes)))


def _points(mask: Mask, class_count: int) -> tuple[NDArray[np.int32], ...]:
    """Return up to 512 evenly spread places (x, y) of each class, in scan order."""
    flat = mask.ravel()
    found = []
    for class_id in range(class_count):
        where = np.flatnonzero(flat == class_id)
        where = where[:: max(1, -(-len(where) // POINTS_A_CLASS))]
        found.append(np.stack([where % mask.shape[1], where // mask.shape[1]], axis=1).astype(np.int32))
    return tuple(found)


@dataclass(frozen=True)
class Batch:
    """`photos` Nx3xHxW float32-ready uint8 in channels-last memory (NHWC array), `masks` NxHxW uint8 class ids."""

    photos: NDArray[np.uint8]
    masks: NDArray[np.uint8]


def draw_batch(pages: Pages, names: tuple[str, ...], *, seed: int, step: int, centred: bool = False) -> Batch:
    """Return the batch of a training step: the same for the same names, plan, seed and step, whatever came before.

    With `centred` each crop shows one object in its middle, the others as background.
    """
    count, draw = pages.plan.optim.batch, draw_centred_crop if centred else draw_crop
    crops = [
        draw(pages, name, np.random.default_rng([seed, step, slot]))
        for slot, name in enumerate(names_in_batch(names, count, seed=seed, step=step))
    ]
    return Batch(np.stack([photo for photo, _ in crops]), np.stack([mask for _, mask in crops]))


def names_in_batch(names: tuple[str, ...], count: int, *, seed: int, step: int) -> list[str]:
    """Return the photos that the `count` crops of a step's batch are cut from."""
    return [_name_of(names, seed, step * count + slot) for slot in range(count)]


def _name_of(names: tuple[str, ...], seed: int, position: int) -> str:
    """Return the photo at a position of the endless row of shuffled rounds over all names."""
    turn, place = divmod(position, len(names))
    return names[int(np.random.default_rng([seed, turn, 7]).permutation(len(names))[place])]


def draw_crop(pages: Pages, name: str, rng: np.random.Generator) -> tuple[Photo, Mask]:
    """Return one augmented crop (SxSx3 uint8, SxS class ids) of a photo."""
    page, plan = pages.page(name), pages.plan
    cv2.setRNGSeed(int(rng.integers(2**31)))
    zoom = float(np.exp(rng.uniform(np.log(plan.scale.zoom_low), np.log(plan.scale.zoom_high)))) * page.scale
    crop = Crop(_centre(page, zoom, pages, rng), zoom, plan.scale.crop_px)
    return _changed(page, page.mask, crop=crop, plan=plan, rng=rng)


def draw_centred_crop(pages: Pages, name: str, rng: np.random.Generator) -> tuple[Photo, Mask]:
    """Return an augmented crop as `draw_crop`, around one object that alone is in the mask; any crop where none is."""
    page, plan, classes = pages.page(name), pages.plan, pages.dataset.classes
    objects = pages.objects(name)
    if not len(objects):
        return draw_crop(pages, name, rng)
    cv2.setRNGSeed(int(rng.integers(2**31)))
    one = draw_object(objects, rng)
    crop = crop_around(one, plan.scale.crop_px, rng)
    return _changed(page, alone(page.mask, one, classes), crop=crop, plan=plan, rng=rng)


def _changed(page: Page, truth: Mask, *, crop: Crop, plan: Plan, rng: np.random.Generator) -> tuple[Photo, Mask]:
    level = min(max(int(np.log2(1 / crop.zoom)), 0), len(page.photos) - 1)
    photo, mask = warp_pair(page.photos[level], truth, draw_warp(crop, plan.augment, rng))
    return change_colours(photo, plan.augment, rng), mask


def _centre(page: Page, zoom: float, pages: Pages, rng: np.random.Generator) -> tuple[float, float]:
    """Return the centre of a crop: around a place on an object of a random class, or anywhere it fills best."""
    height, width = page.mask.shape
    half = pages.plan.scale.crop_px / zoom / 2
    shown = [c for c in pages.dataset.classes.scored if len(page.points[c])]
    if shown and rng.random() < pages.plan.sampling.object_share:
        points = page.points[int(rng.choice(shown))]
        x, y = points[int(rng.integers(len(points)))] + 0.5
        return float(x + rng.uniform(-0.7, 0.7) * half), float(y + rng.uniform(-0.7, 0.7) * half)
    return _within(width, half, rng), _within(height, half, rng)


def _within(length: int, half: float, rng: np.random.Generator) -> float:
    low, high = min(half, length / 2), max(length - half, length / 2)
    return float(rng.uniform(low, high))
