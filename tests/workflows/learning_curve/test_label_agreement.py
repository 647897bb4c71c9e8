"""Label agreement: photos labelled twice say it, thin structures agree less, and the ceiling lies above."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from maskwright.classes import class_table
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.truth.shapes import Ellipse, Shapes
from maskwright.workflows.learning_curve.label_agreement import label_agreement
from tests.support.drawn import disc_photos


def with_radius(dataset: Dataset, radius: float) -> Dataset:
    truth = Shapes((Ellipse(1, (60.0, 50.0), (radius, radius)),))
    return replace(dataset, samples=tuple(replace(sample, truth=truth) for sample in dataset.samples))


def test_small_objects_agree_less_than_large_ones(tmp_path: Path) -> None:
    dataset = disc_photos(tmp_path, count=4)
    small, large = (label_agreement(with_radius(dataset, radius)) for radius in (5.0, 40.0))
    assert small.source == large.source == "borders"
    assert small.agreement < large.agreement < large.ceiling < 1
    # A disc drawn again d px off on average agrees to (r - d/2)^2 / (r + d/2)^2; r is 40 px of 128, seen as it is.
    apart = 0.6 * 1.128 / 2
    assert large.agreement == pytest.approx((40**2 - 80 * apart) / (40**2 + 80 * apart), abs=0.005)


def test_photos_labelled_twice_give_the_agreement(tmp_path: Path) -> None:
    dataset = disc_photos(tmp_path, count=3)
    copies = []
    for sample in dataset.samples:
        path = tmp_path / f"again-{sample.name}"
        shutil.copy(sample.photo, path)
        copies.append(replace(sample, name=path.name, photo=path, truth=Shapes((Ellipse(1, (60, 50), (36, 36)),))))
    first = with_radius(dataset, 40.0)
    both = replace(first, samples=tuple(sorted([*first.samples, *copies], key=lambda s: s.name)))
    found = label_agreement(both)
    assert (found.source, found.pairs) == ("copies", 3)
    assert found.agreement == pytest.approx(36**2 / 40**2, abs=0.01)
    assert found.agreement < found.ceiling < 1


def test_equal_masks_of_copies_say_nothing(tmp_path: Path) -> None:
    dataset = disc_photos(tmp_path, count=3)
    copies = []
    for sample in dataset.samples:
        path = tmp_path / f"again-{sample.name}"
        shutil.copy(sample.photo, path)
        copies.append(replace(sample, name=path.name, photo=path))
    assert label_agreement(replace(dataset, samples=(*dataset.samples, *copies))).source == "borders"


def test_a_dataset_without_objects_has_no_limit(tmp_path: Path) -> None:
    dataset = disc_photos(tmp_path, count=2)
    empty = replace(
        dataset,
        samples=tuple(replace(s, truth=Shapes(())) for s in dataset.samples),
        classes=class_table(("background", "disc")),
    )
    assert label_agreement(empty).agreement == 1
