"""COCO files that scripts wrote: runs without their first 0, crowds that are single objects, ids of joined exports."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from maskwright.checks.check import check
from maskwright.classes import IGNORE
from maskwright.datasets.opening import open_dataset
from maskwright.findings.finding import Finding
from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.run_lengths.coco import encode_counts

HIGH, WIDE = 60, 90


def sky(seed: int, *, at_corner: bool) -> Mask:
    mask = np.zeros((HIGH, WIDE), np.uint8)
    depth, left = np.random.default_rng(seed).integers(12, 24, 2).tolist()
    mask[:depth, 0 if at_corner else left :] = 1
    return mask


def car(seed: int) -> Mask:
    mask = np.zeros((HIGH, WIDE), np.uint8)
    x, y = np.random.default_rng(seed).integers(38, 46, 2).tolist()
    cv2.ellipse(mask, (x, y), (12, 6), 0, 0, 360, (1,), -1)
    return mask


def runs_as_they_come(mask: Mask) -> list[int]:
    """Return runs as `itertools.groupby` counts them, without a 0 before ones."""
    flat = mask.ravel(order="F")
    ends = [0, *(np.flatnonzero(np.diff(flat)) + 1).tolist(), flat.size]
    return np.diff(ends).tolist()


def written(root: Path, photos: list[list[tuple[int, Mask, int]]], *, text: bool = False, area: bool = True) -> Path:
    """Write photos of (category, mask, iscrowd)."""
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for number, shapes in enumerate(photos, start=1):
        photo = np.random.default_rng(number).integers(0, 255, (HIGH, WIDE, 3)).astype(np.uint8)
        Image.fromarray(photo).save(root / f"p{number}.png")
        images.append({"id": number, "file_name": f"p{number}.png", "width": WIDE, "height": HIGH})
        for category, mask, crowd in shapes:
            runs = runs_as_they_come(mask)
            counts = encode_counts(np.array(runs)) if text else runs
            row = {"id": len(annotations) + 1, "image_id": number, "category_id": category, "iscrowd": crowd}
            row |= {"area": int(mask.sum())} if area else {}
            annotations.append(row | {"segmentation": {"size": [HIGH, WIDE], "counts": counts}})
    categories = [{"id": 1, "name": "sky"}, {"id": 2, "name": "car"}]
    content = {"images": images, "annotations": annotations, "categories": categories}
    (root / "labels.json").write_text(json.dumps(content), encoding="utf-8")
    return root


def found(root: Path) -> list[Finding]:
    return [f for f in check(open_dataset(root)) if f.severity != "note"]


@pytest.mark.parametrize("text", [False, True])
def test_runs_without_their_first_zero_are_read_as_meant_and_named(tmp_path: Path, text: bool) -> None:
    skies = [sky(seed, at_corner=seed % 2 == 0) for seed in range(6)]
    dataset = open_dataset(written(tmp_path, [[(1, mask, 0)] for mask in skies], text=text))
    assert all(((dataset.mask(s) == 1) == (m == 1)).all() for s, m in zip(dataset.samples, skies, strict=True))
    (finding,) = [f for f in found(tmp_path) if f.code == "reading-choice"]
    assert "3 of 6 run lengths" in finding.evidence


def test_runs_without_a_stated_area_are_read_as_they_stand(tmp_path: Path) -> None:
    skies = [sky(seed, at_corner=True) for seed in range(4)]
    dataset = open_dataset(written(tmp_path, [[(1, mask, 0)] for mask in skies], area=False))
    assert ((dataset.mask(dataset.samples[0]) == 1) == (skies[0] == 0)).all()


def test_classes_of_crowds_alone_are_objects(tmp_path: Path) -> None:
    photos = [[(1, sky(seed, at_corner=False), 1), (2, car(seed), 0)] for seed in range(4)]
    dataset = open_dataset(written(tmp_path, photos))
    assert all((dataset.mask(s) == dataset.classes.names.index("sky")).any() for s in dataset.samples)


def test_crowds_of_a_class_that_is_drawn_elsewhere_are_ignored(tmp_path: Path) -> None:
    photos = [[(2, car(seed), 0)] for seed in range(4)] + [[(2, car(9), 1)]]
    dataset = open_dataset(written(tmp_path, photos))
    assert (dataset.mask(dataset.samples[4]) == IGNORE).any()


def joined(root: Path, *, renumbered: bool) -> Path:
    """Write two exports of four photos each as one file."""
    photos = [[(2, car(seed), 0)] for seed in range(8)]
    content = json.loads((written(root, photos) / "labels.json").read_text())
    if not renumbered:
        for row in content["images"]:
            row["id"] = (row["id"] - 1) % 4 + 1
        for row in content["annotations"]:
            row["image_id"] = (row["image_id"] - 1) % 4 + 1
    (root / "labels.json").write_text(json.dumps(content))
    return root


def test_photos_that_share_an_image_id_are_an_error(tmp_path: Path) -> None:
    first = found(joined(tmp_path, renumbered=False))[0]
    assert (first.code, first.severity, len(first.photos)) == ("mask-same", "error", 8)
    assert "8 photos have 4 image ids" in first.evidence


def test_photos_with_ids_of_their_own_are_fine(tmp_path: Path) -> None:
    assert not [f for f in found(joined(tmp_path, renumbered=True)) if "image ids" in f.title]


def test_the_cure_reads_both_exports_from_one_folder(tmp_path: Path) -> None:
    content = json.loads((joined(tmp_path, renumbered=False) / "labels.json").read_text())
    (tmp_path / "labels.json").unlink()
    for name, part in (("first", slice(0, 4)), ("second", slice(4, 8))):
        own = content | {"images": content["images"][part], "annotations": content["annotations"][part]}
        (tmp_path / f"{name}.json").write_text(json.dumps(own))
    dataset = open_dataset(tmp_path)
    assert len(dataset.samples) == 8
    expected = {f"p{seed + 1}.png": car(seed) for seed in range(8)}
    of_cars = dataset.classes.names.index("car")
    assert all(((dataset.mask(s) == of_cars) == (expected[s.name] == 1)).all() for s in dataset.samples)


def test_a_photo_that_is_listed_by_two_spellings_shares_its_id_with_itself(tmp_path: Path) -> None:
    content = json.loads((joined(tmp_path, renumbered=True) / "labels.json").read_text())
    content["images"].append({**content["images"][0], "file_name": f"./{content['images'][0]['file_name']}"})
    (tmp_path / "labels.json").write_text(json.dumps(content))
    assert not [f for f in found(tmp_path) if "image ids" in f.title]
