"""What a drawn page lies on: cloth, wood or a desk with things on it."""

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from maskwright.imaging.mask_geometry import Points
from maskwright.imaging.photos import Photo

Plane = NDArray[np.float32]
CLOTHS = (
    ((28, 38, 104), (226, 220, 206)),
    ((150, 40, 46), (232, 226, 216)),
    ((70, 96, 84), (206, 208, 190)),
    ((120, 112, 128), (150, 142, 154)),
    ((206, 196, 176), (188, 176, 154)),
)
WOODS = ((148, 98, 58), (98, 62, 40), (186, 146, 98), (120, 94, 74))
DESKS = ((226, 224, 220), (58, 60, 66), (152, 160, 164), (206, 190, 164))
THINGS = ((30, 84, 120), (196, 62, 50), (236, 190, 60), (46, 120, 90), (240, 240, 238), (40, 40, 44))


def draw_ground(rng: Generator, size_px: int, *, px_per_unit: float) -> Photo:
    """Return a square of cloth, wood or desk seen from above; `px_per_unit` is pixels of it per pixel of the page."""
    draw = (_cloth, _wood, _desk)[int(rng.integers(0, 3))]
    return np.clip(draw(rng, size_px, px_per_unit), 0, 255).astype(np.uint8)


def _cloth(rng: Generator, size_px: int, px_per_unit: float) -> Plane:
    """Stripes, checks or plain weave, lying in soft folds."""
    dark, light = (np.array(c, dtype=np.float32) for c in CLOTHS[int(rng.integers(0, len(CLOTHS)))])
    period = rng.uniform(160, 640) * px_per_unit
    y, x = np.mgrid[0:size_px, 0:size_px].astype(np.float32)
    x, y = (axis + _smooth(rng, (7, 7), size_px) * 0.12 * period for axis in (x, y))
    stripes = [np.clip(np.sin(axis * (2 * np.pi / period)) * period * 0.12 + 0.5, 0, 1) for axis in (x, y)]
    kind = rng.random()
    blend = stripes[0] if kind < 0.45 else (stripes[0] + stripes[1]) / 2 if kind < 0.75 else np.full_like(x, 0.4)
    folds = 1 + 0.11 * _smooth(rng, (5, 9), size_px) + 0.06 * _smooth(rng, (18, 4), size_px)
    shade = (folds + _grain(rng, size_px, 0.055))[:, :, None]
    return np.asarray((dark + (light - dark) * blend[:, :, None]) * shade, dtype=np.float32)


