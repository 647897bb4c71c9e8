"""Binary masks whose object is the background, an outline, or exchanged with the ground in some of them."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from maskwright.checks.check import check, file_findings
from maskwright.datasets.opening import open_dataset
from maskwright.findings.finding import Finding
from tests.support.drawn_layouts import SIZE_HW, Pixels, photo, save

COUNT = 10


def crack(number: int) -> Pixels:
    """Return a thin line from left to right."""
    rng = np.random.default_rng(number)
    mask = np.zeros(SIZE_HW, np.uint8)
    points = np.stack([np.arange(0, 129, 16), rng.integers(10, 80, 9)], axis=1).astype(np.int32)
    cv2.polylines(mask, [points], isClosed=False, color=(1,), thickness=2)
    return mask


def plain(number: int) -> Pixels:
    """Return a photo without objects."""
    return cv2.GaussianBlur(photo(number + 40), (0, 0), 4)


def drawn(root: Path, dark: Callable[[int], Pixels], truth: Callable[[int], Pixels]) -> Path:
    for k in range(COUNT):
        shade = 70 * dark(k)[..., None].astype(np.int16)
        save(root / f"images/{k}.png", np.clip(plain(k) - shade, 0, 255).astype(np.uint8))
        save(root / f"masks/{k}.png", truth(k) * 255)
    return root


def exchanged_in_some(number: int) -> Pixels:
    return crack(number) if number % 2 else 1 - crack(number)


def ground(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.code == "mask-ground"]


def test_masks_of_cracks_that_are_exchanged_in_some_photos_are_named(tmp_path: Path) -> None:
    (finding,) = ground(check(open_dataset(drawn(tmp_path, crack, exchanged_in_some))))
    assert finding.photos == tuple(f"images/{k}.png" for k in range(0, COUNT, 2))
    assert "darker in both" in finding.evidence
    assert "255 - mask" in finding.fix


@pytest.mark.parametrize("truth", [crack, exchanged_in_some])
def test_objects_that_are_dark_in_every_photo_are_right(tmp_path: Path, truth: Callable[[int], Pixels]) -> None:
    """In the second case woods fill some photos and are rare in others."""
    assert ground(check(open_dataset(drawn(tmp_path, truth, truth)))) == []


def circle(number: int, thickness: int) -> Pixels:
    mask = np.zeros(SIZE_HW, np.uint8)
    cv2.ellipse(mask, (60, 48), (34 + number, 24), 20, 0, 360, (1,), thickness)
    return mask


def membranes(number: int) -> Pixels:
    mask = circle(number, 2)
    mask[48] = mask[:, 60] = 1
    return mask


def test_outlines_that_are_not_filled_are_named(tmp_path: Path) -> None:
    root = drawn(tmp_path, lambda k: circle(k, -1), lambda k: circle(k, 2))
    (finding,) = ground(file_findings(open_dataset(root)))
    assert "closed lines" in finding.evidence
    assert "binary_fill_holes" in finding.fix


@pytest.mark.parametrize("truth", [membranes, lambda k: circle(k, -1), lambda k: circle(k, 9), crack])
def test_networks_rings_areas_and_open_lines_are_objects(tmp_path: Path, truth: Callable[[int], Pixels]) -> None:
    assert ground(file_findings(open_dataset(drawn(tmp_path, truth, truth)))) == []


def test_a_ground_that_cracks_cut_in_two_is_taken_for_the_ground(tmp_path: Path) -> None:
    (finding,) = ground(file_findings(open_dataset(drawn(tmp_path, crack, lambda k: 1 - crack(k)))))
    assert "data.invert=true" in finding.fix


def cells(number: int) -> Pixels:
    """Return many cells with thin lines between them."""
    mask = np.ones(SIZE_HW, np.uint8)
    mask[number % 8 :: 16] = mask[:, number % 8 :: 24] = 0
    return mask


def test_many_cells_with_thin_lines_between_them_are_objects(tmp_path: Path) -> None:
    assert ground(file_findings(open_dataset(drawn(tmp_path, cells, cells)))) == []
