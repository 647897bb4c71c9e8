"""Drawn photos of circuit boards with one to four coils each, and masks: objects on a hundredth of the pixels."""

import io
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image

from maskwright.files import write_bytes, write_text
from maskwright.imaging.drawing import encode_jpeg
from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.photos import Photo
from maskwright.synthetic.board import Ink, draw_bare_board
from maskwright.synthetic.board_coils import Coil, draw_coil
from maskwright.synthetic.board_parts import draw_lookalike, draw_part
from maskwright.synthetic.light_and_camera import expose, light
from maskwright.synthetic.printed_text import Box
from maskwright.synthetic.puzzle_ground import DESKS

FINER = 2
"""Boards are drawn at this many times the photo's resolution, then averaged down."""
PARTS = (26, 52)
CLASSES = "id,name,colour\n0,background,#000000\n1,coil,#e63946\n"


@dataclass(frozen=True)
class DrawnBoard:
    """A photo (HxWx3 uint8 RGB) and its mask: HxW uint8, 1 on coils."""

    picture: Photo
    mask: Mask


def draw_coil_photos(
    folder: Path,
    *,
    count: int = 150,
    seed: int = 0,
    long_side_px: int = 480,
    on_photo: Callable[[], None] | None = None,
) -> Path:
    """Draw `count` JPEG photos into `folder/images` and their masks into `folder/masks`; return `folder`.

    The same seed gives the same photos, and fewer photos are the first of more. Each photo shows a coil; coils
    cover 0.5 to 2 % of the pixels on average. `on_photo` is called after each photo.
    """
    for index in range(count):
        drawn = _with_coil(seed, index, long_side_px)
        name = f"board{index + 1:03d}"
        write_bytes(folder / "images" / f"{name}.jpg", encode_jpeg(drawn.picture, 88))
        write_bytes(folder / "masks" / f"{name}.png", _as_png(drawn.mask))
        if on_photo is not None:
            on_photo()
    write_text(folder / "classes.csv", CLASSES)
    return folder


def _with_coil(seed: int, index: int, long_side_px: int) -> DrawnBoard:
    """Return the first photo of a board that shows a coil, each drawn from random numbers of its own."""
    photos = (_board_of(seed, index, attempt, long_side_px) for attempt in itertools.count())
    return next(drawn for drawn in photos if drawn.mask.any())


def _board_of(seed: int, index: int, attempt: int, long_side_px: int) -> DrawnBoard:
    rng = np.random.default_rng((seed, index, attempt) if attempt else (seed, index))
    long, short = round(long_side_px * rng.uniform(0.94, 1.0)), round(long_side_px * rng.uniform(0.7, 0.78))
    return draw_board_photo(rng, (short, long) if rng.random() < 0.75 else (long, short))


def _as_png(mask: Mask) -> bytes:
    data = io.BytesIO()
    Image.fromarray(mask).save(data, "PNG")
    return data.getvalue()


def draw_board_photo(rng: Generator, size_hw: tuple[int, int]) -> DrawnBoard:
    """Return one photo of a board; the same homography places the board and its mask."""
    unit = max(size_hw) * FINER / 960
    board, mask = _populated(rng, size_hw)
    finer_wh = (size_hw[1] * FINER, size_hw[0] * FINER)
    homography = _camera(rng, board.shape[:2], finer_wh)
    seen = np.full((finer_wh[1], finer_wh[0], 3), DESKS[int(rng.integers(0, len(DESKS)))], dtype=np.uint8)
    edge = cv2.BORDER_TRANSPARENT
    seen = np.asarray(cv2.warpPerspective(board, homography, finer_wh, seen, cv2.INTER_LINEAR, edge), dtype=np.uint8)
    truth = cv2.warpPerspective(mask * 255, homography, finer_wh, flags=cv2.INTER_LINEAR)
    small = np.asarray(cv2.resize(seen, size_hw[::-1], interpolation=cv2.INTER_AREA), dtype=np.uint8)
    covered = cv2.resize(truth, size_hw[::-1], interpolation=cv2.INTER_AREA)
    photo = expose(_glare(light(small, rng), rng, 60 * unit), rng)
    return DrawnBoard(photo, (np.asarray(covered) >= 128).astype(np.uint8))


