"""Tiny datasets drawn by code, for tests: discs on noise."""

import csv
import io
import json
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from maskwright.classes import class_table
from maskwright.datasets.dataset import Dataset, Sample
from maskwright.datasets.truth.shapes import Ellipse, Shapes

VIA_COLUMNS = (
    "filename",
    "file_size",
    "file_attributes",
    "region_count",
    "region_id",
    "region_shape_attributes",
    "region_attributes",
)


def disc_photos(folder: Path, *, count: int = 6, size_hw: tuple[int, int] = (96, 128), seed: int = 0) -> Dataset:
    """Draw photos with one bright disc each on dark noise; return them as a dataset of class "disc"."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    samples = []
    for index in range(count):
        radius = float(rng.uniform(0.15, 0.25) * min(size_hw))
        x, y = (float(rng.uniform(radius, length - radius)) for length in (size_hw[1], size_hw[0]))
        photo = rng.integers(0, 90, (*size_hw, 3), dtype=np.uint8)
        cv2.circle(photo, (round(x - 0.5), round(y - 0.5)), round(radius), (230, 200, 60), -1, cv2.LINE_AA)
        path = folder / f"disc{index:02d}.png"
        Image.fromarray(photo).save(path)
        truth = Shapes((Ellipse(1, (x, y), (radius, radius)),))
        samples.append(Sample(path.name, path, truth, size_hw))
    return Dataset(folder, "drawn", tuple(samples), class_table(("background", "disc")))


def via_csv(dataset: Dataset) -> Path:
    """Write the discs of a drawn dataset as a VIA csv beside its photos; return the file."""
    rows = []
    for sample in dataset.samples:
        assert isinstance(sample.truth, Shapes)
        regions = [shape for shape in sample.truth.shapes if isinstance(shape, Ellipse)]
        for index, disc in enumerate(regions):
            shape = {"name": "circle", "cx": disc.centre_xy[0], "cy": disc.centre_xy[1], "r": disc.radii_xy[0]}
            kind = {"kind": dataset.classes.names[disc.class_id]}
            rows.append((sample.name, len(regions), index, json.dumps(shape), json.dumps(kind)))
    return write_via_csv(dataset.root / "via.csv", rows)


def write_via_csv(path: Path, rows: Iterable[tuple[str, int, int, str, str]]) -> Path:
    """Write rows (photo, region count, region index, shape, attributes) as a VIA csv; return the file."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(VIA_COLUMNS)
    table.writerows((name, 0, "{}", *rest) for name, *rest in rows)
    path.write_text(text.getvalue())
    return path


def mask_folder(dataset: Dataset, root: Path) -> Path:
    """Write a drawn dataset anew as `images/` and `masks/` with 8-bit ids; return `root`."""
    for name in ("images", "masks"):
        (root / name).mkdir(parents=True, exist_ok=True)
    for sample in dataset.samples:
        Image.fromarray(dataset.photo(sample)).save(root / "images" / sample.name)
        Image.fromarray(dataset.mask(sample)).save(root / "masks" / sample.name)
    return root
