"""Predictions as people store them - class ids, probabilities or logits, one or many channels - read as one thing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from maskwright.classes import IGNORE
from maskwright.diagnosis.evidence.evidence import Probabilities
from maskwright.errors import DataError
from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.mask_reader import COLOUR_BIT, channels

Array = NDArray[Any]
ODD_IDS = 8
"""Whole numbers up to this much above the largest class id are still taken for class ids, not for shades."""
FEW_VALUES = 0.1
"""Floats from 0 to less than this may be class ids divided by 255."""
FIRST_COLOUR = 100
"""Colours that no class has are counted from this id on."""
MORE_COLOURS = 4
"""So many more colours than twice the classes may be there."""
BLENDED = 0.5
"""Share of the pixels of an RGB file whose channels sum to 255 where it holds probabilities; photos with masks drawn
over them have fewer."""
AT_THE_ENDS = 0.6
"""Share of its values near 0 or 255, of which the same holds."""
LOGIT_LEAST = 30.0
"""Floats from 0 to more than this are probabilities times 255: logits that large and never negative do not occur."""
WHITE = 255
"""The stored value of an object in masks of 0 and 255."""


@dataclass(frozen=True)
class Manner:
    """How a set of predictions is stored; the same for all of them.

    `channels` is 1, or the size of axis `axis`; `top` the stored value of probability one; `ids` the class id of
    each stored value (others stay as they are). `divided` tells of class ids divided by 255.
    """

    kind: Literal["ids", "probabilities", "logits"]
    channels: int = 1
    axis: int = 0
    top: float = 1.0
    ids: tuple[tuple[int, int], ...] = ()
    divided: bool = False
    shades: bool = False


def as_numbers(value: object, what: str) -> Array:
    """Return an array of numbers from an array, a tensor (torch is not imported) or lists; DataError otherwise."""
    detach = getattr(value, "detach", None)
    if callable(detach):
        value = detach().cpu()
        value = value.float() if "bfloat16" in str(getattr(value, "dtype", "")) else value  # type: ignore[attr-defined]
    numpy = getattr(value, "numpy", None)
    array = np.asarray(numpy() if callable(numpy) else value)
    if array.dtype.kind not in "buif" or array.ndim < 2:
        raise DataError(f"{what} is no array of numbers with height and width: give HxW class ids or CxHxW scores")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        bad = float(1 - np.isfinite(array).mean())
        raise DataError(f"{what} holds NaN or infinity ({bad:.1%} of the values): find the step that makes them")
    return array


def without_ones(array: Array) -> Array:
    """Return the array without axes of size one before or behind height and width, or between (nnU-Net's Cx1xHxW)."""
    if array.ndim == 4 and array.shape[1] == 1 and 1 not in (array.shape[0], array.shape[-1]):
        return array[:, 0]
    while array.ndim > 2 and 1 in (array.shape[0], array.shape[-1]):
        array = array[0] if array.shape[0] == 1 else array[..., 0]
    return array


def manner_of(arrays: Sequence[Array], sizes_hw: Sequence[tuple[int, int]], values: Sequence[int]) -> Manner:
    """Return how predictions are stored, by the first few of them and their truths' sizes.

    `values` are the stored values of the truth's classes in the order of class ids. DataError where the predictions
    are neither class ids nor probabilities nor logits.
    """
    arrays = [without_ones(a) for a in arrays]
    if any(a.ndim > 3 for a in arrays):
        raise DataError(f"a prediction has shape {arrays[0].shape}: give one photo's prediction at a time")
    if len({a.ndim for a in arrays}) > 1:
        raise DataError("some predictions have one channel, others several: give all in one form")
    low, high = min(float(a.min()) for a in arrays), max(float(a.max()) for a in arrays)
    whole = all(a.dtype.kind in "bui" or (low >= 0 and (a == np.rint(a)).all()) for a in arrays)
    if arrays[0].ndim == 3:
        return _many(arrays, sizes_hw, low, high)
    held = np.unique(np.concatenate([np.unique(a) for a in arrays]))
    return _whole(held, values) if whole else _fractions(held, low, high, len(values))


def _many(arrays: Sequence[Array], sizes_hw: Sequence[tuple[int, int]], low: float, high: float) -> Manner:
    shape = arrays[0].shape
    fits = [axis for axis in (0, 2) if tuple(np.delete(shape, axis)) == sizes_hw[0]]
    axis = fits[0] if fits else (0 if shape[0] <= shape[2] else 2)
    if shape[axis] > 256:
        raise DataError(f"a prediction has shape {shape}: which axis holds the classes? give CxHxW or HxWxC")
    if shape[2] == 3 and arrays[0].dtype == np.uint8 and high > 1 and all(map(_is_picture, arrays)):
        raise DataError(
            "predictions are colour pictures whose channels are no probabilities: photos with masks drawn over them? "
            "Save the mask itself: class ids as PNG, or probabilities as npy"
        )
    if arrays[0].dtype.kind in "bui" and low >= 0:
        return Manner("probabilities", shape[axis], axis, top=1.0 if high <= 1 else 255.0 if high <= 255 else 65535.0)
    inside = low >= 0 and high <= 1.0001
    return Manner("probabilities" if inside or (low >= 0 and high < 2) else "logits", shape[axis], axis)


def _is_picture(array: Array) -> bool:
    """Tell a photo from three probabilities saved as RGB, which sum to 1 or lie near 0 and 1."""
    sums = np.abs(array.sum(axis=2, dtype=np.int64) - 255) <= 12
    ends = (array < 26) | (array > 229)
    return bool(sums.mean() < BLENDED and ends.mean() < AT_THE_ENDS)


def _whole(held: Array, values: Sequence[int]) -> Manner:
    """Tell ids from shades: one number beside 0 is the object; more than the classes explain are shades."""
    count = len(values)
    strange = held.max() >= COLOUR_BIT or held.min() < 0
    if strange and not set(held.tolist()) <= set(values):
        return _colours(held, count)
    if set(held.tolist()) <= set(values) and tuple(values) != tuple(range(count)) and not _is_binary_ids(held, count):
        return Manner("ids", ids=tuple((int(v), i) for i, v in enumerate(values)))
    if count == 2:
        if set(held.tolist()) <= {0, int(held.max())}:
            top = int(held.max())
            # Where the first few are empty, those with an object may still hold 255 for it.
            return Manner("ids", ids=((0, 0), (top or WHITE, 1)))
        if held.max() > count + ODD_IDS:
            return Manner("probabilities", top=255.0 if held.max() <= 255 else 65535.0, shades=True)
    if held.max() > 65534:
        raise DataError(f"predictions hold whole numbers up to {int(held.max())}: give class ids from 0 to 254")
    return Manner("ids", ids=tuple((int(v), IGNORE) for v in held.tolist() if v > IGNORE))


def _colours(held: Array, count: int) -> Manner:
    """Return a manner in which each colour of another palette has an id of its own; DataError for many colours.

    Of two colours for two classes the darker one is the background.
    """
    if held.min() < 0:
        raise DataError(f"predictions hold numbers below 0 ({held[:3].tolist()} ...): give class ids from 0 to 254")
    if len(held) > 2 * count + MORE_COLOURS:
        raise DataError(
            f"predictions hold {len(held)} colours, such as {', '.join(map(colour_words, held[:3].tolist()))}, for "
            f"{count} classes: photos with masks drawn over them, or smoothed colours? Save the class ids, as PNG"
        )
    if count == 2 and len(held) == 2:
        dark, light = sorted(held.tolist(), key=lambda value: sum(colour_of(value)))
        return Manner("ids", ids=((dark, 0), (light, 1)))
    first = max(count, FIRST_COLOUR)
    return Manner("ids", ids=tuple((int(value), first + i) for i, value in enumerate(held.tolist())))


def colour_of(value: int) -> tuple[int, int, int]:
    """Return red, green and blue of a stored colour; of a grey value three times itself."""
    red, green, blue = channels(np.array(value)).tolist()
    return red, green, blue


def colour_words(value: int) -> str:
    return "({}, {}, {})".format(*colour_of(value))


def _is_binary_ids(held: Array, count: int) -> bool:
    return count == 2 and set(held.tolist()) <= {0, 1}


def _fractions(held: Array, low: float, high: float, count: int) -> Manner:
    steps = held * 255
    if low >= 0 and high < FEW_VALUES and np.abs(steps - np.rint(steps)).max() < 0.01:
        most = count + ODD_IDS if count > 2 else 2
        if len(held) <= most:
            ids = ((0, 0), (round(high * 255), 1)) if count == 2 else ()
            return Manner("ids", ids=ids, divided=True)
    if low >= 0 and high <= 1.0001:
        return Manner("probabilities")
    if count == 2 and low >= 0 and LOGIT_LEAST < high <= 255:
        return Manner("probabilities", top=255.0)
    if count > 2:
        raise DataError(
            f"predictions of one channel hold fractions from {low:.4g} to {high:.4g} for {count} classes: "
            "give class ids as whole numbers, or one channel a class"
        )
    return Manner("logits")


@dataclass(frozen=True)
class Reading:
    """One prediction as read: class ids (unknown stored values as they are), and what its probabilities are like."""

    ids: Mask
    probabilities: Probabilities | None
    low: float
    high: float
    sum_low: float = 1.0
    sum_high: float = 1.0


def read_prediction(array: Array, manner: Manner, class_count: int, what: str) -> Reading:
    """Return a prediction as HxW class ids, with HxW (binary) or CxHxW probabilities where it holds scores."""
    array = without_ones(array)
    if array.ndim != (3 if manner.channels > 1 else 2):
        raise DataError(f"{what} has shape {array.shape}, others {manner.channels} channels: give all in one form")
    if manner.kind == "ids":
        ids = _ids(array, manner)
        return Reading(ids, None, float(array.min()), float(array.max()))
    if array.ndim == 2:
        return _read_one(array, manner)
    return _read_many(np.moveaxis(array, manner.axis, 0), manner, class_count, what)


def _ids(array: Array, manner: Manner) -> Mask:
    if manner.divided:
        array = np.rint(array * 255)
    flat = array.astype(np.int64)
    if flat.max(initial=0) < 65536 and flat.min(initial=0) >= 0:
        table = np.minimum(np.arange(65536), IGNORE).astype(np.uint8)
        for value, class_id in manner.ids:
            table[value] = class_id
        return np.asarray(table[flat])
    ids = np.full(flat.shape, IGNORE, dtype=np.uint8)
    for value, class_id in manner.ids:
        ids[flat == value] = class_id
    return ids


def _read_one(array: Array, manner: Manner) -> Reading:
    scores = np.asarray(array, dtype=np.float32)
    low, high = float(scores.min()), float(scores.max())
    if manner.kind == "logits":
        scores = _sigmoid(scores)
    elif manner.top != 1:
        scores = scores / np.float32(manner.top)
    return Reading((scores >= 0.5).astype(np.uint8), scores, low / manner.top, high / manner.top)


def _read_many(scores: Array, manner: Manner, class_count: int, what: str) -> Reading:
    if len(scores) not in (class_count, class_count - 1):
        raise DataError(f"{what} has {len(scores)} channels, the truth {class_count} classes: give one channel a class")
    scores = np.asarray(scores, dtype=np.float32)
    low, high = float(scores.min()) / manner.top, float(scores.max()) / manner.top
    if len(scores) < class_count:  # the objects alone, each with a sigmoid of its own
        scores = _sigmoid(scores) if manner.kind == "logits" else scores / np.float32(manner.top)
        scores = np.concatenate([1 - scores.max(axis=0, keepdims=True), scores])
    elif manner.kind == "logits":
        scores = _softmax(scores)
    elif manner.top != 1:
        scores = scores / np.float32(manner.top)
    sums = scores[:, ::4, ::4].sum(axis=0)
    ids = np.argmax(scores, axis=0).astype(np.uint8)
    kept = np.asarray(scores[1] if class_count == 2 else scores, dtype=np.float32)
    return Reading(ids, kept, low, high, float(sums.min()), float(sums.max()))


def _sigmoid(z: Probabilities) -> Probabilities:
    return np.asarray(1 / (1 + np.exp(-np.clip(z, -60, 60))), dtype=np.float32)


def _softmax(z: Probabilities) -> Probabilities:
    grown = np.exp(z - z.max(axis=0, keepdims=True))
    return np.asarray(grown / grown.sum(axis=0, keepdims=True), dtype=np.float32)
