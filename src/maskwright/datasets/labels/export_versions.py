"""Several exports of one project beside one another, as Roboflow's `cracks.v1i.coco` and `cracks.v3i.coco`.

Each holds the same photos, labelled at another time: together they contradict each other, and a photo is in two parts.
"""

import re
from collections.abc import Iterable, Mapping
from itertools import combinations, islice, product
from pathlib import Path

import cv2
import numpy as np

from maskwright.datasets.part_names import PARTS
from maskwright.errors import DataError
from maskwright.findings.finding import some
from maskwright.imaging.photos import read_photo

EXPORTED = re.compile(r"(.+)\.rf\.[0-9a-zA-Z]{8,}")
"""What Roboflow makes of a photo's name: the name and a code of the version."""
SHARED_LEAST = 0.5
"""The share of the smaller export's photos whose names the other one has too."""
MAX_COMPARED = 12
"""Photos of one name in two exports that are compared."""
SIDE_PX = 16
"""Side to which both are reduced, flipped too."""
MIN_CORRELATION = 0.8
"""Correlation from which on they are one picture: those of two projects may both be called frame_1."""
Sources = Mapping[str, list[Path]]


def ask_about_exports(root: Path, photos: Iterable[Path]) -> None:
    """Raise DataError where two folders hold exports of the same photos; the folder of one of them is to be given."""
    by_folder = _sources(root, photos)
    pairs = [
        pair for pair in combinations(sorted(by_folder), 2) if _are_versions(*(by_folder[folder] for folder in pair))
    ]
    if not pairs:
        return
    first, second = pairs[0]
    alike = sorted({folder for pair in pairs for folder in pair})
    shared = by_folder[first].keys() & by_folder[second].keys()
    ways = " or ".join(str(root / folder) for folder in alike[:4])
    raise DataError(
        f"{root} holds {len(alike)} exports of the same photos ({some(alike, most=4)}: {len(shared)} photos are in "
        f"{first} and in {second}, as {min(shared)}): give the folder of the one that counts, {ways}"
    )


def _sources(root: Path, photos: Iterable[Path]) -> dict[str, dict[str, list[Path]]]:
    """Return the photos by their names before the export, by folder above the parts: v1 of v1/train/images."""
    by_folder: dict[str, dict[str, list[Path]]] = {}
    for photo in photos:
        if not photo.is_relative_to(root) or (match := EXPORTED.fullmatch(photo.stem)) is None:
            continue
        folders = photo.relative_to(root).parts[:-1]
        depth = next((i for i, name in enumerate(folders) if name.lower() in PARTS), len(folders))
        by_folder.setdefault("/".join(folders[:depth]), {}).setdefault(match[1], []).append(photo)
    return by_folder


def _are_versions(one: Sources, other: Sources) -> bool:
    """Tell whether two folders share most names, and some of the photos of one name show one picture."""
    shared = sorted(one.keys() & other.keys())
    if len(shared) < max(2, SHARED_LEAST * min(len(one), len(other))):
        return False
    pairs = (pair for name in shared for pair in product(one[name], other[name]))
    return any(_show_one_picture(*pair) for pair in islice(pairs, MAX_COMPARED))


def _show_one_picture(one: Path, other: Path) -> bool:
    """Tell whether two small photos are alike as they are, flipped or upside down; unreadable ones count as alike."""
    try:
        first, second = (_thumbnail(path) for path in (one, other))
    except DataError:
        return True
    flips = (second, second[:, ::-1], second[::-1], second[::-1, ::-1])
    return any(float((first * flipped).mean()) >= MIN_CORRELATION for flipped in flips)


def _thumbnail(path: Path) -> np.ndarray:
    """Return a photo as a small square of grey levels, of mean 0 and deviation 1."""
    grey = read_photo(path, long_side_px=4 * SIDE_PX).mean(axis=2)
    small = cv2.resize(grey, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA)
    return np.asarray((small - small.mean()) / max(float(small.std()), 1e-6))
