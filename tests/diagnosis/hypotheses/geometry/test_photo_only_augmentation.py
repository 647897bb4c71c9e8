"""A few photos that were shifted, rotated and scaled are named; discs, which any move fits, are not."""

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.diagnosis.hypotheses.geometry.photo_only_augmentation import photo_only_augmentation_hypotheses
from maskwright.imaging.mask_geometry import Mask
from tests.support.drawn_pairs import jittered

HIGH, WIDE = 150, 200


def letters(rng: np.random.Generator) -> Mask:
    """Draw an outline with eight corners, another in each photo."""
    angles = np.linspace(0, 2 * np.pi, 8, endpoint=False)
    radii = rng.uniform(18, 62, 8)
    corners = np.stack([WIDE / 2 + radii * np.cos(angles), HIGH / 2 + radii * np.sin(angles)], axis=1)
    return np.asarray(cv2.fillPoly(np.zeros((HIGH, WIDE), np.uint8), [corners.astype(np.int32)], (1,)))


def disc(rng: np.random.Generator) -> Mask:
    centre = (int(rng.integers(60, 140)), int(rng.integers(55, 95)))
    return np.asarray(cv2.circle(np.zeros((HIGH, WIDE), np.uint8), centre, int(rng.integers(20, 32)), (1,), -1))


def moved(mask: Mask, sign: int) -> Mask:
    matrix = cv2.getRotationMatrix2D((WIDE / 2, HIGH / 2), sign * 14, 1.08)
    matrix[:, 2] += np.array([sign * 0.1 * WIDE, -0.09 * HIGH])
    return np.asarray(cv2.warpAffine(mask, matrix, (WIDE, HIGH), flags=cv2.INTER_NEAREST))


def named(draw: Callable[[np.random.Generator], Mask], places: Sequence[int]) -> list[tuple[str, ...]]:
    rng = np.random.default_rng(3)
    truths = [draw(rng) for _ in range(12)]
    predictions = [moved(p, 1 if i % 2 else -1) if i in places else p for i, p in enumerate(jittered(truths))]
    evidence = read_pairs(list(zip(truths, predictions, strict=True)))
    return [h.finding.photos for h in photo_only_augmentation_hypotheses(evidence)]


def test_two_of_twelve_photos_that_were_moved_are_named() -> None:
    (photos,) = named(letters, (3, 8))
    assert len(photos) == 2


def test_two_discs_that_lie_elsewhere_are_not_named_as_moved() -> None:
    assert named(disc, (3, 8)) == []


def test_sound_predictions_are_not_named() -> None:
    assert named(letters, ()) == []


def weak(truths: Sequence[Mask], rng: np.random.Generator) -> list[Mask]:
    """Return predictions at an eighth of the size, with a few objects missed and false patches in their place."""
    predictions = []
    for truth in truths:
        small = cv2.resize(truth.astype(np.float32), (WIDE // 8, HIGH // 8), interpolation=cv2.INTER_AREA)
        noise = cv2.GaussianBlur(np.asarray(rng.normal(size=small.shape), dtype=np.float32), (0, 0), 1.5)
        scores = cv2.resize(small + 0.35 * noise / noise.std(), (WIDE, HIGH), interpolation=cv2.INTER_LINEAR)
        predictions.append((scores > 0.5).astype(np.uint8))
    return predictions


def discs(rng: np.random.Generator) -> Mask:
    mask = np.zeros((HIGH, WIDE), np.uint8)
    for _ in range(int(rng.integers(1, 4))):
        centre = (int(rng.integers(12, 188)), int(rng.integers(12, 138)))
        cv2.circle(mask, centre, int(rng.integers(5, 28)), (1,), -1)
    return mask


def test_weak_predictions_of_discs_of_many_sizes_are_not_named_as_cropped() -> None:
    for seed in range(3):
        rng = np.random.default_rng(seed)
        truths = [discs(rng) for _ in range(16)]
        evidence = read_pairs(list(zip(truths, weak(truths, rng), strict=True)))
        assert photo_only_augmentation_hypotheses(evidence) == []
