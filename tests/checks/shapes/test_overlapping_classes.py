"""Pixels in shapes of several classes are named, with the class that counts there."""

from pathlib import Path

import numpy as np
import pytest

from maskwright.checks.shapes.overlapping_classes import shared_pixel_findings
from maskwright.classes import class_table
from maskwright.datasets.dataset import Dataset, Sample
from maskwright.datasets.truth.shapes import Polygon, Shape, Shapes, bitmap_of
from maskwright.imaging.mask_geometry import Bools

LEFT = Polygon(1, ((0, 0), (20, 0), (20, 20), (0, 20)))
RIGHT = Polygon(2, ((15, 0), (35, 0), (35, 20), (15, 20)))


def findings(*shapes: Shape) -> list[str]:
    sample = Sample("a.png", Path("a.png"), Shapes(shapes), (30, 40))
    dataset = Dataset(Path(), "drawn", (sample,), class_table(("background", "fish", "sugar")))
    found = shared_pixel_findings(dataset)
    assert all((f.code, f.severity) == ("shape-hidden", "note") for f in found)
    return [finding.evidence for finding in found]


def test_the_later_class_is_named_over_the_earlier() -> None:
    (said,) = findings(LEFT, RIGHT)
    assert said.startswith("14.3% of the pixels within shapes have several classes")
    assert "sugar over fish 14.3%" in said


def test_bitmaps_of_run_lengths_are_measured_alike() -> None:
    left, right = (bitmap_of(class_id, _pixels(x)) for class_id, x in ((1, 0), (2, 15)))
    (said,) = findings(right, left)
    assert "fish over sugar 14.3%" in said


def _pixels(left: int) -> Bools:
    pixels = np.zeros((20, 40), np.bool_)
    pixels[:, left : left + 20] = True
    return pixels


@pytest.mark.parametrize(
    "shapes",
    [
        (LEFT, Polygon(1, RIGHT.xy)),
        (LEFT, Polygon(2, ((20, 0), (35, 0), (35, 20), (20, 20)))),
        (LEFT,),
    ],
)
def test_one_class_and_shapes_side_by_side_are_not_named(shapes: tuple[Shape, ...]) -> None:
    assert findings(*shapes) == []
