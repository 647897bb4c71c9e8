"""Augmentation of geometry: all of it in one composed warp of photo and mask."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.classes import IGNORE
from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.photos import Photo
from maskwright.planning.plan import AugmentPlan

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Crop:
    """Where a crop lies: its centre in pixels of the source, and `zoom`, crop pixels per source pixel."""

    centre_xy: tuple[float, float]
    zoom: float
    size_px: int


@dataclass(frozen=True)
class Warp:
    """The geometry of one crop: `matrix` (3x3) takes crop pixels to source pixels, `bend_px` (HxWx2) is added first."""

    matrix: Matrix
    size_px: int
    bend_px: NDArray[np.float32] | None


def unchanged(plan: AugmentPlan) -> AugmentPlan:
    """Return the plan with every step off."""
    return replace(
        plan,
        flip_x=False,
        flip_y=False,
        rotate_deg=0.0,
        perspective=0.0,
        elastic=0.0,
        colour=0.0,
        blur=0.0,
        noise=0.0,
        clahe=0.0,
        sharpen=0.0,
        motion_blur=0.0,
        hue=0.0,
    )


def draw_warp(crop: Crop, plan: AugmentPlan, rng: np.random.Generator) -> Warp:
    """Return a random warp for the crop: flips, rotation, stretch, perspective and elastic bending in one."""
    half = crop.size_px / 2
    angle = np.deg2rad(rng.uniform(-plan.rotate_deg, plan.rotate_deg))
    stretch = np.exp(rng.uniform(-1, 1) * plan.perspective)
    flip_x = -1.0 if plan.flip_x and rng.random() < 0.5 else 1.0
    flip_y = -1.0 if plan.flip_y and rng.random() < 0.5 else 1.0
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    scale = np.diag([flip_x * stretch / crop.zoom, flip_y / stretch / crop.zoom, 1.0])
    tilt = np.eye(3)
    tilt[2, :2] = rng.uniform(-1, 1, 2) * plan.perspective / half
    to_centre = np.array([[1.0, 0, -half], [0, 1.0, -half], [0, 0, 1.0]])
    back = np.array([[1.0, 0, crop.centre_xy[0]], [0, 1.0, crop.centre_xy[1]], [0, 0, 1.0]])
    bend = _bend(crop.size_px, plan, rng) if plan.elastic > 0 and rng.random() < 0.5 else None
    return Warp(back @ turn @ scale @ tilt @ to_centre, crop.size_px, bend)


def _bend(size_px: int, plan: AugmentPlan, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return a smooth random displacement in crop pixels: a coarse grid of normal offsets, interpolated by cubics.

    Simard et al. 2003; with 3 places a side and 10 px that of Ronneberger et al. 2015.
    """
    deviation_px = plan.elastic_px or plan.elastic * size_px / 25
    coarse = rng.normal(0, deviation_px, (plan.elastic_grid, plan.elastic_grid, 2)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (size_px, size_px), interpolation=cv2.INTER_CUBIC), dtype=np.float32)


def warp_pair(photo: Photo, mask: Mask, warp: Warp) -> tuple[Photo, Mask]:
    """Return the warped crop of photo (bilinear, mirrored beyond its edge) and mask (nearest, ignore beyond).

    The warp is in pixels of the mask; the photo may be a reduced copy of what the mask covers.
    """
    map_x, map_y = _maps(warp)
    truth = cv2.remap(
        mask, map_x, map_y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT, borderValue=(IGNORE, 0, 0, 0)
    )
    if photo.shape[:2] != mask.shape:
        map_x = (map_x + 0.5) * (photo.shape[1] / mask.shape[1]) - 0.5
        map_y = (map_y + 0.5) * (photo.shape[0] / mask.shape[0]) - 0.5
    crop = cv2.remap(photo, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(crop, dtype=np.uint8), np.asarray(truth, dtype=np.uint8)


def _maps(warp: Warp) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return source x and y of every crop pixel's centre, as cv2 counts them (pixel centres at whole numbers)."""
    line = np.arange(warp.size_px, dtype=np.float32) + 0.5
    x, y = np.meshgrid(line, line)
    if warp.bend_px is not None:
        x, y = x + warp.bend_px[..., 0], y + warp.bend_px[..., 1]
    m = warp.matrix.astype(np.float32)
    depth = m[2, 0] * x + m[2, 1] * y + m[2, 2]
    map_x = (m[0, 0] * x + m[0, 1] * y + m[0, 2]) / depth - 0.5
    map_y = (m[1, 0] * x + m[1, 1] * y + m[1, 2]) / depth - 0.5
    return map_x, map_y
