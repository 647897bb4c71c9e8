"""What is asked can be obeyed to the letter: every setting that a message names is typed, and read."""

import json
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from maskwright.checks.check import file_findings
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.opening import open_dataset
from maskwright.datasets.reader_types import ReadOptions
from maskwright.errors import DataError
from maskwright.planning.settings import read_settings
from maskwright.workflows.open_and_check import read_options
from tests.support.drawn_layouts import COLOURS, COUNT, VOC, Pixels, binary, ids, photo, save, text


def opened(root: Path, *settings: str) -> Dataset:
    return open_dataset(root, options=read_options(read_settings(settings).data))


def asked(root: Path, *settings: str) -> list[str]:
    """Return the settings that the message names, as a shell would hand them on."""
    with pytest.raises(DataError) as question:
        opened(root, *settings)
    parts = str(question.value).split("--set ")[1:]
    return [shlex.split(part.replace("; ", " "))[0].rstrip(",.:;)") for part in parts]


def pixels(data: Dataset) -> list[list[int]]:
    """Return how many pixels each class has on each photo, in the order of the photos."""
    return [[int((data.mask(s) == i).sum()) for i in range(1, len(data.classes))] for s in data.samples]


def drawn(*masks: Callable[[int], Pixels]) -> list[list[int]]:
    return [[int((mask(k) > 0).sum()) for mask in masks] for k in range(COUNT)]


def disc(number: int) -> Pixels:
    return np.asarray(ids(number) == 1, dtype=np.uint8)


def thick(number: int) -> Pixels:
    return np.asarray(cv2.dilate(binary(number), np.ones((3, 3), np.uint8)))


def test_two_drawings_can_be_chosen_joined_or_made_classes(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"images/{k}.png", photo(k))
        save(tmp_path / f"1st manual/{k}.png", binary(k))
        save(tmp_path / f"2nd manual/{k}.png", thick(k))
    ways = asked(tmp_path)
    assert ways == ["data.masks=classes", "data.masks=union", "data.masks=1st manual", "data.masks=2nd manual"]
    classes, union, first, second = (opened(tmp_path, way) for way in ways)
    assert [sum(counts) for counts in pixels(classes)] == [sum(counts) for counts in drawn(thick)]
    assert pixels(union) == drawn(thick)
    assert pixels(first) == drawn(binary)
    assert pixels(second) == drawn(thick)


@pytest.mark.parametrize("folders", [("rgb", "infrared"), ("rgb/pictures", "infrared/pictures")])
def test_the_folder_of_the_photos_can_be_chosen(tmp_path: Path, folders: tuple[str, str]) -> None:
    for k in range(COUNT):
        save(tmp_path / f"{folders[0]}/{k}.png", photo(k))
        save(tmp_path / f"{folders[1]}/{k}.png", photo(k + 20))
        save(tmp_path / f"truth/{k}.png", binary(k))
    ways = asked(tmp_path)
    assert sorted(ways) == ["data.photo_folder=infrared", "data.photo_folder=rgb"]
    for way in ways:
        data = opened(tmp_path, way)
        assert {s.name.split("/")[0] for s in data.samples} == {way.rpartition("=")[2]}
        assert pixels(data) == drawn(binary)


def test_photos_are_chosen_first_and_masks_then(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"images/rgb/{k}.jpg", photo(k))
        save(tmp_path / f"images/nir/{k}.jpg", photo(k + 20))
        save(tmp_path / f"labels/water/{k}.png", disc(k) * 255)
        save(tmp_path / f"labels/wet/{k}.png", binary(k) * 255)
    way = next(way for way in asked(tmp_path) if way == "data.photo_folder=rgb")
    ways = asked(tmp_path, way)
    assert ways == ["data.masks=classes", "data.masks=union", "data.masks=water", "data.masks=wet"]
    read = {masks: opened(tmp_path, way, masks) for masks in ways}
    assert all(s.name.startswith("images/rgb/") for data in read.values() for s in data.samples)
    assert [pixels(read[masks]) for masks in ways[1:]] == [drawn(binary), drawn(disc), drawn(binary)]


