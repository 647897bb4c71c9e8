"""Lists and other data files beside photos and masks: what is read as parts, and what is named as not read."""

from pathlib import Path

import pytest

from maskwright.checks.check import file_findings
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.opening import open_dataset
from maskwright.datasets.unused_files.lists_and_tables import unused_texts
from tests.support.drawn_layouts import COUNT, binary, ids, photo, save, text


def draw(root: Path, *, classes: bool = False) -> None:
    for k in range(COUNT):
        save(root / f"images/p{k:02}.png", photo(k))
        save(root / f"masks/p{k:02}.png", ids(k) if classes else binary(k) * 255)


def unused(data: Dataset) -> str:
    return " ".join(finding.evidence for finding in file_findings(data) if finding.code == "file-unused")


def test_lists_by_number_give_parts_and_name_no_classes(tmp_path: Path) -> None:
    draw(tmp_path)
    text(tmp_path / "images.txt", "".join(f"{k + 1} images/p{k:02}.png\n" for k in range(COUNT)))
    text(tmp_path / "train_test_split.txt", "".join(f"{k + 1} {int(k % 3 > 0)}\n" for k in range(COUNT)))
    text(tmp_path / "image_class_labels.txt", "".join(f"{k + 1} {k // 3 + 1}\n" for k in range(COUNT)))
    text(tmp_path / "classes.txt", "1 sparrow\n2 finch\n3 tern\n")
    data = open_dataset(tmp_path)
    assert data.classes.names == ("background", "object")
    assert [sample.part for sample in data.samples] == ["test", "train", "train"] * 3
    assert "image_class_labels.txt (lines of 2 numbers" in unused(data)
    assert "classes.txt" in unused(data)
    assert "train_test_split" not in unused(data)


def test_labels_of_whole_photos_are_no_classes_of_masks(tmp_path: Path) -> None:
    draw(tmp_path)
    text(tmp_path / "labels.txt", "".join(f"p{k:02} {k // 3}\n" for k in range(COUNT)))
    data = open_dataset(tmp_path)
    assert data.classes.names == ("background", "object")
    assert "labels.txt (names photos with 0, 1, 2 beside them, not read" in unused(data)


def test_a_list_of_two_classes_counts_where_masks_hold_both(tmp_path: Path) -> None:
    draw(tmp_path, classes=True)
    text(tmp_path / "classes.txt", "1 disc\n2 box\n")
    data = open_dataset(tmp_path)
    assert data.classes.names == ("background", "disc", "box")
    assert unused(data) == ""


@pytest.mark.parametrize(
    ("header", "words"),
    [("split", ("train", "tuning", "eval")), ("set", ("Training set", "Validation set", "test_public"))],
)
def test_a_column_names_parts_in_many_words(tmp_path: Path, header: str, words: tuple[str, ...]) -> None:
    draw(tmp_path)
    text(tmp_path / "meta.csv", f"image,{header}\n" + "".join(f"p{k:02}.png,{words[k % 3]}\n" for k in range(COUNT)))
    assert [sample.part for sample in open_dataset(tmp_path).samples] == ["train", "val", "test"] * 3


def test_a_column_of_flags_gives_parts(tmp_path: Path) -> None:
    draw(tmp_path)
    text(tmp_path / "meta.csv", "image,is_test\n" + "".join(f"p{k:02}.png,{k % 3 == 0}\n" for k in range(COUNT)))
    assert [sample.part for sample in open_dataset(tmp_path).samples] == ["test", "train", "train"] * 3


def test_columns_that_are_not_read_are_named(tmp_path: Path) -> None:
    draw(tmp_path)
    text(tmp_path / "folds.csv", "image,fold\n" + "".join(f"p{k:02}.png,{k % 5}\n" for k in range(COUNT)))
    assert "folds.csv (names photos and has the columns image, fold, not read: parts are read from" in unused(
        open_dataset(tmp_path)
    )


