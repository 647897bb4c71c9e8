"""Ids that each file numbered by itself are warned of; nested classes, and ids that have no gap by chance, are not."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from maskwright.checks.check import file_findings
from maskwright.datasets.opening import open_dataset
from maskwright.findings.finding import Finding
from tests.support.mask_faults import write_pair

Mask = NDArray[np.uint8]
PLACES = ((30, 30), (90, 30), (30, 90), (90, 90), (60, 60))
OFTEN = (0.95, 0.75, 0.6, 0.5, 0.4)
"""How often each of five things is in a photo; each lies at its own place."""


def shown(rng: np.random.Generator) -> list[int]:
    held = [thing for thing, share in enumerate(OFTEN) if rng.random() < share]
    return held or [0]


def numbered_apart(rng: np.random.Generator) -> Mask:
    """Things of five classes in two pieces each, numbered in the order in which they are in the file."""
    mask = np.zeros((120, 120), np.uint8)
    for number, thing in enumerate(shown(rng), start=1):
        x, y = PLACES[thing]
        for dx in (-12, 12):
            cv2.circle(mask, (x + dx, y), 4 + thing, (number,), -1)
    return mask


def nested(rng: np.random.Generator) -> Mask:
    """Two organs, often a tumour in each, and often a core in that."""
    mask = np.zeros((120, 120), np.uint8)
    for number, radius_px in enumerate((26, 19, 12, 6)[: int(rng.integers(1, 5))], start=1):
        for x in (30, 90):
            cv2.circle(mask, (x, 60), radius_px, (number,), -1)
    return mask


def of_classes(rng: np.random.Generator) -> Mask:
    """Things of five classes, of which each keeps its id."""
    mask = np.zeros((120, 120), np.uint8)
    for thing in shown(rng):
        x, y = PLACES[thing]
        for dx in (-12, 12):
            cv2.circle(mask, (x + dx, y), 4 + thing, (thing + 1,), -1)
    return mask


def often_whole(rng: np.random.Generator) -> Mask:
    """Three classes that nearly every photo shows: that no gap is left may be chance."""
    mask = np.zeros((120, 120), np.uint8)
    for thing in range(2 if rng.random() < 0.3 else 3):
        x, y = PLACES[thing]
        for dx in (-12, 12):
            cv2.circle(mask, (x + dx, y), 6, (thing + 1,), -1)
    return mask


def guessed(root: Path, draw: Callable[[np.random.Generator], Mask]) -> Finding:
    rng = np.random.default_rng(11)
    for number in range(24):
        photo = rng.integers(0, 255, (120, 120, 3)).astype(np.uint8)
        write_pair(root, f"p{number:02d}", photo, draw(rng))
    return next(finding for finding in file_findings(open_dataset(root)) if finding.code == "class-guessed")


def test_ids_that_each_file_numbered_by_itself_are_a_warning(tmp_path: Path) -> None:
    finding = guessed(tmp_path, numbered_apart)
    assert finding.severity == "warning"
    assert "numbered by itself" in finding.evidence
    assert "--labels labels.txt" in finding.fix


@pytest.mark.parametrize("draw", [nested, of_classes, often_whole])
def test_other_ids_are_at_most_a_note(tmp_path: Path, draw: Callable[[np.random.Generator], Mask]) -> None:
    assert guessed(tmp_path, draw).severity == "note"
