"""Shapes that later ones cover are named, and shapes of another scale are measured."""

from pathlib import Path

import numpy as np
import pytest

from maskwright.checks.shapes.hidden_shapes import hidden_findings
from maskwright.classes import class_table
from maskwright.datasets.dataset import Dataset, Sample
from maskwright.datasets.truth.shapes import Ellipse, Polygon, Shape, Shapes, bitmap_of

LARGE = Polygon(1, ((0, 0), (40, 0), (40, 30), (0, 30)))
SMALL = Polygon(2, ((10, 10), (20, 10), (20, 20), (10, 20)))


def dataset_of(*shapes: Shape) -> Dataset:
    sample = Sample("a.png", Path("a.png"), Shapes(shapes), (30, 40))
    return Dataset(Path(), "drawn", (sample,), class_table(("background", "board", "defect")))


@pytest.mark.parametrize(
    "small",
    [SMALL, Ellipse(2, (15, 15), (4, 3)), bitmap_of(2, np.ones((3, 4), np.bool_), corner_xy=(9, 9))],
)
def test_a_small_shape_under_a_later_large_one_is_named(small: Shape) -> None:
    (finding,) = hidden_findings(dataset_of(small, LARGE))
    assert (finding.code, finding.severity, finding.photos) == ("shape-hidden", "warning", ("a.png",))
    assert "a.png: defect at x " in finding.evidence


def test_a_shape_of_which_little_is_left_is_named() -> None:
    crack = Polygon(2, ((2, 14), (38, 14), (38, 16), (2, 16)))
    board = Polygon(1, ((0, 0), (35, 0), (35, 30), (0, 30)))
    (finding,) = hidden_findings(dataset_of(crack, board))
    assert "a.png: defect at x 20, y 15" in finding.evidence


@pytest.mark.parametrize(
    "shapes",
    [
        (LARGE, SMALL),
        (Polygon(1, SMALL.xy), LARGE),
        (SMALL, Polygon(1, ((0, 0), (15, 0), (15, 30), (0, 30)))),
        (SMALL, LARGE, SMALL),
        (Polygon(2, ((0, 8), (20, 8), (20, 16), (0, 16))), Polygon(1, ((3, 0), (40, 0), (40, 20), (3, 20)))),
        (Polygon(2, ((2, 2), (8, 2), (8, 8), (2, 8))), Polygon(1, ((0, 4), (40, 0), (40, 30), (0, 30)))),
        (Polygon(2, ((-30, -30), (-20, -30), (-20, -20))), Polygon(1, ((-40, -40), (40, -40), (40, 30), (-40, 30)))),
    ],
)
def test_shapes_that_can_be_seen_are_not_named(shapes: tuple[Shape, ...]) -> None:
    assert hidden_findings(dataset_of(*shapes)) == []
