"""Data sets of many folders, and lists of many lines, are read within bounds."""

import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from maskwright.datasets.image_folders.cut_pieces import pieces_said
from maskwright.datasets.image_folders.image_roles import FolderImage, Role
from maskwright.datasets.image_folders.inventory import ImageFile
from maskwright.datasets.image_folders.pairs.names import name_files
from maskwright.datasets.image_folders.pairs.pairing import pair
from maskwright.datasets.image_folders.pairs.sidecar_files import LIST_BYTES_MOST, Given, Names
from maskwright.datasets.image_folders.pairs.table_files import from_table
from maskwright.imaging.decoders.stored_pixels import ImageHeader

FOLDERS = 1000


def images(
    places: Iterable[tuple[tuple[str, ...], str]], role: Role = "photo", *, path: Path = Path("a.png"), side_px: int = 9
) -> list[FolderImage]:
    """Return images of one size at some places, which all have the content of the file `path`."""
    known = list(places)
    header = ImageHeader((side_px, side_px), "PNG", "RGB")
    return [
        FolderImage(ImageFile(path, folder, header), name, role)
        for (folder, _), name in zip(known, name_files(known), strict=True)
    ]


@pytest.mark.parametrize("each", [1, 3])
def test_photos_cut_from_others_are_looked_for_within_bounds(each: int) -> None:
    photos = [
        image
        for i in range(FOLDERS)
        for image in images([((f"f{i}",), f"p{k}") for k in range(each)], path=Path("absent.png"), side_px=64 + i)
    ]
    begin = time.process_time()
    assert pieces_said(photos) == []
    assert time.process_time() - begin < 4


def test_many_folders_near_to_one_of_masks_are_paired_in_a_moment() -> None:
    folders = [f"s{i}" for i in range(400)]
    photos = images([(("rgb", name, *["ref"] * (i % 3)), "a") for i, name in enumerate(folders)])
    masks = images([(("gt", f"m{name}"), "a") for name in folders], "mask")
    begin = time.process_time()
    pair([*photos, *masks])
    assert time.process_time() - begin < 4


def test_very_large_lists_are_not_read(tmp_path: Path) -> None:
    photos, masks = images([(("images",), "a")]), images([(("masks",), "a")], "mask")
    path = tmp_path / "pairs.txt"
    for lines, is_read in ((1, True), (LIST_BYTES_MOST, False)):
        path.write_text("images/a.png masks/a.png\n" + "\n" * lines, encoding="utf-8")
        given = from_table(path, Names(photos), Names(masks), tmp_path)
        assert (given != Given()) == is_read
