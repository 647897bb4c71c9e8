"""Zip archives are read as they are, and can neither write outside their folder nor fill the disk."""

import json
import os
import stat
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from maskwright.cache_folder import UNUSED_S
from maskwright.checks.check import file_findings
from maskwright.datasets.opening import open_dataset
from maskwright.errors import DataError
from tests.support.truths import draw_photos, pixels

SHAPE = {"label": "leaf", "points": [[0, 0], [10, 0], [10, 10], [0, 10]], "shape_type": "polygon"}
LABEL = json.dumps({"shapes": [SHAPE], "imagePath": "a.png", "imageHeight": 30, "imageWidth": 40, "flags": {}})


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the user's own cache folder out of the tests."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "maskwright" / "unpacked"


def photo(folder: Path) -> bytes:
    draw_photos(folder, "a.png")
    return (folder / "a.png").read_bytes()


def zipped(path: Path, *entries: tuple[str | zipfile.ZipInfo, bytes | str], packed: bool = True) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return path


def test_an_export_is_read_as_it_is_and_where_it_went_is_said(tmp_path: Path, cache: Path) -> None:
    path = zipped(tmp_path / "export.zip", ("job/a.png", photo(tmp_path / "x")), ("job/a.json", LABEL))
    data = open_dataset(path)
    assert pixels(data) == {"leaf": 100}
    assert "unpacked to" in data.read_as
    assert data.root.is_relative_to(cache)
    assert open_dataset(path).root == data.root


def test_labels_in_an_archive_belong_to_the_photos_beside_it(tmp_path: Path) -> None:
    photo(tmp_path / "data")
    zipped(tmp_path / "data" / "labels.zip", ("a.json", LABEL))
    assert pixels(open_dataset(tmp_path / "data")) == {"leaf": 100}
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == ["a.png", "labels.zip"]