def _populated(rng: Generator, size_hw: tuple[int, int]) -> tuple[Photo, Mask]:
    """Return a board with its parts, at FINER times the photo's size and a little more, and its mask."""
    height, width = (int(1.12 * FINER * side) for side in size_hw)
    board, ink = draw_bare_board(rng, (height, width))
    mask = np.zeros((height, width), dtype=np.uint8)
    taken = np.zeros((height, width), dtype=np.bool_)
    unit = max(size_hw) * FINER / 960
    coils = int(rng.choice(5, p=(0.16, 0.26, 0.28, 0.18, 0.12)))
    for _ in range(coils):
        radius = float(rng.uniform(21, 46)) * unit
        box = _free(taken, (round(3.1 * radius),) * 2, rng)
        if box is not None:
            centre = (box.x + box.width / 2, box.y + box.height / 2)
            draw_coil(board, mask, Coil(centre, radius, float(rng.uniform(0, 2 * np.pi))), ink=ink, rng=rng)
    _fill(board, taken, ink, rng, unit)
    return board, mask


def _fill(board: Photo, taken: NDArray[np.bool_], ink: Ink, rng: Generator, unit: float) -> None:
    """Draw what looks like coils, then large parts, then small ones, wherever there is room."""
    for _ in range(int(rng.integers(2, 7))):
        side = round(rng.uniform(44, 96) * unit)
        if (box := _free(taken, (side, side), rng)) is not None:
            draw_lookalike(board, box, ink, rng)
    count = int(rng.integers(*PARTS))
    for index in range(count):
        size = rng.uniform(60, 170, 2) if index < count // 4 else rng.uniform((14, 26), (24, 60))
        wide, high = (round(v * unit) for v in rng.permutation(size))
        if (box := _free(taken, (high, wide), rng)) is not None:
            draw_part(board, box, ink, rng)


def _free(taken: NDArray[np.bool_], size_hw: tuple[int, int], rng: Generator) -> Box | None:
    """Return a place of that size that nothing has taken, and take it; None where a dozen trials find none."""
    height, width = size_hw
    border = 24
    for _ in range(12):
        y = int(rng.integers(border, max(border + 1, taken.shape[0] - height - border)))
        x = int(rng.integers(border, max(border + 1, taken.shape[1] - width - border)))
        if not taken[y - 12 : y + height + 6, x - 6 : x + width + 6].any():
            taken[y : y + height, x : x + width] = True
            return Box(x, y, width, height)
    return None


def _camera(rng: Generator, board_hw: tuple[int, int], photo_wh: tuple[int, int]) -> NDArray[np.float64]:
    """Return the homography from board to photo: turned by a little, slightly from the side; some edges show."""
    height, width = board_hw
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float64)
    zoom = rng.uniform(0.86, 1.0) if rng.random() < 0.35 else rng.uniform(1.0, 1.18)
    angle = rng.normal(0, 0.1)
    turn = zoom * np.array([(np.cos(angle), np.sin(angle)), (-np.sin(angle), np.cos(angle))])
    placed = (corners - corners.mean(axis=0)) @ turn + np.array(photo_wh) / 2 + rng.normal(0, 12, 2)
    placed += rng.normal(0, 0.022 * max(photo_wh), (4, 2))
    warp = cv2.getPerspectiveTransform(corners.astype(np.float32), placed.astype(np.float32))
    return np.asarray(warp, dtype=np.float64)


def _glare(scene: NDArray[np.float32], rng: Generator, reach_px: float) -> NDArray[np.float32]:
    """Return the scene with, on some photos, a lamp mirrored in the lacquer."""
    if rng.random() > 0.35:
        return scene
    height, width = scene.shape[:2]
    x, y, radius = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(0.6, 1.6) * reach_px
    rows, columns = np.ogrid[:height, :width]
    spot = np.exp(-((rows - y) ** 2 + (columns - x) ** 2) / (2 * radius**2)).astype(np.float32)
    return scene + (float(rng.uniform(30, 110)) * spot)[:, :, None]
