"""Masks stored as an array with a layer of 0 and 1 for each object: what to do where layers share pixels."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maskwright.errors import DataError
from maskwright.imaging.decoders.array_files import is_array_file
from maskwright.imaging.decoders.stored_pixels import read_stored


def layers_overlap(path: Path) -> bool:
    """Tell whether an array file holds layers that share pixels; False where it cannot be read."""
    try:
        return is_array_file(path) and do_overlap(read_stored(path))
    except DataError:
        return False


def do_overlap(stored: NDArray[Any]) -> bool:
    """Tell whether HxWxB values are layers of 0 and 1 of which a pixel has several; a grey mask repeated is none."""
    if stored.shape[2] < 2 or stored.dtype.kind not in "bui" or stored.max() != 1 or stored.min() < 0:
        return False
    if all(np.array_equal(stored[:, :, 0], stored[:, :, i]) for i in range(1, stored.shape[2])):
        return False
    return bool(np.count_nonzero(stored, axis=2).max() > 1)


def last_layers(stored: NDArray[Any]) -> NDArray[np.uint8]:
    """Return the number of the last layer of HxWxB, from 1, that each pixel has; 0 for none."""
    last = stored.shape[2] - np.argmax(stored[:, :, ::-1] != 0, axis=2)
    return np.asarray(np.where(stored.any(axis=2), last, 0), dtype=np.uint8)
