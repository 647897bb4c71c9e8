"""Augmentation of colours: one look-up table, then blur, noise, local contrast, hue, sharpness and motion."""

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.imaging.photos import Photo
from maskwright.planning.plan import AugmentPlan


def change_colours(photo: Photo, plan: AugmentPlan, rng: np.random.Generator) -> Photo:
    """Return the photo (HxWx3) with other light, contrast, gamma and colour cast, blurred, noisy, and so on.

    A step that the plan switches off draws no random numbers, so that plans without the later ones give what they gave.
    """
    if plan.colour > 0 and rng.random() < 0.8:
        photo = np.asarray(cv2.LUT(photo, _colour_table(plan.colour, rng)), dtype=np.uint8)
        if rng.random() < 0.15:
            grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
            photo = np.repeat(grey[:, :, None], 3, axis=2)
    if rng.random() < plan.blur:
        photo = np.asarray(cv2.GaussianBlur(photo, (0, 0), rng.uniform(0.4, 1.6)), dtype=np.uint8)
    if rng.random() < plan.noise:
        photo = _noisy(photo, float(rng.uniform(2, 12)))
    later = (plan.clahe, _equalised), (plan.hue, _hue_turned), (plan.sharpen, _sharpened)
    for share, change in (*later, (plan.motion_blur, _motion_blurred)):
        if share > 0 and rng.random() < share:
            photo = change(photo, rng)
    return photo


def _equalised(photo: Photo, rng: np.random.Generator) -> Photo:
    """Return the photo with the lightness of 8x8 neighbourhoods equalised, up to a random limit (Zuiderveld 1994)."""
    lab = cv2.cvtColor(photo, cv2.COLOR_RGB2LAB)
    lab[..., 0] = cv2.createCLAHE(clipLimit=float(rng.uniform(1, 4)), tileGridSize=(8, 8)).apply(lab[..., 0])
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), dtype=np.uint8)


def _hue_turned(photo: Photo, rng: np.random.Generator) -> Photo:
    """Return the photo with its hue turned by up to 40 degrees, saturation and value changed by up to 30 and 20."""
    hue, saturation, value = cv2.split(cv2.cvtColor(photo, cv2.COLOR_RGB2HSV))
    turned = ((hue.astype(np.int16) + int(rng.integers(-20, 21))) % 180).astype(np.uint8)  # cv2 counts 2 degrees as 1
    moved = [
        np.clip(plane.astype(np.int16) + int(rng.integers(-reach, reach + 1)), 0, 255).astype(np.uint8)
        for plane, reach in ((saturation, 30), (value, 20))
    ]
    return np.asarray(cv2.cvtColor(cv2.merge([turned, *moved]), cv2.COLOR_HSV2RGB), dtype=np.uint8)


def _sharpened(photo: Photo, rng: np.random.Generator) -> Photo:
    """Return the photo mixed with its difference from its neighbourhood, 0.2 to 0.5 of it."""
    strength = float(rng.uniform(0.2, 0.5))
    kernel = np.full((3, 3), -strength, np.float32)
    kernel[1, 1] = 1 + 8 * strength
    return np.asarray(cv2.filter2D(photo, -1, kernel), dtype=np.uint8)


def _motion_blurred(photo: Photo, rng: np.random.Generator) -> Photo:
    """Return the photo averaged along a line of 3 to 7 pixels in a random direction."""
    size = int(rng.choice((3, 5, 7)))
    angle, half = float(rng.uniform(0, np.pi)), size // 2
    reach = np.array((np.cos(angle), np.sin(angle))) * half
    kernel = np.zeros((size, size), np.float32)
    (x, y), middle = np.rint(reach).astype(int), half
    cv2.line(kernel, (middle - int(x), middle - int(y)), (middle + int(x), middle + int(y)), 1.0)
    return np.asarray(cv2.filter2D(photo, -1, kernel / kernel.sum()), dtype=np.uint8)


def _noisy(photo: Photo, deviation: float) -> Photo:
    noise: NDArray[np.int16] = np.empty(photo.shape, np.int16)
    cv2.randn(noise, np.zeros(3), np.full(3, deviation))
    return np.asarray(cv2.add(photo, noise, dtype=cv2.CV_8U), dtype=np.uint8)


def _colour_table(strength: float, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return a 1x256x3 table: gamma, contrast, brightness, and a gain a channel."""
    tone = np.linspace(0, 1, 256)[:, None]
    gamma = np.exp(rng.uniform(-1, 1) * 0.8 * strength)
    contrast = np.exp(rng.uniform(-1, 1) * 0.7 * strength)
    light = rng.uniform(-1, 1) * 0.35 * strength
    cast = np.exp(rng.uniform(-1, 1, (1, 3)) * 0.35 * strength)
    table = ((tone**gamma - 0.5) * contrast + 0.5 + light) * cast
    return np.asarray((np.clip(table, 0, 1) * 255).round()[None], dtype=np.uint8)
