"""Ways of feeding a model otherwise: what an image may be now (raw, normalised so or so), and what may be wanted."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from maskwright.diagnosis.serving_skew.image_values import (
    Change,
    Images,
    affine,
    channels_turned,
    floats,
    is_last,
    like,
)

IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
"""Means and deviations of RGB in 0..1 over ImageNet, as torchvision's weights take them."""
HALVES = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
"""Means and deviations that bring 0..1 to -1..1."""
CAFFE = (123.68, 116.779, 103.939)
"""Means of RGB in 0..255, taken from BGR: Keras' preprocess_input of VGG16 and ResNet50."""
CAFFE_LINE = "255 * x[..., ::-1] - (103.939, 116.779, 123.68)"
EDGE = 0.02
"""How far values of a photo in 0..1 may lie outside of that."""
RARE = 0.03
"""IoU by which rare ways to feed a model must beat the usual ones."""
SCALES = (0.5, 2.0)


@dataclass(frozen=True)
class Undo:
    """One way of feeding the model otherwise; `code` names the fault that it undoes, `how` the line that does it.

    A rare way must gain `extra` IoU more than another that helps too.
    """

    code: str
    how: str
    change: Change
    extra: float = 0.0


@dataclass(frozen=True)
class _State:
    """A way to write a photo of 0..1: times `gains` plus `offsets` by channel; `turned` exchanges red and blue."""

    name: str
    line: str
    gains: tuple[float, ...]
    offsets: tuple[float, ...]
    turned: bool = False
    normalised: bool = True

    def encode(self, unit: Images) -> Images:
        """Return a photo of 0..1 written so."""
        done = affine(self.gains, self.offsets)(unit)
        return channels_turned(done) if self.turned else done

    def decode(self, image: Images) -> Images:
        """Return an image that is written so as a photo of 0..1."""
        plain = channels_turned(image) if self.turned else image
        gains = tuple(1 / g for g in self.gains)
        return affine(gains, tuple(-o / g for o, g in zip(self.offsets, self.gains, strict=True)))(plain)


def _normal(name: str, line: str, means: Sequence[float], stds: Sequence[float]) -> _State:
    offsets = tuple(-m / s for m, s in zip(means, stds, strict=True))
    return _State(name, line, tuple(1 / s for s in stds), offsets)


STATES = (
    _State("0..255", "255 * x", (255.0,) * 3, (0.0,) * 3, normalised=False),
    _State("0..1", "x", (1.0,) * 3, (0.0,) * 3, normalised=False),
    _normal("ImageNet mean and std", "(x - mean) / std", *IMAGENET),
    _normal("0.5 and 0.5, which gives -1..1", "(x - 0.5) / 0.5", *HALVES),
    _normal("ImageNet mean, without std", "x - mean", IMAGENET[0], (1.0,) * 3),
    _State("caffe mode", CAFFE_LINE, (255.0,) * 3, tuple(-m for m in CAFFE), True),
    _State(
        "ImageNet mean and std of 0..1, taken from photos of 0..255",
        "(255 * x - mean) / std",
        tuple(255 / s for s in IMAGENET[1]),
        tuple(-m / s for m, s in zip(*IMAGENET, strict=True)),
    ),
)  # fmt: skip
OWN = 0.01
"""How far the mean may be from 0 and the deviation from 1 in a photo that was standardised by itself."""
DEEP_TOPS = (4095.0, 65535.0)
"""White in photos of 12 and 16 bits."""


def undos(image: Images) -> list[Undo]:
    """Return the ways of feeding an image otherwise that make sense for its range of values and its shape."""
    values = np.asarray(image, dtype=np.float32)
    last = is_last(image)
    if (image.shape[-1] if last else image.shape[0]) == 1:
        return _of_grey(values)
    ways = [Undo("input-bgr", "x = x[..., ::-1]  # BGR <-> RGB, after cv2.imread", channels_turned)]
    ways += [_turned_before(own) for own in _plausible(values) if own.normalised and not own.turned]
    ways += _from_own_numbers(values) or [
        _crossed(own, wanted) for own in _plausible(values) for wanted in STATES if own is not wanted
    ]
    ways += [_reshaped(last), _sides(image, last), *_by_photo(values), *_deep(values)]
    if str(getattr(image, "dtype", "")).endswith("uint8"):
        ways += [_wrapped(wanted) for wanted in STATES[:4]]
    return ways


