"""Sets drawn by code, for what no set of real photos has: colours that decide, clean photos, one object a photo."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from maskwright.files import write_bytes, write_text
from maskwright.imaging.drawing import encode_jpeg
from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.photos import Photo
from maskwright.synthetic.board_photos import draw_coil_photos
from maskwright.synthetic.puzzle_photos import draw_puzzle_photos

COUNT, SIZE_HW = 48, (384, 512)
EMPTY_SHARE = 0.45
Colour = tuple[int, int, int]
Outline = NDArray[np.int32]
RED, BLUE, GREEN, GREY = (186, 44, 40), (44, 48, 186), (62, 140, 58), (120, 120, 122)
DrawScene = Callable[[Photo, Mask, Generator], None]


def _ground(rng: Generator, colour: Colour) -> Photo:
    """Return a surface with large stains and fine grain."""
    stains = cv2.resize(rng.normal(0, 14, (6, 8, 3)), SIZE_HW[::-1], interpolation=cv2.INTER_CUBIC)
    grain = rng.normal(0, 5, (*SIZE_HW, 1))
    return np.clip(np.array(colour) + stains + grain, 0, 255).astype(np.uint8)


def _star(rng: Generator, centre_xy: tuple[float, float], radius_px: float, *, points: int, depth: float) -> Outline:
    """Return the outline of a star: `depth` 0 is a circle, 0.6 leaves thin arms."""
    around = np.linspace(0, 2 * np.pi, 24 * points, endpoint=False)
    angles = rng.uniform(0, 2 * np.pi) + around
    radii = radius_px * (1 - depth * (0.5 - 0.5 * np.cos(points * around)))
    return np.stack(
        [centre_xy[0] + radii * np.cos(angles), centre_xy[1] + 0.85 * radii * np.sin(angles)], axis=1
    ).astype(np.int32)


def _places(rng: Generator, count: int, apart_px: float) -> list[tuple[float, float]]:
    """Return up to `count` places in the photo that lie apart from one another."""
    found: list[tuple[float, float]] = []
    for _ in range(200):
        x, y = rng.uniform(0.12, 0.88) * SIZE_HW[1], rng.uniform(0.15, 0.85) * SIZE_HW[0]
        if len(found) < count and all(np.hypot(x - a, y - b) > apart_px for a, b in found):
            found.append((x, y))
    return found


def _paint(photo: Photo, outline: Outline, colour: Colour, rng: Generator) -> None:
    shade = rng.uniform(0.8, 1.15)
    cv2.fillPoly(photo, [outline], tuple(min(255.0, c * shade) for c in colour), cv2.LINE_AA)


def _fruit(photo: Photo, mask: Mask, rng: Generator) -> None:
    """Apples, plums and leaves: three classes that differ in colour more than in shape."""
    looks = ((1, RED, 5, 0.12), (2, BLUE, 3, 0.15), (3, GREEN, 2, 0.55))
    for place in _places(rng, int(rng.integers(5, 9)), 105):
        class_id, colour, points, depth = looks[int(rng.integers(0, 3))]
        outline = _star(rng, place, rng.uniform(32, 56), points=points, depth=depth)
        _paint(photo, outline, colour, rng)
        cv2.fillPoly(mask, [outline], class_id)


def _stars(photo: Photo, mask: Mask, rng: Generator, *, shown: bool) -> None:
    """One red star, where it is shown, among blue and grey ones."""
    for index, place in enumerate(_places(rng, 5, 125)):
        outline = _star(rng, place, rng.uniform(38, 58), points=6, depth=0.6)
        if index == 0 and shown:
            _paint(photo, outline, RED, rng)
            cv2.fillPoly(mask, [outline], 1)
        else:
            _paint(photo, outline, BLUE if index % 2 else GREY, rng)


def _one_star(photo: Photo, mask: Mask, rng: Generator) -> None:
    _stars(photo, mask, rng, shown=True)


def _some_stars(photo: Photo, mask: Mask, rng: Generator) -> None:
    _stars(photo, mask, rng, shown=rng.random() > EMPTY_SHARE)


def _some_scratches(photo: Photo, mask: Mask, rng: Generator) -> None:
    """Bright scratches on some plates; dull seams on all."""
    for y in rng.uniform(20, SIZE_HW[0] - 20, 2).astype(int):
        cv2.line(photo, (0, int(y)), (SIZE_HW[1], int(y + rng.integers(-15, 15))), (74, 76, 80), 4, cv2.LINE_AA)
    for _ in range(int(rng.integers(1, 4)) if rng.random() > EMPTY_SHARE else 0):
        steps = rng.normal(0, 10, (12, 2)).cumsum(axis=0) + np.linspace(0, 1, 12)[:, None] * rng.uniform(-160, 160, 2)
        line = (steps + rng.uniform(0.25, 0.75, 2) * SIZE_HW[::-1]).astype(np.int32)
        cv2.polylines(photo, [line], False, (232, 230, 220), 5, cv2.LINE_AA)
        cv2.polylines(mask, [line], False, 1, 5)


def _drawn(names: tuple[str, ...], ground: Colour, scene: DrawScene) -> Callable[[Path], None]:
    def draw(folder: Path) -> None:
        for index in range(COUNT):
            rng = np.random.default_rng((7, index))
            photo, mask = _ground(rng, ground), np.zeros(SIZE_HW, dtype=np.uint8)
            scene(photo, mask, rng)
            soft = np.asarray(cv2.GaussianBlur(photo, (0, 0), 0.8), dtype=np.uint8)
            write_bytes(folder / "images" / f"photo{index:03d}.jpg", encode_jpeg(soft, 90))
            write_bytes(folder / "masks" / f"photo{index:03d}.png", cv2.imencode(".png", mask)[1].tobytes())
        rows = [f"{i},{name}" for i, name in enumerate(("background", *names))]
        write_text(folder / "classes.csv", "\n".join(["id,name", *rows]) + "\n")

    return draw


def _puzzles(folder: Path) -> None:
    draw_puzzle_photos(folder, count=COUNT, long_side_px=640)


def _coils(folder: Path) -> None:
    draw_coil_photos(folder, count=90)


DRAWN: dict[str, Callable[[Path], None]] = {
    "drawn_puzzles": _puzzles,
    "drawn_coils": _coils,
    "drawn_fruit": _drawn(("apple", "plum", "leaf"), (198, 176, 140), _fruit),
    "drawn_star": _drawn(("star",), (206, 200, 186), _one_star),
    "drawn_some_stars": _drawn(("star",), (206, 200, 186), _some_stars),
    "drawn_scratches": _drawn(("scratch",), (132, 136, 142), _some_scratches),
}
"""How each drawn set is drawn into a folder."""
