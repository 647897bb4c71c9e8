from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from maskwright.datasets.dataset import pick
from maskwright.planning.plan import AugmentPlan
from maskwright.training.augmentation_preview import PREVIEW_PX, single_augmentations, write_previews
from tests.support.drawn import disc_photos
from tests.support.plans import small_plan

FULL = AugmentPlan(
    flip_x=True, flip_y=True, rotate_deg=15, perspective=0.1, elastic=0.3, colour=0.5, blur=0.2, noise=0.2
)


def pixels_of(data: bytes) -> np.ndarray:
    with Image.open(BytesIO(data)) as image:
        return np.array(image).astype(int)


def test_each_augmentation_is_shown_with_nothing_else_switched_on() -> None:
    plans = single_augmentations(FULL)
    assert list(plans) == [
        "zoom and place only",
        "flip",
        "rotation",
        "perspective",
        "elastic",
        "colour",
        "blur",
        "noise",
    ]
    none = plans["zoom and place only"]
    assert (none.flip_x, none.rotate_deg, none.elastic, none.noise) == (False, 0, 0, 0)
    assert plans["rotation"] == replace(none, rotate_deg=15)
    assert plans["blur"] == replace(none, blur=1.0)


def test_augmentations_that_the_plan_does_not_use_are_not_shown() -> None:
    assert list(single_augmentations(replace(FULL, flip_x=False, flip_y=False, blur=0, elastic=0))) == [
        "zoom and place only",
        "rotation",
        "perspective",
        "colour",
        "noise",
    ]


def test_previews_are_written_in_the_order_to_show_them_and_the_same_for_a_seed(tmp_path: Path) -> None:
    dataset = disc_photos(tmp_path / "photos", count=2)
    plan = replace(small_plan(dataset), augment=FULL)
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        write_previews(tmp_path / name, pick(dataset, ["disc01.png"]), plan, seed=seed)
    first, again, other = (
        {p.name: p.read_bytes() for p in sorted((tmp_path / name / "pictures" / "augmentation").iterdir())}
        for name in "abc"
    )
    assert next(iter(first)) == "00 zoom and place only.jpg"
    assert list(first)[-1] == "11 all stacked 4.jpg"
    assert first == again
    assert first != other
    assert all(max(pixels_of(data).shape) <= PREVIEW_PX for data in first.values())
    assert len(set(first.values())) == len(first)
