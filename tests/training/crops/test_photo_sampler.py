from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from maskwright.datasets.dataset import Dataset
from maskwright.datasets.truth.shapes import Shapes
from maskwright.training.crops.batches import draw_batch
from maskwright.training.crops.photo_cache import PhotoCache
from maskwright.training.crops.photo_sampler import name_at, slots_in_batch
from tests.support.drawn import disc_photos
from tests.support.plans import small_plan

COUNT = 12


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    """Twelve photos of which one shows a disc."""
    drawn = disc_photos(tmp_path, count=COUNT)
    first, *others = drawn.samples
    return replace(drawn, samples=(first, *(replace(sample, truth=Shapes(())) for sample in others)))


def cache_of(dataset: Dataset, class_share: float) -> PhotoCache:
    plan = small_plan(dataset)
    return PhotoCache(dataset, replace(plan, sampling=replace(plan.sampling, class_share=class_share)))


def names_of(dataset: Dataset) -> tuple[str, ...]:
    return tuple(sample.name for sample in dataset.samples)


def test_every_photo_is_seen_once_a_round() -> None:
    names = ("a", "b", "c", "d", "e")
    rounds = [[name_at(names, 0, turn * 5 + place) for place in range(5)] for turn in range(3)]
    assert all(sorted(one) == sorted(names) for one in rounds)
    assert len({tuple(one) for one in rounds}) > 1


def test_the_share_of_crops_drawn_by_class_is_the_plan_s(dataset: Dataset) -> None:
    cache, names = cache_of(dataset, 0.5), names_of(dataset)
    slots = [slot for step in range(200) for slot in slots_in_batch(cache, names, seed=0, step=step)]
    by_class = [slot for slot in slots if slot.class_id is not None]
    assert 0.42 < len(by_class) / len(slots) < 0.58
    assert {slot.name for slot in by_class} == {names[0]}
    assert {slot.name for slot in slots if slot.class_id is None} == set(names)


def test_a_crop_drawn_by_class_shows_the_class(dataset: Dataset) -> None:
    cache, names = cache_of(dataset, 1.0), names_of(dataset)
    masks = np.concatenate([draw_batch(cache, names, seed=0, step=step).masks for step in range(20)])
    assert np.mean([(mask == 1).any() for mask in masks]) > 0.9


def test_photos_that_are_held_back_are_not_drawn_by_class_either(dataset: Dataset) -> None:
    cache, names = cache_of(dataset, 1.0), names_of(dataset)
    slots_in_batch(cache, names, seed=0, step=0)
    without = names[1:]
    slots = [slot for step in range(10) for slot in slots_in_batch(cache, without, seed=0, step=step)]
    assert {slot.class_id for slot in slots} == {None}
    assert names[0] not in {slot.name for slot in slots}


def test_a_plan_without_the_share_draws_the_batches_that_it_drew_before(dataset: Dataset) -> None:
    cache, names = cache_of(dataset, 0.0), names_of(dataset)
    drawn = [slot.name for step in range(COUNT // 2) for slot in slots_in_batch(cache, names, seed=3, step=step)]
    assert drawn == [name_at(names, 3, position) for position in range(COUNT)]
