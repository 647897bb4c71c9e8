"""Predictions that number the objects of each photo are refused with the line that makes masks of them."""

import cv2
import numpy as np
import pytest

from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.diagnosis.undo.undone_evidence import iou_of
from maskwright.errors import DataError
from maskwright.imaging.mask_geometry import Mask


def cells(count: int) -> Mask:
    """Return so many discs of 0 and 255 in rows."""
    mask = np.zeros((160, 160), np.uint8)
    for number in range(count):
        cv2.circle(mask, (16 + 32 * (number % 5), 16 + 32 * (number // 5)), 9, 255, -1)
    return mask


TRUTHS = [cells(count) for count in (14, 18, 21, 16)]
NUMBERED = [cv2.connectedComponents(mask)[1].astype(np.uint16) for mask in TRUTHS]


def test_numbered_objects_are_refused_and_the_cure_scores_as_the_masks_do() -> None:
    with pytest.raises(DataError, match=r"1 to 14 in one, 1 to 18 in another.*labels > 0") as refused:
        read_pairs(list(zip(TRUTHS, NUMBERED, strict=True)))
    cure = str(refused.value).split("`")[1]
    masks = [eval(cure, {"labels": labels, "np": np}) for labels in NUMBERED]
    assert iou_of(read_pairs(list(zip(TRUTHS, masks, strict=True)))) == pytest.approx(1.0)


@pytest.mark.parametrize("change", ["shades", "two patches", "as many in each", "0 and 255"])
def test_other_whole_numbers_are_read(change: str) -> None:
    changed: dict[str, list[Mask]] = {
        "shades": [(labels.clip(0, 1) * (40 + 60 * i)).astype(np.uint8) for i, labels in enumerate(NUMBERED)],
        "two patches": [((labels + 1) // 2).astype(np.uint8) for labels in NUMBERED],
        "as many in each": [NUMBERED[0].astype(np.uint8)] * 4,
        "0 and 255": TRUTHS,
    }
    assert len(read_pairs(list(zip(TRUTHS, changed[change], strict=True))).cases) == 4
