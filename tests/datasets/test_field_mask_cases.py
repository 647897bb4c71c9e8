"""Rows of ../shared/data/field that folders of photos and masks are about: each gives its right answer."""

import re
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from maskwright.checks.check import check, file_findings
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.opening import open_dataset
from maskwright.datasets.truth.mask_truth import MaskFile
from maskwright.errors import DataError
from maskwright.findings.finding import Finding
from maskwright.natural_order import natural_key
from maskwright.planning.settings import read_settings
from maskwright.workflows.open_and_check import read_options
from tests.support.field_cases import truth
from tests.support.real_data import shared_data

TEN, TWELVE = tuple(range(10)), tuple(range(12))


def opened(row: str, *settings: str) -> Dataset:
    return open_dataset(shared_data("field") / row, options=read_options(read_settings(settings).data))


def assert_masks(data: Dataset, numbers: tuple[int, ...], kind: str = "object") -> None:
    """Compare every annotated mask, in natural order, with the numbered truth: all pixels that are not ignored."""
    annotated = sorted((s for s in data.samples if s.truth is not None), key=lambda s: natural_key(s.name))
    assert len(annotated) == len(numbers)
    for sample, number in zip(annotated, numbers, strict=True):
        mask, right = data.mask(sample), truth(number, kind)
        assert mask.shape == right.shape, sample.name
        assert np.array_equal(mask[mask != 255], right[mask != 255]), sample.name


def coded(data: Dataset, code: str) -> Finding:
    (finding,) = [f for f in file_findings(data) if f.code == code]
    return finding


