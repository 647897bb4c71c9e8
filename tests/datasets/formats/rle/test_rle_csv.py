"""Run lengths in a csv: down the columns or along the rows, with classes in a column or behind the name."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from maskwright.checks.check import file_findings
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.opening import open_dataset
from maskwright.errors import DataError
from maskwright.imaging.run_lengths.codec import run_lengths
from tests.support.truths import draw_photos, pixels


def disc(size_hw: tuple[int, int] = (30, 40)) -> np.ndarray:
    y, x = np.ogrid[: size_hw[0], : size_hw[1]]
    return np.asarray((y - 12) ** 2 + (x - 15) ** 2 < 80)


def code(mask: np.ndarray, *, by_columns: bool = True) -> str:
    counts = run_lengths(np.ascontiguousarray(mask.T if by_columns else mask))
    starts = np.cumsum(counts)[:-1:2] + 1
    return " ".join(f"{start} {length}" for start, length in zip(starts, counts[1::2], strict=True))


def opened(folder: Path, *lines: str, header: str = "ImageId,ClassId,EncodedPixels") -> Dataset:
    draw_photos(folder / "train_images", "a.png", "b.png")
    (folder / "train.csv").write_text("\n".join([header, *lines]) + "\n")
    return open_dataset(folder)


def test_pixels_are_counted_down_the_columns_from_1(tmp_path: Path) -> None:
    data = opened(tmp_path, f"a.png,3,{code(disc())}", "b.png,3,")
    assert data.classes.names == ("background", "class 3")
    np.testing.assert_array_equal(data.mask(data.samples[0]) == 1, disc())
    assert pixels(data, 1) == {}
    assert file_findings(data) == []


def test_codes_along_the_rows_are_recognised_by_their_compact_shapes(tmp_path: Path) -> None:
    data = opened(tmp_path, f"a,{code(disc(), by_columns=False)}", header="img,rle_mask")
    np.testing.assert_array_equal(data.mask(data.samples[0]) == 1, disc())
    assert "along the rows" in next(f.evidence for f in file_findings(data) if f.code == "reading-choice")


def test_a_class_may_stand_behind_the_name(tmp_path: Path) -> None:
    data = opened(tmp_path, f"a.png_Fish,{code(disc())}", "a.png_Flower,-1", header="Image_Label,EncodedPixels")
    assert pixels(data) == {"Fish": int(disc().sum())}


def test_several_rows_of_one_photo_are_all_painted(tmp_path: Path) -> None:
    data = opened(tmp_path, "a.png,1 5", "a.png,31 5", "b.png,", header="ImageId,EncodedPixels")
    assert pixels(data) == {"object": 10}


def test_starts_that_do_not_ascend_count_from_the_end_of_the_run_before(tmp_path: Path) -> None:
    counts = run_lengths(np.ascontiguousarray(disc().T))
    gaps = " ".join(f"{gap} {length}" for gap, length in zip(counts[:-1:2], counts[1::2], strict=True))
    draw_photos(tmp_path, "1.2.276.png", "1.2.277.png")
    (tmp_path / "train.csv").write_text(f"ImageId, EncodedPixels\n1.2.276, {gaps}\n1.2.277, -1\n")
    data = open_dataset(tmp_path)
    np.testing.assert_array_equal(data.mask(data.samples[0]) == 1, disc())
    assert "end of the run before" in next(f.evidence for f in file_findings(data) if f.code == "reading-choice")


def test_masks_of_the_names_of_photos_are_no_photos(tmp_path: Path) -> None:
    draw_photos(tmp_path / "train/masks", "a.png", "b.png")
    draw_photos(tmp_path / "train/images", "a.png", "b.png")
    (tmp_path / "train.csv").write_text(f"id,rle_mask\na,{code(disc())}\nb,\n")
    assert [sample.name for sample in open_dataset(tmp_path).samples] == ["train/images/a.png", "train/images/b.png"]


@pytest.mark.parametrize(
    ("cell", "why"),
    [("1 2 3", "start without a length"), ("1 5 3 5", "overlap"), ("1199 5", "leave the photo"), ("0 5", "leave")],
)
def test_damaged_codes_are_left_out_and_said(tmp_path: Path, cell: str, why: str) -> None:
    data = opened(tmp_path, f"a.png,1,{code(disc())}", f"a.png,2,{cell}")
    assert pixels(data) == {"class 1": int(disc().sum())}
    assert why in file_findings(data)[0].evidence


def test_a_cell_of_more_than_131_kilobytes_is_read(tmp_path: Path) -> None:
    draw_photos(tmp_path, "a.png", size_hw=(300, 400))
    noise = np.random.default_rng(0).random((300, 400)) < 0.5
    (tmp_path / "train.csv").write_text(f"ImageId,EncodedPixels\na.png,{code(noise)}\n")
    data = open_dataset(tmp_path)
    np.testing.assert_array_equal(data.mask(data.samples[0]) == 1, noise)


def test_a_csv_of_other_text_is_not_taken_for_run_lengths(tmp_path: Path) -> None:
    with pytest.raises(DataError):
        opened(tmp_path, "a.png,leaf,some words", header="id,label,annotation")


def test_the_made_up_runs_of_a_sample_submission_are_no_truth(tmp_path: Path) -> None:
    rows = "ImageId,EncodedPixels\n"
    (tmp_path / "sample_submission_v2.csv").write_text(f"{rows}b.png,1 2\n")
    data = opened(tmp_path, f"a.png,{code(disc())}", header="ImageId,EncodedPixels")
    assert [sample.name for sample in data.samples if sample.truth is not None] == ["train_images/a.png"]


def test_mask_images_beside_a_csv_that_is_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "train_masks").mkdir()
    Image.fromarray(disc().astype(np.uint8) * 255).save(tmp_path / "train_masks/a_mask.gif")
    data = opened(tmp_path, f"a.png,{code(disc())}", header="ImageId,EncodedPixels")
    assert "train_masks/a_mask.gif" in next(f for f in file_findings(data) if f.code == "file-unused").evidence


def test_a_class_whose_rows_are_all_empty_is_said_to_be_left_out(tmp_path: Path) -> None:
    data = opened(tmp_path, f"a.png,3,{code(disc())}", "a.png,4,", "b.png,3,", "b.png,4,-1")
    assert data.classes.names == ("background", "class 3")
    assert [f.evidence for f in file_findings(data)] == ["every row of class 4 is empty: left out of the classes"]


def test_a_table_of_numbers_names_the_classes_and_attributes_behind_them_are_left_out(tmp_path: Path) -> None:
    categories = [{"id": 0, "name": "shirt"}, {"id": 6, "name": "trousers"}]
    (tmp_path / "label_descriptions.json").write_text(json.dumps({"categories": categories}))
    data = opened(tmp_path, f"a.png,0,{code(disc())}", f"b.png,6_12_30,{code(disc())}")
    assert set(data.classes.names) == {"background", "shirt", "trousers"}
    assert any("label_descriptions.json names the classes" in f.evidence for f in file_findings(data))


@pytest.mark.parametrize(
    ("table", "text"),
    [
        ("photo_labels.csv", "id,name,label\n1,mill,sunny\n2,harbour,rain\n3,wood,fog\n"),
        ("class_names.csv", "id,name\n1,mill\n3,wood\n"),
        ("city_codes.csv", "id,name\n" + "".join(f"{i},town {i}\n" for i in range(30))),
    ],
)
def test_a_table_of_photos_or_without_some_class_names_no_class(tmp_path: Path, table: str, text: str) -> None:
    for name in ("1", "2", "3"):
        Image.fromarray(np.zeros((40, 60, 3), np.uint8)).save(tmp_path / f"{name}.png")
    (tmp_path / table).write_text(text)
    rows = ["ImageId,ClassId,EncodedPixels", "1.png,1,100 20", "2.png,2,100 20", "3.png,2,100 20"]
    (tmp_path / "train.csv").write_text("\n".join(rows))
    assert open_dataset(tmp_path).classes.names == ("background", "class 1", "class 2")


def test_a_classes_csv_without_the_numbers_in_the_labels_is_refused_with_a_cure_that_this_format_reads(
    tmp_path: Path,
) -> None:
    (tmp_path / "classes.csv").write_text("id,name\n1,crack\n")
    with pytest.raises(DataError, match=r"\(class 3\) but crack: write these names there"):
        opened(tmp_path, f"a.png,3,{code(disc())}")
    (tmp_path / "classes.csv").write_text("id,name\n1,class 3\n")
    assert open_dataset(tmp_path).classes.names == ("background", "class 3")
