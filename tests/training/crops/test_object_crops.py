from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from maskwright.classes import class_table
from maskwright.datasets.splitting.split import Parts
from maskwright.imaging.mask_geometry import Mask
from maskwright.training.augmentation.geometry import unchanged
from maskwright.training.crops.batches import draw_batch
from maskwright.training.crops.draw_crop import draw_centred_crop
from maskwright.training.crops.object_crops import alone, crop_around, draw_object, objects_of
from maskwright.training.crops.photo_cache import PhotoCache
from maskwright.training.state import batches, centred_at, set_up
from tests.support.drawn import disc_photos
from tests.support.plans import small_plan
from tests.support.scenes import drawn_dataset, picture

CLASSES = class_table(("background", "a", "b"))


def scene() -> Mask:
    """Two objects of class 1, the one around the other, one of class 2, a speck, an ignored strip."""
    mask = np.zeros((96, 128), np.uint8)
    cv2.rectangle(mask, (10, 10), (60, 60), 1, 4)
    mask[30:40, 30:42] = 1
    mask[70:90, 90:120] = 2
    mask[2:4, 2:4] = 2
    mask[94:] = 255
    return mask


def test_objects_are_the_patches_with_their_boxes() -> None:
    found = objects_of(scene(), CLASSES)
    boxes = sorted((int(r[0]), *(int(v) for v in r[1:5])) for r in found)
    assert boxes == [(1, 8, 8, 63, 63), (1, 30, 30, 42, 40), (2, 90, 70, 120, 90)]
    assert all(scene()[row[6], row[5]] == row[0] for row in found)
    assert len(objects_of(np.zeros((9, 9), np.uint8), CLASSES)) == 0


def test_one_object_alone_leaves_the_others_background() -> None:
    mask = scene()
    inner = next(r for r in objects_of(mask, CLASSES) if r[1] == 30)
    ring = next(r for r in objects_of(mask, CLASSES) if r[1] == 8)
    shown = alone(mask, inner, CLASSES)
    assert (shown == 1).sum() == 120
    assert (shown[30:40, 30:42] == 1).all()
    assert (shown[94:] == 255).all()
    assert not (shown == 2).any()
    around = alone(mask, ring, CLASSES)
    assert not around[30:40, 30:42].any()
    assert (around == 1).sum() == (mask == 1).sum() - 120


def test_without_a_background_the_others_are_ignored() -> None:
    table = class_table(("sky", "road"), background=None)
    mask = np.zeros((20, 20), np.uint8)
    mask[10:] = 1
    shown = alone(mask, objects_of(mask, table)[1], table)
    assert (shown[:10] == 255).all()
    assert (shown[10:] == 1).all()


def test_the_crop_is_the_box_a_fifth_larger_with_the_object_inside() -> None:
    one = objects_of(scene(), CLASSES)[-1]
    rng = np.random.default_rng(0)
    for _ in range(50):
        crop = crop_around(one, 64, rng)
        side_px = crop.size_px / crop.zoom
        assert side_px == pytest.approx(1.2 * 30 * 224 / 250)
        for centre, low, high in zip(crop.centre_xy, (90, 70), (120, 90), strict=True):
            assert abs(centre - (low + high) / 2) <= 1.2 * 30 * (250 - 224) / 250 / 2 + 1e-9
    tiny = np.array([1, 5, 5, 7, 7, 5, 5], np.int32)
    assert crop_around(tiny, 64, rng).zoom == 8.0


def test_each_class_is_drawn_as_often() -> None:
    objects = objects_of(scene(), CLASSES)
    rng = np.random.default_rng(0)
    drawn = [int(draw_object(objects, rng)[0]) for _ in range(400)]
    assert 0.4 < drawn.count(2) / 400 < 0.6


def test_a_centred_crop_shows_one_object_in_its_middle(tmp_path: Path) -> None:
    photos = {f"p{i}.png": picture(i) for i in range(2)}
    dataset = drawn_dataset(tmp_path, photos, dict.fromkeys(photos, scene()), classes=("background", "a", "b"))
    plan = small_plan(dataset)
    plan = replace(plan, augment=unchanged(plan.augment))
    cache = PhotoCache(dataset, plan)
    for seed in range(20):
        _, mask = draw_centred_crop(cache, "p0.png", np.random.default_rng(seed))
        present = set(np.unique(mask)) - {0, 255}
        assert len(present) == 1
        y, x = np.nonzero(mask == present.pop())
        middle = np.array([(y.min() + y.max()) / 2, (x.min() + x.max()) / 2])
        assert np.all(np.abs(middle - 31.5) < 64 * 0.06 + 2)


def test_a_photo_without_objects_gives_a_crop_all_the_same(tmp_path: Path) -> None:
    photos = {"p.png": picture(0)}
    dataset = drawn_dataset(tmp_path, photos, {"p.png": np.zeros((96, 128), np.uint8)})
    plan = small_plan(dataset)
    crop, mask = draw_centred_crop(PhotoCache(dataset, plan), "p.png", np.random.default_rng(0))
    assert crop.shape == (64, 64, 3)
    assert set(np.unique(mask)) <= {0, 255}


def test_the_two_stages_follow_one_another_and_depend_on_seed_and_step_alone(tmp_path: Path) -> None:
    dataset = disc_photos(tmp_path, count=3)
    plan = small_plan(dataset, steps=8)
    plan = replace(plan, sampling=replace(plan.sampling, centred_until=0.5))
    state = set_up(Parts(dataset, None, (), ()), plan, 5)
    assert [centred_at(state, step) for step in range(8)] == [True] * 4 + [False] * 4
    whole = list(batches(state, range(8)))
    resumed = list(batches(set_up(Parts(dataset, None, (), ()), plan, 5), range(3, 8)))
    names = tuple(s.name for s in dataset.samples)
    for step, batch in zip(range(3, 8), resumed, strict=True):
        np.testing.assert_array_equal(batch.photos, whole[step].photos)
        np.testing.assert_array_equal(batch.masks, whole[step].masks)
        alone_drawn = draw_batch(PhotoCache(dataset, plan), names, seed=5, step=step, centred=step < 4)
        np.testing.assert_array_equal(alone_drawn.photos, batch.photos)
    stage_one = np.mean([(b.masks == 1).mean() for b in whole[:4]])
    assert stage_one > 1.3 * np.mean([(b.masks == 1).mean() for b in whole[4:]])
