"""The digest of what a training learnt from changes with every number of a shape."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from maskwright.classes import class_table
from maskwright.datasets.content_hash import data_digest
from maskwright.datasets.dataset import Dataset, Sample
from maskwright.datasets.truth.shapes import Polygon, Shape, Shapes, bitmap_of

SQUARE = ((0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0))


def digest(*shapes: Shape) -> str:
    sample = Sample("a.jpg", Path("nowhere/a.jpg"), Shapes(shapes), (20, 20))
    return data_digest(Dataset(Path("nowhere"), "drawn", (sample,), class_table(("background", "leaf"))))


def test_a_polygon_of_tuples_and_of_an_array_has_the_digest_of_version_0_1_0() -> None:
    assert digest(Polygon(1, SQUARE)) == digest(Polygon(1, np.array(SQUARE))) == "738a4c937fc5b05b"


def test_each_number_of_a_long_outline_counts() -> None:
    circle = np.random.default_rng(0).random((5000, 2))
    moved = circle.copy()
    moved[2500, 0] += 1e-9
    assert digest(Polygon(1, circle)) != digest(Polygon(1, moved))


def test_holes_and_bitmaps_count() -> None:
    plain = Polygon(1, SQUARE)
    noise = np.random.default_rng(0).random((99, 99)) < 0.5
    other = noise.copy()
    other[50, 50] ^= True
    digests = [
        digest(plain),
        digest(replace(plain, holes=(SQUARE,))),
        digest(bitmap_of(1, noise)),
        digest(bitmap_of(1, other)),
    ]
    assert len(set(digests)) == 4
