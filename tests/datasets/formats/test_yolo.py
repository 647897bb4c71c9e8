"""YOLO folders: where labels lie, who names the classes and parts, and what is no outline."""

from pathlib import Path

import pytest

from maskwright.checks.check import file_findings
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.formats.yolo import yolo_lines as yolo
from maskwright.datasets.opening import open_dataset
from maskwright.datasets.reader_types import ReadOptions
from maskwright.errors import DataError
from tests.support.truths import draw_photos, pixels

SQUARE = "0 0 0 0.25 0 0.25 0.33333334 0 0.33333334\n"
NAMES = "names: [leaf, bug]\n"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def opened(folder: Path, text: str, sheet: str = NAMES) -> Dataset:
    draw_photos(folder / "images", "a.png")
    write(folder / "labels" / "a.txt", text)
    write(folder / "data.yaml", sheet)
    return open_dataset(folder)


def test_shares_become_pixels_and_class_0_is_the_first_object(tmp_path: Path) -> None:
    data = opened(tmp_path, SQUARE + SQUARE.replace("0 0 0", "1 0 0", 1).replace("0.25", "0.125"))
    assert data.classes.names == ("background", "leaf", "bug")
    assert pixels(data) == {"leaf": 50, "bug": 50}
    assert data.read_as.startswith("read as YOLO lines (data.yaml): 1 photos, 1 annotated")


def test_an_empty_file_is_background_and_a_missing_one_is_not_annotated(tmp_path: Path) -> None:
    draw_photos(tmp_path / "images", "b.png", "c.png")
    write(tmp_path / "labels" / "b.txt", "")
    data = opened(tmp_path, SQUARE)
    assert [sample.truth is None for sample in data.samples] == [False, False, True]
    assert pixels(data, 1) == {}


def test_labels_may_lie_beside_the_photos_with_a_list_of_names(tmp_path: Path) -> None:
    draw_photos(tmp_path, "a.png")
    write(tmp_path / "a.txt", SQUARE)
    write(tmp_path / "classes.txt", "leaf\nbug\n")
    data = open_dataset(tmp_path)
    assert data.classes.names == ("background", "leaf", "bug")
    assert pixels(data) == {"leaf": 100}


def test_names_may_be_numbered_with_gaps(tmp_path: Path) -> None:
    data = opened(tmp_path, SQUARE.replace("0 0", "24 0", 1), "names:\n  24: zebra\n  1: ant\n")
    assert data.classes.names == ("background", "ant", "zebra")
    assert pixels(data) == {"zebra": 100}


def test_class_numbers_from_1_under_names_from_0_are_refused_and_the_cure_is_read(tmp_path: Path) -> None:
    lines = SQUARE.replace("0 0 0", "1 0 0", 1) + SQUARE.replace("0 0 0", "2 0 0", 1).replace("0.25", "0.125")
    with pytest.raises(DataError, match=r"counted from 1.*`(names: \{1: leaf, 2: bug\})` in data\.yaml") as refused:
        opened(tmp_path, lines)
    cure = str(refused.value).split("`")[1]
    assert pixels(opened(tmp_path, lines, f"{cure}\n")) == {"leaf": 50, "bug": 50}


@pytest.mark.parametrize("numbers", ["02", "03", "13", "1"])
def test_other_numbers_without_a_name_are_no_count_from_1(tmp_path: Path, numbers: str) -> None:
    lines = "".join(SQUARE.replace("0 0 0", f"{number} 0 0", 1) for number in numbers)
    assert opened(tmp_path, lines).classes.names[0] == "background"


def test_without_names_classes_are_called_by_their_ids(tmp_path: Path) -> None:
    assert pixels(opened(tmp_path, SQUARE, "nc: 1\n")) == {"class 0": 100}