def numbered(number: int) -> Pixels:
    mask = np.zeros((96, 128), dtype=np.uint8)
    for i in range(3 + number):
        cv2.circle(mask, (14 + 24 * (i % 5), 14 + 30 * (i // 5)), 9, (i + 1,), -1)
    return mask


@pytest.mark.parametrize("kind", ["ids", "colours of one channel", "arrays"])
def test_numbered_objects_can_be_one_class_or_many(tmp_path: Path, kind: str) -> None:
    for k in range(COUNT):
        save(tmp_path / f"images/{k}.png", photo(k))
        save(
            tmp_path / f"masks/{k}.png",
            np.dstack([numbered(k), *[0 * numbered(k)] * 2]) if "colours" in kind else numbered(k),
        )
    root = tmp_path
    if kind == "arrays":
        root = tmp_path / "arrays"
        root.mkdir()
        np.save(root / "X.npy", np.stack([photo(k) for k in range(COUNT)]))
        np.save(root / "Y.npy", np.stack([numbered(k) for k in range(COUNT)]))
    ways = asked(root)
    assert ways == ["data.objects=one", "data.objects=ids"]
    one, many = (opened(root, way) for way in ways)
    assert pixels(one) == drawn(numbered)
    assert pixels(many) == [[int((numbered(k) == i).sum()) for i in range(1, COUNT + 3)] for k in range(COUNT)]


@pytest.mark.parametrize("pairing", ["number", "order"])
def test_pairs_that_are_offered_are_made(tmp_path: Path, pairing: str) -> None:
    for k in range(COUNT):
        save(tmp_path / f"images/{'abc'[k % 3]}oak_{k}.jpg", photo(k))
        save(tmp_path / f"masks/{'xyz'[k % 3]}elm_{k if pairing == 'number' else 'klmnopqrst'[k]}.png", binary(k))
    (way,) = asked(tmp_path)
    assert way == f"data.pairing={pairing}"
    data = opened(tmp_path, way)
    assert len(data.samples) == COUNT
    assert pairing == "order" or {s.name[-5]: sum(c) for s, c in zip(data.samples, pixels(data), strict=True)} == {
        str(k): sum(c) for k, c in enumerate(drawn(binary))
    }


def test_finer_classes_in_colours_can_be_chosen(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"images/{k}_image.png", photo(k))
        save(tmp_path / f"annotations/{k}_annotation.png", COLOURS[ids(k)])
        save(tmp_path / f"masks/{k}_mask.png", (1 - binary(k)) * 255)
    ways = asked(tmp_path)
    assert "data.masks=annotations" in ways
    data = opened(tmp_path, "data.masks=annotations")
    assert pixels(data) == drawn(disc, lambda k: ids(k) == 2)
    assert all(len(opened(tmp_path, way)) == COUNT for way in ways)


def videos(root: Path, objects: Sequence[Sequence[int]]) -> None:
    """Draw three frames a video; each of its values is a box, and the first is hidden in the first frame."""
    for clip, values in enumerate(objects):
        for frame in range(3):
            mask = np.zeros((96, 128), np.uint8)
            for place, value in enumerate(values[int(frame == 0 and len(values) > 1) :]):
                mask[10 + 3 * frame : 40, 4 + 24 * place : 20 + 24 * place] = value
            save(root / f"JPEGImages/clip{clip}/{frame:05}.jpg", photo(3 * clip + frame))
            save(root / f"Annotations/clip{clip}/{frame:05}.png", mask, VOC)


def test_numbers_of_objects_that_each_video_counts_anew_are_asked_about(tmp_path: Path) -> None:
    videos(tmp_path, [(1, 2), (1, 2, 3), (1, 3, 2, 4), (1,)])
    text(tmp_path / "meta.json", json.dumps({"videos": {"clip0": {"objects": {"1": {"category": "person"}}}}}))
    with pytest.raises(DataError, match=r"each folder or video apart.* 4 folders count 1 to 4 .*data.objects=one"):
        open_dataset(tmp_path)
    data = open_dataset(tmp_path, options=ReadOptions(objects="one"))
    assert data.classes.names == ("background", "object")
    unused = [f.evidence for f in file_findings(data) if f.code == "file-unused"]
    assert "names categories" in " ".join(unused)


@pytest.mark.parametrize("objects", [[(1, 2, 3)] * 4, [(1, 3), (1, 2, 3), (2, 3), (1,)]])
def test_classes_that_all_videos_share_or_that_some_lack_are_not_asked_about(
    tmp_path: Path, objects: Sequence[Sequence[int]]
) -> None:
    videos(tmp_path, objects)
    assert len(open_dataset(tmp_path).classes.names) == 4


def test_an_order_is_offered_where_one_of_two_exports_has_as_many_masks_as_photos(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"photos/DSC0{10 + 3 * k}.png", photo(k))
        save(tmp_path / f"PixelLabelData_1/Label_{k + 1}.png", ids(k))
        if k < 5:
            save(tmp_path / f"PixelLabelData/Label_{k + 1}.png", binary(k))
    assert asked(tmp_path) == ["data.pairing=order"]
    assert "data.masks=PixelLabelData_1" in asked(tmp_path, "data.pairing=order")
    data = opened(tmp_path, "data.pairing=order", "data.masks=PixelLabelData_1")
    assert pixels(data) == drawn(lambda k: ids(k) == 1, lambda k: ids(k) == 2)


def test_thumbnails_beside_photos_are_copies_and_not_asked_about(tmp_path: Path) -> None:
    for k in range(COUNT):
        shown = cv2.resize(photo(k), (480, 320), interpolation=cv2.INTER_CUBIC)
        save(tmp_path / f"images/{k:02}.png", shown)
        save(tmp_path / f"thumbnails/{k:02}.png", cv2.resize(shown, (96, 64), interpolation=cv2.INTER_AREA))
        save(tmp_path / f"masks/{k:02}.png", cv2.resize(binary(k), (480, 320), interpolation=cv2.INTER_NEAREST) * 255)
    data = open_dataset(tmp_path)
    assert [sample.name for sample in data.samples] == [f"images/{k:02}.png" for k in range(COUNT)]
    assert "repeats images" in str(file_findings(data))