def _wood(rng: Generator, size_px: int, px_per_unit: float) -> Plane:
    """Planks with grain along them and dark joints between them."""
    colour = np.array(WOODS[int(rng.integers(0, len(WOODS)))], dtype=np.float32)
    plank = max(20, int(rng.uniform(380, 900) * px_per_unit))
    rows = np.arange(size_px, dtype=np.float32)
    tones = rng.normal(1, 0.09, size_px // plank + 1)[(rows // plank).astype(int)]
    joint = np.where(rows % plank < max(2, 5 * px_per_unit), 0.45, 1.0)
    warp = rows[:, None] / np.float32(px_per_unit) + 26 * _smooth(rng, (size_px // plank + 3, 5), size_px)
    rings = 0.05 * np.sin(warp / 13) + 0.04 * np.sin(warp / 4.1)
    streaks = cv2.resize(
        rng.standard_normal((size_px, 18), dtype=np.float32), (size_px, size_px), interpolation=cv2.INTER_CUBIC
    )
    shade = (tones * joint).astype(np.float32)[:, None] * (1 + rings + 0.06 * streaks + _grain(rng, size_px, 0.02))
    ground = np.asarray(colour * shade[:, :, None].astype(np.float32), dtype=np.float32)
    return np.ascontiguousarray(ground.transpose(1, 0, 2)) if rng.random() < 0.5 else ground


def _desk(rng: Generator, size_px: int, px_per_unit: float) -> Plane:
    """A plain top with a speckle, and some things that lie about."""
    colour = np.array(DESKS[int(rng.integers(0, len(DESKS)))], dtype=np.float32)
    speckle = 1 + _grain(rng, size_px, 0.03) + 0.03 * _smooth(rng, (6, 6), size_px)
    ground = np.clip(colour * speckle[:, :, None], 0, 255).astype(np.uint8)
    for _ in range(int(rng.integers(5, 12))):
        draw = (_card, _mug, _pen)[int(rng.integers(0, 3))]
        draw(ground, rng, px_per_unit)
    return ground.astype(np.float32)


def _card(ground: Photo, rng: Generator, px_per_unit: float) -> None:
    """A book, a notebook or a card: a turned rectangle with a stripe, in its own shadow."""
    (x, y), (wide, high) = rng.uniform(0, len(ground), 2).tolist(), (rng.uniform(260, 760, 2) * px_per_unit).tolist()
    angle = float(rng.uniform(0, 180))
    outline = np.asarray(cv2.boxPoints(((x, y), (wide, high), angle)), dtype=np.float64)
    _cast_shadow(ground, outline, 14 * px_per_unit)
    cv2.fillPoly(ground, [np.rint(outline).astype(np.int32)], _thing(rng), cv2.LINE_AA)
    for share, at in ((0.62, 0.0), (0.4, 0.08)):
        stripe = cv2.boxPoints(((x + at * high, y + at * high), (wide * share, high * 0.06), angle))
        cv2.fillPoly(ground, [np.rint(stripe).astype(np.int32)], _thing(rng), cv2.LINE_AA)


def _mug(ground: Photo, rng: Generator, px_per_unit: float) -> None:
    """A mug from above: rim, wall, coffee."""
    x, y = (int(v) for v in rng.uniform(0, len(ground), 2))
    radius, colour = rng.uniform(170, 250) * px_per_unit, _thing(rng)
    ring = np.array([(x + radius * np.cos(a), y + radius * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 40)])
    _cast_shadow(ground, ring, 40 * px_per_unit)
    dimmed = tuple(int(c * 0.75) for c in colour)
    for share, fill in ((1.0, colour), (0.9, dimmed), (0.82, (58, 36, 24)), (0.4, (72, 46, 30))):
        cv2.circle(ground, (x, y), max(1, int(radius * share)), fill, -1, cv2.LINE_AA)


def _pen(ground: Photo, rng: Generator, px_per_unit: float) -> None:
    """A pen: a shaft, a cap, a glint."""
    start, angle = rng.uniform(0, len(ground), 2), rng.uniform(0, 2 * np.pi)
    along, colour = np.array((np.cos(angle), np.sin(angle))) * 760 * px_per_unit, _thing(rng)
    for at, to, shade, width in ((0.0, 1.0, 0.9, 46), (0.7, 1.0, 0.55, 52), (0.05, 0.65, 1.25, 9)):
        ends = [tuple(int(v) for v in start + along * share) for share in (at, to)]
        fill = tuple(min(255, int(c * shade)) for c in colour)
        cv2.line(ground, ends[0], ends[1], fill, max(1, int(width * px_per_unit)), cv2.LINE_AA)


def draw_sheet(ground: Photo, xy: Points, rng: Generator) -> None:
    """Draw another sheet with the corners `xy` on the ground, as paper that lies under the page."""
    _cast_shadow(ground, xy, 0.012 * float(np.ptp(xy)))
    tone = int(rng.integers(196, 226))
    cv2.fillPoly(ground, [np.rint(xy).astype(np.int32)], (tone, tone - 4, tone - 14), cv2.LINE_AA)


def _cast_shadow(ground: Photo, xy: Points, reach_px: float) -> None:
    """Darken the ground around the shape `xy`, more below and to the right of it."""
    xy = np.asarray(xy) + 0.7 * reach_px
    near = np.clip([xy.min(axis=0) - 4 * reach_px, xy.max(axis=0) + 4 * reach_px], 0, len(ground)).astype(int)
    (left, top), (right, bottom) = near.tolist()
    if left >= right or top >= bottom:
        return
    shade = np.zeros((bottom - top, right - left), dtype=np.float32)
    cv2.fillPoly(shade, [np.rint(xy - near[0]).astype(np.int32)], 0.5)
    shade = 1 - cv2.blur(cv2.blur(shade, (size := 1 + 2 * int(reach_px), size)), (size, size))
    under = ground[top:bottom, left:right]
    under[:] = cv2.multiply(under, cv2.merge([shade] * 3), None, 1.0, cv2.CV_8U)


def _smooth(rng: Generator, knots: tuple[int, int], size_px: int) -> Plane:
    """Return size_px x size_px of smooth random waves of height about 1."""
    drawn = rng.standard_normal(knots, dtype=np.float32)
    return np.asarray(cv2.resize(drawn, (size_px, size_px), interpolation=cv2.INTER_CUBIC), dtype=np.float32)


def _grain(rng: Generator, size_px: int, strength: float) -> Plane:
    return rng.standard_normal((size_px, size_px), dtype=np.float32) * np.float32(strength)


def _thing(rng: Generator) -> tuple[int, int, int]:
    return THINGS[int(rng.integers(0, len(THINGS)))]
