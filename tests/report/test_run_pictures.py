from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from maskwright.datasets.dataset import pick
from maskwright.evaluation.evaluate import Judged, PhotoScore
from maskwright.planning.plan import AugmentPlan
from maskwright.report.run_pictures import PANEL_PX, PREVIEW_PX, alone, panel_path, write_panel, write_previews
from tests.support.drawn import disc_photos
from tests.support.plans import small_plan

FULL = AugmentPlan(
    flip_x=True, flip_y=True, rotate_deg=15, perspective=0.1, elastic=0.3, colour=0.5, blur=0.2, noise=0.2
)
NOTHING = np.zeros((2, 2), dtype=np.int64)


def pixels_of(data: bytes) -> np.ndarray:
    with Image.open(BytesIO(data)) as image:
        return np.array(image).astype(int)


def test_a_panel_shows_the_photo_reduced_with_both_outlines(tmp_path: Path) -> None:
    dataset = disc_photos(tmp_path / "photos", count=1, size_hw=(900, 1200))
    sample = dataset.samples[0]
    photo, truth = dataset.photo(sample), dataset.mask(sample)
    bare = Judged(PhotoScore("bare", NOTHING), photo, truth * 0, truth * 0)
    right = Judged(PhotoScore("deep/right.png", NOTHING), photo, truth, truth)
    moved = Judged(PhotoScore("moved", NOTHING), photo, truth, np.roll(truth, 200, axis=1))
    drawn = []
    for judged in (bare, right, moved):
        write_panel(tmp_path / "run", judged, dataset.classes)
        drawn.append(pixels_of(panel_path(tmp_path / "run", judged.score.name).read_bytes()))
    assert drawn[0].shape == (480, PANEL_PX, 3)
    changed = [(np.abs(one - drawn[0]).max(axis=2) > 60).sum() for one in drawn[1:]]
    assert 0 < changed[0] < changed[1] < 0.1 * 480 * PANEL_PX


def test_each_augmentation_stands_alone_with_nothing_else_switched_on() -> None:
    plans = alone(FULL)
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
    assert list(alone(replace(FULL, flip_x=False, flip_y=False, blur=0, elastic=0))) == [
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
