"""Arrays of masks with a layer for each class that numbers the objects of it: refused with what saves the classes."""

import json
from pathlib import Path
from shlex import quote

import numpy as np
from numpy.typing import NDArray

from maskwright.errors import DataError
from maskwright.imaging.decoders.array_files import StoredArray, open_array
from maskwright.imaging.decoders.stored_pixels import CHANNELS_MOST

LOOKS_MOST = 12
COLOUR_LAYERS_MOST = 4
ALONE_LEAST, COVERED_LEAST = 0.99, 0.999
"""Shares of the pixels that have one layer at most, and of those that have one where a layer is the background."""


def refuse_numbered_layers(path: Path, array: StoredArray, root: Path) -> None:
    """Raise DataError for a stack of masks with a layer a class, in which numbers tell the objects of a class apart.

    Nothing for layers of 0 and 1, for colours, and where many pixels have several layers.
    """
    shape = array.shape
    if len(shape) != 4 or max(min(shape[1], shape[3]), 2) <= COLOUR_LAYERS_MOST:
        return
    last = shape[3] <= CHANNELS_MOST
    whole = open_array(path, array.key)
    places = np.unique(np.linspace(0, shape[0] - 1, LOOKS_MOST).astype(int))
    layers = np.stack([np.moveaxis(np.asarray(whole[place]), 2 if last else 0, 0) for place in places], axis=1)
    counts = [len(np.unique(layer)) for layer in layers]
    set_layers = (layers != 0).sum(axis=0)
    if max(counts) <= 2 or float((set_layers <= 1).mean()) < ALONE_LEAST:
        return
    raise DataError(_sentence(path, array.key, root, layers, last=last))


def _sentence(path: Path, key: str, root: Path, layers: NDArray[np.generic], *, last: bool) -> str:
    """Return what is found and what to type; `layers` are LxNxHxW."""
    background = _background_layer(layers)
    axis = 3 if last else 1
    stored = f"m = np.load({json.dumps(str(path))}){f'[{json.dumps(key)}]' if key else ''} != 0"
    if background is None:
        ids = f"np.where(m.any({axis}), m.argmax({axis}) + 1, 0)"
        meaning = "0 where there is none, and 1 for layer 0, 2 for layer 1 and so on"
    else:
        plane = f"m[..., {background}]" if last else f"m[:, {background}]"
        ids = f"np.where({plane}, 0, m.argmax({axis}) + 1)"
        meaning = f"0 for layer {background}, the rest of the photo, and 1 for layer 0, 2 for layer 1 and so on"
    saved = json.dumps(str(path.with_name("Y.npy")))
    code = f"import numpy as np; {stored}; np.save({saved}, {ids}.astype(np.uint8))"
    return (
        f"{path} has {len(layers)} layers a picture; a pixel has one of them, and the numbers in it tell "
        f"single objects apart: the layer is the class. Save the "
        f"number of the layer, {meaning}: python -c {quote(code)}; then move "
        f"{path.name} out of {root}. Names go into classes.csv (id,name)"
    )


def _background_layer(layers: NDArray[np.generic]) -> int | None:
    """Return the layer of one number that has the pixels which no other has, where all pixels have a layer."""
    if float((layers != 0).any(axis=0).mean()) < COVERED_LEAST:
        return None
    flat = [place for place, layer in enumerate(layers) if len(np.unique(layer)) == 2]
    ends = [place for place in flat if place in (0, len(layers) - 1)]
    shares = {place: float((layers[place] != 0).mean()) for place in ends or flat}
    return max(shares, key=shares.__getitem__, default=None)