@pytest.mark.parametrize(
    "sheet", ["train: images/train\nval: images/val\n", "path: elsewhere\ntrain: ../images/train\nval: ../images/val\n"]
)
def test_the_sheet_names_the_parts(tmp_path: Path, sheet: str) -> None:
    for part in ("train", "val"):
        draw_photos(tmp_path / "images" / part, f"{part}1.png")
        write(tmp_path / "labels" / part / f"{part}1.txt", SQUARE)
    write(tmp_path / "data.yaml", NAMES + sheet)
    assert [sample.part for sample in open_dataset(tmp_path).samples] == ["train", "val"]
    assert [sample.part for sample in open_dataset(tmp_path / "data.yaml").samples] == ["train", "val"]


def test_roboflows_folders_are_parts(tmp_path: Path) -> None:
    for part in ("train", "valid"):
        draw_photos(tmp_path / part / "images", "1.png")
        write(tmp_path / part / "labels" / "1.txt", SQUARE)
    write(tmp_path / "data.yaml", NAMES + "train: ../train/images\nval: ../valid/images\n")
    data = open_dataset(tmp_path)
    assert [sample.part for sample in data.samples] == ["train", "val"]
    assert [pixels(data, i) for i in range(2)] == [{"leaf": 100}] * 2


def test_boxes_are_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"holds 2 boxes and no outline: these are YOLO labels for detection"):
        opened(tmp_path, "0 0.5 0.5 0.2 0.2\n1 0.5 0.5 0.1 0.1\n")


def test_a_box_beside_outlines_counts_for_nothing_and_lies_beneath_them(tmp_path: Path) -> None:
    draw_photos(tmp_path / "images", "b.png")
    write(tmp_path / "labels" / "b.txt", "0 0.5 0.5 0.2 0.2\n")
    data = opened(tmp_path, SQUARE + "1 0.125 0.25 0.25 0.5\n")
    assert pixels(data) == {"leaf": 100, "ignored": 50}
    (error, warning) = [finding for finding in file_findings(data) if finding.code == "shape-invalid"]
    assert (error.severity, error.photos) == ("error", ("images/b.png",))
    assert "a.png: shape 2 is a box without an outline: its area counts for nothing" in warning.evidence
    assert "delete" not in warning.fix


def test_keypoints_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="keypoints"):
        opened(tmp_path, SQUARE, NAMES + "kpt_shape: [17, 3]\n")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("0 0.5 0.5 0.2 0.2 0.3", "an x without a y"),
        ("² 0 0 0.5 0 0.5 0.5", "'²', which is not a whole number"),
        ("0 0 0 x 0 0.5 0.5", "not numbers"),
        ("0 0 0 nan 0 0.5 0.5", "not numbers"),
        ("0 0 0 200 0 200 100", "in pixels"),
        (f"{'9' * 5000} 0 0 0.5 0 0.5 0.5", "not a whole number"),
    ],
)
def test_what_encloses_no_area_is_left_out_and_said(tmp_path: Path, line: str, why: str) -> None:
    draw_photos(tmp_path / "images", "b.png")
    write(tmp_path / "labels" / "b.txt", SQUARE + line + "\n")
    for i in range(3):
        draw_photos(tmp_path / "images", f"c{i}.png")
        write(tmp_path / "labels" / f"c{i}.txt", "")
    data = yolo.read(tmp_path, ReadOptions())
    assert pixels(data) == {"class 0": 100}
    (finding,) = [finding for finding in file_findings(data) if finding.code == "shape-invalid"]
    assert why in finding.evidence


def test_coordinates_in_pixels_come_with_what_makes_shares_of_them(tmp_path: Path) -> None:
    draw_photos(tmp_path / "images", "a.png", "b.png")
    write(tmp_path / "labels" / "a.txt", SQUARE)
    write(tmp_path / "labels" / "b.txt", "0 0 0 200 0 200 100\n")
    (finding,) = [f for f in file_findings(yolo.read(tmp_path, ReadOptions())) if f.code == "shape-invalid"]
    assert (finding.severity, finding.photos) == ("error", ("images/b.png",))
    assert "divide every x by the width of its photo" in finding.fix


