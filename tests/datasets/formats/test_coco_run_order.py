"""Run lengths of COCO json that go along rows are read so and named; others are read as COCO means them."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from maskwright.checks.check import check
from maskwright.datasets.opening import open_dataset
from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.run_lengths.coco import encode_counts
from maskwright.imaging.run_lengths.codec import run_lengths

HIGH, WIDE = 60, 90


def drawn(seed: int, *, wide_px: int = 14) -> Mask:
    mask = np.zeros((HIGH, WIDE), np.uint8)
    x, y = np.random.default_rng(seed).integers(18, 40, 2).tolist()
    cv2.ellipse(mask, (x, y), (wide_px, 8), 0, 0, 360, (1,), -1)
    return mask


def written(root: Path, masks: list[Mask], *, by_rows: bool, text: bool = False, boxes: bool = True) -> Path:
    images, annotations = [], []
    for number, mask in enumerate(masks, start=1):
        name = f"p{number}.png"
        photo = np.random.default_rng(number).integers(0, 255, (HIGH, WIDE, 3)).astype(np.uint8)
        Image.fromarray(photo).save(root / name)
        images.append({"id": number, "file_name": name, "width": WIDE, "height": HIGH})
        runs = run_lengths(np.ascontiguousarray(mask if by_rows else mask.T) > 0)
        segmentation = {"size": [HIGH, WIDE], "counts": encode_counts(runs) if text else runs.tolist()}
        rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
        box = [columns[0], rows[0], len(columns), len(rows)] if len(rows) else [0, 0, 0, 0]
        annotation = {"id": number, "image_id": number, "category_id": 1, "iscrowd": 0, "segmentation": segmentation}
        annotations.append(annotation | ({"bbox": [int(v) for v in box]} if boxes else {}))
    categories = [{"id": 1, "name": "leaf"}]
    content = {"images": images, "annotations": annotations, "categories": categories}
    (root / "labels.json").write_text(json.dumps(content), encoding="utf-8")
    return root


def named(root: Path) -> list[str]:
    return [f.title for f in check(open_dataset(root)) if f.code == "reading-choice"]


@pytest.mark.parametrize("text", [False, True])
def test_runs_along_rows_are_read_so_and_named(tmp_path: Path, text: bool) -> None:
    masks = [drawn(seed) for seed in range(6)]
    dataset = open_dataset(written(tmp_path, masks, by_rows=True, text=text))
    assert all((dataset.mask(s) == mask).all() for s, mask in zip(dataset.samples, masks, strict=True))
    assert "Run lengths go along rows" in named(tmp_path)[0]


@pytest.mark.parametrize("boxes", [True, False])
def test_runs_along_columns_are_read_as_coco_means_them(tmp_path: Path, boxes: bool) -> None:
    masks = [drawn(seed) for seed in range(6)]
    dataset = open_dataset(written(tmp_path, masks, by_rows=False, boxes=boxes))
    assert all((dataset.mask(s) == mask).all() for s, mask in zip(dataset.samples, masks, strict=True))
    assert named(tmp_path) == []


def test_objects_that_fill_the_photo_tell_no_order(tmp_path: Path) -> None:
    whole = [np.ones((HIGH, WIDE), np.uint8) for _ in range(6)]
    assert named(written(tmp_path, whole, by_rows=True)) == []


def test_boxes_that_are_wrong_change_no_reading(tmp_path: Path) -> None:
    written(tmp_path, [drawn(seed) for seed in range(6)], by_rows=False)
    content = json.loads((tmp_path / "labels.json").read_text(encoding="utf-8"))
    for annotation in content["annotations"]:
        annotation["bbox"] = [0, 0, 12, 9]
    (tmp_path / "labels.json").write_text(json.dumps(content), encoding="utf-8")
    assert named(tmp_path) == []
