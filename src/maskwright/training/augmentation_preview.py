"""Example crops of each augmentation, as training sees them, for the report of a run."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from maskwright.datasets.dataset import Dataset
from maskwright.files import write_bytes
from maskwright.imaging.drawing import draw_outline, encode_jpeg
from maskwright.imaging.mask_geometry import reduce_photo
from maskwright.imaging.photos import Photo
from maskwright.planning.plan import AugmentPlan, Plan
from maskwright.training.augmentation.geometry import unchanged
from maskwright.training.crops.draw_crop import draw_crop
from maskwright.training.crops.photo_cache import PhotoCache

PREVIEW_PX = 280
STACKED = 4
"""So many examples show all augmentations together."""
ATTEMPTS = 12
"""Crops that are tried for one preview, at most."""
VISIBLE = 3.0
"""The mean change of a pixel (0..255) from which on a change is seen."""


def write_previews(run: Path, dataset: Dataset, plan: Plan, *, seed: int) -> None:
    """Write one example of each augmentation alone, and some of all together, named in the order to show them."""
    sample = next((s for s in dataset.samples if s.truth is not None), dataset.samples[0])
    names = [*single_augmentations(plan.augment), *(f"all stacked {i + 1}" for i in range(STACKED))]
    plans = [*single_augmentations(plan.augment).values(), *[plan.augment] * STACKED]
    for index, (name, augment) in enumerate(zip(names, plans, strict=True)):
        crop = _example(
            dataset, sample.name, replace(plan, augment=augment), seed=seed + max(0, index - len(names) + STACKED)
        )
        write_bytes(run / "pictures" / "augmentation" / f"{index:02d} {name}.jpg", encode_jpeg(crop, 80))


def single_augmentations(full: AugmentPlan) -> dict[str, AugmentPlan]:
    """Return the augmentations that the plan uses, each as a plan with nothing else switched on."""
    none = unchanged(full)
    choices = {
        "zoom and place only": none,
        "flip": replace(none, flip_x=full.flip_x, flip_y=full.flip_y),
        "rotation": replace(none, rotate_deg=full.rotate_deg),
        "perspective": replace(none, perspective=full.perspective),
        "elastic": replace(none, elastic=full.elastic),
        "colour": replace(none, colour=full.colour),
        "blur": replace(none, blur=1.0 if full.blur else 0.0),
        "noise": replace(none, noise=1.0 if full.noise else 0.0),
        "local contrast": replace(none, clahe=1.0 if full.clahe else 0.0),
        "hue": replace(none, hue=1.0 if full.hue else 0.0),
        "sharpening": replace(none, sharpen=1.0 if full.sharpen else 0.0),
        "motion blur": replace(none, motion_blur=1.0 if full.motion_blur else 0.0),
    }
    return {name: plan for name, plan in choices.items() if name.startswith("zoom") or plan != none}


def _example(dataset: Dataset, name: str, plan: Plan, *, seed: int) -> Photo:
    """Return the first of a few crops in which the augmentation is visible; some augmentations leave out some crops."""
    cache, bare = PhotoCache(dataset, plan), PhotoCache(dataset, replace(plan, augment=unchanged(plan.augment)))
    for attempt in range(ATTEMPTS):
        photo, mask = draw_crop(cache, name, np.random.default_rng([seed, attempt]))
        plain, _ = draw_crop(bare, name, np.random.default_rng([seed, attempt]))
        if float(np.abs(photo.astype(int) - plain).mean()) > VISIBLE:
            break
    return reduce_photo(draw_outline(photo, mask, dataset.classes), PREVIEW_PX)
