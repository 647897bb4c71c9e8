"""Small drawn pictures of each finding: the failure, and the same scene once it is fixed."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from docs_tools.finding_charts import BARS, CURVES, HISTOGRAMS, bars, curves, histogram
from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.photos import Photo

SIZE_HW = (120, 160)
COLOURS = np.array([(0, 0, 0), (230, 57, 70), (69, 123, 230)], dtype=np.float64)

MaskChange = Callable[[Mask], Mask]
PhotoChange = Callable[[Photo], Photo]


@dataclass(frozen=True)
class PicturePair:
    """The failure and the cure, HxWx3 uint8 RGB each."""

    failure: Photo
    cure: Photo


def picture_pair(code: str) -> PicturePair:
    """Return the pictures of a finding: its own, or those of its family (the word before the first dash)."""
    if code in CURVES:
        return PicturePair(*(curves(series, SIZE_HW) for series in CURVES[code]))
    if code in BARS:
        return PicturePair(*(bars(values, SIZE_HW) for values in BARS[code]))
    if code in HISTOGRAMS:
        return PicturePair(*(histogram(values, SIZE_HW) for values in HISTOGRAMS[code]))
    photo, mask = scene()
    if code == "pred-filled":
        return PicturePair(*(overlay(_with_ring(photo, mask)[0], m) for m in (mask, _with_ring(photo, mask)[1])))
    right = overlay(photo, mask)
    if code in STORED:
        return PicturePair(as_stored(STORED[code](mask)), as_stored(_white(mask)))
    if code in PHOTOS:
        changed = PHOTOS[code](photo)
        return PicturePair(changed if code in NO_MASK else overlay(changed, mask), right)
    return PicturePair(
        overlay(photo, MASKS.get(code, MASKS[FAMILIES.get(code.partition("-")[0], "mask-empty")])(mask)), right
    )


def scene() -> tuple[Photo, Mask]:
    """Return a drawn photo (a tilted red tin and a blue coin on a table) and its mask with the classes 1 and 2."""
    rng = np.random.default_rng(7)
    height, width = SIZE_HW
    photo = np.full((height, width, 3), (168, 150, 122), np.float64)
    photo += 9 * np.sin(np.arange(height) / 5)[:, None, None] + rng.normal(0, 5, (height, width, 1))
    mask = np.zeros(SIZE_HW, np.uint8)
    tin = cv2.boxPoints(((58, 52), (62, 40), 18)).round().astype(np.int32)
    cv2.fillPoly(mask, [tin], (1,))
    cv2.circle(mask, (120, 84), 17, (2,), -1)
    shade = photo.mean(axis=2, keepdims=True) / 150
    photo = np.where((mask == 1)[..., None], shade * (186, 62, 48), photo)
    photo = np.where((mask == 2)[..., None], shade * (92, 108, 150), photo)
    return np.clip(cv2.GaussianBlur(photo, (0, 0), 0.7), 0, 255).astype(np.uint8), mask


def _with_ring(photo: Photo, mask: Mask) -> tuple[Photo, Mask]:
    """Return the scene with a ring in place of the coin: the table shows through it."""
    inside = cv2.circle(np.zeros(SIZE_HW, np.uint8), (120, 84), 9, (1,), -1) > 0
    table = np.roll(photo, -45, axis=0)
    return np.where(inside[..., None], table, photo), np.where(inside, 0, mask).astype(np.uint8)


def overlay(photo: Photo, mask: Mask) -> Photo:
    """Return the photo with each class tinted and outlined; 255 (ignored) is grey."""
    out = photo.astype(np.float64)
    for class_id in (1, 2):
        where = mask == class_id
        out[where] = 0.45 * out[where] + 0.55 * COLOURS[class_id]
        drawn, _ = cv2.findContours(where.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(out, drawn, -1, (255, 255, 255), 1)
    out[mask == 255] = 0.3 * out[mask == 255] + 90
    return out.astype(np.uint8)


def as_stored(values: NDArray[np.uint8]) -> Photo:
    """Return mask values as a viewer shows them: grey levels."""
    return np.repeat(np.asarray(values, np.uint8)[:, :, None], 3, axis=2)


def _white(mask: Mask) -> Mask:
    return np.asarray(np.where(mask > 0, 255, 0), np.uint8)


def _moved(mask: Mask, dx: int, dy: int) -> Mask:
    return np.asarray(np.roll(mask, (dy, dx), (0, 1)))


def _sized(mask: Mask, factor: float) -> Mask:
    matrix = np.array([[factor, 0, 0], [0, factor, 0]], dtype=np.float64)
    return np.asarray(cv2.warpAffine(mask, matrix, mask.shape[::-1], flags=cv2.INTER_NEAREST), np.uint8)


def _turned(mask: Mask) -> Mask:
    turned = np.ascontiguousarray(np.rot90(mask))
    return np.asarray(cv2.resize(turned, mask.shape[::-1], interpolation=cv2.INTER_NEAREST), np.uint8)


def _coarse(mask: Mask) -> Mask:
    maps = [cv2.resize((mask == c).astype(np.float32), (8, 6), interpolation=cv2.INTER_AREA) for c in range(3)]
    return np.asarray(np.stack([cv2.resize(m, mask.shape[::-1]) for m in maps]).argmax(axis=0), np.uint8)


def _speckled(mask: Mask, share: float = 0.07) -> Mask:
    rng = np.random.default_rng(1)
    return np.where(rng.random(mask.shape) < share, rng.integers(0, 3, mask.shape), mask).astype(np.uint8)


def _patches(mask: Mask) -> Mask:
    out = mask.copy()
    for x, y, r in ((20, 100, 9), (140, 20, 11), (18, 16, 6)):
        cv2.circle(out, (x, y), r, (1,), -1)
    return out


def _ringing(white: Mask) -> Mask:
    """Return a white mask as hard JPEG leaves it."""
    _, data = cv2.imencode(".jpg", white, [cv2.IMWRITE_JPEG_QUALITY, 4])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)


def _bare(mask: Mask) -> Mask:
    return np.zeros_like(mask)


def _swapped(mask: Mask) -> Mask:
    return np.array([0, 2, 1] + [0] * 253, np.uint8)[mask]


def _rim(mask: Mask) -> Mask:
    wide = cv2.dilate(mask, np.ones((7, 7), np.uint8))
    return np.where(mask > 0, mask, np.where(wide > 0, 3 - wide, 0)).astype(np.uint8)


def _seams(mask: Mask) -> Mask:
    near = (np.arange(120)[:, None] % 40 < 4) | (np.arange(160)[None] % 40 < 4)
    return np.where(near, _speckled(mask, 0.7), mask).astype(np.uint8)


def _half(mask: Mask) -> Mask:
    out = mask.copy()
    out[60:] = 0
    return out


def _boxed(mask: Mask) -> Mask:
    """Fill the box around each object."""
    out = mask.copy()
    for value in (1, 2):
        left, top, wide, high = cv2.boundingRect((mask == value).astype(np.uint8))
        out[top : top + high, left : left + wide] = value
    return out


def _joined(mask: Mask) -> Mask:
    """Fill a band between the two objects."""
    ends = [tuple(int(v) for v in np.argwhere(mask == value).mean(axis=0)[::-1]) for value in (1, 2)]
    band = cv2.line(np.zeros_like(mask), ends[0], ends[1], (1,), 9)
    return np.where((mask == 0) & (band > 0), 1, mask).astype(np.uint8)


def _summed(mask: Mask) -> Mask:
    """Widen the first object and add another one of its id across it: 1 + 1 is the second id."""
    first = np.asarray(cv2.dilate((mask == 1).astype(np.uint8), np.ones((9, 9), np.uint8)), np.uint8)
    return np.where(mask == 2, mask, first + _moved(first, 22, 10)).astype(np.uint8)


MASKS: dict[str, MaskChange] = {
    "mask-sums": _summed,
    "object-single": lambda m: np.where(m == 2, 0, m).astype(np.uint8),
    "object-skipped": lambda m: np.where(m == 2, 0, m).astype(np.uint8),
    "mask-flipped": lambda m: m[:, ::-1].copy(),
    "mask-mirrored-classes": _swapped,
    "mask-turned": _turned,
    "mask-unturned": _turned,
    "mask-shifted": lambda m: _moved(m, 12, 9),
    "mask-size": lambda m: _sized(m, 0.72),
    "mask-boxes": _boxed,
    "mask-empty": _bare,
    "mask-missing": _bare,
    "mask-unreadable": _half,
    "mask-all-ignore": lambda m: np.full_like(m, 255),
    "mask-uniform": lambda m: np.ones_like(m),
    "mask-ground": lambda m: (m == 0).astype(np.uint8),
    "mask-nodata": lambda m: np.where(np.arange(160) < 40, 255, m).astype(np.uint8),
    "mask-same": lambda m: np.asarray(cv2.circle(np.zeros_like(m), (80, 60), 45, (1,), -1), np.uint8),
    "folder-reading": lambda m: np.minimum(m, 1),
    "file-unused": _coarse,
    "pairs-across-folders": lambda m: _moved(_swapped(m), 47, 31),
    "mask-bgr": _swapped,
    "mask-smoothed": _rim,
    "ignore-object": _white,
    "mask-255": _white,
    "pred-255": _white,
    "shape-invalid": _half,
    "shape-outside": lambda m: _moved(m, 60, 0) * (np.arange(160) > 60).astype(np.uint8),
    "shape-filled": lambda m: np.asarray(cv2.dilate(m, np.ones((21, 21), np.uint8)), np.uint8),
    "shape-joined": _joined,
    "shape-unclassed": lambda m: np.where(m == 2, 0, m).astype(np.uint8),
    "reading-choice": lambda m: np.where(m == 2, 255, m).astype(np.uint8),
    "attribute-invalid": lambda m: np.where(m == 2, 0, m).astype(np.uint8),
    "class-misspelt": _swapped,
    "class-unknown": lambda m: np.where(m == 2, 255, m).astype(np.uint8),
    "duplicate-disagree": lambda m: _moved(_sized(m, 1.1), -20, 6),
    "label-suspect": lambda m: np.where(m == 2, 0, _moved(m, 22, -12)).astype(np.uint8),
    "pairs-unmatched": _bare,
    "pred-unreadable": _half,
    "pred-shuffled": lambda m: _moved(_swapped(m), 47, 31),
    "pred-flipped": lambda m: m[:, ::-1].copy(),
    "pred-turned": _turned,
    "orientation-fails": lambda m: _moved(_sized(m, 0.7), 30, -20),
    "pred-shifted": lambda m: _moved(m, 12, 9),
    "pred-scaled": lambda m: _sized(m, 1.25),
    "pred-inverted": lambda m: (m == 0).astype(np.uint8),
    "classes-swapped": _swapped,
    "classes-offset": lambda m: np.minimum(m + 1, 2).astype(np.uint8),
    "pred-ghosts": _rim,
    "pred-constant": lambda m: _moved(m, -31, 22),
    "patches-distant": _patches,
    "pred-speckled": _speckled,
    "empty-positives": _patches,
    "boundary-coarse": _coarse,
    "score-collapse": _bare,
    "score-constant": lambda m: np.ones_like(m),
    "training-collapse": _bare,
    "cannot-learn": lambda m: _speckled(m, 0.6),
    "batchnorm-training": lambda m: _speckled(_moved(m, 5, 3), 0.15),
    "weights-random": lambda m: _speckled(_sized(m, 0.8), 0.12),
    "not-checked": _half,
    "pred-augmented": lambda m: m[::-1, ::-1].copy(),
    "pred-symmetric": lambda m: np.maximum(m, m[:, ::-1]),
    "pred-seams": _seams,
    "pred-tiles": lambda m: np.vstack([np.roll(m[:60], 80, axis=1), m[60:]])[(np.arange(120) + 60) % 120],
    "pred-unfinished": lambda m: m * (np.arange(160) < 90).astype(np.uint8),
    "pred-raster": lambda m: m.ravel(order="F").reshape(m.shape),
    "pred-checkerboard": lambda m: np.where(np.indices(m.shape).sum(axis=0) // 2 % 2, m, 0).astype(np.uint8),
    "pred-outlines": lambda m: np.where(cv2.erode(m, np.ones((9, 9), np.uint8)) > 0, 0, m).astype(np.uint8),
    "pred-wrapped": lambda m: np.where(cv2.erode(m, np.ones((21, 21), np.uint8)) > 0, 0, m).astype(np.uint8),
    "pred-one-piece": lambda m: np.where(m == 1, m, 0).astype(np.uint8),
    "pred-boxes": _boxed,
    "pred-size-limit": lambda m: m * np.pad(np.ones((40, 60), np.uint8), ((40, 40), (40, 60))),
    "pred-thick": lambda m: np.asarray(cv2.dilate(m, np.ones((13, 13), np.uint8)), np.uint8),
    "pred-excess": lambda m: np.asarray(cv2.dilate(m, np.ones((41, 41), np.uint8)), np.uint8),
    "class-missing": lambda m: np.where(m == 2, 0, m).astype(np.uint8),
    "classes-confused": lambda m: np.where((m > 0) & (np.indices(m.shape)[1] // 9 % 2 > 0), 3 - m, m).astype(np.uint8),
    "class-excess": lambda m: np.maximum(m, 2 * cv2.dilate(m // 2, np.ones((35, 35), np.uint8))),
    "classes-merged": lambda m: np.minimum(m, 1),
    "truth-inverted": lambda m: (m == 0).astype(np.uint8),
    "truth-numbering": lambda m: np.minimum(m + 1, 2).astype(np.uint8),
    "score-unexplained": lambda m: _coarse(_speckled(m, 0.5)),
}
FAMILIES = {"pred": "pred-speckled", "mask": "mask-shifted", "shape": "shape-outside", "class": "classes-swapped"}

STORED: dict[str, MaskChange] = {
    "instance-ids": lambda m: np.array([0, 70, 140] + [0] * 253, np.uint8)[m],
    "pred-palette": lambda m: np.array([0, 76, 150] + [0] * 253, np.uint8)[m],
    "mask-scaled": lambda m: np.asarray(m > 0, np.uint8),
    "pred-divided": lambda m: np.asarray(m > 0, np.uint8),
    "mask-values": lambda m: np.array([0, 76, 29] + [0] * 253, np.uint8)[m],
    "mask-grey-colours": lambda m: np.array([0, 76, 29] + [0] * 253, np.uint8)[m],
    "mask-soft": lambda m: np.asarray(cv2.GaussianBlur(_white(m), (0, 0), 6), np.uint8),
    "mask-ghosts": lambda m: _ringing(_white(m)),
}

NO_MASK = (
    "photo-unannotated",
    "photo-missing",
    "photo-unreadable",
    "photo-canvas",
    "duplicate-exact",
    "duplicate-near",
    "split-leak",
)


def _broken(photo: Photo) -> Photo:
    out = photo.copy()
    out[70:] = 128
    return out


def _tiny(photo: Photo) -> Photo:
    return np.asarray(cv2.resize(photo[::10, ::10], photo.shape[1::-1], interpolation=cv2.INTER_NEAREST), np.uint8)


def _twice(photo: Photo) -> Photo:
    half = cv2.resize(photo, (80, 120))
    return np.asarray(np.hstack([half, half]), np.uint8)


PHOTOS: dict[str, PhotoChange] = {
    "photo-missing": lambda p: np.full_like(p, 235),
    "photo-canvas": lambda p: np.full_like(p, 235),
    "photo-unreadable": _broken,
    "photo-depth": lambda p: np.repeat(p[..., 2:], 3, axis=2) // 4,
    "photo-tiny": _tiny,
    "bands-unused": lambda p: p[..., [2, 2, 1]].copy(),
    "border-mirrored": lambda p: np.concatenate([p[:, :110], p[:, 109:59:-1]], axis=1),
    "photo-flat": lambda p: np.full_like(p, 120),
    "photo-range": lambda p: np.clip(p.astype(np.int16) * 3 - 200, 0, 255).astype(np.uint8),
    "photo-wrapped": lambda p: (p.astype(np.uint16) * 3).astype(np.uint8),
    "photo-unannotated": lambda p: p,
    "duplicate-exact": _twice,
    "duplicate-near": _twice,
    "split-leak": _twice,
    "object-vanishes": _tiny,
    "photos-few": lambda p: np.where(np.arange(160)[None, :, None] < 54, p, 235).astype(np.uint8),
    "photos-unlike": lambda p: np.clip(p * (0.3, 0.35, 0.7), 0, 255).astype(np.uint8),
    "normalised-twice": lambda p: np.clip(p.astype(np.int16) * 4 - 430, 0, 255).astype(np.uint8),
    "normalisation-missing": lambda p: p // 3,
    "input-range": lambda p: p // 60,
    "input-bgr": lambda p: p[..., ::-1].copy(),
}