def test_text_beside_photos_that_is_no_yolo_is_not_taken_for_it(tmp_path: Path) -> None:
    draw_photos(tmp_path, "a.png")
    write(tmp_path / "a.txt", "1 photo of 3 leaves, 4 bugs, 5 others and 6 things\n")
    with pytest.raises(DataError, match=r"a\.txt is text of a kind that is not read"):
        open_dataset(tmp_path)


def test_masks_in_another_folder_are_no_photos_of_labels_in_the_root(tmp_path: Path) -> None:
    data = opened(tmp_path, SQUARE)
    (tmp_path / "old_masks").mkdir()
    (tmp_path / "old_masks/a.png").write_bytes(data.samples[0].photo.read_bytes())
    assert [sample.name for sample in open_dataset(tmp_path).samples] == [sample.name for sample in data.samples]


def test_a_folder_that_is_called_train_and_val_is_of_no_part(tmp_path: Path) -> None:
    data = opened(tmp_path, SQUARE, NAMES + "path: D:\\data\ntrain: images\nval: images\n")
    assert [sample.part for sample in data.samples] == [None]


def test_each_export_of_a_folder_is_named_by_the_list_above_its_lines(tmp_path: Path) -> None:
    for export, photo, names in (("first", "a.png", "car\nroad\n"), ("second", "b.png", "road\ncar\n")):
        draw_photos(tmp_path / export / "images", photo)
        write(tmp_path / export / "labels" / photo.replace("png", "txt"), SQUARE)
        write(tmp_path / export / "classes.txt", names)
    data = open_dataset(tmp_path)
    assert (pixels(data, 0), pixels(data, 1)) == ({"car": 100}, {"road": 100})


def test_a_data_yaml_further_up_counts_before_a_list_beside_the_lines(tmp_path: Path) -> None:
    write(tmp_path / "labels" / "classes.txt", "dog\nperson\n")
    assert pixels(opened(tmp_path, SQUARE)) == {"leaf": 100}


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("data.yaml", "path: coco8\ntrain: images/train\nnames: {0: person}\n"),
        ("data.yaml", "names: {0: person}\n"),
        ("leaves.yaml", "path: coco8\ntrain: images/train\nnames: {0: person}\n"),
        ("leaves.yaml", "nc: 80\nbackbone: []\n"),
    ],
)
def test_the_yaml_of_an_example_or_a_network_names_no_classes_of_these_labels(
    tmp_path: Path, name: str, other: str
) -> None:
    draw_photos(tmp_path / "images", "a.png")
    write(tmp_path / "labels" / "a.txt", SQUARE)
    write(tmp_path / name, f"{NAMES}train: images\nval: images\n")
    write(tmp_path / "coco8-seg.yaml", other)
    assert pixels(open_dataset(tmp_path)) == {"leaf": 100}


def test_two_yamls_that_name_classes_otherwise_are_asked_about(tmp_path: Path) -> None:
    draw_photos(tmp_path / "images", "a.png")
    write(tmp_path / "labels" / "a.txt", SQUARE)
    write(tmp_path / "first.yaml", NAMES)
    write(tmp_path / "second.yaml", "names: [root, stem]\n")
    with pytest.raises(DataError, match=r"first\.yaml, second\.yaml name classes otherwise"):
        open_dataset(tmp_path)
    assert pixels(open_dataset(tmp_path / "second.yaml")) == {"root": 100}


def test_lines_in_any_other_folder_belong_to_the_photo_of_their_name(tmp_path: Path) -> None:
    draw_photos(tmp_path / "Fotos", "a.png", "b.png")
    write(tmp_path / "export" / "labels" / "train" / "a.txt", SQUARE)
    write(tmp_path / "export" / "data.yaml", "names: {0: door}\ntrain: train.txt\n")
    data = open_dataset(tmp_path)
    assert [sample.truth is None for sample in data.samples] == [False, True]
    assert pixels(data) == {"door": 100}
    assert "1 differ in folder (Fotos/a.png for export/labels/train/a.txt)" in str(file_findings(data))


