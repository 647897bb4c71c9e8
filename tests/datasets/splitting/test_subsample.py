from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from maskwright.classes import IGNORE
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.splitting.split import Parts, split
from maskwright.datasets.splitting.subsample import keep_pixels, take_photos, whole
from maskwright.datasets.truth.shapes import Shapes
from maskwright.errors import ConfigError
from tests.support.drawn import disc_photos


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Parts:
    return split(disc_photos(tmp_path_factory.mktemp("thin"), count=24), test=0.2, seed=0)


def names(dataset: Dataset) -> set[str]:
    return {sample.name for sample in dataset.samples}


def test_none_takes_all_and_too_many_are_refused(parts: Parts) -> None:
    assert take_photos(parts, None, seed=0) is parts
    with pytest.raises(ConfigError, match=r"data.photos=99: the training part has 19 photos: give 19 or less"):
        take_photos(parts, 99, seed=0)


def test_fewer_photos_are_some_of_more_and_the_seed_chooses_them(parts: Parts) -> None:
    four, eight = (take_photos(parts, n, seed=3) for n in (4, 8))
    assert len(four.train) == 4
    assert names(four.train) < names(eight.train) < names(parts.train)
    assert names(take_photos(parts, 4, seed=3).train) == names(four.train)
    assert names(take_photos(parts, 4, seed=4).train) != names(four.train)


def test_what_is_held_out_stays_and_few_photos_have_no_inner_validation(parts: Parts) -> None:
    assert parts.inner
    few, most = take_photos(parts, 8, seed=0), take_photos(parts, 18, seed=0)
    assert few.test is parts.test
    assert few.inner == ()
    assert set(most.inner) == set(parts.inner) & names(most.train)
    assert "8 of the 19 training photos" in few.why[-1]


def test_the_first_photos_show_every_class(tmp_path: Path) -> None:
    drawn = disc_photos(tmp_path, count=10)
    empty = [s if i == 6 else type(s)(s.name, s.photo, Shapes(()), s.size_hw) for i, s in enumerate(drawn.samples)]
    dataset = type(drawn)(drawn.root, drawn.format, tuple(empty), drawn.classes)
    for seed in range(5):
        one = take_photos(split(dataset, test=0.0), 1, seed=seed)
        assert names(one.train) == {"disc06.png"}


def test_kept_pixels_are_the_share_asked_for_and_true(parts: Parts) -> None:
    thin = keep_pixels(parts, 0.05, seed=1)
    for sample in parts.train.samples:
        full, kept = parts.train.mask(sample), thin.train.mask(sample)
        left = kept != IGNORE
        assert 0.03 < left.mean() < 0.07
        assert (kept[left] == full[left]).all()


def test_the_same_pixels_are_kept_each_time_and_others_in_another_photo(parts: Parts) -> None:
    thin = keep_pixels(parts, 0.5, seed=1).train
    first, second = thin.samples[:2]
    np.testing.assert_array_equal(thin.mask(first), thin.mask(first))
    assert ((thin.mask(first) == IGNORE) != (thin.mask(second) == IGNORE)).any()
    other = keep_pixels(parts, 0.5, seed=2).train
    assert (other.mask(first) != thin.mask(first)).any()


def test_judged_masks_are_whole(parts: Parts) -> None:
    thin = keep_pixels(parts, 0.05, seed=1)
    assert thin.test is parts.test
    sample = thin.train.samples[0]
    assert (whole(thin.train).mask(sample) == parts.train.mask(sample)).all()
    assert keep_pixels(parts, 1.0, seed=1) is parts


def test_most_of_what_is_taken_is_learnt_from(parts: Parts) -> None:
    nearly_all = tuple(sample.name for sample in parts.train.samples)[1:]
    chosen = take_photos(replace(parts, inner=nearly_all), 18, seed=0)
    assert len(chosen.inner) == 4
