"""What an image is, is told by looking into it."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from maskwright.datasets.image_folders.appearance import appearance_of, transparency_of
from maskwright.datasets.image_folders.disambiguation.overlays import compare_pictures
from maskwright.datasets.image_folders.image_roles import folder_images
from maskwright.datasets.image_folders.inventory import take_inventory
from maskwright.datasets.opening import open_dataset
from maskwright.errors import DataError
from tests.support.drawn_layouts import COLOURS, binary, ids, photo

SIZE_HW = (96, 128)


def texture(seed: int = 0) -> NDArray[np.uint8]:
    rng = np.random.default_rng(seed)
    small = rng.integers(40, 210, (24, 32, 3), dtype=np.uint8)
    picture = np.asarray(Image.fromarray(small).resize(SIZE_HW[::-1], Image.Resampling.BICUBIC)).astype(int)
    return np.clip(picture + rng.integers(-5, 6, (*SIZE_HW, 3)), 0, 255).astype(np.uint8)


def disc() -> NDArray[np.uint8]:
    return np.asarray(cv2.circle(np.zeros(SIZE_HW, np.uint8), (60, 40), 22, (255,), -1))


def save(path: Path, pixels: NDArray[Any], quality: int = 75) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, quality=quality)
    return path


def roles(root: Path) -> dict[str, str]:
    return {image.below: image.role for image in folder_images(take_inventory(root))}


def test_photos_and_masks_are_told_by_what_changes(tmp_path: Path) -> None:
    save(tmp_path / "a.png", texture())
    save(tmp_path / "b.png", disc())
    save(tmp_path / "c.jpg", disc(), quality=60)
    save(tmp_path / "dark.png", texture()[:, :, 0] // 8)
    save(tmp_path / "blank.png", np.zeros(SIZE_HW, np.uint8))
    looks = {image.path.stem: appearance_of(image) for image in take_inventory(tmp_path).images}
    assert all(look is not None for look in looks.values())
    assert [stem for stem, look in looks.items() if look and look.is_photo] == ["a", "dark"]
    assert [stem for stem, look in looks.items() if look and look.is_mask] == ["b", "c"]
    assert looks["blank"] is not None
    assert looks["blank"].is_blank


def test_blank_masks_are_masks_as_the_others_of_their_kind(tmp_path: Path) -> None:
    for i in range(4):
        save(tmp_path / f"ok/{i}.jpg", texture(i))
        save(tmp_path / f"ok/{i}.png", np.zeros(SIZE_HW, np.uint8))
        save(tmp_path / f"bad/{i}.jpg", texture(i + 9))
        save(tmp_path / f"bad/{i}.png", disc())
    assert {role for below, role in roles(tmp_path).items() if below.endswith(".png")} == {"mask"}
    assert {role for below, role in roles(tmp_path).items() if below.endswith(".jpg")} == {"photo"}


def test_photos_that_look_like_masks_are_the_richer_kind(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for i in range(4):
        page = np.full(SIZE_HW, 255, np.uint8)
        for y, x in rng.integers(0, 90, (60, 2)):
            page[y : y + 2, x : x + 5] = 0
        save(tmp_path / f"pages/{i}.png", page > 0)
        save(tmp_path / f"truth/{i}.png", disc() > 0)
    assert {role for below, role in roles(tmp_path).items() if below.startswith("pages")} == {"photo"}


def test_a_cut_out_is_the_mask_of_the_photo_beside_it_alone(tmp_path: Path) -> None:
    cut = np.dstack([texture(), disc()])
    path = save(tmp_path / "cut/0.png", cut)
    look = transparency_of(take_inventory(tmp_path).images[0])
    assert look is not None
    assert look.is_mask
    assert roles(tmp_path) == {"cut/0.png": "photo"}
    save(tmp_path / "photos/0.png", texture())
    assert roles(tmp_path) == {"cut/0.png": "mask", "photos/0.png": "photo"}
    assert path.exists()


@pytest.mark.parametrize("kind", ["tinted", "opaque", "outlined", "on grey"])
def test_an_overlay_is_known_from_its_photo(tmp_path: Path, kind: str) -> None:
    photo, inside = texture(), disc() > 0
    red = np.array([255, 0, 0])
    painted = np.where(inside[..., None], photo * 0.5 + red * 0.5, photo)
    if kind == "opaque":
        painted = np.where(inside[..., None], red, photo)
    elif kind == "outlined":
        lines, _ = cv2.findContours(disc(), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        painted = np.asarray(cv2.drawContours(photo.copy(), lines, -1, (255, 0, 0), 2))
    elif kind == "on grey":
        grey = np.repeat(photo.mean(axis=2, keepdims=True), 3, axis=2)
        painted = np.where(inside[..., None], grey * 0.5 + red * 0.5, grey)
    one = save(tmp_path / "photo.png", photo)
    other = save(tmp_path / "overlay.png", painted.astype(np.uint8))
    mask = save(tmp_path / "mask.png", disc())
    assert compare_pictures(one, other, mask) == "second"
    assert compare_pictures(other, one, mask) == "first"


def test_copies_and_other_pictures_are_no_overlays(tmp_path: Path) -> None:
    one, mask = save(tmp_path / "photo.png", texture()), save(tmp_path / "mask.png", disc())
    assert compare_pictures(one, save(tmp_path / "copy.jpg", texture(), quality=90), mask) == "copy"
    assert compare_pictures(one, save(tmp_path / "other.png", texture(1)), mask) == "different"
    assert compare_pictures(one, save(tmp_path / "moved.png", np.roll(texture(), 20, axis=1)), mask) == "different"


def test_copies_of_lower_quality_or_size_are_copies_and_changed_scenes_are_not(tmp_path: Path) -> None:
    whole, other = photo(0), photo(1)
    one, mask = save(tmp_path / "photo.png", whole), save(tmp_path / "mask.png", binary(0) * 255)
    changed = whole.copy()
    changed[:40, :50] = 255 - other[:40, :50]
    bright = np.clip(whole.astype(np.int16) + 25, 0, 255).astype(np.uint8)
    half = np.asarray(cv2.resize(whole, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))
    assert compare_pictures(one, save(tmp_path / "low.jpg", whole, quality=60), mask) == "copy"
    assert compare_pictures(one, save(tmp_path / "half.png", half), mask) == "copy"
    assert compare_pictures(one, save(tmp_path / "bright.png", bright), mask) == "copy"
    assert compare_pictures(one, save(tmp_path / "changed.png", changed), mask) == "different"


@pytest.mark.parametrize("kind", ["gain", "stretched", "grey by luma", "grey by mean"])
def test_a_copy_with_other_brightness_contrast_or_in_grey_is_no_other_scene(tmp_path: Path, kind: str) -> None:
    whole = photo(0)
    low, high = int(whole.min()), int(whole.max())
    changed = {
        "gain": np.clip(whole * 1.3, 0, 255),
        "stretched": (whole.astype(float) - low) * 255 / (high - low),
        "grey by luma": cv2.cvtColor(whole, cv2.COLOR_RGB2GRAY),
        "grey by mean": whole.mean(axis=2),
    }[kind]
    one, mask = save(tmp_path / "photo.png", whole), save(tmp_path / "mask.png", binary(0) * 255)
    other = save(tmp_path / "other.png", np.asarray(changed, dtype=np.uint8))
    assert compare_pictures(one, other, mask) != "different"


def test_links_are_followed_and_loops_are_not(tmp_path: Path) -> None:
    save(tmp_path / "elsewhere/0.png", texture())
    root = tmp_path / "data"
    save(root / "masks/0.png", disc())
    (root / "images").symlink_to(tmp_path / "elsewhere")
    (root / "masks/loop").symlink_to(root)
    (root / "broken.png").symlink_to(tmp_path / "nowhere.png")
    inventory = take_inventory(root)
    assert [image.path.relative_to(root).as_posix() for image in inventory.images] == ["images/0.png", "masks/0.png"]
    assert set(inventory.special) == {"masks/loop", "broken.png"}


def test_a_link_that_git_wrote_as_text_is_followed_beside_the_data_alone(tmp_path: Path) -> None:
    save(tmp_path / "all/elsewhere/0.png", texture())
    save(tmp_path / "far/0.png", texture())
    (tmp_path / "all/data").mkdir()
    (tmp_path / "all/data/images").write_text("../elsewhere")
    (tmp_path / "all/data/other").write_text("../../far")
    inventory = take_inventory(tmp_path / "all/data")
    assert inventory.links == ("images",)
    assert [image.folder for image in inventory.images] == [("images",)]


def test_grey_masks_that_jpeg_smeared_are_refused(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for i in range(6):
        classes = np.kron(rng.integers(0, 11, (14, 18)), np.ones((27, 27))).astype(np.uint8) * 20
        save(tmp_path / f"images/{i}.png", texture(i))
        save(tmp_path / f"masks/{i}.jpg", classes)
    with pytest.raises(DataError, match="as PNG, with one flat colour or number a class"):
        open_dataset(tmp_path)


def test_a_mask_of_smeared_edges_among_masks_is_no_photo(tmp_path: Path) -> None:
    for k in range(5):
        save(tmp_path / f"images/{k}.jpg", photo(k))
        colours = COLOURS[ids(k)]
        save(tmp_path / f"masks/{k}.bmp", cv2.GaussianBlur(colours, (0, 0), 6) if k == 3 else colours)
    roles = {image.below: image.role for image in folder_images(take_inventory(tmp_path))}
    smeared = appearance_of(next(f for f in take_inventory(tmp_path).images if f.path.name == "3.bmp"))
    assert smeared is not None
    assert smeared.is_photo
    assert roles == {
        name: role for k in range(5) for name, role in ((f"images/{k}.jpg", "photo"), (f"masks/{k}.bmp", "mask"))
    }
    data = open_dataset(tmp_path)
    assert [sample.name for sample in data.samples if sample.truth is not None] == [f"images/{k}.jpg" for k in range(5)]
    assert set(data.classes.names) == {"background", "class 1", "class 2"}
    assert "shades along smooth edges" in str(data.facts.masks and data.facts.masks.guessed)
