"""Truths drawn by code for the threshold half: the kinds of photos that the four real sets there lack."""

from collections.abc import Callable, Mapping

import cv2
import numpy as np

from maskwright.classes import ClassTable, class_table
from maskwright.imaging.mask_geometry import Mask

COUNT = 14
"""Photos in a set, of which a set of defects has some that show nothing."""


def drawn_set(name: str) -> tuple[ClassTable, tuple[Mask, ...]]:
    """Return the classes and truths of a drawn set."""
    rng = np.random.default_rng(list(DRAWN).index(name) + 100)
    names, draw = DRAWN[name]
    return class_table(names), tuple(draw(rng, place) for place in range(COUNT))


def _blob(mask: Mask, centre_xy: tuple[float, float], radius_px: float, value: int, rng: np.random.Generator) -> None:
    """Fill a patch whose radius wavers around the given one."""
    angles = np.linspace(0, 2 * np.pi, 36, endpoint=False)
    waves = sum(rng.normal(0, 0.12) * np.cos(k * angles + rng.uniform(0, 7)) for k in (1, 2, 3, 5))
    radii = radius_px * np.clip(1 + np.asarray(waves), 0.4, 2)
    points = np.stack([centre_xy[0] + radii * np.cos(angles), centre_xy[1] + radii * np.sin(angles)], axis=1)
    cv2.fillPoly(mask, [points.round().astype(np.int32)], (value,))


def _line(mask: Mask, value: int, width_px: int, rng: np.random.Generator) -> None:
    high, wide = mask.shape
    start = np.array([rng.uniform(0.1, 0.9) * wide, rng.uniform(0.1, 0.9) * high])
    steps = rng.normal(0, 0.04 * high, (8, 2)).cumsum(axis=0) + rng.normal(0, 0.05 * high, 2) * np.arange(8)[:, None]
    cv2.polylines(mask, [(start + steps).round().astype(np.int32)], False, (value,), width_px)


def _tile(rng: np.random.Generator, place: int) -> Mask:
    """Draw a tile with one of five kinds of defects; four of fourteen have none."""
    mask = np.zeros((320, int(rng.integers(180, 321))), np.uint8)
    if place % 7 >= 5:
        return mask
    kind = place % 5 + 1
    high, wide = mask.shape
    for _ in range(int(rng.integers(1, 4)) if kind < 4 else 1):
        at = (rng.uniform(0.1, 0.9) * wide, rng.uniform(0.1, 0.9) * high)
        match kind:
            case 1:
                _blob(mask, at, rng.uniform(3, 10), 1, rng)
            case 2:
                _line(mask, 2, int(rng.integers(2, 5)), rng)
            case 3:
                _blob(mask, at, rng.uniform(8, 30), 3, rng)
            case 4:
                _blob(mask, at, rng.uniform(0.15, 0.3) * high, 4, rng)
            case _:
                cv2.ellipse(mask, (int(at[0]), high // 2), (int(rng.uniform(10, 30)), high // 3), 0, 0, 360, (5,), -1)
    return mask


def _pits(rng: np.random.Generator, place: int) -> Mask:
    """Draw a tile with one or two small defects of one of five classes; every third has none."""
    mask = np.zeros((int(rng.integers(240, 321)), int(rng.integers(150, 321))), np.uint8)
    if place % 3 == 2:
        return mask
    for _ in range(int(rng.integers(1, 3))):
        at = (rng.uniform(0.1, 0.9) * mask.shape[1], rng.uniform(0.1, 0.9) * mask.shape[0])
        if place % 2:
            _blob(mask, at, rng.uniform(3, 12), place % 5 + 1, rng)
        else:
            _line(mask, place % 5 + 1, int(rng.integers(2, 5)), rng)
    return mask


def _machine(rng: np.random.Generator, _place: int) -> Mask:
    """Draw a large body with parts on it, no two photos alike."""
    mask = np.zeros((240, 320), np.uint8)
    x, y, size = rng.uniform(110, 200), rng.uniform(100, 150), rng.uniform(60, 95)
    _blob(mask, (x, y), size, 1, rng)
    _blob(mask, (x - 0.5 * size, y + 0.8 * size), 0.3 * size, 2, rng)
    _blob(mask, (x + 0.6 * size, y + 0.7 * size), 0.3 * size, 2, rng)
    _blob(mask, (x + 0.2 * size, y - 0.4 * size), 0.35 * size, 3, rng)
    _blob(mask, (x - 0.7 * size, y), 0.15 * size, 4, rng)
    cv2.rectangle(mask, (int(x), int(y)), (int(x + 0.4 * size), int(y + 0.25 * size)), (5,), -1)
    return mask


def _beast(rng: np.random.Generator, _place: int) -> Mask:
    """Draw one large animal with legs and a head on one side."""
    mask = np.zeros((200, 260), np.uint8)
    x, y, size = rng.uniform(100, 160), rng.uniform(80, 110), rng.uniform(30, 45)
    side = rng.choice([-1, 1])
    _blob(mask, (x, y), size, 1, rng)
    _blob(mask, (x + side * size, y), 0.8 * size, 1, rng)
    _blob(mask, (x + side * 1.9 * size, y - 0.8 * size), 0.5 * size, 1, rng)
    for leg in (-0.6, -0.2, 0.9, 1.3):
        foot = (int(x + side * (leg + rng.normal(0, 0.2)) * size), int(y + 2 * size))
        cv2.line(mask, (int(x + side * leg * size), int(y)), foot, (1,), max(4, int(0.3 * size)))
    return mask


def _cells(rng: np.random.Generator, _place: int) -> Mask:
    """Draw some dozen patches of two kinds, the second rare."""
    mask = np.zeros((256, 256), np.uint8)
    for place in range(int(rng.integers(8, 22))):
        at = (rng.uniform(0, 256), rng.uniform(0, 256))
        _blob(mask, at, rng.uniform(8, 18), 2 if place % 5 == 0 else 1, rng)
    return mask


def _boards(rng: np.random.Generator, _place: int) -> Mask:
    """Draw a turned grid of thin lines, as a printed puzzle has."""
    lines = np.zeros((320, 240), np.uint8)
    count, side = int(rng.integers(4, 7)), int(rng.integers(110, 160))
    left, top = int(rng.integers(20, 220 - side)), int(rng.integers(30, 290 - side))
    for i in range(count + 1):
        step = i * side // count
        cv2.line(lines, (left + step, top), (left + step, top + side), (1,), 3)
        cv2.line(lines, (left, top + step), (left + side, top + step), (1,), 3)
    turn = cv2.getRotationMatrix2D((120, 160), rng.uniform(-12, 12), 1.0)
    return np.asarray(cv2.warpAffine(lines, turn, (240, 320), flags=cv2.INTER_NEAREST))


DRAWN: Mapping[str, tuple[tuple[str, ...], Callable[[np.random.Generator, int], Mask]]] = {
    "drawn_tiles": (("background", "hole", "crack", "fray", "break", "uneven"), _tile),
    "drawn_machines": (("background", "body", "foot", "window", "handle", "plate"), _machine),
    "drawn_beasts": (("background", "beast"), _beast),
    "drawn_cells": (("background", "cell", "rare cell"), _cells),
    "drawn_boards": (("background", "line"), _boards),
    "drawn_pits": (("background", "pit", "scratch", "stain", "dent", "chip"), _pits),
}
