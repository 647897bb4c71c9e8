"""Predictions as YOLO lines: a txt for each photo, as `yolo segment predict save_txt=True` writes them."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from maskwright.datasets.parsing.text_files import read_label_text
from maskwright.diagnosis.evidence.file_keys import by_key
from maskwright.diagnosis.evidence.prediction_encoding import Array
from maskwright.diagnosis.evidence.stored_arrays import ARRAY_SUFFIXES
from maskwright.errors import DataError
from maskwright.evenly_spaced import spread_evenly
from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.rasterize import paint_polygons

NUMBER = r"-?[0-9]*\.?[0-9]+(e-?[0-9]{1,3})?"
LINE = re.compile(rf"\s*[0-9]{{1,4}}(\s+{NUMBER}){{4,}}\s*", re.ASCII | re.IGNORECASE)
BOX_NUMBERS = 6
"""Numbers in the line of a box at most: the class, centre, width and height, and the confidence."""
MOST_CLASSES = 254
"""Ids of classes in a mask beside 0, the background, and 255, which is not scored."""
LOOKED_AT = 8
"""Files, spread over all of them, whose lines show what the txt files of a folder are."""
PICTURES = (".png", ".tif", ".tiff", ".bmp", ".gif", *ARRAY_SUFFIXES)
"""Files that are predictions themselves, beside which a txt is none; YOLO draws its pictures for people as JPEG."""

Row = tuple[int, NDArray[np.float64], float]


def yolo_files(predictions: Path) -> dict[str, Path]:
    """Return the txt files of YOLO lines in a folder by key, {} where it holds pictures or arrays of predictions.

    Pictures that were drawn for people may lie beside a folder `labels`. DataError where all lines are boxes.
    """
    labels = predictions / "labels"
    root = labels if labels.is_dir() else predictions
    if not root.is_dir() or any(path.suffix.lower() in PICTURES for path in root.rglob("*")):
        return {}
    paths = sorted(p for p in root.rglob("*.txt") if not p.name.startswith(".") and p.stat().st_size)
    shown = [_lines(path) for path in spread_evenly(paths, LOOKED_AT)]
    if 2 * sum(_are_yolo_lines(lines) for lines in shown) <= len(shown):
        return {}
    if not any(len(line.split()) > BOX_NUMBERS for path in paths for line in _lines(path)):
        raise DataError(
            f"{root} holds {sum(len(_lines(path)) for path in paths)} boxes and no outline, as a detector predicts "
            "them: predict with a model for segmentation, `yolo segment predict model=yolo11n-seg.pt save_txt=True`, "
            "and diagnose those lines"
        )
    return by_key(paths)


def yolo_readers(files: Mapping[str, Path], truths: Collection[str]) -> dict[str, Callable[[Mask], Array]]:
    """Return what draws the prediction of each truth at that truth's size, class k as id k + 1.

    A truth without a txt is a photo on which nothing was found, for which YOLO writes none.
    """
    if 2 * len(set(files) & set(truths)) < min(len(files), len(truths)):
        raise DataError(
            f"the txt files of YOLO lines ({', '.join(list(files)[:2])} ...) are not named like the truth "
            f"({', '.join(list(truths)[:2])} ...): give both the same stem"
        )
    return {key: partial(_drawn, files.get(key)) for key in truths}


def _drawn(path: Path | None, truth: Mask) -> Mask:
    high, wide = truth.shape
    ids: Mask = np.zeros((high, wide), dtype=np.uint8)
    rows = sorted(_rows(path), key=lambda row: row[2]) if path is not None else []  # the surest is drawn last
    outlines = [_corners(xy) if len(xy) == 2 else xy for _, xy, _ in rows]
    paint_polygons(ids, [[xy] for xy in outlines], [class_id + 1 for class_id, _, _ in rows], scale_xy=(wide, high))
    return ids


def _corners(box: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the corners of a box that is given by its centre and its sides."""
    x, y, wide, high = box.ravel().tolist()
    return np.array([[x + sx * wide / 2, y + sy * high / 2] for sx, sy in ((-1, -1), (1, -1), (1, 1), (-1, 1))])


def _lines(path: Path) -> list[str]:
    return [line for line in read_label_text(path).splitlines() if line.strip()]


def _are_yolo_lines(lines: Sequence[str]) -> bool:
    return bool(lines) and all(map(LINE.fullmatch, lines))


def _rows(path: Path) -> list[Row]:
    """Return class, points and confidence (0 where none is given) of each line; DataError where one is no line."""
    rows = []
    for number, line in enumerate(read_label_text(path).splitlines(), start=1):
        if not line.strip():
            continue
        if not LINE.fullmatch(line):
            raise DataError(f"{path}, line {number}: {line[:40]!r} is no YOLO line `class x y x y ...`")
        first, *numbers = line.split()
        if int(first) >= MOST_CLASSES:
            raise DataError(f"{path}, line {number}: class {first} is beyond {MOST_CLASSES - 1}")
        sure = float(numbers.pop()) if len(numbers) % 2 else 0.0
        rows.append((int(first), np.array(numbers, dtype=np.float64).reshape(-1, 2), sure))
    return rows