def _turned_before(own: _State) -> Undo:
    """Exchange red and blue where each channel's own mean was taken from the other one."""
    how = f"photo = photo[..., ::-1] before {own.line}  # BGR <-> RGB, after cv2.imread"
    return Undo("input-bgr", how, lambda x: own.encode(channels_turned(own.decode(x))))


def _sides(image: Images, last: bool) -> Undo:
    """Undo rows and columns that were exchanged; photos that are no squares were then reshaped to their old size."""
    if _is_square(image, last):
        how = "x.transpose(1, 0, 2)" if last else "x.transpose(0, 2, 1)"
        return Undo("input-layout", f"{how}: rows and columns are exchanged", partial(_sides_exchanged, last), RARE)
    how = "x.reshape(W, H, 3).transpose(1, 0, 2)" if last else "x.reshape(3, W, H).transpose(0, 2, 1)"
    words = f"{how}: rows and columns are exchanged, and the result was reshaped"
    return Undo("input-layout", words, partial(_sides_reshaped, last), RARE)


def _sides_reshaped(last: bool, image: Images) -> Images:
    high, wide = image.shape[:2] if last else image.shape[1:]
    shape = (wide, high, image.shape[2]) if last else (image.shape[0], wide, high)
    return _sides_exchanged(last, image.reshape(shape))


def _by_photo(values: Images) -> list[Undo]:
    """Return ways whose numbers are each photo's own: standardised, stretched to 0..1, light and dark exchanged."""
    alone = ", of each photo by itself"
    negative = "255 - x" if values.min() >= 0 and values.max() > 2 else "1 - x" if values.min() >= 0 else "-x"
    return [
        Undo("normalisation-other", f"x = (x - x.mean()) / x.std(){alone}", _standardised, RARE),
        Undo("normalisation-other", f"x = (x - x.min()) / (x.max() - x.min()){alone}", _stretched, RARE),
        Undo("input-range", f"x = {negative}: light and dark are exchanged", _negative, RARE),
    ]


def _from_own_numbers(values: Images) -> list[Undo]:
    """Return ways for photos that were each standardised: the darkest value is taken for 0, the lightest for 1."""
    if abs(float(values.mean())) > OWN or abs(float(values.std()) - 1) > OWN:
        return []
    own = "each photo's own mean and std"
    return [
        Undo(
            "normalisation-other",
            f"x = {wanted.line}  # {wanted.name}, of photos in 0..1, instead of {own}",
            partial(_from_own, wanted),
        )
        for wanted in STATES[:6]
    ]


def _from_own(wanted: _State, image: Images) -> Images:
    return wanted.encode(_stretched(image))


def _standardised(image: Images) -> Images:
    plain = floats(image)
    return (plain - plain.mean()) / (plain.std() + 1e-6)


def _stretched(image: Images) -> Images:
    plain = floats(image)
    return (plain - plain.min()) / (plain.max() - plain.min() + 1e-6)


def _negative(image: Images) -> Images:
    return image.max() - image + image.min()


def _deep(values: Images) -> list[Undo]:
    """Return ways for photos of 12 or 16 bits that were fed as they are."""
    if values.min() < 0 or values.max() <= 2 * 255:
        return []
    fitting = [top for top in DEEP_TOPS if values.max() <= top]
    return [
        Undo(
            "input-range",
            f"x = x / {top:.0f} of {top:.0f} possible grey levels; then {wanted.line}",
            _scaled(top, wanted),
        )
        for top in fitting
        for wanted in STATES[:4]
    ]


def _scaled(top: float, wanted: _State) -> Change:
    return lambda image: wanted.encode(floats(image) / top)


def _is_square(image: Images, last: bool) -> bool:
    return bool(image.shape[0] == image.shape[1] if last else image.shape[1] == image.shape[2])


def _sides_exchanged(last: bool, image: Images) -> Images:
    return _moved(image, (1, 0, 2) if last else (0, 2, 1))