@pytest.mark.parametrize("name", ["../../evil.json", "/evil.json", "..\\..\\evil.json", "C:\\evil.json"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    path = zipped(tmp_path / "d" / "e.zip", ("a.png", photo(tmp_path / "x")), ("a.json", LABEL), (name, "{}"))
    root = open_dataset(path).root
    written = list(tmp_path.rglob("evil.json"))
    assert written
    assert all(found.is_relative_to(root) for found in written)
    assert not Path("/evil.json").exists()


def test_links_and_other_files_are_not_unpacked(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("passwd.json")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    entries = ("a.png", photo(tmp_path / "x")), ("a.json", LABEL), (link, "/etc/passwd"), ("run.sh", "echo")
    root = open_dataset(zipped(tmp_path / "e.zip", *entries)).root
    assert sorted(path.name for path in root.iterdir()) == ["a.json", "a.png"]


def test_an_archive_that_would_fill_the_disk_is_refused(tmp_path: Path, cache: Path) -> None:
    path = zipped(tmp_path / "bomb.zip", ("a.json", bytes(100 << 20)))
    with pytest.raises(DataError, match=r"bomb\.zip would unpack to more than photos take \(a\.json\)"):
        open_dataset(path)
    assert not list(cache.glob("*"))


def test_an_archive_that_holds_more_than_it_states_unpacks_no_more_than_that(tmp_path: Path) -> None:
    path = zipped(tmp_path / "e.zip", ("a.json", LABEL + " " * 5000), packed=False)
    data = path.read_bytes()
    stated = len(LABEL) + 5000
    path.write_bytes(data.replace(stated.to_bytes(4, "little"), len(LABEL).to_bytes(4, "little")))
    with pytest.raises(DataError):
        open_dataset(path)


Damage = Callable[[bytes], bytes]


@pytest.mark.parametrize(
    "damage", [lambda d: d[:40], lambda d: d[:4] + bytes(60), lambda d: d[: len(d) // 2], lambda d: d[:0]]
)
def test_a_damaged_archive_is_refused_by_its_name(tmp_path: Path, damage: Damage, cache: Path) -> None:
    path = zipped(tmp_path / "masks.zip", ("a.png", photo(tmp_path / "x")), ("a.json", LABEL))
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DataError, match=r"masks\.zip"):
        open_dataset(path)
    assert not list(cache.glob(".unpacking*"))


def test_what_was_not_used_for_two_weeks_is_removed(tmp_path: Path) -> None:
    path = zipped(tmp_path / "e.zip", ("a.png", photo(tmp_path / "x")), ("a.json", LABEL))
    root = open_dataset(path).root
    old = time.time() - UNUSED_S - 60
    os.utime(root, (old, old))
    other = zipped(tmp_path / "f.zip", ("b.png", photo(tmp_path / "x")), ("b.json", LABEL.replace("a.png", "b.png")))
    open_dataset(other)
    assert not root.exists()


def test_a_photo_that_is_added_beside_the_archive_later_is_read_too(tmp_path: Path) -> None:
    photo(tmp_path / "data")
    other = LABEL.replace("a.png", "b.png")
    zipped(tmp_path / "data" / "labels.zip", ("a.json", LABEL), ("b.json", other))
    assert [sample.photo.exists() for sample in open_dataset(tmp_path / "data").samples] == [True, False]
    draw_photos(tmp_path / "data", "b.png")
    assert [sample.photo.exists() for sample in open_dataset(tmp_path / "data").samples] == [True, True]


def test_a_photo_that_a_cleaner_took_from_the_cache_is_unpacked_again(tmp_path: Path) -> None:
    path = zipped(tmp_path / "e.zip", ("a.png", photo(tmp_path / "x")), ("a.json", LABEL))
    (open_dataset(path).root / "a.png").unlink()
    assert pixels(open_dataset(path)) == {"leaf": 100}


def test_an_archive_of_archives_is_named(tmp_path: Path) -> None:
    draw_photos(tmp_path / "data/photos", "a.png")
    with zipfile.ZipFile(tmp_path / "data/all.zip", "w") as archive:
        archive.writestr("task_1.zip", b"one")
        archive.writestr("task_2.zip", b"two")
    with pytest.raises(DataError, match=r"all\.zip holds 2 zip archives \(task_1\.zip, task_2\.zip\): unpack it into"):
        open_dataset(tmp_path / "data")


def stored_png(folder: Path, name: str, value: int) -> bytes:
    """Return a photo of noise, or for a value of 1 or 2 a mask with as many rows of object."""
    folder.mkdir(exist_ok=True)
    rng = np.random.default_rng(int(name))
    grey = np.zeros((32, 32), np.uint8)
    grey[4 : 4 + 4 * value, 6:20] = 255
    Image.fromarray(grey if value else rng.integers(0, 255, (32, 32, 3), np.uint8)).save(folder / f"{name}.png")
    return (folder / f"{name}.png").read_bytes()


def two_volumes(tmp_path: Path) -> list[list[tuple[str, bytes]]]:
    """Return the files of two volumes: each has photos whose masks are in the other."""
    volumes: list[list[tuple[str, bytes]]] = [[], []]
    for i in range(1, 7):
        volumes[i % 2].append((f"Data/Images/s_{i}.png", stored_png(tmp_path / "x", str(i), 0)))
        volumes[i < 4].append((f"Data/Masks/s_{i}_mask.png", stored_png(tmp_path / "x", str(i), 1 + i % 2)))
    return volumes


def test_volumes_of_one_download_are_unpacked_together(tmp_path: Path) -> None:
    for number, entries in enumerate(two_volumes(tmp_path), start=1):
        zipped(tmp_path / "d" / f"Data-20240512T104512Z-00{number}.zip", *entries)
    data = open_dataset(tmp_path / "d")
    assert [sample.truth is not None for sample in data.samples] == [True] * 6


def test_archives_that_hold_the_same_names_are_unpacked_apart(tmp_path: Path) -> None:
    for number in (1, 2):
        zipped(tmp_path / "d" / f"job-{number}.zip", ("job/a.png", photo(tmp_path / "x")), ("job/a.json", LABEL))
    assert len(open_dataset(tmp_path / "d").samples) == 2


def test_volumes_that_were_unpacked_apart_are_not_asked_about_as_renumbered(tmp_path: Path) -> None:
    for number, entries in enumerate(two_volumes(tmp_path), start=1):
        for name, content in entries:
            target = tmp_path / "d" / f"Data-00{number}" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    data = open_dataset(tmp_path / "d")
    assert "fit photos of another folder alone" in str(file_findings(data))
