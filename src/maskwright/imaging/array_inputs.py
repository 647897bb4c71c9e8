"""Arrays from people's own loaders, brought to a photo and class ids, or the reason why they cannot be."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maskwright.classes import IGNORE
from maskwright.errors import DataError
from maskwright.findings.finding import Severity
from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.mask_reader import divided_by_255
from maskwright.imaging.photos import Photo

Array = NDArray[Any]
CHANNELS = (1, 3, 4)
STEP = 1 / 255
BLACKEST = -2.2
"""Black under the ImageNet mean and deviation is -2.12; a photo normalised once and no lighter than 1 stays above."""
DARKEST = -4.0


@dataclass(frozen=True)
class Trouble:
    """Why an array is not as it should be: the code and severity of a finding, and what was found."""

    code: str
    severity: Severity
    text: str


def as_array(value: object, what: str) -> Array:
    """Return an array of numbers; DataError names `what` where the value is none."""
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, RuntimeError) as error:
        raise DataError(f"{what} cannot be made an array ({error}): give numpy, or tensor.detach().cpu()") from error
    if array.dtype.kind not in "buif":
        raise DataError(f"{what} is a {type(value).__name__}, not an array of numbers: give (image, mask) arrays")
    return array


def as_photo(array: Array) -> tuple[Photo | None, list[Trouble]]:
    """Return an image HW, HWC or CHW, whole numbers or 0..1, as HxWx3 uint8, and what is odd about it."""
    image = _channels_last(array)
    if image is None:
        batch = f", a batch of {len(array)}: give one pair at a time" if array.ndim == 4 else ""
        return None, [Trouble("photo-depth", "error", f"shape {array.shape}{batch}")]
    if image.dtype.kind == "f" and not np.isfinite(image).all():
        return None, [Trouble("photo-range", "error", "holds NaN or infinity")]
    low, high = float(image.min()), float(image.max())
    if image.dtype.kind == "b" or (image.dtype.kind == "f" and low >= 0 and STEP * 1.01 < high <= 1.001):
        low, high = 0.0, 1.0
    elif image.dtype.kind in "ui" and low >= 0 and high <= 255:
        low, high = 0.0, 255.0
    eight = np.rint((image - np.float32(low)) * np.float32(255 / max(high - low, 1e-9))).astype(np.uint8)
    rgb = eight[:, :, :3] if eight.shape[2] >= 3 else np.repeat(eight[:, :, :1], 3, axis=2)
    text = _odd_range(image.dtype.kind, low, high)
    return np.ascontiguousarray(rgb), [Trouble("photo-range", "warning", text)] if text else []


def _channels_last(array: Array) -> Array | None:
    if array.ndim == 2 and array.size:
        return array[:, :, None]
    if array.ndim != 3 or not array.size:
        return None
    if array.shape[2] in CHANNELS:
        return array
    return np.moveaxis(array, 0, 2) if array.shape[0] in CHANNELS else None


def _odd_range(kind: str, low: float, high: float) -> str:
    """Return what is odd about the range, nothing for 0..255, 0..1 and photos normalised once."""
    values = f"values {low:.4g} to {high:.4g}"
    if kind != "f":
        return "" if low >= 0 and high <= 255 else f"{values}: bring them to 0..255"
    if low < DARKEST or (low < BLACKEST and high <= 1.05):
        return f"{values}: normalised twice"
    if low >= 0 and 0 < high <= STEP * 1.01:
        return f"{values}: divided by 255 twice"
    return f"{values}: divide by 255" if low >= 0 and high > 1.001 else ""


def as_mask(array: Array, size_hw: tuple[int, int]) -> tuple[Mask | None, list[Trouble]]:
    """Return a mask HW, HW1, 1HW or one-hot as HxW uint8 class ids, 255 = ignore, and what is odd about it."""
    flat = _one_layer(array, size_hw)
    if flat is None:
        return None, [Trouble("mask-values", "error", f"shape {array.shape}: layers or colours that are not one-hot")]
    if flat.shape != size_hw:
        turned = ", height and width exchanged" if flat.shape == size_hw[::-1] else ""
        return None, [Trouble("mask-size", "error", f"mask {array.shape}, image {size_hw}{turned}")]
    if flat.dtype.kind == "f":
        return _from_floats(flat)
    return _from_whole(flat)


def _one_layer(array: Array, size_hw: tuple[int, int]) -> Array | None:
    """Return the mask as HxW, one-hot layers as ids; None where layers are not one-hot."""
    if array.ndim != 3:
        return array
    if array.shape[2] == 1:
        return np.asarray(array[:, :, 0])
    if array.shape[0] == 1:
        return np.asarray(array[0])
    if array.shape[:2] != size_hw and array.shape[1:] != size_hw:
        return array
    layers = np.moveaxis(array, 2, 0) if array.shape[:2] == size_hw else array
    total = sum(layer.astype(np.float32) for layer in layers)
    if not all(((layer == 0) | (layer == 1)).all() for layer in layers) or np.max(total) > 1:
        return None
    ids = np.argmax(layers, axis=0)
    # Layers for the objects alone leave the background without a layer.
    return np.asarray(ids if np.min(total) == 1 else np.where(total == 0, 0, ids + 1))


def _from_floats(flat: Array) -> tuple[Mask | None, list[Trouble]]:
    if not np.isfinite(flat).all():
        return None, [Trouble("mask-values", "error", "holds NaN or infinity")]
    if (flat == np.rint(flat)).all():
        return _from_whole(flat)
    high = float(flat.max())
    if divided_by_255(flat):
        return None, [Trouble("mask-scaled", "error", f"values 0 to {high:.4f}")]
    if flat.min() < 0 or high > 1:
        return None, [Trouble("mask-values", "error", f"fractions between {flat.min():.4g} and {high:.4g}")]
    share = float(((flat > 0) & (flat < 1)).mean())
    return (flat >= 0.5).astype(np.uint8), [Trouble("mask-soft", "warning", f"{share:.1%} of pixels between 0 and 1")]


def _from_whole(flat: Array) -> tuple[Mask | None, list[Trouble]]:
    low, high = flat.min(), flat.max()
    if high > IGNORE:
        return None, [Trouble("mask-values", "error", f"the id {int(high)}, more than {IGNORE}")]
    if low >= 0:
        return flat.astype(np.uint8), []
    trouble = Trouble("mask-values", "note", f"values down to {int(low)}, read as ignored")
    return np.where(flat < 0, IGNORE, flat).astype(np.uint8), [trouble]
