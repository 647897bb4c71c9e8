"""Predictions as YOLO lines: a txt for each photo, as `yolo segment predict save_txt=True` writes them."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maskwright.datasets.parsing.text_files import read_label_text
from maskwright.diagnosis.evidence.stored_arrays import ARRAY_SUFFIXES, Reader
from maskwright.errors import DataError
from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.rasterize import paint_polygons

NUMBER = r"-?[0-9]*\.?[0-9]+(e-?[0-9]{1,3})?"
LINE = re.compile(rf"\s*[0-9]{{1,4}}(\s+{NUMBER}){{4,}}\s*", re.ASCII | re.IGNORECASE)
LONGEST_CLASS, LOOKED_AT = 254, 8
PICTURES = (".png", ".tif", ".tiff", ".bmp", ".gif", *ARRAY_SUFFIXES)

Row = tuple[int, NDArray[np.float64], float]


def yolo_files(predictions: Path) -> dict[str, Path]:
    """Return the txt files of YOLO lines in a folder by stem, {} where it holds pictures or arrays of predictions.

    Pictures that were drawn for people may lie beside a folder `labels`.
    """
    labels = predictions / "labels"
    root = labels if labels.is_dir() else predictions
    if not root.is_dir() or any(path.suffix.lower() in PICTURES for path in root.rglob("*")):
        return {}
    files = {p.stem: p for p in sorted(root.rglob("*.txt")) if not p.name.startswith(".") and p.stat().st_size}
    some = list(files.values())[:LOOKED_AT]
    lines = [line for path in some for line in read_label_text(path).splitlines() if line.strip()]
    if not lines or not all(map(LINE.fullmatch, lines)):
        return {}
    rows = [row for path in files.values() for row in _rows(path)]
    if all(len(xy) == 2 for _, xy, _ in rows):
        raise DataError(
            f"{root} holds {len(rows)} boxes and no outline, as a detector predicts them: predict with a model for "
            "segmentation, `yolo segment predict model=yolo11n-seg.pt save_txt=True`, and diagnose those lines"
        )
    return files


def yolo_readers(
    files: Mapping[str, Path], truths: Mapping[str, Callable[[], Mask]], values: Sequence[int]
) -> dict[str, Reader]:
    """Return what draws each prediction at its truth's size, class k as the value of id k + 1.

    `values` are the stored values of the truth's classes, the background's first. A truth without a txt is a photo on
    which nothing was found, for which YOLO writes none.
    """
    if 2 * len(set(files) & set(truths)) < min(len(files), len(truths)):
        raise DataError(
            f"the txt files of YOLO lines ({', '.join(list(files)[:2])} ...) are not named like the truth "
            f"({', '.join(list(truths)[:2])} ...): give both the same stem"
        )
    return {key: partial(_drawn, files.get(key), read, tuple(values)) for key, read in truths.items()}


def _drawn(path: Path | None, read_truth: Callable[[], Mask], values: tuple[int, ...]) -> NDArray[Any]:
    high, wide = read_truth().shape[:2]
    ids: Mask = np.zeros((high, wide), dtype=np.uint8)
    rows = sorted(_rows(path), key=lambda row: row[2]) if path is not None else []  # the surest is drawn last
    outlines = [_corners(xy) if len(xy) == 2 else xy for _, xy, _ in rows]
    paint_polygons(ids, [[xy] for xy in outlines], [class_id + 1 for class_id, _, _ in rows], scale_xy=(wide, high))
    if tuple(values) == tuple(range(len(values))):
        return ids
    stored = np.arange(256, dtype=np.int64)
    stored[: len(values)] = values
    return np.asarray(stored[ids])


def _corners(box: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the corners of a box that is given by its centre and its sides."""
    x, y, wide, high = box.ravel().tolist()
    return np.array([[x + sx * wide / 2, y + sy * high / 2] for sx, sy in ((-1, -1), (1, -1), (1, 1), (-1, 1))])


def _rows(path: Path) -> list[Row]:
    """Return class, points and confidence (0 where none is given) of each line; DataError where one is no line."""
    rows = []
    for number, line in enumerate(read_label_text(path).splitlines(), start=1):
        if not line.strip():
            continue
        if not LINE.fullmatch(line):
            raise DataError(f"{path}, line {number}: {line[:40]!r} is no YOLO line `class x y x y ...`")
        first, *numbers = line.split()
        if int(first) >= LONGEST_CLASS:
            raise DataError(f"{path}, line {number}: class {first} is beyond {LONGEST_CLASS - 1}")
        sure = float(numbers.pop()) if len(numbers) % 2 else 0.0
        rows.append((int(first), np.array(numbers, dtype=np.float64).reshape(-1, 2), sure))
    return rows
