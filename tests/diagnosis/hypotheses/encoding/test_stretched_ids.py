from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from maskwright.diagnosis.diagnose import diagnose
from maskwright.diagnosis.evidence.from_folders import read_folders
from maskwright.findings.finding import Finding
from maskwright.imaging.mask_geometry import Mask

GREATEST = (3, 2, 3, 2, 1, 3, 2, 3, 2, 3)
"""The greatest id of each photo."""


def street(place: int, greatest: int) -> Mask:
    """Return a mask of ids 0 to `greatest`, a band for each."""
    mask = np.zeros((60, 90), np.uint8)
    for class_id in range(1, greatest + 1):
        cv2.rectangle(mask, (5 + place, 14 * class_id), (70 + place, 14 * class_id + 10), (class_id,), -1)
    return mask


def saved(root: Path, *, mapped: bool, stretched: bool) -> list[Finding]:
    """Return the findings on predictions that are right, and saved as `plt.imsave` does."""
    for name in ("truth", "pred"):
        (root / name).mkdir()
    for place, greatest in enumerate(GREATEST):
        ids = street(place, greatest)
        Image.fromarray(ids).save(root / "truth" / f"p{place}.png")
        grey = np.rint(ids / (greatest if stretched else 3) * 255).astype(np.uint8)
        picture = cv2.applyColorMap(grey, cv2.COLORMAP_VIRIDIS)[..., ::-1] if mapped else np.stack([grey] * 3, axis=-1)
        Image.fromarray(np.ascontiguousarray(picture)).save(root / "pred" / f"p{place}.png")
    return list(diagnose(read_folders(root / "truth", root / "pred")))


@pytest.mark.parametrize("mapped", [False, True])
def test_levels_stretched_in_each_file_are_named_and_read_back(tmp_path: Path, mapped: bool) -> None:
    first = saved(tmp_path, mapped=mapped, stretched=True)[0]
    assert first.title == "Each prediction is stretched over its own ids"
    assert first.recovered_iou is not None
    assert first.recovered_iou > 0.5
    assert "p0: 3" in first.evidence


def test_levels_that_are_the_same_in_all_files_are_another_palette(tmp_path: Path) -> None:
    titles = [finding.title for finding in saved(tmp_path, mapped=False, stretched=False)]
    assert "Each prediction is stretched over its own ids" not in titles
