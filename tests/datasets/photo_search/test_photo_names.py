"""Names are compared as people compare them, never lead outside their folder, and a file is taken once."""

import os
from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from maskwright.datasets.photo_search.photo_index import WantedPhoto, find_photos, image_files, read_header
from maskwright.datasets.photo_search.photo_names import near_misses, numbers_in, safe_name


def draw(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 6)).save(folder / name)


def found(folder: Path, name: str, *, by_number: bool = False) -> tuple[str, str] | None:
    """Return where a name is found below the folder and what it differs in, None where it is not."""
    wanted = WantedPhoto(name, folders=(folder,))
    match = find_photos([wanted], folder, by_number=by_number).get(wanted)
    return None if match is None else (match.path.relative_to(folder).as_posix(), match.differs_in)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("a.jpg", "a.jpg"),
        ("../../etc/a.jpg", "etc/a.jpg"),
        ("/etc/passwd", "etc/passwd"),
        ("C:\\Users\\me\\a.jpg", "Users/me/a.jpg"),
        ("./sub//a.jpg", "sub/a.jpg"),
        ("https://example.org/x/a.jpg?size=3", "example.org/x/a.jpg"),
        ("a\x00.jpg", "a.jpg"),
        ("..", ""),
    ],
)
def test_a_name_never_leads_outside_its_folder(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@given(st.text(max_size=40))
def test_no_text_at_all_leads_outside_its_folder(name: str) -> None:
    root = Path("/root/folder")
    assert Path(os.path.normpath(root / safe_name(name))).is_relative_to(root)


@pytest.mark.parametrize(
    ("file", "name", "differs_in"),
    [
        ("a.png", "a.png", ""),
        ("images/a.png", "a.png", ""),
        ("images/a.png", "other/a.png", "folder"),
        ("pictures of june/a.png", "a.png", "folder"),
        ("Übung.png", "U\u0308bung.png", "Unicode form"),
        ("two words.png", "two%20words.png", "percent signs"),
        ("IMG_1.JPG", "img_1.jpeg", "ending"),
        ("a.jpg", "a.jpg.png", "ending"),
        ("red leaf.png", "red_leaf.jpg", "spaces and underscores"),
        ("at 10.22 (1).jpeg", "at_10.22_1.jpeg", "brackets and other signs"),
        ("photo_0012.png", "photo_12.png", "zeros in front"),
    ],
)
def test_how_a_name_differs_is_said(tmp_path: Path, file: str, name: str, differs_in: str) -> None:
    draw(tmp_path, file, "images/zz.png")
    assert found(tmp_path, name) == (file, differs_in)


def test_numbers_alone_decide_only_when_a_person_says_so(tmp_path: Path) -> None:
    draw(tmp_path, "frame 7.png", "frame 8.png")
    assert found(tmp_path, "shot_07.png") is None
    assert found(tmp_path, "shot_07.png", by_number=True) == ("frame 7.png", "all but the numbers")
    assert numbers_in("set2/shot_007.jpg") == "7"


def test_a_file_is_taken_for_one_name_only(tmp_path: Path) -> None:
    draw(tmp_path, "a.png")
    exact, loose = (WantedPhoto(name, folders=(tmp_path,)) for name in ("a.png", "A.jpg"))
    assert set(find_photos([loose, exact], tmp_path)) == {exact}


def test_a_name_that_fits_two_files_is_not_guessed(tmp_path: Path) -> None:
    draw(tmp_path, "a.png", "a.bmp")
    assert found(tmp_path, "a.jpg") is None


def test_a_photo_of_another_part_or_of_another_named_folder_is_not_taken(tmp_path: Path) -> None:
    draw(tmp_path, "val/a.png", "day2/b.png", "day1/c.png")
    train = WantedPhoto("a.png", part="train", folders=(tmp_path,))
    assert find_photos([train], tmp_path) == {}
    assert found(tmp_path, "day1/b.png") is None


def test_two_addresses_of_one_file_name_are_not_joined(tmp_path: Path) -> None:
    draw(tmp_path, "a.png")
    wanted = [WantedPhoto(f"https://{site}/a.png", folders=(tmp_path,)) for site in ("one.org", "two.org")]
    matches = find_photos(wanted, tmp_path)
    assert list(matches) == wanted[:1]
    assert matches[wanted[0]].differs_in == "address"


def test_the_size_in_bytes_decides_between_two_addresses(tmp_path: Path) -> None:
    draw(tmp_path, "a.png")
    size = (tmp_path / "a.png").stat().st_size
    wanted = [WantedPhoto(f"https://{s}/a.png", size_bytes=b, folders=(tmp_path,)) for s, b in (("x", 1), ("y", size))]
    assert list(find_photos(wanted, tmp_path)) == wanted[1:]


def test_links_to_folders_are_followed_and_loops_pipes_and_hidden_files_are_not(tmp_path: Path) -> None:
    draw(tmp_path, "real/a.png", "data/b.png", "data/.hidden/c.png", "data/.d.png")
    (tmp_path / "data" / "linked").symlink_to(tmp_path / "real")
    (tmp_path / "data" / "loop").symlink_to(tmp_path / "data")
    (tmp_path / "data" / "broken.png").symlink_to(tmp_path / "nowhere.png")
    os.mkfifo(tmp_path / "data" / "pipe.png")
    assert [p.relative_to(tmp_path).as_posix() for p in image_files(tmp_path / "data")] == [
        "data/b.png", "data/linked/a.png",
    ]  # fmt: skip


def test_a_near_miss_shows_the_file_that_comes_nearest(tmp_path: Path) -> None:
    files = [tmp_path / "image_001.jpg", tmp_path / "scan_7.jpg"]
    assert [(m.name, m.file.name) for m in near_misses(["imag_001.png", "zzz"], files)] == [
        ("imag_001.png", "image_001.jpg"),
    ]  # fmt: skip


def test_a_header_that_declares_billions_of_pixels_is_no_size(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((4, 5), dtype=np.uint8))
    with tifffile.TiffFile(tmp_path / "a.tif", mode="r+") as file:
        file.pages.first.tags["ImageWidth"].overwrite(4_000_000_000)
    header = read_header(tmp_path / "a.tif")
    assert (header.trouble, header.size_hw) == ("unreadable", None)
    assert "16,000 million pixels" in header.detail


def test_a_missing_photo_is_not_replaced_by_a_picture_of_another_ending(tmp_path: Path) -> None:
    draw(tmp_path, *(f"case1/000{k}_scan.jpg" for k in (1, 2, 3)), "case1/0004_overlay.png")
    wanted = [WantedPhoto(f"case1_000{k}.jpg") for k in (1, 2, 3, 4)]
    assert {photo.name for photo in find_photos(wanted, tmp_path)} == {f"case1_000{k}.jpg" for k in (1, 2, 3)}
