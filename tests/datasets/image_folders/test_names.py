"""Names in parts: what says which photo it is, and what says what the file is."""

import unicodedata

import pytest

from maskwright.datasets.image_folders.pairs.names import (
    folder_words,
    name_files,
    natural,
    numbers,
    plain,
    runs,
    without_common,
)


def parted(*places: str) -> dict[str, tuple[str, str]]:
    """Return core and ending of each `folder/stem`."""
    split = [place.rpartition("/") for place in places]
    names = name_files([(tuple(folder.split("/")) if folder else (), stem) for folder, _, stem in split])
    return {place: (name.core, name.ending) for place, name in zip(places, names, strict=True)}


@pytest.mark.parametrize(
    ("photo", "mask", "core", "ending"),
    [
        ("i/0001", "m/0001_mask", "0001", "mask"),
        ("i/benign (4)", "i/benign (4)_mask_1", "benign (4)", "mask"),
        ("i/ISIC_01", "m/ISIC_01_segmentation", "ISIC_01", "segmentation"),
        ("i/a_000_leftImg8bit", "m/a_000_gtFine_labelIds", "a_000", "gtfine labelids"),
        ("i/horse_big0", "i/horse_big0_mask", "horse_big0", "mask"),
        ("i/01_test", "m/01_manual1", "01", "manual1"),
        ("i/Image_01L", "i/Image_01L_1stHO", "Image_01L", "1stho"),
        ("i/0001", "i/0001mask", "0001", "mask"),
    ],
)
def test_an_ending_is_what_follows_the_name_of_another_file(photo: str, mask: str, core: str, ending: str) -> None:
    names = parted(photo, mask)
    assert names[mask] == (core, ending)
    assert names[photo][0] == core


def test_words_that_are_names_are_no_endings() -> None:
    names = parted("i/red_apple", "i/green_pear", "m/red_apple", "m/green_pear")
    assert {ending for _, ending in names.values()} == {""}
    assert parted("i/face_mask", "m/face_mask")["i/face_mask"][0] in ("face_mask", "")


def test_whole_names_say_roles_in_a_folder_a_case() -> None:
    names = parted("case1/img", "case1/label", "case1/label_viz")
    assert [core for core, _ in names.values()] == ["", "", ""]
    assert [ending for _, ending in names.values()] == ["img", "label", "label viz"]


def test_names_are_compared_as_people_do() -> None:
    decomposed = unicodedata.normalize("NFD", "Übung_7")
    assert plain(decomposed + ".jpg") == plain("übung_7")
    assert plain("my%20photo.JPG.png") == "my photo"
    assert runs("IMG_0007b") == ("img", "7", "b")
    assert runs("IMG 7-b") == runs("img_007_b")
    assert numbers("scan12_slice03") == (12, 3)
    assert sorted(["10", "9", "2b"], key=natural) == ["2b", "9", "10"]


def test_common_words_are_left_out_and_numbers_never() -> None:
    assert without_common([("image", "1"), ("image", "2")]) == [("1",), ("2",)]
    assert without_common([("3", "1", "gt"), ("3", "2", "gt")]) == [("3", "1"), ("3", "2")]
    assert without_common([("image", "1")]) == [("image", "1")]


@pytest.mark.parametrize(
    ("folder", "words"),
    [("train_images", {"train", "images"}), ("trainannot", {"train", "annot"}), ("imagesTr", {"images", "tr"})],
)
def test_folders_are_parted_into_part_and_role(folder: str, words: set[str]) -> None:
    assert set(folder_words((folder,))) == words
