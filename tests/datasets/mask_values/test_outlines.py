"""Outlines are looked for in masks from all of a folder, not in the first ones alone."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from maskwright.datasets.mask_values.outlines import are_outlines, closed_outlines
from maskwright.datasets.truth.mask_truth import MaskFile
from maskwright.imaging.mask_reader import MaskRule


@pytest.mark.parametrize(("outlined", "expected"), [(23, True), (12, False)])
def test_masks_at_the_end_of_a_folder_are_looked_at_too(tmp_path: Path, outlined: int, expected: bool) -> None:
    files = []
    for i in range(23):
        mask = np.zeros((64, 64), np.uint8)
        cv2.circle(mask, (32, 32), 14 + i % 5, (1,), 1 if i < outlined else -1)
        cv2.imwrite(str(tmp_path / f"{i:02}.png"), mask)
        files.append(MaskFile(tmp_path / f"{i:02}.png"))
    closed, seen = closed_outlines(files, MaskRule(((0, 0), (1, 1))))
    assert are_outlines(closed, seen) == expected
