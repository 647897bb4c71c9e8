"""Faults that masks get on their way to a loader, done for real to arrays and files: for tests and benchmarks."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from maskwright.checks.masks.values.mask_values import voc_colours
from maskwright.imaging.mask_geometry import Mask, resize_mask


def mirrored(mask: Mask, *, axis: int = 1) -> Mask:
    """Return the mask flipped left to right (axis 1) or top to bottom (axis 0)."""
    return np.ascontiguousarray(np.flip(mask, axis))


def turned(mask: Mask, *, quarters: int = 2) -> Mask:
    """Return the mask turned counterclockwise by quarter turns and brought back to its size."""
    return resize_mask(np.ascontiguousarray(np.rot90(mask, quarters)), (mask.shape[0], mask.shape[1]))


def transposed(mask: Mask) -> Mask:
    """Return the mask with rows and columns exchanged and brought back to its size."""
    return resize_mask(np.ascontiguousarray(mask.T), (mask.shape[0], mask.shape[1]))


def shifted(mask: Mask, *, right: float, down: float) -> Mask:
    """Return the mask moved by shares of its long side; background (0) comes in."""
    long = max(mask.shape)
    by = np.array([[1, 0, round(right * long)], [0, 1, round(down * long)]], dtype=np.float32)
    return np.asarray(cv2.warpAffine(mask, by, mask.shape[::-1], flags=cv2.INTER_NEAREST), dtype=np.uint8)


def smoothed(mask: Mask, *, factor: float = 0.5) -> Mask:
    """Return the mask resized by `factor` with interpolation and back by nearest neighbour, ids between included."""
    how = cv2.INTER_LINEAR if factor > 1 else cv2.INTER_AREA
    small = cv2.resize(mask, None, fx=factor, fy=factor, interpolation=how)
    return resize_mask(np.asarray(small, dtype=np.uint8), (mask.shape[0], mask.shape[1]))


def through_jpeg(mask: Mask, *, quality: int = 90) -> Mask:
    """Return the values of the mask after it was saved as JPEG."""
    file = io.BytesIO()
    Image.fromarray(mask).save(file, "JPEG", quality=quality)
    return np.array(Image.open(file))


def divided(mask: Mask) -> NDArray[np.float32]:
    """Return the ids divided by 255, as ToTensor does it: 1 becomes 0.0039."""
    return mask.astype(np.float32) / np.float32(255)


def as_colours(mask: Mask, colours: Sequence[tuple[int, int, int]]) -> NDArray[np.uint8]:
    """Return the mask HxWx3, class i in colours[i]; ids beyond them black."""
    table = np.zeros((256, 3), dtype=np.uint8)
    table[: len(colours)] = colours
    return np.asarray(table[mask])


def palette_as_grey(mask: Mask) -> Mask:
    """Return what cv2.imread(path, 0) makes of a palette mask in the colours of PASCAL VOC."""
    colours = as_colours(mask, [(0, 0, 0), *voc_colours()])
    return np.asarray(cv2.cvtColor(colours, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def write_pair(root: Path, name: str, photo: NDArray[Any], mask: NDArray[Any], *, mask_suffix: str = "png") -> None:
    """Write photo and mask as root/images/NAME.png and root/masks/NAME.SUFFIX (tif for floats)."""
    for folder in ("images", "masks"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    Image.fromarray(photo).save(root / "images" / f"{name}.png")
    Image.fromarray(mask).save(root / "masks" / f"{name}.{mask_suffix}")
