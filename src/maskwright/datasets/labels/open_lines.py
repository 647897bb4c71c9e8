"""Open lines in label files: they have no width of their own, and are drawn as wide as a person says."""

from collections.abc import Callable

import numpy as np

from maskwright.datasets.labels.dataset_from_labels import LabelledShape, ShapeRemark
from maskwright.datasets.truth.shapes import Shape, finite, shape_or_reason
from maskwright.datasets.truth.thick_lines import thick_line
from maskwright.errors import ShapeError

WITHOUT_WIDTH = "is a line, which has no width"
POINTS_MOST = 100_000


def labelled_line(
    name: str | None, points: Callable[[], object], width: float | None, size_hw: tuple[int, int] | None
) -> LabelledShape:
    """Return a line as the pixels along it, or, without a width, with the remark that one must be chosen."""
    if width is None:
        return LabelledShape(name, WITHOUT_WIDTH, ShapeRemark("shape-invalid", WITHOUT_WIDTH, topic="lines"))
    return LabelledShape(name, shape_or_reason(lambda: _drawn(points(), width, size_hw)))


def _drawn(points: object, width: float, size_hw: tuple[int, int] | None) -> Shape:
    if size_hw is None:
        raise ShapeError("is a line in a photo whose width and height the file does not state")
    if not isinstance(points, list) or not 1 <= len(points) <= POINTS_MOST:
        raise ShapeError("is a line without points")
    if any(not isinstance(point, list) or len(point) < 2 for point in points):
        raise ShapeError("has coordinates that are not numbers")
    return thick_line(np.array([[finite(point[0]), finite(point[1])] for point in points]), width, size_hw)
