"""Coils drawn by code, from above: wound rings, wound drums, and wires wound on nothing that lie on their side."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator

from maskwright.imaging.mask_geometry import Mask, Points
from maskwright.imaging.photos import Photo
from maskwright.synthetic.board import HOLE, Colour, Ink, shade

WIRES: tuple[Colour, ...] = ((190, 104, 52), (168, 84, 44), (206, 128, 70), (146, 62, 40), (178, 112, 40))
CORES: tuple[Colour, ...] = ((38, 38, 42), (58, 60, 62), (60, 96, 70), (200, 178, 70), (82, 110, 128), (104, 84, 62))


@dataclass(frozen=True)
class Coil:
    """One coil to draw: its centre, the circle that it stays within, and how it is turned."""

    centre_xy: tuple[float, float]
    radius_px: float
    angle_rad: float


def draw_coil(board: Photo, mask: Mask, coil: Coil, *, ink: Ink, rng: Generator) -> None:
    """Draw a coil of a random kind on the board, and 1 where it is on the mask (HxW, same size)."""
    kinds: tuple[Callable[..., None], ...] = (_ring, _ring, _drum, _lying)
    kinds[int(rng.integers(0, len(kinds)))](board, mask, coil, ink=ink, rng=rng)


def _ring(board: Photo, mask: Mask, coil: Coil, *, ink: Ink, rng: Generator) -> None:
    """A toroid: a core, wires over it one beside the other, two ends that go to pads."""
    outer, inner = coil.radius_px, coil.radius_px * rng.uniform(0.34, 0.5)
    wire, core = _any(WIRES, rng), _any(CORES, rng)
    _leads(board, coil, ink=ink, wire=wire)
    shadow(board, coil.centre_xy, 1.1 * outer)
    hole = board.copy() if rng.random() < 0.6 else np.full_like(board, HOLE)
    _disc(board, coil.centre_xy, outer * 0.94, core)
    _disc(board, coil.centre_xy, (outer + inner) / 2, shade(core, 1.2), line_px=max(1, int(0.2 * (outer - inner))))
    thickness = max(2, int(outer * rng.uniform(0.1, 0.17)))
    turns = int(2 * np.pi * outer / (thickness * rng.uniform(1.05, 1.7)))
    gap = 0.0 if rng.random() < 0.4 else rng.uniform(0.4, 1.3)
    slant = rng.uniform(0.03, 0.14)
    for angle in np.linspace(coil.angle_rad + gap / 2, coil.angle_rad + 2 * np.pi - gap / 2, turns, endpoint=gap > 0):
        lit = 0.82 + 0.3 * np.cos(angle + 2.2) + rng.normal(0, 0.05)
        ends = [_on(coil, angle + s * slant, r) for s, r in ((-1, inner * 1.02), (1, outer - thickness / 2))]
        _wire(board, ends, wire, thickness=thickness, lit=lit)
    within = np.zeros(board.shape[:2], dtype=np.uint8)
    _disc(within, coil.centre_xy, inner * 0.96, 1)
    board[within == 1] = (hole[within == 1] * 0.7).astype(np.uint8)
    _disc(mask, coil.centre_xy, outer, 1)
    _disc(mask, coil.centre_xy, inner * 0.96, 0)


def _drum(board: Photo, mask: Mask, coil: Coil, *, ink: Ink, rng: Generator) -> None:
    """A drum core that stands: rings of wire between a dark rim and a dark head."""
    outer, wire, core = coil.radius_px, _any(WIRES, rng), _any(CORES[:2], rng)
    half = outer * 1.04
    for side in (-1, 1):
        a, b = (_at(coil, (side * half * u, v * half * 0.5)) for u, v in ((0.72, -1), (1.2, 1)))
        cv2.rectangle(board, _whole(a), _whole(b), ink.metal, -1)
    shadow(board, coil.centre_xy, 1.08 * outer)
    _disc(board, coil.centre_xy, outer, core)
    head = outer * rng.uniform(0.36, 0.52)
    thickness = max(1, int(outer * 0.07))
    for radius in np.arange(outer * 0.9, head, -1.35 * thickness):
        _disc(board, coil.centre_xy, radius, shade(wire, 0.6), line_px=thickness + 1)
        _disc(board, coil.centre_xy, radius, shade(wire, rng.uniform(0.95, 1.2)), line_px=max(1, thickness - 1))
    start = float(rng.uniform(0, 360))
    axes = (int(outer * 0.75), int(outer * 0.75))
    cv2.ellipse(board, _whole(coil.centre_xy), axes, start, 0, 50, shade(wire, 1.5), max(1, thickness), cv2.LINE_AA)
    _disc(board, coil.centre_xy, head, shade(core, 1.15))
    _disc(mask, coil.centre_xy, outer, 1)


def _lying(board: Photo, mask: Mask, coil: Coil, *, ink: Ink, rng: Generator) -> None:
    """Wire wound on a rod or on nothing, lying: parallel slanted turns, light along the top of the cylinder."""
    half, high = coil.radius_px * rng.uniform(0.92, 1.1), coil.radius_px * rng.uniform(0.36, 0.56)
    wire = _any(WIRES, rng)
    _leads(board, coil, ink=ink, wire=wire)
    shadow(board, coil.centre_xy, 0.85 * half)
    box = np.array([_at(coil, (u * half, v * high)) for u, v in ((-1, -1), (1, -1), (1, 1), (-1, 1))])
    cv2.fillPoly(board, [np.rint(box).astype(np.int32)], shade(wire, 0.45), cv2.LINE_AA)
    thickness = max(2, int(coil.radius_px * rng.uniform(0.11, 0.17)))
    for along in np.arange(-half + thickness / 2, half - thickness / 4, thickness * rng.uniform(1.1, 1.4)):
        lean = thickness * 0.7
        for top, bottom, lit in ((-1.0, -0.45, 0.95), (-0.45, 0.15, 1.35), (0.15, 0.6, 0.9), (0.6, 1.0, 0.62)):
            ends = [_at(coil, (along + lean * v, v * (high - 1))) for v in (top, bottom)]
            _wire(board, ends, wire, thickness=thickness, lit=lit)
    cv2.fillPoly(mask, [np.rint(box).astype(np.int32)], 1)


def _leads(board: Photo, coil: Coil, *, ink: Ink, wire: Colour) -> None:
    """Two wire ends that run to tinned pads beside the coil; they are no part of the mask."""
    for side in (-0.35, 0.35):
        pad = _on(coil, coil.angle_rad + side, 1.32 * coil.radius_px)
        start = _on(coil, coil.angle_rad + side * 0.8, 0.6 * coil.radius_px)
        _disc(board, pad, max(4.0, 0.17 * coil.radius_px), ink.metal)
        cv2.line(board, _whole(start), _whole(pad), shade(wire, 0.9), max(2, int(0.09 * coil.radius_px)), cv2.LINE_AA)


def _wire(board: Photo, ends: list[tuple[float, float]], wire: Colour, *, thickness: int, lit: float) -> None:
    """One turn: a dark line, the wire on it, a glint along the wire."""
    a, b = (_whole(end) for end in ends)
    cv2.line(board, a, b, shade(wire, 0.42 * lit), thickness + 1, cv2.LINE_AA)
    cv2.line(board, a, b, shade(wire, lit), max(1, thickness - 1), cv2.LINE_AA)
    if thickness > 3:
        cv2.line(board, a, b, shade(wire, 1.35 * lit), 1, cv2.LINE_AA)


def shadow(board: Photo, centre_xy: tuple[float, float], radius_px: float) -> None:
    """Darken a soft disc a little below and right of a part."""
    reach = int(radius_px * 1.5)
    x, y = (int(v + 0.16 * radius_px) for v in centre_xy)
    left, top = max(0, x - reach), max(0, y - reach)
    under = board[top : max(0, y + reach), left : max(0, x + reach)]
    if not under.size:
        return
    rows, columns = np.ogrid[top : top + under.shape[0], left : left + under.shape[1]]
    distance = np.sqrt((rows - y) ** 2 + (columns - x) ** 2) / radius_px
    factor = 1 - 0.5 / (1 + np.exp((distance - 1) * 12))
    under[:] = (under * factor[:, :, None]).astype(np.uint8)


def _disc(
    canvas: Photo | Mask, centre_xy: tuple[float, float], radius: float, colour: Colour | int, *, line_px: int = -1
) -> None:
    smooth = cv2.LINE_AA if canvas.ndim == 3 else cv2.LINE_8
    cv2.circle(canvas, _whole(centre_xy), max(1, round(radius)), colour, line_px, smooth)


def _on(coil: Coil, angle: float, radius: float) -> tuple[float, float]:
    return coil.centre_xy[0] + radius * float(np.cos(angle)), coil.centre_xy[1] + radius * float(np.sin(angle))


def _at(coil: Coil, offset: tuple[float, float] | Points) -> tuple[float, float]:
    """Return a place given along and across the coil's axis."""
    cos, sin = float(np.cos(coil.angle_rad)), float(np.sin(coil.angle_rad))
    along, across = float(offset[0]), float(offset[1])
    return coil.centre_xy[0] + along * cos - across * sin, coil.centre_xy[1] + along * sin + across * cos


def _whole(xy: tuple[float, float]) -> tuple[int, int]:
    return round(xy[0]), round(xy[1])


def _any(colours: tuple[Colour, ...], rng: Generator) -> Colour:
    return shade(colours[int(rng.integers(0, len(colours)))], float(rng.uniform(0.85, 1.2)))
