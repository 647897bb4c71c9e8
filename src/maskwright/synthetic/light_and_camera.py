"""What a lamp and a phone's camera do to a drawn scene: uneven light, blur, noise of the sensor, contrast."""

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from maskwright.imaging.photos import Photo

Plane = NDArray[np.float32]


def light(photo: Photo, rng: Generator) -> Plane:
    """Return the photo as float32 under uneven, coloured light, with a soft shadow across it on most photos."""
    height, width = photo.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    field = rng.uniform(0.9, 1.16) * (1 + rng.uniform(0.08, 0.32) * (x * np.cos(angle) + y * np.sin(angle)) / 1.4)
    if rng.random() < 0.6:
        angle, at, depth = rng.uniform(0, 2 * np.pi), rng.uniform(-0.6, 0.9), rng.uniform(0.2, 0.5)
        edge = x * np.cos(angle) + y * np.sin(angle) + 0.12 * np.sin(3 * (y * np.cos(angle) - x * np.sin(angle))) - at
        field *= 1 - depth / (1 + np.exp(-edge * rng.uniform(6, 60)))
    field *= 1 - rng.uniform(0.02, 0.14) * (x * x + y * y)
    warmth = rng.uniform(-0.07, 0.1)
    return np.asarray(
        photo * field[:, :, None] * np.array((1 + warmth, 1, 1 - warmth), dtype=np.float32), dtype=np.float32
    )


def expose(scene: Plane, rng: Generator) -> Photo:
    """Return the lit scene as a phone takes it: a little out of focus or shaken, noisy, with more contrast."""
    blurred: Plane = np.asarray(cv2.GaussianBlur(scene, (0, 0), float(rng.uniform(0.35, 1.2))), dtype=np.float32)
    if rng.random() < 0.2:
        blurred = np.asarray(cv2.filter2D(blurred, -1, _shake(rng)), dtype=np.float32)
    noise = rng.standard_normal(blurred.shape, dtype=np.float32) * float(rng.uniform(1.5, 5.0))
    softer = np.asarray(cv2.GaussianBlur(noise, (0, 0), 0.6), dtype=np.float32) * 1.4
    tone = np.clip((blurred + softer * np.sqrt(0.3 + blurred / 255)) / 255, 0, 1)
    curve = tone + float(rng.uniform(0.0, 0.35)) * tone * (1 - tone) * (2 * tone - 1) * 2
    return np.asarray(np.clip(curve * 255, 0, 255), dtype=np.uint8)


def _shake(rng: Generator) -> Plane:
    length = int(rng.integers(3, 6))
    kernel = np.zeros((7, 7), dtype=np.float32)
    angle = rng.uniform(0, np.pi)
    for step in np.linspace(-length / 2, length / 2, 15):
        kernel[round(3 + step * np.sin(angle)), round(3 + step * np.cos(angle))] += 1
    return np.asarray(kernel / kernel.sum(), dtype=np.float32)