def test_other_data_files_are_named_and_prose_is_not(tmp_path: Path) -> None:
    names = ["notes.json", "README.txt", "LICENSE.txt", "labels.mat", "train/train_ids.txt", "script.py"]
    for name in names:
        text(tmp_path / name, "what it says")
    remarks = unused_texts(tmp_path, {"p00"}, [tmp_path / name for name in names], used=())
    assert [remark.samples for remark in remarks] == [("notes.json", "labels.mat")]
    assert remarks[0].detail == "of no kind that is read beside masks"


def test_shapes_of_one_photo_are_no_list_of_categories(tmp_path: Path) -> None:
    text(tmp_path / "a_gtFine_polygons.json", '{"objects": [{"label": "road", "polygon": [[0, 0], [1, 0], [1, 1]]}]}')
    (remark,) = unused_texts(tmp_path, {"p00"}, [tmp_path / "a_gtFine_polygons.json"], used=())
    assert remark.detail == "of no kind that is read beside masks"


def test_a_list_of_photos_and_masks_pairs_them(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"A/p{k}.png", photo(k))
        save(tmp_path / f"B/m{COUNT - k}.png", binary(k) * 255)
    text(
        tmp_path / "pairs.txt",
        "image mask\n" + "".join(f"/home/x/A/p{k}.png B/m{COUNT - k}.png\n" for k in range(COUNT)),
    )
    data = open_dataset(tmp_path)
    assert all((data.mask(sample) == binary(k)).all() for k, sample in enumerate(data.samples))
    assert not {"photo-missing", "name-differs"} & {finding.code for finding in file_findings(data)}


def test_the_first_line_of_a_list_may_name_its_column(tmp_path: Path) -> None:
    draw(tmp_path)
    text(tmp_path / "train.txt", "filename\n" + "".join(f"p{k:02}.png\n" for k in range(6)))
    text(tmp_path / "test.txt", "filename\n" + "".join(f"p{k:02}.png\n" for k in range(6, COUNT)))
    data = open_dataset(tmp_path)
    assert [sample.part for sample in data.samples] == ["train"] * 6 + ["test"] * 3
    assert "photo-missing" not in {finding.code for finding in file_findings(data)}


@pytest.mark.parametrize(
    ("folders", "said"),
    [
        (("fold1", "fold2", "fold3"), "the folders fold1, fold2, fold3 are read as one set"),
        (("tuning", "evaluation", "exemplars"), "3 photos in exemplars/images are of no part and are trained on"),
    ],
)
def test_folders_that_may_be_parts_are_named(tmp_path: Path, folders: tuple[str, ...], said: str) -> None:
    for k in range(COUNT):
        save(tmp_path / f"{folders[k % 3]}/images/p{k}.png", photo(k))
        save(tmp_path / f"{folders[k % 3]}/masks/p{k}.png", binary(k) * 255)
    readings = [f.evidence for f in file_findings(open_dataset(tmp_path)) if f.code == "folder-reading"]
    assert said in " ".join(readings)


def test_many_lists_of_one_kind_get_the_same_words_and_namesakes_of_the_lists_of_parts_others(tmp_path: Path) -> None:
    draw(tmp_path)
    for part, numbers in (("train", range(6)), ("val", range(6, COUNT))):
        text(tmp_path / f"ImageSets/Segmentation/{part}.txt", "".join(f"p{k:02}\n" for k in numbers))
        text(tmp_path / f"ImageSets/Main/{part}.txt", "".join(f"p{k:02}\n" for k in [*numbers][::-1]))
    for i in range(30):
        text(tmp_path / f"ImageSets/Main/thing{i:02}_train.txt", "".join(f"p{k:02} -1\n" for k in range(6)))
    said = unused(open_dataset(tmp_path))
    assert "30: ImageSets/Main/thing00_train.txt" in said
    assert "ImageSets/Main/train.txt (named as ImageSets/Segmentation/train.txt, which was read)" in said
    assert "no list of classes" not in said
