"""A bare circuit board drawn by code: substrate, copper areas, traces, vias, holes, and printed words."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from maskwright.imaging.photos import Photo

Colour = tuple[int, int, int]

LACQUERS: tuple[Colour, ...] = (
    (18, 92, 52),
    (28, 118, 66),
    (12, 66, 44),
    (22, 60, 128),
    (16, 40, 92),
    (138, 26, 34),
    (24, 24, 28),
    (58, 30, 84),
    (158, 118, 62),
    (206, 206, 200),
)
"""Colours of solder masks: greens most often, blue, red, black, violet, bare phenolic paper, white."""
TIN = (198, 200, 198)
GOLD = (214, 178, 96)
HOLE = (26, 24, 24)
WORDS = ("PWR", "GND", "+5V", "12V", "AUDIO", "REV B", "IN", "OUT", "J3", "SW1", "TP4", "DC-DC", "USB", "2024-11")


@dataclass(frozen=True)
class Ink:
    """The colours of one board: lacquer, copper under it, bare metal of pads, and silkscreen."""

    lacquer: Colour
    copper: Colour
    metal: Colour
    silk: Colour


def draw_bare_board(rng: Generator, size_hw: tuple[int, int]) -> tuple[Photo, Ink]:
    """Return a board of `size_hw` without parts as HxWx3 uint8 RGB, and its colours."""
    lacquer = LACQUERS[int(rng.choice(len(LACQUERS), p=(0.2, 0.2, 0.12, 0.12, 0.08, 0.07, 0.07, 0.03, 0.06, 0.05)))]
    base = np.clip(np.array(lacquer) * rng.uniform(0.85, 1.15) + rng.normal(0, 5, 3), 0, 255)
    lift = 0.22 if base.mean() < 150 else -0.16
    copper = base + lift * (np.array((255, 235, 170)) if lift > 0 else base)
    silk = (236, 236, 230) if base.mean() < 150 else (48, 48, 56)
    ink = Ink(_colour(base), _colour(copper), GOLD if rng.random() < 0.35 else TIN, silk)
    board = np.full((*size_hw, 3), ink.lacquer, dtype=np.uint8)
    _pour(board, ink, rng)
    for _ in range(int(rng.integers(9, 18))):
        _bundle(board, ink, rng)
    for _ in range(int(rng.integers(30, 90))):
        _via(board, ink, rng)
    for _ in range(int(rng.integers(4, 12))):
        _word(board, ink, rng)
    return board, ink


def _colour(values: NDArray[np.float64]) -> Colour:
    red, green, blue = np.clip(values, 0, 255).astype(int).tolist()
    return red, green, blue


def shade(colour: Colour, factor: float) -> Colour:
    """Return the colour made lighter (above 1) or darker."""
    return _colour(np.array(colour, dtype=np.float64) * factor)


def _pour(board: Photo, ink: Ink, rng: Generator) -> None:
    """Draw areas of copper that shows, a little lighter, through the lacquer."""
    between = _colour(0.6 * np.array(ink.lacquer) + 0.4 * np.array(ink.copper))
    for _ in range(int(rng.integers(2, 6))):
        corner, size = rng.uniform(-0.1, 0.8, 2) * board.shape[1::-1], rng.uniform(90, 420, 2)
        cut = min(size) * rng.uniform(0.05, 0.3)
        (x, y), (w, h) = corner, size
        outline = [(x + cut, y), (x + w, y), (x + w, y + h - cut), (x + w - cut, y + h), (x, y + h), (x, y + cut)]
        cv2.fillPoly(board, [np.rint(outline).astype(np.int32)], between, cv2.LINE_AA)


def _bundle(board: Photo, ink: Ink, rng: Generator) -> None:
    """Draw one to eight parallel traces that turn by 45 degrees a few times."""
    width = int(rng.choice((2, 3, 3, 4, 7)))
    count = 1 if width > 4 else int(rng.integers(1, 9))
    at, heading = rng.uniform(0, 1, 2) * board.shape[1::-1], int(rng.integers(0, 8))
    path = [at]
    for _ in range(int(rng.integers(2, 6))):
        angle = heading * np.pi / 4
        path.append(path[-1] + rng.uniform(40, 260) * np.array((np.cos(angle), np.sin(angle))))
        heading += int(rng.choice((-1, 1)))
    side = np.array((-np.sin(heading * np.pi / 4), np.cos(heading * np.pi / 4)))
    for index in range(count):
        line = np.rint(np.array(path) + side * index * width * 2.4).astype(np.int32)
        cv2.polylines(board, [line], False, ink.copper, width, cv2.LINE_AA)
        for x, y in (line[0], line[-1]):
            cv2.circle(board, (int(x), int(y)), width + 2, ink.metal, -1, cv2.LINE_AA)
            cv2.circle(board, (int(x), int(y)), max(1, width // 2), HOLE, -1, cv2.LINE_AA)


def _via(board: Photo, ink: Ink, rng: Generator) -> None:
    x, y = (int(v) for v in rng.uniform(0, 1, 2) * board.shape[1::-1])
    radius = int(rng.integers(3, 7))
    cv2.circle(board, (x, y), radius, shade(ink.metal, 0.9) if rng.random() < 0.6 else ink.copper, -1, cv2.LINE_AA)
    cv2.circle(board, (x, y), max(1, radius // 2), HOLE, -1, cv2.LINE_AA)


def _word(board: Photo, ink: Ink, rng: Generator) -> None:
    x, y = (int(v) for v in rng.uniform(0, 0.95, 2) * board.shape[1::-1])
    write(board, str(rng.choice(WORDS)), (x, y), ink, size=float(rng.uniform(0.45, 1.1)))


def write(board: Photo, words: str, at_xy: tuple[int, int], ink: Ink, *, size: float = 0.42) -> None:
    """Print words on the board; `at_xy` is the left end of their base line."""
    cv2.putText(board, words, at_xy, cv2.FONT_HERSHEY_SIMPLEX, size, ink.silk, 1 if size < 0.8 else 2, cv2.LINE_AA)
