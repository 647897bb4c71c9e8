"""Datasets: shapes painted in order, masks looked up, classes isolated, bad samples left out."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from maskwright.classes import class_table
from maskwright.datasets.dataset import Dataset, Sample, isolate, pick, usable
from maskwright.datasets.truth.mask_truth import MaskFile
from maskwright.datasets.truth.shapes import Polygon, Shapes
from maskwright.errors import DataError
from maskwright.findings.finding import Finding
from maskwright.imaging.grey_range import GreyRange
from maskwright.imaging.mask_reader import MaskRule, apply_rule, colour_value, read_raw_mask
from tests.support.drawn import disc_photos

SQUARE = ((0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0))


def shifted(by: float) -> tuple[tuple[float, float], ...]:
    return tuple((x + by, y + by) for x, y in SQUARE)


def dataset_of(tmp_path: Path, *samples: Sample, rule: MaskRule | None = None) -> Dataset:
    return Dataset(tmp_path, "drawn", samples, class_table(("background", "leaf", "stem")), mask_rule=rule)


def sample(name: str, truth: Shapes | MaskFile | None, size_hw: tuple[int, int] | None = (20, 20)) -> Sample:
    return Sample(name, Path("nowhere") / name, truth, size_hw)


def test_a_sample_without_truth_has_no_mask(tmp_path: Path) -> None:
    unlabelled = sample("a.jpg", None)
    with pytest.raises(DataError, match=r"a\.jpg has no annotation"):
        dataset_of(tmp_path, unlabelled).mask(unlabelled)


def test_a_mask_file_is_looked_up_and_brought_to_the_photos_size(tmp_path: Path) -> None:
    Image.fromarray(np.array([[0, 7], [9, 255]], dtype=np.uint8)).save(tmp_path / "m.png")
    one = sample("a.jpg", MaskFile(tmp_path / "m.png"), (4, 4))
    data = dataset_of(tmp_path, one, rule=MaskRule(((0, 0), (7, 2))))
    assert data.mask(one)[::2, ::2].tolist() == [[0, 2], [255, 255]]
    assert data.mask(one, size_hw=(2, 2)).tolist() == [[0, 2], [255, 255]]


def test_one_class_can_be_isolated_and_ignored_pixels_stay_ignored(tmp_path: Path) -> None:
    one = sample("a.jpg", Shapes((Polygon(1, SQUARE), Polygon(2, shifted(10)), Polygon(255, shifted(-8)))))
    data = isolate(dataset_of(tmp_path, one), "stem")
    assert data.classes.names == ("background", "stem")
    assert data.classes.is_binary
    values, counts = np.unique(data.mask(one), return_counts=True)
    assert dict(zip(values.tolist(), counts.tolist(), strict=True)) == {0: 400 - 104, 1: 100, 255: 4}


def test_an_unknown_class_cannot_be_isolated(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no class 'root'.*background, leaf, stem"):
        isolate(dataset_of(tmp_path), "root")


def test_photos_of_one_dataset_share_the_grey_range(tmp_path: Path) -> None:
    Image.fromarray(np.array([[0, 300]], dtype=np.uint16)).save(tmp_path / "a.png")
    one = Sample("a.png", tmp_path / "a.png", None, (1, 2))
    data = Dataset(tmp_path, "drawn", (one,), class_table(("background", "leaf")), grey_range=GreyRange(0, 600))
    assert data.photo(one)[0, :, 0].tolist() == [0, 128]
    assert len(data) == 1


def test_picked_samples_keep_the_datasets_order(tmp_path: Path) -> None:
    data = dataset_of(tmp_path, sample("a", None), sample("b", None), sample("c", None))
    assert [s.name for s in pick(data, ["c", "a"]).samples] == ["a", "c"]


def test_only_annotated_samples_without_an_error_are_usable(tmp_path: Path) -> None:
    truth = Shapes((Polygon(1, SQUARE),))
    data = dataset_of(tmp_path, sample("a", truth), sample("b", truth), sample("c", None), sample("d", truth, None))
    bad = Finding("shape-outside", "error", "t", "e", "f", ("b",))
    mild = Finding("shape-outside", "warning", "t", "e", "f", ("a",))
    assert [s.name for s in usable(data, [bad, mild]).samples] == ["a"]
    with pytest.raises(DataError, match=r"nothing to learn from.*t \(e\)"):
        usable(pick(data, ["b", "c"]), [bad])


def test_a_rule_makes_unknown_values_ignored_in_every_depth() -> None:
    rule = MaskRule(((0, 0), (1, 4), (40000, 2)))
    for dtype, values in ((np.uint8, [0, 1, 2]), (np.uint16, [0, 1, 40001]), (np.int32, [0, 1, -3])):
        assert apply_rule(np.array([values], dtype=dtype), rule).tolist() == [[0, 4, 255]]
    assert apply_rule(np.array([[40000]], dtype=np.uint16), rule).tolist() == [[2]]


def test_a_threshold_parts_shades_in_two() -> None:
    assert apply_rule(np.array([[0, 127, 128, 255]], np.uint8), MaskRule(threshold=128)).tolist() == [[0, 0, 1, 1]]


def test_a_dark_blue_is_not_taken_for_a_grey(tmp_path: Path) -> None:
    Image.fromarray(np.array([[[0, 0, 5], [5, 5, 5], [0, 0, 255]]], dtype=np.uint8)).save(tmp_path / "m.png")
    raw = read_raw_mask(tmp_path / "m.png")
    assert raw.tolist() == [[colour_value((0, 0, 5)), 5, colour_value((0, 0, 255))]]
    assert len(set(raw.ravel().tolist())) == 3
    assert 255 not in raw


def test_floating_point_masks_are_read_if_they_hold_whole_numbers(tmp_path: Path) -> None:
    Image.fromarray(np.array([[0, 1, 12]], dtype=np.float32)).save(tmp_path / "whole.tif")
    assert read_raw_mask(tmp_path / "whole.tif").tolist() == [[0, 1, 12]]
    Image.fromarray(np.array([[0, 1 / 255]], dtype=np.float32)).save(tmp_path / "parts.tif")
    with pytest.raises(DataError, match=r"fractions up to 0\.00392"):
        read_raw_mask(tmp_path / "parts.tif")


def test_a_mask_with_transparency_keeps_its_values(tmp_path: Path) -> None:
    ids = Image.fromarray(np.array([[0, 3, 200]], dtype=np.uint8))
    ids.convert("LA").save(tmp_path / "grey.png")
    ids.convert("RGBA").save(tmp_path / "colour.png")
    for name in ("grey.png", "colour.png"):
        assert read_raw_mask(tmp_path / name).tolist() == [[0, 3, 200]]


def test_a_missing_mask_says_so(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"m\.png is not there"):
        read_raw_mask(tmp_path / "m.png")


def test_a_shape_of_another_class_cuts_no_hole_into_the_one_that_is_asked_for(tmp_path: Path) -> None:
    drawn = disc_photos(tmp_path, count=1)
    door, dent = (Polygon(i, ((a, a), (b, a), (b, b), (a, b))) for i, a, b in ((1, 10.0, 60.0), (2, 20.0, 40.0)))
    sample = replace(drawn.samples[0], truth=Shapes((door, dent)))
    both = replace(drawn, samples=(sample,), classes=class_table(("background", "door", "dent")))
    assert (both.mask(sample) == 1).sum() == 50 * 50 - 20 * 20
    for name, px in (("door", 50 * 50), ("dent", 20 * 20)):
        alone = isolate(both, name)
        assert (alone.mask(alone.samples[0]) == 1).sum() == px
    hole = replace(sample, truth=Shapes((door, replace(dent, class_id=0))))
    holed = isolate(replace(both, samples=(hole,)), "door")
    assert (holed.mask(holed.samples[0]) == 1).sum() == 50 * 50 - 20 * 20
