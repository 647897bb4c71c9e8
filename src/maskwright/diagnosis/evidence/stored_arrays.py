"""Predictions and truths as files: images, npy, npz and pt, one a photo or one stack for all photos."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path

import numpy as np
from PIL import Image

from maskwright.diagnosis.evidence.prediction_encoding import Array, as_numbers
from maskwright.errors import DataError
from maskwright.files import reading
from maskwright.imaging.decoders.array_files import open_array
from maskwright.imaging.mask_reader import COLOUR_BIT, read_raw_mask

TENSOR_SUFFIXES = (".pt",)
ARRAY_SUFFIXES = (".npy", ".npz", *TENSOR_SUFFIXES)
LIKED = (
    "arr_0",
    "pred",
    "preds",
    "prediction",
    "predictions",
    "prob",
    "probs",
    "probabilities",
    "mask",
    "masks",
    "logits",
)
Reader = Callable[[], Array]


def read_stored(path: Path, *, by_colour: bool = False) -> Array:
    """Return a prediction file as stored: an image's grey values or palette indices, or an array; DataError else.

    With `by_colour` palette images give the colours of their palette.
    """
    with reading(path, error=DataError, advice="save it again as PNG or with numpy.save"):
        if path.suffix.lower() in ARRAY_SUFFIXES:
            return as_numbers(open_any_array(path), str(path))
        raw = read_raw_mask(path, by_colour=by_colour)
        return _channels(path) if raw.dtype.kind == "i" and raw.max(initial=0) >= COLOUR_BIT and _is_map(raw) else raw


def open_any_array(path: Path) -> Array:
    """Return the one array in an npy, npz or pt file; npy is read where it lies."""
    suffix = path.suffix.lower()
    if suffix in TENSOR_SUFFIXES:
        return _tensor(path)
    if suffix == ".npz":
        with np.load(path, allow_pickle=False) as arrays:
            names = list(arrays.files)
        return open_array(path, _one(names, path))
    return open_array(path)


def _tensor(path: Path) -> Array:
    """Return the tensor in a pt file; only tensors are unpacked (weights_only), no code of the file runs."""
    torch = import_module("torch")  # only where a pt file is given: nothing else here needs it
    try:
        held = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a file from anywhere: no list of exceptions is complete
        raise DataError(
            f"{path} holds no plain tensor ({str(error).splitlines()[0][:80]}): save it as "
            "torch.save(prediction.cpu(), path), or with numpy.save"
        ) from error
    if isinstance(held, Mapping):
        tensors = {str(name): value for name, value in held.items() if isinstance(value, torch.Tensor)}
        held = tensors[_one(list(tensors), path)]
    if isinstance(held, list | tuple) and held and all(isinstance(one, torch.Tensor) for one in held):
        held = torch.stack(list(held)) if len({one.shape for one in held}) == 1 else held[0]
    return as_numbers(held, str(path))


def _is_map(raw: Array) -> bool:
    """Tell a map of three probabilities saved as RGB from a mask drawn in colours: it has many colours."""
    return len(np.unique(raw[::5, ::5])) > 64


def _channels(path: Path) -> Array:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def _one(names: Sequence[str], path: Path) -> str:
    if not names:
        raise DataError(f"{path} is empty: save one array a file")
    liked = [n for n in names if n.lower() in LIKED]
    return (liked or list(names))[0]


def is_stack_file(path: Path) -> bool:
    """Tell by the name whether a file may hold a stack of arrays."""
    return path.is_file() and path.suffix.lower() in ARRAY_SUFFIXES


def read_stack(path: Path, names: Sequence[str], what: str) -> dict[str, Reader]:
    """Return what reads each picture of a stack, in the order of `names`; DataError where the counts differ.

    The first axis counts photos: NxHxW, NxHxWxC or NxCxHxW, as `model.predict(x)` of Keras returns it.
    """
    stack = open_any_array(path)
    if len(names) == 1 and (stack.ndim == 2 or len(stack) != 1):
        return {names[0]: lambda: as_numbers(stack, str(path))}
    if stack.ndim < 3 or len(stack) != len(names):
        raise DataError(
            f"{path} has the shape {tuple(stack.shape)} for {len(names)} {what}: its first axis must count them, "
            "in the order of their names"
        )
    return {name: _picture(stack, place, path) for place, name in enumerate(names)}


def read_named(path: Path) -> dict[str, Reader]:
    """Return what reads each array of an npz that holds one array a photo, by name; empty where it holds no such."""
    if path.suffix.lower() != ".npz":
        return {}
    with np.load(path, allow_pickle=False) as arrays:
        names = list(arrays.files)
    if len(names) < 2 or any(name.lower() in LIKED for name in names):
        return {}
    return {name: partial(_named, path, name) for name in names}


def _named(path: Path, name: str) -> Array:
    return as_numbers(open_array(path, name), f"{path}, {name}")


def stack_length(path: Path) -> int:
    """Return the length of the first axis of a stack."""
    stack = open_any_array(path)
    if stack.ndim < 3:
        raise DataError(f"{path} has the shape {tuple(stack.shape)}: give NxHxW, one picture a photo, or a folder")
    return len(stack)


def _picture(stack: Array, place: int, path: Path) -> Reader:
    return lambda: as_numbers(np.asarray(stack[place]), f"{path}, picture {place}")