def stored_in(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        return np.asarray(image)


def parts(data: Dataset) -> dict[str | None, int]:
    return {part: sum(s.part == part for s in data.samples) for part in {s.part for s in data.samples}}


def settings_in(text: str) -> list[str]:
    return [found.rstrip(",.:;)") for found in re.findall(r"--set (data\.[^\s`]+)", text)]


@pytest.mark.parametrize(
    ("row", "numbers", "given"),
    [
        ("12-mmseg", TWELVE, {"train": 9, "val": 3}),
        ("12b-keras-seg", (9, 10, 11, *range(9)), {"train": 9, "test": 3}),
        ("12d-train_images", TWELVE, {"train": 8, "val": 4}),
        ("12f-fives", (8, 9, 10, 11, *range(8)), {"train": 8, "test": 4}),
        ("59-isic", TWELVE, {"train": 8, "val": 4}),
        ("14f-masks_machine", TEN, {None: 10}),
        ("61-both-in-images", TEN, {None: 10}),
        ("16-palette-order", TEN, {None: 10}),
        ("16b-palette-per-file", TEN, {None: 10}),
        ("17d-imagej-whiteiszero", TEN, {None: 10}),
        ("19-alpha", TEN, {None: 10}),
        ("19f-mixed-01-255", TEN, {None: 10}),
        ("24-jfif", TEN, {None: 10}),
        ("26-stack", TWELVE, {None: 12}),
        ("26b-stack-imagej-channels", TEN, {None: 10}),
        ("40f-npy", TEN, {None: 10}),
        ("50-palette-and-rgb-mixed", TEN, {None: 10}),
        ("52-symlinked", TEN, {None: 10}),
        ("53-stem-case", TEN, {None: 10}),
        ("14-prefix", TEN, {None: 10}),
        ("14c-padding", TEN, {None: 10}),
    ],
)
def test_one_object_is_read_with_its_pairs_and_given_parts(
    row: str, numbers: tuple[int, ...], given: dict[str | None, int]
) -> None:
    data = opened(row)
    if row == "26-stack":  # photos of other sizes were brought to one for the stack
        assert len(data) == 12
        assert [data.photo(s).shape[:2] for s in data.samples] == [data.mask(s).shape for s in data.samples]
    else:
        assert_masks(data, numbers)
    assert data.classes.names == ("background", "object")
    assert parts(data) == given


@pytest.mark.parametrize("row", ["11-cityscapes", "11b-cityscapes-labelids"])
def test_cityscapes_folders_pair_by_content(row: str) -> None:
    data = opened(row)
    assert (data.format, parts(data)) == ("masks", {"train": 9, "val": 3})
    car = data.classes.names.index("class 26")
    for sample in data.samples:
        right = truth(int(sample.name.split("_")[-3]))
        assert ((data.mask(sample) == car) == (right == 1)).mean() > 0.999  # drawn over by other classes


def test_14i_kitti_has_one_truth_in_four_folders() -> None:
    data = opened("14i-kitti")
    car = data.classes.names.index("class 26")
    assert [np.array_equal(data.mask(s) == car, truth(k) == 1) for k, s in enumerate(data.samples)] == [True] * 10
    unused = coded(data, "file-unused").evidence
    assert "instance (the same regions as semantic)" in unused
    assert "semantic_rgb" in unused


def test_65c_labelme_real_leaves_the_overlay_out() -> None:
    data = opened("65c-labelme-real")
    assert [s.name for s in data.samples] == ["apc2016_obj3_json/img.png"]
    assert data.classes.names[:2] == ("_background_", "highland_6539_self_stick_notes")
    stored = stored_in(data.root / "apc2016_obj3_json/label.png")
    assert np.array_equal(data.mask(data.samples[0]), stored)
    assert "label_viz.png (shows the mask painted on" in coded(data, "file-unused").evidence


def test_51_dark_photo_is_no_mask() -> None:
    data = opened("51-dark-photo-png-label-tif")
    assert [s.photo.suffix for s in data.samples] == [".png"] * 10
    for sample in data.samples:
        stored = stored_in(sample.photo.with_suffix(".tif"))
        assert np.array_equal(data.mask(sample) > 0, stored > 0)


def test_09_mvtec_good_photos_have_no_mask_and_keep_their_parts() -> None:
    data = opened("09-mvtec")
    assert parts(data) == {"train": 4, "test": 8}
    names = [s.name for s in data.samples if s.truth is not None]
    good = [s for s in data.samples if "/good/" in s.name]
    assert len(names) == 12
    assert len(good) == 6
    assert not any(data.mask(s).any() for s in good)
    assert "good" in coded(data, "folder-reading").evidence


def test_08_busi_and_10_dsb2018_are_unions() -> None:
    busi = opened("08-busi")
    assert len(busi) == 12
    assert_masks(Dataset(busi.root, "masks", busi.samples[:10], busi.classes, mask_rule=busi.mask_rule), TEN)
    assert not any(busi.mask(s).any() for s in busi.samples[10:])
    assert "union" in coded(busi, "folder-reading").evidence
    cells = opened("10-dsb2018")
    assert len(cells) == 8
    found = {tuple(np.argwhere(cells.mask(s)).ravel().tolist()) for s in cells.samples}
    assert found == {tuple(np.argwhere(truth(k)).ravel().tolist()) for k in range(8)}


@pytest.mark.parametrize(
    ("row", "names"),
    [("13-two-mask-folders", ("left", "right")), ("13c-idrid", ("Microaneurysms", "Haemorrhages"))],
)
def test_a_folder_or_ending_a_class(row: str, names: tuple[str, ...]) -> None:
    data = opened(row)
    assert data.classes.names == ("background", *names)
    assert_masks(data, TEN, "left1_right2")
    (union,) = settings_in(coded(data, "folder-reading").evidence)
    assert union == "data.masks=union"
    assert_masks(opened(row, union), TEN)


def test_18_cellpose_asks_and_each_answer_is_read() -> None:
    with pytest.raises(DataError, match="number single objects") as asked:
        opened("18-cellpose")
    ways = settings_in(str(asked.value))
    assert ways == ["data.objects=one", "data.objects=ids"]
    one, ids = (opened("18-cellpose", way) for way in ways)
    assert one.classes.names == ("background", "object")
    for sample in one.samples:
        stored = stored_in(sample.photo.with_name(sample.photo.name.replace("_img", "_masks")))
        assert np.array_equal(one.mask(sample), stored > 0)
        assert np.array_equal(ids.mask(sample), stored)


def test_17_black_on_white_asks_and_invert_gives_the_truth() -> None:
    finding = coded(opened("17-black-on-white"), "mask-ground")
    (way,) = settings_in(finding.fix)
    assert way == "data.invert=true"
    data = opened("17-black-on-white", way)
    assert_masks(data, TEN)
    assert "mask-ground" not in [f.code for f in file_findings(data)]


def test_20_grey2bit_holds_ids() -> None:
    data = opened("20-grey2bit")
    assert len(data.classes) == 4
    assert sorted(np.unique(data.mask(data.samples[0])).tolist()) == [0, 1, 2, 3]


@pytest.mark.parametrize(("row", "value"), [("21-nodata-int16", "-9999"), ("21c-nodata-nan", "NaN")])
def test_no_data_is_ignored_with_a_finding(row: str, value: str) -> None:
    data = opened(row)
    assert_masks(data, TEN)
    assert all((data.mask(s) == 255).any() for s in data.samples)
    assert coded(data, "mask-nodata").evidence.startswith(f"{value}: ")


def test_25d_rgb16_is_scaled_as_grey_is() -> None:
    data = opened("25d-rgb16-png")
    assert_masks(data, TEN)
    assert min(data.photo(s).mean() for s in data.samples) > 40


def test_25f_4band_says_what_is_not_used_and_bands_can_be_chosen() -> None:
    data = opened("25f-4band")
    assert_masks(data, TEN)
    finding = coded(data, "bands-unused")
    assert "10 photos have 4 bands" in finding.evidence
    (way,) = settings_in(finding.fix)
    chosen = opened("25f-4band", way)
    assert chosen.bands == (3, 2, 1)
    first, infrared = data.photo(data.samples[0]), chosen.photo(chosen.samples[0])
    assert np.array_equal(first[:, :, 1], infrared[:, :, 2])
    assert not np.array_equal(first[:, :, 0], infrared[:, :, 0])


def test_24_heic_is_named_and_counted() -> None:
    data = opened("24-heic")
    finding = coded(data, "photo-unreadable")
    assert len(finding.photos) == 10
    assert "HEIC" in finding.evidence


@pytest.mark.parametrize(
    ("row", "names", "colours"),
    [
        ("54-classes-txt-shift", ("background", "cat", "dog", "horse"), None),
        ("54c-classes-csv-rgb-columns", ("background", "dog", "cat"), ((0, 0, 0), (255, 0, 0), (0, 255, 0))),
    ],
)
def test_name_tables_give_names_and_colours(
    row: str, names: tuple[str, ...], colours: tuple[tuple[int, int, int], ...] | None
) -> None:
    data = opened(row)
    assert data.classes.names == names
    assert colours is None or data.classes.colours == colours
    assert_masks(data, TEN, "left1_right2")
    if row == "54-classes-txt-shift":
        assert "classes.txt is counted from 1" in coded(data, "class-guessed").evidence


def test_58_deepglobe_names_and_colours_are_read_from_class_dict() -> None:
    data = opened("58-deepglobe")
    assert data.classes.names == ("urban_land", "agriculture_land", "rangeland", "unknown")
    assert data.classes.colours == ((0, 255, 255), (255, 255, 0), (255, 0, 255), (0, 0, 0))
    assert data.classes.background is None
    assert {s.part for s in data.samples if s.truth} == {"train"}
    sample = data.samples[0]
    stored = stored_in(sample.photo.with_name(sample.photo.name.replace("_sat.jpg", "_mask.png")))
    assert np.array_equal(np.array(data.classes.colours)[data.mask(sample)], stored)


def test_62_a_mask_whose_photo_is_lost_is_paired_with_no_other_day() -> None:
    data = opened("62-orphan-mask-other-day")
    annotated = [s.name for s in data.samples if s.truth is not None]
    assert annotated == [f"day2/images/000{i}.jpg" for i in range(4)]
    finding = coded(data, "mask-missing")
    assert finding.severity == "warning"
    assert "day2/masks/0004.png fits day1/images/0004.jpg" in finding.evidence


def test_14d_off_by_one_names_the_shift_and_the_setting_mends_it() -> None:
    (finding,) = [f for f in check(opened("14d-off-by-one")) if f.code == "mask-exchanged"]
    assert finding.severity == "error"
    assert "1 photo before" in finding.fix
    (way,) = settings_in(finding.fix)
    assert way == "data.pairing=number+1"
    mended = opened("14d-off-by-one", way)
    stored = {s.name: s.truth.path.name for s in mended.samples if isinstance(s.truth, MaskFile)}
    assert stored == {f"frames/frame_{k:04}.jpg": f"frame_{k + 1:04}.png" for k in TEN}
    assert "mask-exchanged" not in [f.code for f in check(mended)]


def test_56_patients_stay_together() -> None:
    data = opened("56-lgg-patients")
    assert len({s.group for s in data.samples}) == 4
    assert all(s.group is not None and s.name.startswith(s.group) for s in data.samples)


@pytest.mark.parametrize("row", ["14-prefix", "14c-padding", "53-stem-case"])
def test_how_names_were_matched_is_noted(row: str) -> None:
    assert coded(opened(row), "name-differs").evidence.startswith("10 differ in ")


def test_40u_arrays_are_read_as_photos_and_masks() -> None:
    data = opened("40u-numpy-x-y")
    assert (data.format, len(data)) == ("arrays", 4)
    assert {data.photo(s).shape for s in data.samples} == {(8, 8, 3)}


@pytest.mark.parametrize(
    ("name", "photos", "classes"),
    [
        ("crackforest", 118, 2),
        ("isbi_membrane", 30, 2),
        ("kolektor", 112, 2),
        ("camvid", 701, 12),
        ("magnetic_tile", 220, 6),
        ("drive", 40, 2),
    ],
)
def test_healthy_folders_stay_right(name: str, photos: int, classes: int) -> None:
    data = open_dataset(shared_data(name))
    assert len([s for s in data.samples if s.truth is not None]) == photos
    assert len(data.classes) == classes
    codes = {f.code for f in file_findings(data)}
    assert not codes & {"mask-ground", "mask-missing", "pairs-across-folders", "mask-same", "name-differs"}


def test_drives_truth_is_the_first_drawing_and_its_disc_limits_it() -> None:
    data = open_dataset(shared_data("drive"))
    sample = next(s for s in data.samples if s.name == "training/images/21_training.tif")
    manual = stored_in(data.root / "training/1st_manual/21_manual1.gif") > 0
    view = stored_in(data.root / "training/mask/21_training_mask.gif") > 0
    mask = data.mask(sample)
    assert np.array_equal(mask[view] == 1, manual[view])
    assert (mask[~view] == 255).all()
    said = coded(data, "folder-reading").evidence
    assert "mask shows the field of view" in said
    assert "2nd_manual (draws the regions of 1st_manual again" in coded(data, "file-unused").evidence
