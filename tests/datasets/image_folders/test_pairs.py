"""Masks find their photos, and what is doubtful is said or asked."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from maskwright.checks.check import file_findings
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.opening import open_dataset
from maskwright.datasets.reader_types import ReadOptions
from maskwright.errors import DataError
from tests.support.tiny_images import mask, photo


def pairs(data: Dataset) -> dict[str, str]:
    return {s.name: s.truth.path.name for s in data.samples if s.truth is not None and hasattr(s.truth, "path")}


@pytest.mark.parametrize(
    ("photo_name", "mask_name", "said"),
    [
        ("IMG_{}.JPG", "img_{}.png", "case"),
        ("my photo {}.jpg", "my%20photo%20{}.png", "case"),
        ("{}.jpg", "{:04}.png", "zeros"),
        ("a-{}.jpg", "a_{}.png", "zeros"),
        ("image_{}.jpg", "mask_{}.png", "photo or mask"),
        ("shot {}.jpg", "drawn {}.png", "begin or end"),
        ("{}.jpg", "{}_12_34.png", "follows the photo"),
    ],
)
def test_names_that_differ_are_matched_and_noted(tmp_path: Path, photo_name: str, mask_name: str, said: str) -> None:
    for k in range(1, 5):
        photo(tmp_path / "images" / photo_name.format(k))
        mask(tmp_path / "masks" / mask_name.format(k), top=k)
    data = open_dataset(tmp_path)
    assert len(pairs(data)) == 4
    (finding,) = [f for f in file_findings(data) if f.code == "name-differs"]
    assert said in finding.evidence


@pytest.mark.parametrize("pairing", ["number", "order"])
def test_a_near_miss_is_shown_with_the_setting_that_pairs_it(tmp_path: Path, pairing: str) -> None:
    words = ["oak", "elm", "ash"]
    for k, word in enumerate(words):
        photo(tmp_path / f"images/{word}_{k}.jpg")
        mask(tmp_path / (f"masks/{k}_{words[k - 1]}.png" if pairing == "number" else f"masks/{'xyz'[k]}.png"))
    with pytest.raises(DataError, match=rf"3 such pairs: --set data\.pairing={pairing}"):
        open_dataset(tmp_path)
    data = open_dataset(tmp_path, options=ReadOptions(pairing=pairing))
    assert len(pairs(data)) == 3


def test_masks_that_fit_photos_of_two_parts_are_asked_about(tmp_path: Path) -> None:
    for part in ("a", "b"):
        for k in range(3):
            photo(tmp_path / f"{part}/{k}.jpg")
    for k in range(3):
        mask(tmp_path / f"truth/{k}.png")
    with pytest.raises(DataError, match=r"fit several (pictures|photos) each"):
        open_dataset(tmp_path)


def test_whole_folders_that_pair_across_days_are_a_warning(tmp_path: Path) -> None:
    for k in range(3):
        photo(tmp_path / f"day1/images/{k}.jpg")
        mask(tmp_path / f"day1/masks/{k}.png", top=k + 1)
        photo(tmp_path / f"day2/images/{k + 10}.jpg")
        mask(tmp_path / f"day3/masks/{k + 10}.png", top=k + 8)
    data = open_dataset(tmp_path)
    codes = {f.code: f for f in file_findings(data)}
    assert len(pairs(data)) == 6
    assert codes["pairs-across-folders"].severity == "warning"


def test_a_table_names_parts_masks_and_patients(tmp_path: Path) -> None:
    rows = ["image,mask,split,patient_id"]
    for k in range(6):
        photo(tmp_path / f"images/p{k}.jpg")
        mask(tmp_path / f"masks/m{5 - k}.png", top=k + 1)
        rows.append(f"images/p{k}.jpg,masks/m{5 - k}.png,{'train' if k < 4 else 'test'},{k // 2}")
    (tmp_path / "table.csv").write_text("\n".join(rows))
    data = open_dataset(tmp_path)
    assert pairs(data) == {f"images/p{k}.jpg": f"m{5 - k}.png" for k in range(6)}
    assert [s.part for s in data.samples] == ["train"] * 4 + ["test"] * 2
    assert [s.group for s in data.samples] == ["0", "0", "1", "1", "2", "2"]


def test_a_table_of_parts_is_found_behind_many_folders_of_photos(tmp_path: Path) -> None:
    rows = ["image,split"]
    for k in range(24):
        photo(tmp_path / f"images/s{k:02}/{k}.jpg")
        mask(tmp_path / f"masks/s{k:02}/{k}.png")
        rows.append(f"{k}.jpg,{'test' if k % 4 == 0 else 'train'}")
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables/split.csv").write_text("\n".join(rows))
    assert {sample.part for sample in open_dataset(tmp_path).samples} == {"train", "test"}


@pytest.mark.parametrize(
    ("name", "count", "grouped"),
    [("p{}", 4, True), ("p{}", 3, False), ("patient_{}", 3, True), ("Tile {}", 3, True), ("class_{}", 4, False)],
)
def test_folders_of_patients_are_groups_and_those_of_classes_are_not(
    tmp_path: Path, name: str, count: int, grouped: bool
) -> None:
    for k in range(count):
        for i in range(2):
            photo(tmp_path / name.format(k) / f"s{k}{i}.jpg")
            mask(tmp_path / name.format(k) / f"s{k}{i}_mask.png", top=i + 2)
    groups = {s.group for s in open_dataset(tmp_path).samples}
    assert groups == ({name.format(k) for k in range(count)} if grouped else {None})


def test_kinds_of_masks_can_be_chosen_joined_or_taken_for_classes(tmp_path: Path) -> None:
    for k in range(4):
        photo(tmp_path / f"images/{k}.jpg")
        mask(tmp_path / f"cup/{k}.png", top=8)
        mask(tmp_path / f"disc/{k}.png", top=6)
    with pytest.raises(DataError, match="several kinds of masks"):
        open_dataset(tmp_path)
    union = open_dataset(tmp_path, options=ReadOptions(masks="union"))
    classes = open_dataset(tmp_path, options=ReadOptions(masks="classes"))
    cup = open_dataset(tmp_path, options=ReadOptions(masks="cup"))
    assert union.classes.is_binary
    assert classes.classes.names == ("background", "cup", "disc")
    assert [int((d.mask(d.samples[0]) > 0).sum()) for d in (union, classes, cup)] == [8 * 15, 8 * 15, 6 * 15]


def test_a_class_within_another_stays_visible(tmp_path: Path) -> None:
    for k in range(4):
        photo(tmp_path / f"images/{k}.jpg")
        cup = np.zeros((24, 32), np.uint8)
        cup[8:14, 4 + k : 19 + k] = 255
        disc = np.zeros((24, 32), np.uint8)
        disc[6:16, 3 + k : 21 + k] = 255
        for name, drawn in (("cup", cup), ("disc", disc)):
            (tmp_path / name).mkdir(exist_ok=True)
            Image.fromarray(drawn).save(tmp_path / f"{name}/{k}.png")
    data = open_dataset(tmp_path, options=ReadOptions(masks="classes"))
    counts = np.bincount(data.mask(data.samples[0]).ravel()).tolist()
    assert counts[1:] == [6 * 15, 10 * 18 - 6 * 15]


def test_one_mask_for_all_photos_is_a_warning(tmp_path: Path) -> None:
    for k in range(6):
        photo(tmp_path / f"images/{k}.jpg")
        mask(tmp_path / f"masks/{k}.png")
    (finding,) = [f for f in file_findings(open_dataset(tmp_path)) if f.code == "mask-same"]
    assert finding.severity == "warning"
    assert len(finding.photos) == 6
