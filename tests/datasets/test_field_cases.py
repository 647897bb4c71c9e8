"""Rows of ../shared/data/field that VIA files and photo names are about: each gives its right answer."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from maskwright.checks.check import check, file_findings
from maskwright.classes import class_table
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.opening import open_dataset
from maskwright.errors import DataError
from maskwright.findings.finding import Finding
from tests.support.field_cases import agrees
from tests.support.real_data import shared_data

TEN = range(10)


def opened(row: str, attribute: str | None = None) -> Dataset:
    return open_dataset(shared_data("field") / row, attribute=attribute)


def coded(findings: list[Finding], code: str) -> Finding:
    (finding,) = [f for f in findings if f.code == code]
    return finding


@pytest.mark.parametrize(
    ("row", "class_name", "differs_in"),
    [
        ("33-via-csv-utf16", "Straße", ""),
        ("34-via-nfd", "horse", "Unicode form"),
        ("35-via-ext-changed", "horse", "ending"),
        ("36-via-other-folder", "horse", ""),
    ],
)
def test_photos_are_found_and_how_names_differ_is_noted(row: str, class_name: str, differs_in: str) -> None:
    data = opened(row)
    assert data.classes.names == ("background", class_name)
    assert agrees(data, TEN)
    findings = file_findings(data)
    if differs_in:
        assert coded(findings, "name-differs").evidence.startswith(f"10 differ in {differs_in}")
    else:
        assert findings == []


def test_30_via_checkbox_asks_about_a_shape_with_two_boxes_ticked() -> None:
    data = opened("30-via-checkbox")
    assert data.classes.names == ("background", "Specularity", "Artefact")
    finding = coded(file_findings(data), "shape-two-classes")
    assert (finding.severity, finding.photos) == ("error", ("003.jpg",))
    assert "2 boxes of EAD-Challenge2019 ticked (Saturation, Specularity)" in finding.evidence
    assert "--set data.attribute=Saturation" in finding.fix
    one_box = opened("30-via-checkbox", attribute="Saturation")
    assert one_box.classes.names == ("background", "Saturation")
    assert [bool(one_box.mask(s).any()) for s in one_box.samples] == [k == 3 for k in TEN]


def test_30b2_a_key_without_a_value_is_the_class() -> None:
    data = opened("30b2-via-key-is-class-empty")
    assert data.classes.names == ("background", "Image", "Key")
    assert agrees(opened_as_one(data), TEN)


def opened_as_one(data: Dataset) -> Dataset:
    """Return the dataset with its two classes as one object."""
    return replace(data, classes=class_table(("background", "object")), id_map=(0, 1, 1))


def test_30d_the_options_of_a_radio_attribute_name_the_classes() -> None:
    data = opened("30d-via-radio-ids")
    assert data.classes.names == ("background", "total", "date")
    assert agrees(data, TEN, "left1_right2", least=0.85)
    assert "1 is total, 2 is date, 3 is place" in coded(file_findings(data), "class-guessed").evidence


def test_30h_one_file_name_under_two_addresses_joins_nothing() -> None:
    data = opened("30h-via-url-same-name")
    findings = file_findings(data)
    assert len(coded(findings, "photo-missing").photos) == 5
    assert coded(findings, "name-differs").severity == "warning"
    assert len(data) == len({s.name for s in data.samples}) == 10
    assert agrees(data, (0, 2, 4, 6, 8))


def test_31b_photos_enlarged_since_they_were_annotated_are_an_error_with_the_factor() -> None:
    finding = coded(check(opened("31b-via-photos-doubled")), "photo-changed")
    assert (finding.severity, len(finding.photos)) == ("error", 10)
    assert "scaled by 2.00" in finding.evidence


def test_39b_shapes_hidden_under_later_ones_are_named() -> None:
    finding = coded(check(opened("39b-via-order")), "shape-hidden")
    assert finding.photos == ("001.jpg", "003.jpg", "005.jpg", "007.jpg", "009.jpg")
    assert "001.jpg: defect at x 96, y 120" in finding.evidence


def test_14d_masks_of_the_next_frame_are_named_by_the_shift() -> None:
    finding = coded(check(opened("14d-off-by-one")), "mask-exchanged")
    assert len(finding.photos) == 9
    assert "frames/frame_0001.jpg's mask fits frames/frame_0000.jpg" in finding.evidence
    assert "1 photo before" in finding.fix


def test_40_run_lengths_are_read_down_the_columns() -> None:
    data = opened("40-rle-severstal")
    assert data.classes.names == ("background", "class 1")
    assert agrees(data, TEN, least=1.0)


@pytest.mark.parametrize(
    ("row", "class_name", "corners"),
    [("40b-qupath", "Tumor", (10.0, 60.0, 1.0)), ("40n-yolo-beside", "horse", (0.1, 0.5, None))],
)
def test_40_label_files_beside_their_photos_are_read(
    row: str, class_name: str, corners: tuple[float, float, float | None]
) -> None:
    data = opened(row)
    low, high, pixels = corners
    assert data.classes.names == ("background", class_name)
    for sample in data.samples:
        mask = data.mask(sample)
        y, x = ((np.indices(mask.shape).T + 0.5) / (pixels or mask.shape)).T
        triangle = (x >= low) & (x <= high) & (y >= low) & (y <= x)
        assert np.array_equal(mask == 1, triangle), sample.name


def test_52_a_linked_folder_of_photos_is_read(tmp_path: Path) -> None:
    shutil.copytree(shared_data("field") / "52-symlinked" / "masks", tmp_path / "masks")
    (tmp_path / "images").symlink_to(shared_data("field") / "_linked_photos")
    data = open_dataset(tmp_path)
    assert [s.name for s in data.samples] == [f"images/{k}.jpg" for k in TEN]
    assert agrees(data, TEN, least=1.0)


def test_a_photo_that_is_nowhere_is_named_with_the_one_that_comes_nearest(tmp_path: Path) -> None:
    folder = shared_data("field") / "35-via-ext-changed"
    shutil.copy(folder / "via_region_data.json", tmp_path / "via.json")
    shutil.copy(folder / "IMG 0.jpg", tmp_path / "IMAG-0x.jpg")
    with pytest.raises(DataError, match=r"none of the 10 photos .*nearest are IMG 0\.png ~ IMAG-0x\.jpg"):
        open_dataset(tmp_path)
