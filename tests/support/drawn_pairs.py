"""Drawn truths, and predictions of them as a sound model makes them: for the tests of the diagnosis."""

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.imaging.mask_geometry import Mask

SIZE_HW = (150, 200)
Map = NDArray[np.float32]


def one_object(count: int = 8) -> list[Mask]:
    """Return masks of one slanted shape each, 0 background and 1 object, no two alike."""
    masks = []
    for seed in range(count):
        rng = np.random.default_rng(seed)
        mask = np.zeros(SIZE_HW, dtype=np.uint8)
        x, y = int(rng.integers(20, 110)), int(rng.integers(15, 75))
        points = np.array([(x, y), (x + 60, y + 8), (x + 45, y + 50), (x + 8, y + 30)], dtype=np.int32)
        cv2.fillPoly(mask, [points + rng.integers(-6, 7, points.shape).astype(np.int32)], (1,))
        masks.append(mask)
    return masks


def three_objects(count: int = 8) -> list[Mask]:
    """Return masks of three classes of objects on a background, of different shapes in different places."""
    masks = []
    for seed in range(count):
        rng = np.random.default_rng(100 + seed)
        mask = np.zeros(SIZE_HW, dtype=np.uint8)
        for class_id in (1, 2, 3):
            x, y = int(rng.integers(5, 140)), int(rng.integers(5, 95))
            cv2.rectangle(mask, (x, y), (x + 25 + 10 * class_id, y + 50 - 8 * class_id), (class_id,), -1)
        masks.append(mask)
    return masks


def jittered(masks: list[Mask], *, seed: int = 0, px: float = 1.5) -> list[Mask]:
    """Return the masks with boundaries that waver by a pixel or two: a sound prediction."""
    rng = np.random.default_rng(seed)
    return [_wavered(mask, rng, px) for mask in masks]


def _wavered(mask: Mask, rng: np.random.Generator, px: float) -> Mask:
    high, wide = mask.shape
    y, x = np.mgrid[:high, :wide].astype(np.float32)
    by = [cv2.resize(rng.normal(0, px, (high // 8, wide // 8)).astype(np.float32), (wide, high)) for _ in "yx"]
    return np.asarray(cv2.remap(mask, x + by[1], y + by[0], cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE))


def chances(masks: list[Mask], *, seed: int = 0, bias: float = 0.0) -> list[Map]:
    """Return smooth, noisy probabilities of the object, as logits moved by `bias`."""
    rng = np.random.default_rng(seed)
    out = []
    for mask in masks:
        soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 2)
        noise = cv2.GaussianBlur(rng.normal(0, 1, mask.shape).astype(np.float32), (0, 0), 3)
        out.append(sigmoid((soft - 0.5) * 9 + 2 * noise + bias))
    return out


def channels(masks: list[Mask], count: int) -> list[Map]:
    """Return CxHxW probabilities that sum to one."""
    out = []
    for mask in masks:
        z = np.stack([7 * cv2.GaussianBlur((mask == c).astype(np.float32), (0, 0), 1.5) for c in range(count)])
        out.append((np.exp(z) / np.exp(z).sum(axis=0)).astype(np.float32))
    return out


def sigmoid(z: NDArray[np.floating]) -> Map:
    """Return 1 / (1 + exp(-z))."""
    return np.asarray(1 / (1 + np.exp(-z)), dtype=np.float32)


def moved(mask: Mask, right_px: int, down_px: int) -> Mask:
    """Return the mask moved, background where it came from."""
    matrix = np.array([[1, 0, right_px], [0, 1, down_px]], dtype=np.float64)
    return np.asarray(cv2.warpAffine(mask, matrix, mask.shape[::-1], flags=cv2.INTER_NEAREST))
