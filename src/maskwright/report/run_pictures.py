"""The pictures that a run keeps for its report: judged photos with both outlines, and what augmentation does."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from maskwright.classes import ClassTable
from maskwright.datasets.dataset import Dataset
from maskwright.evaluation.evaluate import Judged
from maskwright.files import write_bytes
from maskwright.imaging.drawing import draw_outline, draw_outlines, encode_jpeg
from maskwright.imaging.geometry import resize_mask
from maskwright.imaging.photos import Photo, reduce_photo
from maskwright.planning.plan import AugmentPlan, Plan
from maskwright.training.augment import unchanged
from maskwright.training.batches import draw_crop
from maskwright.training.photo_cache import PhotoCache

PANEL_PX, PREVIEW_PX = 640, 280
STACKED = 4
ATTEMPTS, SHOWS = 12, 3.0


def panel_path(run: Path, photo_name: str) -> Path:
    """Return where a run keeps the picture of a judged photo."""
    return run / "pictures" / "judged" / f"{photo_name}.jpg"


def write_panel(run: Path, judged: Judged, classes: ClassTable) -> None:
    """Write the judged photo, reduced, with the truth as a light line and the prediction dashed."""
    photo = reduce_photo(judged.photo, PANEL_PX)
    size_hw = (photo.shape[0], photo.shape[1])
    truth, prediction = resize_mask(judged.truth, size_hw), resize_mask(judged.prediction, size_hw)
    picture = draw_outlines(photo, truth, prediction, classes)
    write_bytes(panel_path(run, judged.score.name), encode_jpeg(picture, 76))


def write_previews(run: Path, dataset: Dataset, plan: Plan, *, seed: int) -> None:
    """Write one example of each augmentation alone, and some of all stacked, named in the order to show them."""
    sample = next((s for s in dataset.samples if s.truth is not None), dataset.samples[0])
    names = [*alone(plan.augment), *(f"all stacked {i + 1}" for i in range(STACKED))]
    plans = [*alone(plan.augment).values(), *[plan.augment] * STACKED]
    for index, (name, augment) in enumerate(zip(names, plans, strict=True)):
        crop = _example(
            dataset, sample.name, replace(plan, augment=augment), seed=seed + max(0, index - len(names) + STACKED)
        )
        write_bytes(run / "pictures" / "augmentation" / f"{index:02d} {name}.jpg", encode_jpeg(crop, 80))


def alone(full: AugmentPlan) -> dict[str, AugmentPlan]:
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
    }
    return {name: plan for name, plan in choices.items() if name.startswith("zoom") or plan != none}


def _example(dataset: Dataset, name: str, plan: Plan, *, seed: int) -> Photo:
    """Return the first crop of a few in which the augmentation, which spares some crops, shows."""
    cache, bare = PhotoCache(dataset, plan), PhotoCache(dataset, replace(plan, augment=unchanged(plan.augment)))
    for attempt in range(ATTEMPTS):
        photo, mask = draw_crop(cache, name, np.random.default_rng([seed, attempt]))
        plain, _ = draw_crop(bare, name, np.random.default_rng([seed, attempt]))
        if float(np.abs(photo.astype(int) - plain).mean()) > SHOWS:
            break
    return reduce_photo(draw_outline(photo, mask, dataset.classes), PREVIEW_PX)
