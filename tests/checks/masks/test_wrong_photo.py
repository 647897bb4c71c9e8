"""Masks of other photos are named with the photos they fit; healthy pairs and single scenes are not accused."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from maskwright.checks.check import check
from maskwright.classes import class_table
from maskwright.datasets.dataset import Dataset, Sample, pick
from maskwright.datasets.opening import open_dataset
from maskwright.datasets.truth.shapes import Ellipse, Shapes
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import Finding
from tests.support.real_data import shared_data

SIZE_HW = (160, 200)


def discs(folder: Path, count: int, *, one_scene: bool = False) -> Dataset:
    """Write photos that show a bright disc each, at different places or all at one, with their drawn truth."""
    samples = []
    for i in range(count):
        rng = np.random.default_rng(3 if one_scene else i)
        x, y, radius = rng.uniform(45, 155), rng.uniform(45, 115), rng.uniform(20, 40)
        rows, columns = np.mgrid[: SIZE_HW[0], : SIZE_HW[1]]
        pixels = np.random.default_rng(100 + i).normal(80, 10, (*SIZE_HW, 3))
        pixels[(columns + 0.5 - x) ** 2 + (rows + 0.5 - y) ** 2 < radius**2] += 100
        path = folder / f"{i:02}.png"
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(path)
        samples.append(Sample(path.name, path, Shapes((Ellipse(1, (x, y), (radius, radius)),)), SIZE_HW))
    return Dataset(folder, "drawn", tuple(samples), class_table(("background", "disc")))


def given(dataset: Dataset, takes: Sequence[int]) -> Dataset:
    """Return the dataset with the truth of sample `takes[i]` at sample i."""
    truths = [sample.truth for sample in dataset.samples]
    samples = [replace(s, truth=truths[k]) for s, k in zip(dataset.samples, takes, strict=True)]
    return replace(dataset, samples=tuple(samples))


def exchanged(dataset: Dataset) -> list[Finding]:
    return [finding for finding in check(dataset) if finding.code == "mask-exchanged"]


def test_shuffled_masks_are_named_with_the_photos_they_fit(tmp_path: Path) -> None:
    takes = [3, 0, 4, 1, 2, 6, 7, 5]
    (finding,) = exchanged(given(discs(tmp_path, 8), takes))
    assert (finding.severity, len(finding.photos)) == ("error", 8)
    for i, k in enumerate(takes):
        assert f"{i:02}.png's mask fits {k:02}.png" in finding.evidence


def test_two_exchanged_masks_among_many_are_named(tmp_path: Path) -> None:
    takes = list(range(10))
    takes[2], takes[7] = 7, 2
    (finding,) = exchanged(given(discs(tmp_path, 10), takes))
    assert finding.photos == ("02.png", "07.png")
    assert "02.png's mask fits 07.png" in finding.evidence


def test_two_masks_that_fit_photos_whose_own_masks_stay_are_not_named(tmp_path: Path) -> None:
    """The second of them would leave two masks on one photo, and none on another."""
    takes = list(range(10))
    takes[2], takes[7] = 7, 4
    data = given(discs(tmp_path, 10), takes)
    loose = replace(data.samples[4], truth=Shapes((Ellipse(1, (20, 140), (15, 15)),)))
    assert exchanged(replace(data, samples=(*data.samples[:4], loose, *data.samples[5:]))) == []


@pytest.mark.parametrize(("step", "where"), [(1, "1 photo after"), (-1, "1 photo before")])
def test_masks_of_the_next_frame_are_named_by_the_shift(tmp_path: Path, step: int, where: str) -> None:
    (finding,) = exchanged(given(discs(tmp_path, 8), [(i + step) % 8 for i in range(8)]))
    assert where in finding.fix


def test_a_mask_that_fits_a_photo_without_any_is_named(tmp_path: Path) -> None:
    dataset = discs(tmp_path, 10)
    samples = list(dataset.samples)
    samples[4] = replace(samples[4], truth=samples[9].truth)
    samples[9] = replace(samples[9], truth=None)
    (finding,) = exchanged(replace(dataset, samples=tuple(samples)))
    assert "04.png's mask fits 09.png" in finding.evidence


def test_masks_on_their_own_photos_are_not_accused(tmp_path: Path) -> None:
    codes = {finding.code for finding in check(discs(tmp_path, 8))}
    assert not codes & {"mask-exchanged", "not-checked"}


def test_photos_of_one_scene_give_one_note_that_it_cannot_be_told(tmp_path: Path) -> None:
    dataset = discs(tmp_path, 8, one_scene=True)
    notes = [finding for finding in check(dataset) if finding.code in ("mask-exchanged", "not-checked")]
    assert [(note.code, note.severity) for note in notes] == [("not-checked", "note")]
    assert "the photos show one scene" in notes[0].evidence


@pytest.mark.parametrize("name", ["car_parts", "crackforest", "isbi_membrane"])
def test_real_masks_are_not_accused_and_named_rightly_once_they_are_exchanged(name: str) -> None:
    dataset = open_dataset(shared_data(name))
    dataset = pick(dataset, spread_evenly([s.name for s in dataset.samples if s.truth is not None], 10))
    assert exchanged(dataset) == []
    takes = [3, 0, 1, 2, 5, 4, 7, 8, 9, 6]
    (finding,) = exchanged(given(dataset, takes))
    names = [sample.name for sample in dataset.samples]
    pairs = [pair.split("'s mask fits ") for pair in finding.evidence.split(": ", 2)[2].split(", ")]
    assert len(pairs) >= 8
    assert all(fits == names[takes[names.index(owner)]] for owner, fits in pairs)


def test_one_broken_photo_stops_nothing(tmp_path: Path) -> None:
    dataset = given(discs(tmp_path, 8), [1, 0, 2, 3, 4, 5, 6, 7])
    (tmp_path / "05.png").write_bytes(b"no image")
    assert exchanged(dataset)[0].photos == ("00.png", "01.png")
