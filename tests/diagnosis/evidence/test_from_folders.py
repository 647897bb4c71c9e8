"""What is told of a whole folder by a few of its files."""

from pathlib import Path

import numpy as np
from PIL import Image

from maskwright.diagnosis.evidence.from_folders import read_folders


def test_maps_whose_shades_come_late_in_the_folder_are_read_as_probabilities(tmp_path: Path) -> None:
    """Of twelve predictions the first eight hold 0 and 255 alone, as maps of a sure network do."""
    for name in ("truth", "pred"):
        (tmp_path / name).mkdir()
    for place in range(12):
        truth = np.zeros((40, 60), np.uint8)
        truth[8:24, 10 + place : 30 + place] = 1
        stored = truth * 255
        if place >= 8:
            stored = np.where(truth == 1, 180 + np.arange(60, dtype=np.uint8), np.arange(60, dtype=np.uint8))
        Image.fromarray(truth).save(tmp_path / "truth" / f"p{place:02}.png")
        Image.fromarray(stored.astype(np.uint8)).save(tmp_path / "pred" / f"p{place:02}.png")
    evidence = read_folders(tmp_path / "truth", tmp_path / "pred")
    assert evidence.storage.kind == "probabilities"
    assert np.array_equal(np.diag(evidence.counts), evidence.counts.sum(axis=1))
