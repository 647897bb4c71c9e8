"""Predictions that number single objects, as Mask R-CNN does, where the truth has one class of objects."""

from pathlib import Path

import numpy as np
from PIL import Image

from maskwright.diagnosis.diagnose import diagnose
from maskwright.diagnosis.evidence.from_folders import read_folders
from maskwright.findings.finding import Finding
from maskwright.imaging.mask_geometry import Mask
from tests.support.drawn_pairs import jittered, three_objects

SHAPES = three_objects()
TRUTHS = [(mask > 0).astype(np.uint8) for mask in SHAPES]


def warnings_of(folder: Path, predictions: list[Mask]) -> list[Finding]:
    for i, (truth, prediction) in enumerate(zip(TRUTHS, predictions, strict=True)):
        for name, mask in (("truth", truth), ("pred", prediction)):
            (folder / name).mkdir(exist_ok=True)
            Image.fromarray(mask).save(folder / name / f"{i}.png")
    findings = diagnose(read_folders(folder / "truth", folder / "pred"))
    return [finding for finding in findings if finding.severity != "note"]


def test_numbers_of_single_objects_are_read_as_one_class(tmp_path: Path) -> None:
    finding = warnings_of(tmp_path, jittered(SHAPES))[0]
    assert finding.code == "pred-palette"
    assert "0: 0, 1: 1, 2: 1, 3: 1" in finding.fix


def test_predictions_of_one_class_raise_nothing(tmp_path: Path) -> None:
    assert warnings_of(tmp_path, jittered(TRUTHS)) == []
