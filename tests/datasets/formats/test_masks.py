"""Folders of photos and masks: what belongs together, and what the values in the masks mean."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from maskwright.checks.check import file_findings
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.mask_values.value_counts import value_counts
from maskwright.datasets.opening import open_dataset
from maskwright.errors import DataError
from maskwright.findings.finding import Finding

SIZE_HW = (8, 10)


def photo(path: Path, size_hw: tuple[int, int] = SIZE_HW) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(len(path.name)).integers(0, 256, (*size_hw, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path)


def mask(
    path: Path, values: Sequence[object] = (0, 1), *, dtype: type = np.uint8, size_hw: tuple[int, int] = SIZE_HW
) -> None:
    """Write a mask whose columns repeat the values, numbers or colours, in turn."""
    path.parent.mkdir(parents=True, exist_ok=True)
    row: NDArray[Any] = np.array([values[i % len(values)] for i in range(size_hw[1])], dtype=dtype)
    Image.fromarray(np.ascontiguousarray(np.broadcast_to(row, (size_hw[0], *row.shape)))).save(path)


def masks(root: Path, *all_values: Sequence[object], dtype: type = np.uint8) -> Path:
    """Write images/<i>.jpg and masks/<i>.png for each list of values."""
    for i, values in enumerate(all_values):
        photo(root / f"images/{i}.jpg")
        mask(root / f"masks/{i}.png", values, dtype=dtype)
    return root


def columns(data: Dataset, index: int = 0) -> list[int]:
    """Return the class ids along the first row."""
    return [int(v) for v in data.mask(data.samples[index])[0]]


def coded(data: Dataset, code: str) -> Finding:
    (finding,) = [f for f in file_findings(data) if f.code == code]
    return finding


@pytest.mark.parametrize(
    ("photo_at", "mask_at"),
    [
        ("images/a.jpg", "masks/a.png"),
        ("imgs/a.bmp", "labels/a.tif"),
        ("JPEGImages/a.jpg", "SegmentationClass/a.png"),
        ("img/a.jpg", "ground_truth/a_gt.png"),
        ("photos/b1/a.jpg", "mask/b1/a_mask.bmp"),
        ("b1/images/a.jpg", "b1/masks/a.png"),
        ("photo/a_image.png", "annotations/a_annotation.png"),
        ("image/a.jpg", "annotations/trimaps/a.png"),
        ("train/a.jpg", "labels/a.png"),
        ("a.jpg", "masks/a.png"),
        ("a.jpg", "a.png"),
        ("site_a.jpg", "site_a.png"),
        ("a.png", "a_mask.png"),
        ("a.png", "a-seg.png"),
        ("a.png", "a.label.png"),
        ("sub/a.jpg", "sub/a_mask.png"),
        ("01_test.tif", "01_manual1.gif"),
        ("a_sat.png", "a_mask.png"),
    ],
)
def test_a_mask_finds_its_photo(tmp_path: Path, photo_at: str, mask_at: str) -> None:
    photo(tmp_path / photo_at)
    mask(tmp_path / mask_at, (0, 255))
    data = open_dataset(tmp_path)
    assert [s.name for s in data.samples] == [photo_at]
    assert columns(data) == [0, 1] * 5
    assert data.samples[0].part is None
    assert file_findings(data) == []


@pytest.mark.parametrize("layout", ["{part}/images/{part}1.jpg {part}/masks/{part}1.png",
                                    "images/{part}/1.jpg masks/{part}/1.png",
                                    "{part}/1.jpg {part}annot/1.png",
                                    "{part}/1.jpg {part}_masks/1.png"])  # fmt: skip
def test_part_folders_are_a_given_split(tmp_path: Path, layout: str) -> None:
    for part in ("train", "val", "test"):
        photo_at, mask_at = layout.format(part=part).split()
        photo(tmp_path / photo_at)
        mask(tmp_path / mask_at)
    data = open_dataset(tmp_path)
    assert len(data) == 3
    assert all(s.part is not None and s.part in s.name and s.truth for s in data.samples)


def test_photos_called_mask_in_an_image_folder_are_photos(tmp_path: Path) -> None:
    photo(tmp_path / "train/face_mask.jpg")
    mask(tmp_path / "trainannot/face_mask.png")
    assert [s.name for s in open_dataset(tmp_path).samples] == ["train/face_mask.jpg"]


def test_photos_without_a_mask_and_masks_without_a_photo_are_told(tmp_path: Path) -> None:
    masks(tmp_path, (0, 1), (0, 1))
    photo(tmp_path / "images/extra.jpg")
    mask(tmp_path / "masks/lost.png", (0, 9))
    data = open_dataset(tmp_path)
    assert [(s.name, s.truth is None) for s in data.samples] == [
        ("images/0.jpg", False), ("images/1.jpg", False), ("images/extra.jpg", True),
    ]  # fmt: skip
    finding = coded(data, "mask-missing")
    assert (finding.severity, "masks/lost.png" in finding.evidence) == ("warning", True)
    assert data.classes.names == ("background", "object")


def test_masks_without_photos_need_a_canvas(tmp_path: Path) -> None:
    mask(tmp_path / "masks/a.png")
    with pytest.raises(DataError, match=r"1 masks but no photos.*put the photos in"):
        open_dataset(tmp_path)
    data = open_dataset(tmp_path, canvas_hw=SIZE_HW)
    assert columns(data) == [0, 1] * 5
    assert [f.code for f in file_findings(data)] == ["photo-canvas"]
    assert not data.samples[0].photo.exists()


def test_names_that_do_not_match_are_an_error_and_never_guessed(tmp_path: Path) -> None:
    photo(tmp_path / "images/a.jpg")
    mask(tmp_path / "masks/b.png")
    with pytest.raises(DataError, match="1 photos and 1 masks, but no mask is named like a photo"):
        open_dataset(tmp_path)


def test_two_kinds_of_masks_ask_for_a_choice(tmp_path: Path) -> None:
    photo(tmp_path / "a.jpg")
    mask(tmp_path / "a_mask.png", (0, 1))
    mask(tmp_path / "a_label.png", (0, 0, 1, 2, 3))
    with pytest.raises(DataError, match=r"kinds of masks: label \(1 photos, 4 values\), mask .*data\.masks=label"):
        open_dataset(tmp_path)
    assert columns(open_dataset(tmp_path, attribute="mask")) == [0, 1] * 5
    assert columns(open_dataset(tmp_path, attribute="_label")) == [0, 0, 1, 2, 3] * 2
    with pytest.raises(DataError, match="no masks are called 'edge'; there are label, mask"):
        open_dataset(tmp_path, attribute="edge")


def test_two_masks_of_one_name_are_their_union(tmp_path: Path) -> None:
    photo(tmp_path / "images/a.jpg")
    mask(tmp_path / "masks/a.png", (0, 1, 0, 0, 0))
    mask(tmp_path / "masks/a.bmp", (0, 0, 0, 1, 0))
    data = open_dataset(tmp_path)
    assert columns(data) == [0, 1, 0, 1, 0] * 2
    assert "1 photos have several masks" in coded(data, "folder-reading").evidence


@pytest.mark.parametrize("folder", ["", "ImageSets/Segmentation", "splits"])
@pytest.mark.parametrize("style", ["{}", "images/{}.jpg", "/data/x/images/{}.jpg", "images/{0}.jpg masks/{0}.png"])
def test_lists_give_the_parts(tmp_path: Path, folder: str, style: str) -> None:
    masks(tmp_path, (0, 1), (0, 1), (0, 1), (0, 1))
    (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    (tmp_path / folder / "train.txt").write_text(f"{style.format(0)}\n{style.format(1)}\n")
    (tmp_path / folder / "val.txt").write_text(f"{style.format(2)}\n\n")
    (tmp_path / folder / "trainval.txt").write_text(style.format(3))
    data = open_dataset(tmp_path)
    assert [s.part for s in data.samples] == ["train", "train", "val", None]
    (reading,) = file_findings(data)
    assert "1 photos, as images/3.jpg, are of no part and are trained on" in reading.evidence


def test_a_list_can_pair_names_that_differ_and_its_slips_are_told(tmp_path: Path) -> None:
    photo(tmp_path / "images/a b.jpg")
    photo(tmp_path / "images/c.jpg")
    mask(tmp_path / "masks/c.png")
    mask(tmp_path / "masks/x9.png", (0, 0, 1, 1, 1))
    (tmp_path / "train.txt").write_text("images/c.jpg masks/x9.png\na b\ngone\n")
    (tmp_path / "test.txt").write_text("a b\n")
    data = open_dataset(tmp_path)
    assert [(s.name, s.part) for s in data.samples] == [("images/a b.jpg", "test"), ("images/c.jpg", "train")]
    assert columns(data, 1) == [0, 0, 1, 1, 1] * 2
    assert "gone" in coded(data, "photo-missing").evidence
    assert coded(data, "split-leak").photos == ("images/a b.jpg",)


def test_lists_that_name_nothing_here_change_nothing(tmp_path: Path) -> None:
    masks(tmp_path, (0, 1))
    (tmp_path / "train.txt").write_text("elsewhere\n,\n")
    data = open_dataset(tmp_path)
    assert data.samples[0].part is None
    assert coded(data, "photo-missing").severity == "warning"


@pytest.mark.parametrize("values", [(0, 1), (0, 255), (0, 7), (0, 128)])
def test_two_values_are_background_and_object(tmp_path: Path, values: tuple[int, int]) -> None:
    data = open_dataset(masks(tmp_path, values, (0, 0)))
    assert data.classes.names == ("background", "object")
    assert columns(data) == [0, 1] * 5
    assert columns(data, 1) == [0] * 10
    assert file_findings(data) == []


def test_255_beside_one_more_value_is_ignored(tmp_path: Path) -> None:
    data = open_dataset(masks(tmp_path, (0, 1), (0, 1, 255, 255, 255)))
    assert data.classes.is_binary
    assert columns(data, 1) == [0, 1, 255, 255, 255] * 2


def test_ids_keep_their_gaps(tmp_path: Path) -> None:
    data = open_dataset(masks(tmp_path, (0, 1), (0, 4, 4, 2, 255)))
    assert data.classes.names == ("background", "class 1", "class 2", "class 3", "class 4")
    assert columns(data, 1) == [0, 4, 4, 2, 255] * 2
    assert coded(data, "class-guessed").severity == "note"


def test_ids_far_apart_are_counted_instead(tmp_path: Path) -> None:
    data = open_dataset(masks(tmp_path, (0, 50, 100, 150, 200)))
    assert data.classes.names == ("background", "class 50", "class 100", "class 150", "class 200")
    assert columns(data) == [0, 1, 2, 3, 4] * 2


def test_an_ignored_value_of_street_scenes_leaves_every_other_one_a_class(tmp_path: Path) -> None:
    data = open_dataset(masks(tmp_path, (0, 1, 2, 3, 11)), ignore=11)
    assert data.classes.names == ("class 0", "class 1", "class 2", "class 3")
    assert data.classes.background is None
    assert data.classes.scored == (0, 1, 2, 3)
    assert columns(data) == [0, 1, 2, 3, 255] * 2
    assert "classes.csv" in coded(data, "class-guessed").fix


def test_an_ignored_value_beside_two_others_leaves_a_binary_dataset(tmp_path: Path) -> None:
    data = open_dataset(masks(tmp_path, (0, 1, 2, 1, 2)), ignore=2)
    assert data.classes.is_binary
    assert columns(data) == [0, 1, 255, 1, 255] * 2


def test_one_bit_palette_and_deep_masks_give_their_numbers(tmp_path: Path) -> None:
    masks(tmp_path / "bit", (0, 1), dtype=bool)
    assert columns(open_dataset(tmp_path / "bit")) == [0, 1] * 5
    masks(tmp_path / "deep", (0, 65535), dtype=np.uint16)
    assert columns(open_dataset(tmp_path / "deep")) == [0, 1] * 5
    masks(tmp_path / "far", (0, 1000, 2000, 2000, 65535), dtype=np.uint16)
    data = open_dataset(tmp_path / "far")
    assert data.classes.names == ("background", "class 1000", "class 2000")
    assert columns(data) == [0, 1, 2, 2, 255] * 2
    photo(tmp_path / "pal/images/a.jpg")
    indices = Image.fromarray(np.resize(np.array([0, 1, 2, 2, 255], np.uint8), SIZE_HW))
    indices.putpalette([0, 0, 0, 200, 10, 20, 30, 220, 40] + [9] * 756 + [224, 224, 192])
    (tmp_path / "pal/masks").mkdir()
    indices.save(tmp_path / "pal/masks/a.png")
    data = open_dataset(tmp_path / "pal")
    assert columns(data) == [0, 1, 2, 2, 255] * 2
    assert data.classes.colours == ((0, 0, 0), (200, 10, 20), (30, 220, 40))


def test_colours_without_a_table_are_numbered_black_first(tmp_path: Path) -> None:
    red, green, blue = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    data = open_dataset(masks(tmp_path, ((0, 0, 0), red, green, blue, (255, 255, 255)), ((0, 0, 0), red)))
    assert data.classes.colours == ((0, 0, 0), (255, 255, 255), blue, green, red)
    assert columns(data) == [0, 4, 3, 2, 1] * 2
    assert columns(data, 1) == [0, 4] * 5


def test_one_colour_on_black_is_an_object(tmp_path: Path) -> None:
    data = open_dataset(masks(tmp_path, ((0, 0, 0), (255, 0, 0)), ((0, 0, 0), (0, 0, 0))))
    assert data.classes.names == ("background", "object")
    assert columns(data) == [0, 1] * 5
    assert file_findings(data) == []


def test_colours_without_black_have_no_background(tmp_path: Path) -> None:
    data = open_dataset(masks(tmp_path, ((255, 0, 0), (0, 255, 0))))
    assert data.classes.background is None
    assert columns(data) == [1, 0] * 5


def test_too_many_colours_are_an_error_with_a_way_out(tmp_path: Path) -> None:
    masks(tmp_path, *[[(i, 9, j) for j in range(10)] for i in range(4)])
    finding = coded(open_dataset(tmp_path), "mask-values")
    assert finding.severity == "error"
    assert "40 colours" in finding.evidence
    assert "classes.csv" in finding.fix
    assert len(finding.photos) == 4


def test_soft_masks_are_cut_at_the_middle_with_a_warning(tmp_path: Path) -> None:
    masks(tmp_path, (0,) * 10, [0, 0, 0, 0, 3, 250, 255, 255, 255, 255])
    values = np.array(Image.open(tmp_path / "masks/1.png"))
    values[0, :4] = (60, 127, 128, 190)
    Image.fromarray(values).save(tmp_path / "masks/1.png")
    data = open_dataset(tmp_path)
    assert columns(data, 1) == [0, 0, 1, 1, 0, 1, 1, 1, 1, 1]
    finding = coded(data, "mask-soft")
    assert (finding.severity, finding.photos) == ("warning", ("images/1.jpg",))


def test_shades_that_are_nearly_black_and_white_alone_are_a_note(tmp_path: Path) -> None:
    masks(tmp_path, (0,) * 10, [0, 1, 3, 5, 7, 248, 250, 252, 254, 255])
    finding = coded(open_dataset(tmp_path), "mask-soft")
    assert finding.severity == "note"
    assert "0.00% of the pixels lie between" in finding.evidence


def test_a_jpeg_mask_of_two_values_is_binary(tmp_path: Path) -> None:
    photo(tmp_path / "images/a.jpg", (64, 64))
    disc = (np.hypot(*(np.indices((64, 64)) - 32)) < 20) * np.uint8(255)
    (tmp_path / "masks").mkdir()
    Image.fromarray(disc).save(tmp_path / "masks/a.jpg", quality=60)
    data = open_dataset(tmp_path)
    assert data.classes.is_binary
    assert (data.mask(data.samples[0]) != disc // 255).mean() < 0.01


def test_many_ids_with_an_ignored_255_are_not_soft(tmp_path: Path) -> None:
    data = open_dataset(masks(tmp_path, (0, 1, 2, 3, 255), (0, 7, 12, 14, 255)))
    assert columns(data, 1) == [0, 7, 12, 14, 255] * 2


def test_classes_csv_names_values_and_what_it_does_not_list_is_ignored(tmp_path: Path) -> None:
    masks(tmp_path, (0, 1, 2, 3, 9))
    (tmp_path / "classes.csv").write_text(
        "id,name,color,ignore\n0,road,10 20 30,\n1,kerb,#0a0b0c,no\n3,void,,true\n9,car,,\n"
    )
    data = open_dataset(tmp_path)
    assert data.classes.names[:2] == ("road", "kerb")
    assert data.classes.names[9] == "car"
    assert data.classes.background is None
    assert data.classes.colours[:2] == ((10, 20, 30), (10, 11, 12))
    assert columns(data) == [0, 1, 255, 255, 9] * 2
    finding = coded(data, "mask-values")
    assert (finding.severity, "2: 16 pixels" in finding.evidence) == ("warning", True)


def test_classes_csv_matches_colour_masks_by_colour(tmp_path: Path) -> None:
    masks(tmp_path, ((0, 0, 0), (255, 0, 0), (0, 0, 255), (255, 255, 255), (1, 2, 3)))
    (tmp_path / "classes.csv").write_text("id,name,colour\n1,sea,#0000ff\n2,fire,255 0 0\n3,snow,#ffffff\n")
    data = open_dataset(tmp_path)
    assert data.classes.names == ("background", "sea", "fire", "snow")
    assert columns(data) == [0, 2, 1, 3, 255] * 2
    assert "#010203" in coded(data, "mask-values").evidence


def test_the_one_class_of_a_list_is_the_one_value_of_the_masks(tmp_path: Path) -> None:
    masks(tmp_path, (0, 255))
    (tmp_path / "classes.csv").write_text("id,name\n0,background\n1,crack\n")
    data = open_dataset(tmp_path)
    assert data.classes.names == ("background", "crack")
    assert columns(data) == [0, 1] * 5
    assert file_findings(data) == []


def test_classes_csv_and_the_ignore_option_go_together(tmp_path: Path) -> None:
    masks(tmp_path, (0, 1, 2, 1, 2))
    (tmp_path / "classes.csv").write_text("id,name\n0,background\n1,leaf\n2,other\n")
    data = open_dataset(tmp_path, ignore=2)
    assert data.classes.names == ("background", "leaf")
    assert columns(data) == [0, 1, 255, 1, 255] * 2


@pytest.mark.parametrize(
    ("text", "names", "expected"),
    [
        ("__ignore__\n_background_\nleaf\nbug\n", ("_background_", "leaf", "bug"), [0, 1, 2, 2, 255]),
        ("leaf\nbug\n", ("background", "leaf", "bug"), [0, 1, 2, 2, 255]),
        ("sky\nleaf\nbug\n", ("sky", "leaf", "bug"), [0, 1, 2, 2, 255]),
    ],
)
def test_lists_of_names_count_from_the_background(
    tmp_path: Path, text: str, names: tuple[str, ...], expected: list[int]
) -> None:
    masks(tmp_path, (0, 1, 2, 2, 255))
    (tmp_path / "class_names.txt").write_text(text)
    data = open_dataset(tmp_path)
    assert data.classes.names == names
    assert data.classes.background == (None if names[0] == "sky" else 0)
    assert columns(data) == expected * 2


def test_a_list_of_one_name_names_the_object(tmp_path: Path) -> None:
    masks(tmp_path, (0, 255))
    (tmp_path / "labels.txt").write_text("crack\n")
    data = open_dataset(tmp_path)
    assert data.classes.names == ("background", "crack")
    assert columns(data) == [0, 1] * 5


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("number,title\n1,leaf\n", "needs the columns id,name"),
        ("id,name\n", "lists no class"),
        ("id,name\nx,leaf\n", r"line 2 needs a whole number as id and a name; found id 'x'"),
        ("id,name\n1,leaf\n1,bug\n", "lists 1 twice"),
        ("id,name\n1,leaf\n2,leaf\n", "lists 'leaf' twice"),
        ("id,name,colour\n1,leaf,reddish\n", "the colour 'reddish' is neither"),
    ],
)
def test_a_classes_csv_that_cannot_be_used_says_why(tmp_path: Path, text: str, message: str) -> None:
    masks(tmp_path, (0, 1))
    (tmp_path / "classes.csv").write_text(text)
    with pytest.raises(DataError, match=message):
        open_dataset(tmp_path)


def test_an_empty_list_of_names_and_too_many_classes_are_errors(tmp_path: Path) -> None:
    masks(tmp_path, (0, 1))
    (tmp_path / "labels.txt").write_text("\n")
    with pytest.raises(DataError, match="lists no class"):
        open_dataset(tmp_path)
    (tmp_path / "labels.txt").write_text("\n".join(f"c{i}" for i in range(300)))
    with pytest.raises(DataError, match="there are 300 classes"):
        open_dataset(tmp_path)


def test_a_mask_of_another_size_is_a_warning_if_the_proportions_agree(tmp_path: Path) -> None:
    photo(tmp_path / "images/a.jpg", (16, 20))
    mask(tmp_path / "masks/a.png")
    data = open_dataset(tmp_path)
    finding = coded(data, "mask-size")
    assert finding.severity == "warning"
    assert "mask 10x8, photo 20x16, factor 2" in finding.evidence
    assert data.mask(data.samples[0]).shape == (16, 20)
    assert columns(data) == [0, 0, 1, 1] * 5


def test_a_mask_of_other_proportions_is_an_error_that_knows_of_turned_photos(tmp_path: Path) -> None:
    masks(tmp_path, (0, 1), (0, 1))
    photo(tmp_path / "images/0.jpg", (10, 8))
    finding = coded(open_dataset(tmp_path), "mask-size")
    assert (finding.severity, finding.photos) == ("error", ("images/0.jpg",))
    assert "before its EXIF rotation" in finding.evidence


def test_a_truncated_mask_is_an_error(tmp_path: Path) -> None:
    masks(tmp_path, (0, 1), (0, 1))
    noise = np.random.default_rng(0).integers(0, 2, (200, 200)).astype(np.uint8)
    Image.fromarray(noise).save(tmp_path / "masks/0.png")
    (tmp_path / "masks/0.png").write_bytes((tmp_path / "masks/0.png").read_bytes()[:900])
    data = open_dataset(tmp_path)
    finding = coded(data, "mask-unreadable")
    assert (finding.severity, finding.photos) == ("error", ("images/0.jpg",))
    assert data.classes.is_binary


def test_a_one_pixel_dataset_is_read(tmp_path: Path) -> None:
    photo(tmp_path / "images/a.png", (1, 1))
    mask(tmp_path / "masks/a.png", (1,), size_hw=(1, 1))
    data = open_dataset(tmp_path)
    assert data.samples[0].size_hw == (1, 1)
    assert columns(data) == [1]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32])
def test_values_are_counted_exactly(dtype: type) -> None:
    raw = np.random.default_rng(1).integers(0, 5, (30, 40)) * (1 if dtype is np.uint8 else 9000)
    raw = raw.astype(dtype)
    values, counts = np.unique(raw, return_counts=True)
    assert value_counts(raw) == dict(zip(values.tolist(), counts.tolist(), strict=True))
    assert value_counts(np.zeros((0, 4), dtype)) == {}


def test_photos_of_one_stem_that_are_no_masks_are_no_pair(tmp_path: Path) -> None:
    photo(tmp_path / "a.jpg")
    photo(tmp_path / "a.png")
    (tmp_path / "b_one.jpg").write_text("no image")
    (tmp_path / "b_two.jpg").write_text("no image")
    with pytest.raises(DataError, match="4 photos but neither an annotation file nor masks"):
        open_dataset(tmp_path)


def test_a_test_part_beside_photos_of_no_part_stays_held_out(tmp_path: Path) -> None:
    masks(tmp_path, (0, 1), (0, 1), (0, 1))
    (tmp_path / "test.txt").write_text("2\n")
    assert [s.part for s in open_dataset(tmp_path).samples] == [None, None, "test"]


def test_grey_colours_of_a_class_list_are_matched_as_colours(tmp_path: Path) -> None:
    masks(tmp_path, (255, 255, 0, 0, 0))
    (tmp_path / "classes.csv").write_text("id,name,colour\n0,background,#ffffff\n1,crack,#000000\n")
    assert columns(open_dataset(tmp_path)) == [0, 0, 1, 1, 1] * 2
    three = masks(tmp_path / "three", (0, 128, 255, 128, 0))
    (three / "classes.csv").write_text("id,name,colour\n0,none,#000000\n1,leaf,#808080\n2,bug,#ffffff\n")
    assert columns(open_dataset(three)) == [0, 1, 2, 1, 0] * 2


SHADES = (0, 0, 0, 0, 255, 255, 255, 255, 60, 130)


def test_soft_masks_are_cut_at_half_with_a_class_list_too_and_ignored_values_stay_ignored(tmp_path: Path) -> None:
    shades = [(*SHADES[:8], *pair) for pair in ((60, 130), (200, 20), (90, 250), (5, 249), (251, 4), (0, 0))]
    masks(tmp_path / "listed", *shades, *[SHADES[:8]] * 20)
    (tmp_path / "listed" / "classes.csv").write_text("id,name\n0,background\n1,crack\n")
    data = open_dataset(tmp_path / "listed")
    assert data.classes.names == ("background", "crack")
    assert columns(data) == [0, 0, 0, 0, 1, 1, 1, 1, 0, 1]
    masks(tmp_path / "ignored", *shades, *[SHADES[:8]] * 20)
    mask(tmp_path / "ignored" / "masks" / "0.png", (0, 0, 0, 0, 255, 255, 128, 255, 60, 130))
    ignored = open_dataset(tmp_path / "ignored", ignore=128)
    assert columns(ignored) == [0, 0, 0, 0, 1, 1, 255, 1, 0, 1]


def test_values_beside_255_that_were_rounded_are_the_object(tmp_path: Path) -> None:
    masks(tmp_path, (0, 255), (0, 254))
    data = open_dataset(tmp_path)
    assert columns(data) == columns(data, 1) == [0, 1] * 5


def test_a_few_masks_with_another_value_that_make_255_ignored_are_told(tmp_path: Path) -> None:
    masks(tmp_path, (0, 2), *[(0, 255)] * 5)
    finding = coded(open_dataset(tmp_path), "ignore-object")
    assert finding.severity == "warning"
    assert "5 of 6 masks hold 0 and 255 alone" in finding.evidence
    masks(tmp_path / "usual", *[(0, 1, 255)] * 5, (0, 255))
    assert "ignore-object" not in [f.code for f in file_findings(open_dataset(tmp_path / "usual"))]


def test_ids_with_smooth_rims_are_no_soft_masks(tmp_path: Path) -> None:
    rims = [(0, 0, 0, 0, 1, 1, 1, 1, shade, 255) for shade in (60, 100, 130, 180, 200, 249)]
    masks(tmp_path, *rims)
    (tmp_path / "classes.csv").write_text("id,name,ignore\n0,background,\n1,crack,\n255,void,1\n")
    assert columns(open_dataset(tmp_path)) == [0, 0, 0, 0, 1, 1, 1, 1, 255, 255]
    (tmp_path / "classes.csv").write_text("id,name\n0,background\n1,crack\n")
    assert columns(open_dataset(tmp_path)) == [0, 0, 0, 0, 1, 1, 1, 1, 255, 255]


def test_photos_without_a_mask_make_no_split_of_a_lone_test_folder(tmp_path: Path) -> None:
    for name in ("a", "b"):
        photo(tmp_path / f"test/images/{name}.jpg")
        mask(tmp_path / f"test/masks/{name}.png")
    photo(tmp_path / "loose.jpg")
    assert {s.part for s in open_dataset(tmp_path).samples} == {None}


def test_255_that_was_asked_to_be_ignored_is_no_guess(tmp_path: Path) -> None:
    masks(tmp_path, (0, 1), *[(0, 255)] * 5)
    assert "ignore-object" not in [f.code for f in file_findings(open_dataset(tmp_path, ignore=255))]
