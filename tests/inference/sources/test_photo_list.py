from pathlib import Path

import numpy as np
import pytest

from maskwright.inference.sources.photo_list import PhotoList, photos_to_do
from tests.support.scenes import box, picture, save


def todo(root: Path) -> PhotoList:
    return photos_to_do([root], out=root.parent / "out")


def names(photos: PhotoList) -> list[str]:
    return sorted(photo.path.name for photo in photos.photos)


@pytest.mark.parametrize(("photo", "mask"), [("images/{}.jpg", "masks/{}.png"), ("{}.jpg", "{}_mask.png")])
def test_of_a_data_set_the_photos_are_predicted_and_not_its_masks(tmp_path: Path, photo: str, mask: str) -> None:
    for number in range(4):
        save(tmp_path / "in" / photo.format(number), picture(number))
        save(tmp_path / "in" / mask.format(number), 255 * box(side_px=20 + number))
    listed = todo(tmp_path / "in")
    assert names(listed) == ["0.jpg", "1.jpg", "2.jpg", "3.jpg"]
    assert listed.left_out == (
        f"{tmp_path / 'in'} is a dataset: 4 photos are predicted and 4 masks left out (as {mask.format(0)}); "
        "name files, or a pattern, to predict those",
    )


def test_masks_without_a_photo_of_their_kind_are_left_out_too(tmp_path: Path) -> None:
    for number in range(6):
        save(tmp_path / f"in/masks/{number}.png", 255 * box(side_px=20 + number))
    for number in range(4):
        save(tmp_path / f"in/images/{number}.png", picture(number))
    listed = todo(tmp_path / "in")
    assert len(listed.photos) == 4
    assert "6 masks left out" in listed.left_out[0]


def test_pictures_that_belong_to_no_photo_are_photos(tmp_path: Path) -> None:
    for number in range(4):
        save(tmp_path / f"in/photo{number}.png", picture(number))
        save(tmp_path / f"in/scan of page {chr(65 + number)}.png", 255 * box(side_px=20 + number))
    assert (len(todo(tmp_path / "in").photos), todo(tmp_path / "in").left_out) == (8, ())


def test_scans_of_two_colours_are_photos_beside_photos_of_the_same_pages(tmp_path: Path) -> None:
    for number in range(6):
        save(tmp_path / f"in/page{number}.png", picture(number))
        save(tmp_path / f"in/page{number}_bw.png", 255 * box(side_px=20 + number))
    assert (len(todo(tmp_path / "in").photos), todo(tmp_path / "in").left_out) == (12, ())


def test_masks_in_a_folder_of_any_name_are_left_out_and_named(tmp_path: Path) -> None:
    for number in range(4):
        save(tmp_path / f"in/A/{number}.png", picture(number))
        save(tmp_path / f"in/B/{number}.png", 255 * box(side_px=20 + number))
    listed = todo(tmp_path / "in")
    assert {photo.path.parent.name for photo in listed.photos} == {"A"}
    assert "4 masks left out (as B/0.png)" in listed.left_out[0]


def test_scans_in_a_folder_of_their_own_with_other_names_or_sizes_are_photos(tmp_path: Path) -> None:
    for number in range(4):
        save(tmp_path / f"in/A/{number}.png", picture(number))
        save(tmp_path / f"in/B/{number}.png", 255 * box(side_px=20 + number)[:-4])
        save(tmp_path / f"in/C/page {number}.png", 255 * box(side_px=20 + number))
    assert (len(todo(tmp_path / "in").photos), todo(tmp_path / "in").left_out) == (12, ())


def test_masks_in_folders_of_videos_are_left_out(tmp_path: Path) -> None:
    for number in range(6):
        save(tmp_path / f"in/images/video{number // 3}/{number}.png", picture(number))
        save(tmp_path / f"in/masks/video{number // 3}/{number}.png", 255 * box(side_px=20 + number))
    assert "6 masks left out" in todo(tmp_path / "in").left_out[0]


def test_masks_alone_and_named_files_are_predicted_as_they_are_named(tmp_path: Path) -> None:
    for number in range(3):
        save(tmp_path / f"in/masks/{number}.png", 255 * box(side_px=20 + number))
        save(tmp_path / f"in/images/{number}.png", picture(number))
    assert len(todo(tmp_path / "in/masks").photos) == 3
    assert len(photos_to_do([tmp_path / "in/masks/1.png"], out=tmp_path / "out").photos) == 1
    assert len(photos_to_do([tmp_path / "in/*/*.png"], out=tmp_path / "out").photos) == 6


def test_a_damaged_file_beside_photos_ends_nothing(tmp_path: Path) -> None:
    save(tmp_path / "in/images/a.png", picture(1))
    save(tmp_path / "in/masks/a.png", np.array(255 * box()))
    (tmp_path / "in/images/b.png").write_bytes(b"damaged")
    assert names(todo(tmp_path / "in")) == ["a.png", "b.png"]
