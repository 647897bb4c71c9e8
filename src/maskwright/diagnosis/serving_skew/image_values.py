"""Images as arrays or tensors, with their channels first or last: the few operations that both need."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Images = Any
Change = Callable[[Images], Images]


def affine(gains: Sequence[float], offsets: Sequence[float]) -> Change:
    """Return what multiplies and shifts each channel."""

    def change(image: Images) -> Images:
        shape = (3,) if is_last(image) else (3, 1, 1)
        return floats(image) * like(image, gains, shape) + like(image, offsets, shape)

    return change


def is_last(image: Images) -> bool:
    """Tell whether channels are the last axis."""
    return image.shape[-1] in (1, 3)


def channels_turned(image: Images) -> Images:
    """Return the image with its channels the other way round."""
    return image[..., [2, 1, 0]] if image.shape[-1] == 3 else image[[2, 1, 0]]


def floats(image: Images) -> Images:
    """Return the image as float32, array or tensor."""
    return image.float() if hasattr(image, "new_tensor") else np.asarray(image, dtype=np.float32)


def like(image: Images, values: Images, shape: tuple[int, ...]) -> Images:
    """Return numbers of that shape as the image is: array or tensor."""
    if hasattr(image, "new_tensor"):
        return floats(image).new_tensor(np.asarray(values, dtype=np.float32)).reshape(shape)
    return np.asarray(values, dtype=np.float32).reshape(shape)
