import numpy as np

from maskwright.datasets.truth.painted_masks import PaintedMasks
from maskwright.datasets.truth.shapes import Shapes, paint, rectangle

SIZE_HW = (20, 30)


def test_kept_masks_are_as_painted_and_nobody_changes_those_of_others() -> None:
    painted, truth = PaintedMasks(), Shapes((rectangle(1, (2, 3), (10, 8)),))
    first = painted.paint(truth, SIZE_HW, SIZE_HW)
    first[:] = 7
    assert np.array_equal(painted.paint(truth, SIZE_HW, SIZE_HW), paint(truth.shapes, SIZE_HW, SIZE_HW))
    assert painted.paint(truth, SIZE_HW, (10, 15)).shape == (10, 15)


def test_no_more_is_kept_than_fits() -> None:
    painted = PaintedMasks(bytes_most=700)
    for side in range(1, 4):
        truth = Shapes((rectangle(side, (0, 0), (side, side)),))
        for _ in range(2):
            assert int((painted.paint(truth, SIZE_HW, SIZE_HW) == side).sum()) == side**2
