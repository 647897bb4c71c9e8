"""The design: nested subsets, groups kept whole, every class early, and the minutes shared out."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from maskwright.datasets.dataset import Dataset
from maskwright.errors import DataError
from maskwright.workflows.learning_curve.design import Design, Training, design_of, parts_of, trainings, weight
from tests.support.drawn import disc_photos


@pytest.fixture(scope="module")
def twelve(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return disc_photos(tmp_path_factory.mktemp("twelve"), count=12, size_hw=(48, 64))


def designed(dataset: Dataset, *, pairs: bool = False, minutes: float = 30.0) -> tuple[Dataset, Design]:
    names = [sample.name for sample in dataset.samples]
    groups = [tuple(names[i : i + 2]) for i in range(0, len(names), 2)] if pairs else [(name,) for name in names]
    index = {name: str(i) for i, group in enumerate(groups) for name in group}
    dataset = replace(dataset, samples=tuple(replace(s, group=index[s.name]) for s in dataset.samples))
    return dataset, design_of(dataset, groups, minutes=minutes, arms=(), seed=0)


def test_subsets_are_nested_and_never_hold_a_scored_photo(twelve: Dataset) -> None:
    dataset, design = designed(twelve)
    for fold in range(len(design.folds)):
        parts = [parts_of(dataset, design, Training("main", fold, size)) for size in range(len(design.sizes))]
        names = [{sample.name for sample in one.train.samples} for one in parts]
        assert [len(one) for one in names] == list(design.sizes)
        assert all(smaller < larger for smaller, larger in pairwise(names))
        assert all(one.test is not None for one in parts)
        assert not names[-1] & set(design.folds[fold].held_out)


def test_every_photo_is_scored_once(twelve: Dataset) -> None:
    _, design = designed(twelve)
    scored = [name for fold in design.folds for name in fold.held_out]
    assert sorted(scored) == [sample.name for sample in twelve.samples]


def test_groups_stay_together(twelve: Dataset) -> None:
    dataset, design = designed(twelve, pairs=True)
    for training in trainings(design, ()):
        parts = parts_of(dataset, design, training)
        groups = [{s.group for s in part.samples} for part in (parts.train, parts.test) if part is not None]
        assert not groups[0] & groups[1]
        assert len(parts.train) == 2 * len(groups[0])


def test_more_minutes_give_more_trainings_within_the_time(twelve: Dataset) -> None:
    counts = []
    for minutes in (5.0, 30.0, 240.0):
        _, design = designed(twelve, minutes=minutes)
        everything = trainings(design, ())
        assert design.minutes * sum(map(weight, everything)) <= minutes
        counts.append(len(everything))
    assert counts == sorted(counts)
    assert counts[0] >= 4


def test_arms_share_the_minutes(twelve: Dataset) -> None:
    names = [(sample.name,) for sample in twelve.samples]
    arms = ("scratch", "minutes", "scale")
    design = design_of(twelve, names, minutes=30, arms=arms, seed=0)
    everything = trainings(design, arms)
    assert {training.arm for training in everything} == {"main", *arms}
    assert design.minutes * sum(map(weight, everything)) <= 30
    assert {t.size for t in everything if t.arm == "minutes"} == {len(design.sizes) - 1}


def test_three_photos_are_refused_in_one_line(tmp_path: Path) -> None:
    dataset = disc_photos(tmp_path, count=3, size_hw=(48, 64))
    with pytest.raises(DataError, match="has 3 photos: a learning curve needs 4"):
        designed(dataset)


def test_four_photos_are_enough(tmp_path: Path) -> None:
    _, design = designed(disc_photos(tmp_path, count=4, size_hw=(48, 64)))
    assert len(design.sizes) >= 2
    assert np.all(np.diff(design.sizes) > 0)
