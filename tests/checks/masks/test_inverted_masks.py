"""Binary masks whose object is the background, an outline, or exchanged with the ground in some of them."""

import json
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
    assert "mask.max() - mask" in finding.fix


@pytest.mark.parametrize("truth", [crack, exchanged_in_some])
def test_objects_that_are_dark_in_every_photo_are_right(tmp_path: Path, truth: Callable[[int], Pixels]) -> None:
    """In the second case woods fill some photos and are rare in others."""
    assert ground(check(open_dataset(drawn(tmp_path, truth, truth)))) == []


def test_ponds_in_woods_and_lakes_around_islands_are_not_exchanged(tmp_path: Path) -> None:
    """Every second picture is of a lake, blue, with an island; the others are of woods with a pond."""
    for k in range(COUNT):
        disc = circle(0, -1)
        around = plain(k) // 6 + np.array([20, 70, 20] if k % 2 else [30, 40, 150], np.uint8)
        save(tmp_path / f"images/{k}.png", np.where(disc[..., None] > 0, 200, around).astype(np.uint8))
        save(tmp_path / f"masks/{k}.png", (disc if k % 2 else 1 - disc) * 255)
    assert ground(check(open_dataset(tmp_path))) == []


def test_shapes_that_are_drawn_around_the_background_are_not_to_be_computed(tmp_path: Path) -> None:
    box = [40, 30, 80, 30, 80, 60, 40, 60]
    images, annotations = [], []
    for k in range(COUNT):
        dark = np.zeros(SIZE_HW, np.uint8)
        dark[30:60, 40:80] = 70
        save(tmp_path / f"{k}.png", np.clip(plain(k) - dark[..., None].astype(np.int16), 0, 255).astype(np.uint8))
        images.append({"id": k, "file_name": f"{k}.png", "height": SIZE_HW[0], "width": SIZE_HW[1]})
        if k % 2:
            shape: object = [box]
        else:
            mask = np.ones(SIZE_HW, np.uint8)
            mask[30:60, 40:80] = 0
            runs = np.flatnonzero(np.diff(mask.T.ravel(), prepend=0, append=0))
            shape = {"size": list(SIZE_HW), "counts": np.diff(runs, prepend=0, append=mask.size).tolist()}
        annotations.append({"id": k, "image_id": k, "category_id": 1, "segmentation": shape, "iscrowd": 0})
    categories = [{"id": 1, "name": "crack"}]
    coco = {"images": images, "annotations": annotations, "categories": categories}
    (tmp_path / "a.json").write_text(json.dumps(coco))
    (finding,) = ground(check(open_dataset(tmp_path)))
    assert "mask.max()" not in finding.fix
    assert "draw the object instead" in finding.fix


def large_disc(number: int) -> Pixels:
    """Return a disc that covers 15 to 60 % of the photo, each at a place of its own."""
    mask = np.zeros(SIZE_HW, np.uint8)
    cv2.circle(mask, (58 + number, 44 + number % 5), 22 + 3 * (number % 8), (1,), -1)
    return mask


def few_of_many(root: Path, exchanged: set[int], count: int = 14) -> Path:
    """Write photos that do not show what object and background are by their colours, and their masks."""
    for k in range(count):
        save(root / f"images/{k}.png", plain(k))
        save(root / f"masks/{k}.png", (1 - large_disc(k) if k in exchanged else large_disc(k)) * 255)
    return root


@pytest.mark.parametrize("exchanged", [{2, 11}, {0, 3, 5, 9}])
def test_a_few_masks_whose_object_lies_all_around_are_named(tmp_path: Path, exchanged: set[int]) -> None:
    (finding,) = ground(check(open_dataset(few_of_many(tmp_path, exchanged))))
    assert finding.severity == "note"  # no colours tell
    assert finding.photos == tuple(f"images/{k}.png" for k in sorted(exchanged))
    assert "photo's edge" in finding.evidence
    for k in exchanged:  # the fix, obeyed
        path = tmp_path / f"masks/{k}.png"
        mask = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        assert mask is not None
        save(path, mask.max() - mask)
    assert ground(check(open_dataset(tmp_path))) == []


def test_close_ups_that_fill_the_photo_are_not_exchanged(tmp_path: Path) -> None:
    """Two objects reach over all of the photo but one corner."""
    root = few_of_many(tmp_path, set())
    for k in (3, 8):
        mask = np.ones(SIZE_HW, np.uint8)
        mask[:20, :20] = 0
        save(root / f"masks/{k}.png", mask * 255)
    assert ground(check(open_dataset(root))) == []


def close_up(number: int) -> Pixels:
    """Return an object that leaves a hole of the place and size of the other photos' objects."""
    return 1 - large_disc(number)


@pytest.mark.parametrize("exchanged", [False, True])
def test_colours_tell_close_ups_from_masks_that_are_exchanged(tmp_path: Path, exchanged: bool) -> None:
    """Objects are dark everywhere, in 3 of 20 photos they reach to the edge; or 3 of 20 masks are exchanged."""
    for k in range(20):
        is_near = k % 7 == 3
        dark = close_up(k) if is_near and not exchanged else large_disc(k)
        shade = 70 * dark[..., None].astype(np.int16)
        save(tmp_path / f"images/{k}.png", np.clip(plain(k) - shade, 0, 255).astype(np.uint8))
        save(tmp_path / f"masks/{k}.png", (close_up(k) if is_near else large_disc(k)) * 255)
    found = ground(check(open_dataset(tmp_path)))
    assert [f.severity for f in found] == (["warning"] if exchanged else [])


def test_skies_that_take_up_the_edge_in_all_proportions_are_not_exchanged(tmp_path: Path) -> None:
    for k in range(14):
        save(tmp_path / f"images/{k}.png", plain(k))
        mask = np.zeros(SIZE_HW, np.uint8)
        mask[: 6 + 6 * k] = 255
        save(tmp_path / f"masks/{k}.png", mask)
    assert ground(check(open_dataset(tmp_path))) == []


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
    assert finding.severity == "note"


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
