from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from maskwright.classes import class_table
from maskwright.datasets.compared_photos import NearPair
from maskwright.datasets.copies.duplicates import duplicate_groups, join_copies, same_files
from maskwright.datasets.copies.near_copies import near_pairs, thumbnail, thumbnails
from maskwright.datasets.copies.union_find import group_size_most, union_groups
from maskwright.datasets.dataset import Dataset, Sample
from maskwright.imaging.edge_alignment import ORIENTATIONS
from maskwright.imaging.photos import Photo
from tests.support.real_data import shared_data
from tests.support.scenes import drawn_dataset, numbered, picture


def real_dataset(folder: Path) -> Dataset:
    photos = sorted(p for p in folder.iterdir() if p.suffix in (".jpg", ".png"))
    return Dataset(folder, "x", tuple(Sample(p.name, p, None, None) for p in photos), class_table(("background",)))


def altered(photo: Photo, how: str) -> Photo:
    high, wide = photo.shape[:2]
    match how:
        case "jpeg":
            coded = cv2.imencode(".jpg", photo, [cv2.IMWRITE_JPEG_QUALITY, 30])[1]
            return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), dtype=np.uint8)
        case "darker":
            return (photo * 0.6 + 20).astype(np.uint8)
        case "half":
            return np.asarray(cv2.resize(photo, (wide // 2, high // 2), interpolation=cv2.INTER_AREA), dtype=np.uint8)
        case "cropped":
            return np.ascontiguousarray(photo[high // 50 :, wide // 50 :])
    raise AssertionError(how)


@pytest.mark.parametrize("how", ["jpeg", "darker", "half", "cropped"])
def test_an_altered_copy_is_a_near_duplicate_and_other_pictures_are_not(how: str) -> None:
    pictures = {f"{i}": picture(i) for i in range(12)}
    thumbs = {name: thumbnail(photo) for name, photo in pictures.items()}
    thumbs["copy"] = thumbnail(altered(pictures["5"], how))
    assert [(p.first, p.second) for p in near_pairs(thumbs)] == [("5", "copy")]


@pytest.mark.parametrize("turn", list(ORIENTATIONS)[1:])
def test_a_turned_or_mirrored_copy_is_a_near_duplicate_and_says_its_turn(turn: str) -> None:
    pictures = {f"{i}": picture(i) for i in range(12)}
    thumbs = {name: thumbnail(photo) for name, photo in pictures.items()}
    grey = np.asarray(cv2.cvtColor(altered(pictures["5"], "darker"), cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    thumbs["copy"] = thumbnail(np.dstack([np.ascontiguousarray(ORIENTATIONS[turn](grey))] * 3))
    (pair,) = near_pairs(thumbs)
    assert (pair.first, pair.second) == ("5", "copy")
    undone = ORIENTATIONS[pair.turned](ORIENTATIONS[turn](grey))
    assert np.array_equal(undone, grey)


def test_photos_of_one_kind_under_one_light_are_no_copies() -> None:
    light = np.linspace(40, 200, 128)[None, :] + np.linspace(-30, 30, 96)[:, None]
    rng = np.random.default_rng(0)
    grain = [np.clip(light + rng.normal(0, 6, light.shape), 0, 255).astype(np.uint8) for _ in range(6)]
    assert near_pairs({f"{i}": thumbnail(np.dstack([g] * 3)) for i, g in enumerate(grain)}) == ()


def test_flat_photos_are_no_near_copies() -> None:
    assert near_pairs({f"{i}": thumbnail(np.full((50, 60, 3), 9 * i, np.uint8)) for i in range(4)}) == ()


def test_a_photo_correlates_fully_with_itself() -> None:
    thumb = thumbnail(picture(3))
    (pair,) = near_pairs({"a": thumb, "b": thumb.copy()})
    assert pair.correlation == pytest.approx(1.0, abs=0.01)


def test_comparing_photos_leaves_them_as_they_were() -> None:
    pairs = near_pairs({f"{i}": thumbnail(picture(3)) for i in range(6)})
    assert len(pairs) == 15
    assert min(pair.correlation for pair in pairs) > 0.99


def test_same_files_are_told_from_files_of_the_same_size(tmp_path: Path) -> None:
    paths = {}
    for name, content in {"a": b"1234", "b": b"1234", "c": b"4321", "d": b"12345"}.items():
        paths[name] = tmp_path / name
        paths[name].write_bytes(content)
    paths["missing"] = tmp_path / "missing"
    assert same_files(paths) == (("a", "b"),)


def test_exact_copies_are_not_listed_again_as_near_ones(tmp_path: Path) -> None:
    photos = numbered(4)
    photos["z.png"] = photos["p002.png"]
    photos["y.png"] = altered(photos["p001.png"], "darker")
    found = duplicate_groups(drawn_dataset(tmp_path, photos))
    assert found.exact == (("p002.png", "z.png"),)
    assert [(p.first, p.second) for p in found.near] == [("p001.png", "y.png")]
    assert found.groups == (("p001.png", "y.png"), ("p002.png", "z.png"))
    assert found.cut == 0


def test_unreadable_photos_have_no_thumbnail(tmp_path: Path) -> None:
    dataset = drawn_dataset(tmp_path, numbered(3))
    (tmp_path / "p001.png").write_text("no image")
    assert list(thumbnails(dataset)) == ["p000.png", "p002.png"]


def test_a_chain_of_near_copies_does_not_swallow_the_dataset() -> None:
    names = [f"{i:03}" for i in range(100)]
    chain = [NearPair(a, b, 0.9) for a, b in pairwise(names)]
    found = join_copies(names, [], chain)
    assert found.most == 20
    assert max(map(len, found.groups)) <= 20
    assert found.cut >= 4


def test_exact_copies_join_whatever_their_number() -> None:
    names = [f"{i:03}" for i in range(40)]
    found = join_copies(names, [tuple(names[:30])], [NearPair(names[0], names[35], 0.9)])
    assert [len(group) for group in found.groups] == [30]
    assert found.cut == 1


def test_the_most_alike_are_joined_first() -> None:
    names = ["a", "b", "c"]
    groups, cut = union_groups(names, [], [("b", "c"), ("a", "b")], most=2)
    assert groups == [("a",), ("b", "c")]
    assert cut == 1


def test_a_group_may_have_a_dozen_photos_or_a_fifth() -> None:
    assert (group_size_most(10), group_size_most(60), group_size_most(500)) == (12, 12, 100)


def test_kolektor_has_two_exact_and_two_near_copies() -> None:
    found = duplicate_groups(real_dataset(shared_data("kolektor/images")))
    assert set(found.exact) == {("005.jpg", "148.jpg"), ("098.jpg", "225.jpg")}
    assert {(p.first, p.second) for p in found.near} == {("237.jpg", "254.jpg"), ("235.jpg", "252.jpg")}


def test_car_parts_has_one_exact_copy_one_saved_again_and_one_car_from_the_same_spot() -> None:
    found = duplicate_groups(real_dataset(shared_data("car_parts/images")))
    assert found.exact == (("train_25.jpg", "train_48.jpg"),)
    assert {(p.first, p.second) for p in found.near} == {
        ("train_19.jpg", "train_79.jpg"),
        ("train_33.jpg", "train_8.jpg"),
    }


@pytest.mark.parametrize("name", ["isbi_membrane", "crackforest"])
def test_photos_that_merely_look_alike_are_no_copies(name: str) -> None:
    found = duplicate_groups(real_dataset(shared_data(f"{name}/images")))
    assert found.exact == ()
    assert found.near == ()


def test_what_all_photos_share_makes_no_copies_but_a_copy_among_them_is_found() -> None:
    rng = np.random.default_rng(3)
    rows, columns = np.mgrid[:128, :128]
    inside = (rows - 64) ** 2 + (columns - 64) ** 2 < 60**2
    thumbs = {}
    for number in range(10):
        texture = cv2.GaussianBlur(rng.normal(0, 60, (128, 128)).astype(np.float32), (0, 0), 2)
        thumbs[f"{number}"] = np.where(inside, np.clip(150 + texture, 0, 255), 0).astype(np.uint8)
    assert near_pairs(thumbs) == ()
    brighter = np.clip(thumbs["4"].astype(int) + 3 * inside, 0, 255).astype(np.uint8)
    assert [(pair.first, pair.second) for pair in near_pairs({**thumbs, "copy": brighter})] == [("4", "copy")]