def test_lines_of_a_name_that_several_photos_have_belong_to_none(tmp_path: Path) -> None:
    draw_photos(tmp_path / "monday", "a.png")
    draw_photos(tmp_path / "tuesday", "a.png")
    write(tmp_path / "export" / "a.txt", SQUARE)
    with pytest.raises(DataError, match=r"several photos are called a \(monday/a\.png, tuesday/a\.png\): put"):
        open_dataset(tmp_path)


def test_lines_of_a_name_that_lies_in_two_folders_belong_to_no_photo(tmp_path: Path) -> None:
    draw_photos(tmp_path / "Fotos", "a.png")
    for export in ("first", "second"):
        write(tmp_path / export / "a.txt", SQUARE)
    with pytest.raises(DataError, match=r"several files of lines are called a \(first/a\.txt, second/a\.txt\)"):
        open_dataset(tmp_path)


def test_a_text_of_another_kind_beside_lines_in_another_folder_is_named_as_the_cause(tmp_path: Path) -> None:
    draw_photos(tmp_path / "Fotos", "a.png", "b.png")
    write(tmp_path / "export" / "a.txt", SQUARE)
    write(tmp_path / "export" / "b.txt", "a leaf, far away\n")
    with pytest.raises(DataError, match=r"export/a\.txt has YOLO lines, but other text files .* have none: move"):
        open_dataset(tmp_path)
    (tmp_path / "export" / "b.txt").unlink()
    assert pixels(open_dataset(tmp_path)) == {"class 0": 100}


def test_classes_that_no_file_names_are_asked_about(tmp_path: Path) -> None:
    finding = next(one for one in file_findings(opened(tmp_path, SQUARE, "nc: 1\n")) if one.code == "class-guessed")
    assert (finding.title, finding.evidence) == ("No file names the classes", "class 0")


def test_a_classes_csv_that_names_none_of_the_numbers_is_refused_with_the_file_that_does(tmp_path: Path) -> None:
    write(tmp_path / "classes.csv", "id,name\n0,person\n1,car\n")
    with pytest.raises(DataError, match=r"names none of the classes in the labels \(class 0\) but person, car: write"):
        opened(tmp_path, SQUARE, "nc: 1\n")
    write(tmp_path / "classes.csv", "id,name\n1,person\n")
    with pytest.raises(DataError, match=r"\(leaf\) but person: write these names there, or take the file out"):
        opened(tmp_path, SQUARE)


def test_predictions_of_ultralytics_beside_the_labels_are_left_out_and_said(tmp_path: Path) -> None:
    draw_photos(tmp_path / "runs/segment/predict2", "a.png", "new.png")
    for name in ("a", "new"):
        write(tmp_path / f"runs/segment/predict2/labels/{name}.txt", SQUARE)
    data = opened(tmp_path, SQUARE)
    assert [sample.name for sample in data.samples] == ["images/a.png"]
    assert any("predictions of a model" in finding.evidence for finding in file_findings(data))


def test_predictions_alone_are_read_as_labels(tmp_path: Path) -> None:
    draw_photos(tmp_path / "predict", "a.png")
    write(tmp_path / "predict/labels/a.txt", SQUARE)
    assert [sample.name for sample in open_dataset(tmp_path).samples] == ["predict/a.png"]


def test_a_folder_called_runs_with_images_and_labels_is_no_prediction(tmp_path: Path) -> None:
    draw_photos(tmp_path / "runs/train1/images", "b.png")
    write(tmp_path / "runs/train1/labels/b.txt", SQUARE)
    assert len(opened(tmp_path, SQUARE).samples) == 2
