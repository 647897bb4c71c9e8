"""Faults of masks, injected into real truths beside their real photos, as `check_pairs` meets them in a loader."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.faults.artefacts import shifted
from benchmarks.faults.bases import Base, Shown
from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.photos import Photo

Array = NDArray[Any]
Pairs = Sequence[tuple[Array, Array]]


@dataclass(frozen=True)
class MaskFault:
    """A fault by the code that should be named; `inject` gives None where a base cannot have it."""

    code: str
    inject: Callable[[Base], Pairs | None]
    variant: str = ""
    also: tuple[str, ...] = ()
    """Other codes that name the fault as well: smoothing and JPEG leave the same stray values."""

    @property
    def name(self) -> str:
        """The code with its variant."""
        return f"{self.code}{f' ({self.variant})' if self.variant else ''}"


def as_given(base: Base) -> Pairs:
    """Return photos and truths as they are."""
    return [(one.photo, one.truth) for one in (*base.held_out, *base.learnt)]


def labelled_once(pairs: Pairs) -> Pairs:
    """Return the pairs without copies of an earlier photo: kolektor has one twice, with masks that disagree."""
    kept: dict[bytes, tuple[Array, Array]] = {}
    for photo, mask in pairs:
        kept.setdefault(photo.tobytes(), (photo, mask))
    return list(kept.values())


def _masks(change: Callable[[Mask], Array]) -> Callable[[Base], Pairs | None]:
    return lambda base: [(photo, np.ascontiguousarray(change(np.asarray(m)))) for photo, m in as_given(base)]


def _binary(change: Callable[[Mask], Array]) -> Callable[[Base], Pairs | None]:
    whole = _masks(change)
    return lambda base: whole(base) if base.classes.is_binary else None


def _many(change: Callable[[Mask], Array]) -> Callable[[Base], Pairs | None]:
    whole = _masks(change)
    return lambda base: None if base.classes.is_binary else whole(base)


def smoothed(mask: Mask) -> Array:
    """Return a mask that was resized with smoothing and back."""
    small = cv2.resize(mask, None, fx=0.45, fy=0.45, interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.resize(small, mask.shape[::-1], interpolation=cv2.INTER_LINEAR))


def through_jpeg(mask: Mask) -> Array:
    """Return a mask of 0 and 255 after JPEG."""
    _, data = cv2.imencode(".jpg", mask * np.uint8(255), [cv2.IMWRITE_JPEG_QUALITY, 80])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE))


def _cropped_photos(base: Base) -> Pairs | None:
    return [(np.ascontiguousarray(photo[8:]), mask) for photo, mask in as_given(base)]


def _out_of_range(base: Base) -> Pairs | None:
    return [(photo.astype(np.float32) / 255 * 300, mask) for photo, mask in as_given(base)]


def _disagreeing(base: Base) -> Pairs | None:
    pairs = list(as_given(base))
    return [*pairs, *((photo, shifted(mask, 0.3, 0.2)) for photo, mask in pairs[:3])]


def _flat(base: Base) -> Pairs | None:
    pairs = list(as_given(base))
    return [(np.full_like(photo, 90), mask) if i < 2 else (photo, mask) for i, (photo, mask) in enumerate(pairs)]


def _turned(one: Shown) -> tuple[Photo, Mask]:
    """Return the square window with most of the objects, its mask turned by a quarter."""
    height, width = one.truth.shape
    square = min(height, width)
    y, x = np.nonzero((one.truth != 0) & (one.truth != 255))
    top = 0 if not len(y) else int(np.clip(y.mean() - square / 2, 0, height - square))
    left = 0 if not len(x) else int(np.clip(x.mean() - square / 2, 0, width - square))
    window = np.s_[top : top + square, left : left + square]
    return one.photo[window], np.ascontiguousarray(np.rot90(one.truth[window]))


MASK_FAULTS: tuple[MaskFault, ...] = (
    MaskFault("mask-scaled", _masks(lambda m: np.where(m == 255, 0, m).astype(np.float32) / np.float32(255))),
    MaskFault(
        "mask-soft", _binary(lambda m: smoothed((m == 1).astype(np.uint8) * np.uint8(255))), also=("mask-ghosts",)
    ),
    MaskFault("mask-size", _cropped_photos),
    MaskFault("photo-range", _out_of_range),
    MaskFault("duplicate-disagree", _disagreeing),
    MaskFault("photo-flat", _flat),
    MaskFault("mask-flipped", _masks(lambda m: m[:, ::-1])),
    MaskFault("mask-turned", lambda base: [_turned(one) for one in (*base.held_out, *base.learnt)]),
    MaskFault("mask-shifted", _masks(lambda m: shifted(m, 0.05, 0.04))),
    MaskFault("mask-ghosts", _binary(through_jpeg)),
    MaskFault("mask-smoothed", _many(lambda m: smoothed(np.where(m == 255, 0, m).astype(np.uint8)))),
)
