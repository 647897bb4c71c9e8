"""Masks that do not lie on their photos: the photos show smooth blots, the true masks are the blots' own shapes."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from maskwright.checks.array_pairs import check_pairs
from maskwright.checks.check import check
from maskwright.datasets.dataset import usable
from maskwright.datasets.opening import open_dataset
from maskwright.errors import DataError
from maskwright.findings.finding import Finding
from maskwright.imaging.decoders.image_files import EXIF_ORIENTATION
from maskwright.imaging.edge_alignment import ORIENTATIONS, measure_alignment
from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.photos import Photo, photo_orientation
from tests.support.mask_faults import mirrored, shifted, transposed, turned, write_pair

FAULTS: dict[str, tuple[Callable[[Mask], Mask], str, str]] = {
    "mirrored": (mirrored, "mask-flipped", "left to right"),
    "upside down": (lambda mask: mirrored(mask, axis=0), "mask-flipped", "top to bottom"),
    "half turn": (turned, "mask-turned", "180"),
    "quarter turn": (lambda mask: turned(mask, quarters=1), "mask-turned", "90 degrees clockwise"),
    "transposed": (transposed, "mask-turned", "transposed"),
    "shifted": (
        lambda mask: shifted(mask, right=0.04, down=-0.03),
        "mask-shifted",
        "-4.2% of the long side to the right",
    ),
}


def blots(seed: int, size_hw: tuple[int, int] = (120, 120)) -> tuple[Photo, Mask]:
    """Return a photo with a bent dark blot on a mottled ground, and the blot's mask."""
    rng = np.random.default_rng(seed)
    mask = np.zeros(size_hw, dtype=np.uint8)
    corner = rng.uniform(0.2, 0.45, 2) * size_hw[::-1]
    points = corner + np.array([(0, 0), (0.42, 0.05), (0.36, 0.2), (0.12, 0.24), (0.2, 0.5), (-0.05, 0.4)]) * min(
        size_hw
    )
    cv2.fillPoly(mask, [(points + rng.uniform(-3, 3, points.shape)).astype(np.int32)], 1)
    ground = cv2.resize(
        rng.integers(90, 190, (12, 12, 3)).astype(np.uint8), size_hw[::-1], interpolation=cv2.INTER_CUBIC
    )
    photo = np.where(mask[:, :, None] == 1, ground // 3, ground).astype(np.int64)
    return np.clip(photo + rng.integers(-12, 13, photo.shape), 0, 255).astype(np.uint8), mask


def aligned(findings: list[Finding]) -> list[Finding]:
    return [f for f in findings if f.code in ("mask-flipped", "mask-turned", "mask-shifted", "mask-unturned")]


@pytest.mark.parametrize("fault", FAULTS)
def test_misplaced_masks_are_named_first_with_what_undoes_them(fault: str) -> None:
    spoil, code, text = FAULTS[fault]
    found = check_pairs([(photo, spoil(mask)) for photo, mask in map(blots, range(12))])
    assert found[0].code == code, [f.code for f in found]
    assert text in found[0].title + found[0].evidence
    assert found[0].mechanism
    assert "Image" in found[0].fix


def test_masks_that_lie_right_are_not_suspected() -> None:
    assert aligned(check_pairs([blots(seed) for seed in range(12)])) == []


def test_one_odd_mask_among_many_raises_no_alarm() -> None:
    pairs = [blots(seed) for seed in range(12)]
    pairs[4] = (pairs[4][0], mirrored(pairs[4][1]))
    assert aligned(check_pairs(pairs)) == []


def test_half_of_the_masks_mirrored_names_that_half() -> None:
    pairs = [(photo, mirrored(mask) if seed % 2 else mask) for seed, (photo, mask) in enumerate(map(blots, range(12)))]
    (found,) = aligned(check_pairs(pairs))
    assert found.code == "mask-flipped"
    assert {int(name.split()[1]) % 2 for name in found.photos} == {1}


def test_random_masks_on_random_photos_fit_nowhere() -> None:
    pairs = [(blots(seed)[0], shifted(blots(seed + 50)[1], right=0.1, down=0.1)) for seed in range(12)]
    assert aligned(check_pairs(pairs)) == []


def test_the_fit_is_best_as_it_is_and_symmetries_are_all_tried() -> None:
    fit = measure_alignment(*blots(3))
    assert fit is not None
    assert len(fit.by_orientation) == len(ORIENTATIONS) == 8
    assert fit.by_orientation.argmax() == 0
    middle = fit.shifts.shape[0] // 2
    assert fit.shifts[middle, middle] == pytest.approx(fit.by_orientation[0])
    assert np.nanmax(fit.shifts) == fit.shifts[middle, middle]


def test_flat_photos_and_empty_masks_have_no_fit() -> None:
    photo, mask = blots(0)
    assert measure_alignment(np.full_like(photo, 80), mask) is None
    assert measure_alignment(photo, np.zeros_like(mask)) is None
    assert measure_alignment(photo, np.full_like(mask, 255)) is None


def stored_turned(root: Path, name: str, photo: Photo, orientation: int) -> None:
    """Overwrite a photo as a phone stores it: pixels turned, the EXIF orientation brings them upright."""
    quarters = {3: 2, 6: 1, 8: 3}[orientation]
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = orientation
    (root / "images" / f"{name}.png").unlink()
    Image.fromarray(np.ascontiguousarray(np.rot90(photo, quarters))).save(root / "images" / f"{name}.jpg", exif=exif)


def test_the_story_of_the_exif_photos(tmp_path: Path) -> None:
    """Upright in the viewer, masks from a tool that ignores EXIF: they have the size of the stored photo."""
    for seed in range(6):
        photo, mask = blots(seed, (96, 128))
        write_pair(tmp_path, f"p{seed}", photo, np.rot90(mask))
        stored_turned(tmp_path, f"p{seed}", photo, 6)
    dataset = open_dataset(tmp_path)
    findings = check(dataset)
    assert findings[0].code == "mask-unturned"
    assert findings[0].severity == "error"
    assert len(findings[0].photos) == 6
    assert "mask 96x128, photo 128x96 upright" in findings[0].evidence
    with pytest.raises(DataError, match="EXIF rotation"):
        usable(dataset, findings)


def test_photos_upside_down_are_told_by_their_edges(tmp_path: Path) -> None:
    for seed in range(8):
        photo, mask = blots(seed, (96, 128))
        write_pair(tmp_path, f"p{seed}", photo, np.rot90(mask, 2) if seed < 5 else mask)
        if seed < 5:
            stored_turned(tmp_path, f"p{seed}", photo, 3)
    found = check(open_dataset(tmp_path))[0]
    assert (found.code, len(found.photos)) == ("mask-unturned", 5)
    assert "exif" in found.fix


def test_upright_masks_of_turned_photos_are_right(tmp_path: Path) -> None:
    for seed in range(6):
        photo, mask = blots(seed, (96, 128))
        write_pair(tmp_path, f"p{seed}", photo, mask)
        stored_turned(tmp_path, f"p{seed}", photo, (3, 6, 8)[seed % 3])
    assert aligned(check(open_dataset(tmp_path))) == []


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_the_turn_of_a_photo_brings_stored_places_upright(tmp_path: Path, orientation: int) -> None:
    photo, mask = blots(1, (96, 128))
    write_pair(tmp_path, "p", photo, mask)
    stored_turned(tmp_path, "p", photo, orientation)
    turn = photo_orientation(tmp_path / "images" / "p.jpg")
    assert turn is not None
    stored = np.ascontiguousarray(np.rot90(mask, {3: 2, 6: 1, 8: 3}[orientation]))
    assert stored.shape == turn.stored_hw((96, 128))
    assert np.array_equal(turn.upright(stored), mask)


def document(seed: int) -> tuple[Photo, Mask]:
    """Return a drawn form of lines of text, each below a small caption, and boxes around the lines."""
    rng = np.random.default_rng(seed)
    photo, mask = np.full((250, 360, 3), 215, np.uint8), np.zeros((250, 360), np.uint8)
    for row in range(5):
        x, y = 40 + int(rng.integers(0, 4)), 60 + 36 * row + int(rng.integers(0, 3))
        cv2.putText(photo, "DATE", (x, y - 15), cv2.FONT_HERSHEY_SIMPLEX, 0.3, (90, 90, 90))
        text = "".join(rng.choice(list("ABDEKMNOPRSU0123456789"), 8 + int(rng.integers(0, 5))))
        cv2.putText(photo, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (40, 40, 40))
        (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 0.5, 1)
        mask[y - height - 3 : y + 4, x - 3 : x + width + 3] = 1
    return np.clip(photo + rng.integers(-9, 10, photo.shape), 0, 255).astype(np.uint8), mask


def test_boxes_around_lines_of_text_are_not_called_shifted() -> None:
    assert not aligned(check_pairs(list(map(document, range(9)))))