def _plausible(values: Images) -> list[_State]:
    """Return what the image may be written as: brought back, it must lie in 0..1."""
    low, high = float(values.min()), float(values.max())
    if low >= 0 and high <= 2:
        return [STATES[1]]
    if low >= 0 and high <= 255:
        return [STATES[0]]
    fitting = [STATES[0]] if low >= 0 else []
    for state in STATES[2:]:
        unit = np.asarray(state.decode(np.asarray(values)), dtype=np.float32)
        wide = float(unit.max() - unit.min())
        if unit.min() >= -EDGE and unit.max() <= 1 + EDGE and wide > 10 * EDGE:
            fitting.append(state)
    return fitting or [STATES[2], STATES[3]]


def _crossed(own: _State, wanted: _State) -> Undo:
    if not own.normalised and not wanted.normalised:
        times = "x / 255" if own.name == "0..255" else "x * 255"
        return Undo("input-range", f"x = {times}", lambda x: wanted.encode(own.decode(x)))
    if not own.normalised:
        source = "x / 255" if own.name == "0..255" else "x"
        how = f"x = {wanted.line.replace('x', f'({source})' if '/' in source else source, 1)}  # {wanted.name}"
        how = how.replace("((x / 255)", "(x / 255")
        return Undo("normalisation-missing", how, lambda x: wanted.encode(own.decode(x)))
    if not wanted.normalised:
        top = "255 * " if wanted.name == "0..255" else ""
        how = f"feed {top}(x * std + mean) ({own.name}): the model normalises by itself"
        return Undo("normalised-twice", how, lambda x: wanted.encode(own.decode(x)))
    how = f"x = {wanted.line}  # {wanted.name}, of photos in 0..1, instead of {own.name}"
    return Undo("normalisation-other", how, lambda x: wanted.encode(own.decode(x)))


def _reshaped(last: bool) -> Undo:
    """Undo a reshape where a transpose was meant: the bytes of HxWx3 read as 3xHxW, or the other way."""

    def change(image: Images) -> Images:
        if last:
            high, wide, count = image.shape
            return _moved(image.reshape(count, high, wide), (1, 2, 0))
        count, high, wide = image.shape
        return _moved(image.reshape(high, wide, count), (2, 0, 1))

    how = "x.transpose(1, 2, 0)" if last else "x.transpose(2, 0, 1), in torch x.permute(2, 0, 1)"
    return Undo("input-layout", f"{how} instead of x.reshape({'H, W, 3' if last else '3, H, W'})", change)


def _moved(image: Images, order: tuple[int, int, int]) -> Images:
    return (
        image.permute(*order).contiguous()
        if hasattr(image, "permute")
        else np.ascontiguousarray(image.transpose(order))
    )


def _wrapped(wanted: _State) -> Undo:
    """Undo a mean that was subtracted from bytes, which wrap below 0."""

    def change(image: Images) -> Images:
        shape = (3,) if is_last(image) else (3, 1, 1)
        means = np.rint(np.asarray(CAFFE)).reshape(shape)
        photo = (np.asarray(image, dtype=np.int64) + means.astype(np.int64)) % 256
        return wanted.encode(like(image, photo.astype(np.float32), tuple(image.shape)) / 255)

    how = f"x = x.astype('float32') before the mean is subtracted: bytes wrap below 0; then {wanted.line} of x / 255"
    return Undo("input-range", how, change)


def _of_grey(values: Images) -> list[Undo]:
    """Return the ways for photos of one channel."""
    low, high = float(values.min()), float(values.max())
    if low < 0:
        return [
            Undo(
                "normalised-twice",
                "feed x * 0.5 + 0.5: the model normalises by itself",
                lambda x: floats(x) * 0.5 + 0.5,
            ),
            Undo("normalised-twice", "feed 127.5 * x + 127.5", lambda x: floats(x) * 127.5 + 127.5),
        ]
    top = 255.0 if high > 2 else 1.0
    times = 1 / 255 if high > 2 else 255.0
    return [
        Undo("input-range", "x = x / 255" if high > 2 else "x = x * 255", lambda x: floats(x) * times),
        Undo("normalisation-missing", "x = (x / 255 - 0.5) / 0.5" if high > 2 else "x = (x - 0.5) / 0.5",
             lambda x: (floats(x) / top - 0.5) / 0.5),
    ]  # fmt: skip
