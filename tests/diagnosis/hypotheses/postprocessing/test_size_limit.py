"""Objects that end at one width or height are named; small predictions and photos' borders are not."""

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.diagnosis.diagnose import examine
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.diagnosis.hypotheses.postprocessing.size_limit import size_limit_hypotheses

Mask = NDArray[np.uint8]
LIMIT_PX = 40


def truths() -> list[Mask]:
    masks = [np.zeros((160, 200), np.uint8) for _ in range(10)]
    for i, mask in enumerate(masks):
        cv2.ellipse(mask, (80 + 5 * (3 * i % 10), 62 + 4 * (7 * i % 10)), (12 + 5 * i, 10 + 4 * i), 20, 0, 360, 1, -1)
    return masks


def boxed(mask: Mask) -> Mask:
    """Return the mask without what lies beyond a box of the limit around its middle."""
    out = np.zeros_like(mask)
    rows, columns = np.nonzero(mask)
    y, x = (int(v.min() + v.max()) // 2 - LIMIT_PX // 2 for v in (rows, columns))
    part = slice(y, y + LIMIT_PX), slice(x, x + LIMIT_PX)
    out[part] = mask[part]
    return out


def codes(predictions: list[Mask]) -> list[str]:
    return [h.finding.code for h in size_limit_hypotheses(read_pairs(list(zip(truths(), predictions, strict=True))))]


def test_masks_that_are_cut_to_a_box_are_named_first_with_its_size() -> None:
    evidence = read_pairs(list(zip(truths(), [boxed(t) for t in truths()], strict=True)))
    first = examine(evidence).findings[0]
    assert first.code == "pred-size-limit"
    assert "higher than 40 px or wider than 40 px" in first.evidence
    assert '"40|' in first.fix
    assert "pred-augmented" not in [f.code for f in examine(evidence).findings]


def test_sound_and_thin_predictions_raise_nothing() -> None:
    kernel = np.ones((9, 9), np.uint8)
    assert codes(truths()) == []
    assert codes([np.asarray(cv2.erode(t, kernel), dtype=np.uint8) for t in truths()]) == []
    assert codes([np.asarray(cv2.dilate(t, kernel), dtype=np.uint8) for t in truths()]) == []


def test_objects_as_large_as_the_prediction_says_raise_nothing() -> None:
    """Many objects of exactly one size, and truths that are no larger."""
    squares = [boxed(t) for t in truths()]
    pairs = list(zip(squares, squares, strict=True))
    assert size_limit_hypotheses(read_pairs(pairs)) == []


def test_pieces_that_end_at_the_border_of_the_photo_raise_nothing() -> None:
    wide = [np.zeros((100, 120), np.uint8) for _ in range(6)]
    drawn = [m.copy() for m in wide]
    for i, (true, mask) in enumerate(zip(wide, drawn, strict=True)):
        true[40 - i : 60 + i] = 1
        mask[42 - i : 58 + i] = 1
    assert size_limit_hypotheses(read_pairs(list(zip(wide, drawn, strict=True)))) == []
