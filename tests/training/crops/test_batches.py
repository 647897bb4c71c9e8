from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from maskwright.datasets.dataset import Dataset
from maskwright.planning.plan import Plan
from maskwright.training.augmentation.colours import change_colours
from maskwright.training.augmentation.geometry import Crop, _bend, draw_warp, unchanged, warp_pair
from maskwright.training.crops.batches import draw_batch
from maskwright.training.crops.draw_crop import draw_crop
from maskwright.training.crops.photo_cache import PhotoCache
from tests.support.drawn import disc_photos
from tests.support.plans import small_plan


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return disc_photos(tmp_path, count=5)


def names_of(dataset: Dataset) -> tuple[str, ...]:
    return tuple(sample.name for sample in dataset.samples)


def plain(plan: Plan) -> Plan:
    """Return the plan without augmentation or zoom."""
    scale = replace(plan.scale, zoom_low=1.0, zoom_high=1.0)
    return replace(plan, augment=unchanged(plan.augment), scale=scale)


def test_a_batch_depends_on_seed_and_step_alone(dataset: Dataset) -> None:
    plan = small_plan(dataset)
    fresh, used = PhotoCache(dataset, plan), PhotoCache(dataset, plan)
    for step in range(4):
        draw_batch(used, names_of(dataset), seed=1, step=step)
    first, second = (draw_batch(p, names_of(dataset), seed=1, step=4) for p in (fresh, used))
    np.testing.assert_array_equal(first.photos, second.photos)
    np.testing.assert_array_equal(first.masks, second.masks)
    other = draw_batch(fresh, names_of(dataset), seed=2, step=4)
    assert not np.array_equal(first.photos, other.photos)


def test_crops_have_the_size_and_type_that_the_net_takes(dataset: Dataset) -> None:
    batch = draw_batch(PhotoCache(dataset, small_plan(dataset)), names_of(dataset), seed=0, step=0)
    assert batch.photos.shape == (2, 64, 64, 3)
    assert batch.photos.dtype == np.uint8
    assert batch.masks.shape == (2, 64, 64)
    assert set(np.unique(batch.masks)) <= {0, 1, 255}


def test_mask_and_photo_stay_together_under_every_augmentation(dataset: Dataset) -> None:
    """Discs are bright: where the mask says disc, the crop must be bright, whatever was done to it."""
    plan = small_plan(dataset)
    plan = replace(plan, augment=replace(plan.augment, colour=0.0, blur=0.0, noise=0.0, elastic=0.5, perspective=0.3))
    cache = PhotoCache(dataset, plan)
    for seed in range(40):
        photo, mask = draw_crop(cache, names_of(dataset)[seed % 5], np.random.default_rng(seed))
        bright = photo[..., 0] > 160
        disc = mask == 1
        if disc.sum() > 200:
            counted = mask != 255
            overlap = (bright & disc).sum() / ((bright & counted) | disc).sum()
            assert overlap > 0.85, seed


def test_an_identity_warp_returns_the_very_pixels(dataset: Dataset) -> None:
    sample = dataset.samples[0]
    photo, mask = dataset.photo(sample), dataset.mask(sample)
    plan = plain(small_plan(dataset))
    crop = Crop((64.0, 48.0), 1.0, 64)
    pixels, truth = warp_pair(photo, mask, draw_warp(crop, plan.augment, np.random.default_rng(0)))
    np.testing.assert_array_equal(pixels, photo[16:80, 32:96])
    np.testing.assert_array_equal(truth, mask[16:80, 32:96])
    np.testing.assert_array_equal(change_colours(pixels, plan.augment, np.random.default_rng(0)), pixels)


def test_beyond_the_photo_the_mask_is_ignored(dataset: Dataset) -> None:
    sample = dataset.samples[0]
    warp = draw_warp(Crop((0.0, 0.0), 1.0, 64), plain(small_plan(dataset)).augment, np.random.default_rng(0))
    _, truth = warp_pair(dataset.photo(sample), dataset.mask(sample), warp)
    assert np.all(truth[:32] == 255)
    assert np.all(truth[:, :32] == 255)
    assert np.all(truth[32:, 32:] != 255)


def test_objects_are_sought_out_as_often_as_the_plan_says(dataset: Dataset) -> None:
    plan = small_plan(dataset)
    shares = []
    for share in (0.0, 1.0):
        cache = PhotoCache(dataset, replace(plan, sampling=replace(plan.sampling, object_share=share)))
        crops = [draw_crop(cache, names_of(dataset)[i % 5], np.random.default_rng(i))[1] for i in range(60)]
        shares.append(np.mean([(mask == 1).any() for mask in crops]))
    assert shares[1] > 0.95
    assert shares[1] > shares[0]


def test_memory_stays_within_its_bound_however_many_photos(dataset: Dataset) -> None:
    cache = PhotoCache(dataset, small_plan(dataset), cache_bytes=120_000)
    for name in names_of(dataset) * 2:
        cache.photo(name)
        assert cache.used_bytes == sum(photo.size_bytes for photo in cache.photos.values())
        assert len(cache.photos) == 1 or cache.used_bytes <= 120_000
    assert len(cache.photos) < 5


def test_each_change_of_colours_does_something(dataset: Dataset) -> None:
    plan = small_plan(dataset)
    sample = dataset.samples[0]
    photo = dataset.photo(sample)
    none = unchanged(plan.augment)
    for key in ("colour", "blur", "noise", "clahe", "hue", "sharpen", "motion_blur"):
        change = {key: 1.0}
        changed = change_colours(photo, replace(none, **change), np.random.default_rng(1))  # type: ignore[arg-type]
        assert changed.shape == photo.shape
        assert not np.array_equal(changed, photo)


def test_bending_is_on_the_grid_and_of_the_size_that_the_plan_says(dataset: Dataset) -> None:
    """With 3 places a side and 10 px, as Ronneberger et al. 2015; otherwise as ever: 5 places, by the crop's size."""
    plan = replace(unchanged(small_plan(dataset).augment), elastic=0.5)
    paper = replace(plan, elastic_grid=3, elastic_px=10.0)
    crop = Crop((64.0, 48.0), 1.0, 128)
    for bent, places, deviation in ((plan, 5, 0.5 * 128 / 25), (paper, 3, 10.0)):
        found = [draw_warp(crop, bent, np.random.default_rng(seed)).bend_px for seed in range(400)]
        bends = [b for b in found if b is not None]
        assert 150 < len(bends) < 250
        middles = np.array([b[63, 63, 0] for b in bends])
        assert middles.std() == pytest.approx(deviation, rel=0.15)
        rng = np.random.default_rng(3)
        coarse = rng.normal(0, deviation, (places, places, 2)).astype(np.float32)
        smooth = cv2.resize(coarse, (128, 128), interpolation=cv2.INTER_CUBIC)
        np.testing.assert_array_equal(_bend(128, bent, np.random.default_rng(3)), smooth)
