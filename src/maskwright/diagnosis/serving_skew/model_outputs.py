"""A model as it is served: whatever it returns, read as scores of the truth's size."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.errors import DataError

Model = Callable[[Any], object]
"""A batch of images as the user feeds them (NxHxWx3 or Nx3xHxW, array or tensor) -> NxCxHxW scores or NxHxW ids."""
Images = Any
Scores = NDArray[Any]
OUTPUT_NAMES = (
    "out",
    "logits",
    "pred",
    "prediction",
    "predictions",
    "masks",
    "segmentation",
    "seg",
    "sem_seg",
    "scores",
)
LEAST_SHARE = 8
"""Outputs down to this share of the truth's sides are enlarged, as SegFormer's quarter is."""


def output_of(answer: Images) -> Images:
    """Return the scores in an answer: a tensor, the first of a tuple, "out" of a dict, the logits of an object."""
    for _ in range(4):
        if hasattr(answer, "shape") and hasattr(answer, "ndim"):
            return answer
        if isinstance(answer, Mapping):
            held = [answer[name] for name in OUTPUT_NAMES if name in answer]
            answer = held[0] if held else next(iter(answer.values()))
        elif isinstance(answer, list | tuple) and answer:
            answer = answer[0]
        else:
            answer = next((getattr(answer, name) for name in OUTPUT_NAMES if hasattr(answer, name)), answer)
    return answer


@dataclass(frozen=True)
class Served:
    """A model, and the size of the truths that its answers are brought to."""

    model: Model
    size_hw: tuple[int, int]

    def scores(self, images: Sequence[Images]) -> Scores:
        """Return NxHxW class ids or binary scores, or NxCxHxW scores, of a batch; DataError for another shape."""
        given: Any = output_of(self.model(batch(images)))
        given = given.detach().cpu().float().numpy() if hasattr(given, "detach") else np.asarray(given)
        if given.ndim == 4 and 1 in (given.shape[1], given.shape[-1]):
            given = given[:, 0] if given.shape[1] == 1 else given[..., 0]
        if given.ndim == 4 and given.shape[1:3] == self.size_hw:
            given = np.moveaxis(given, -1, 1)
        if given.ndim not in (3, 4) or given.shape[0] != len(images) or not self._is_same_shape(given.shape[-2:]):
            wanted = f"{len(images)}xCx{self.size_hw[0]}x{self.size_hw[1]}"
            raise DataError(f"the model gave {given.shape}: give {wanted} scores, as large as the truth or smaller")
        return self._enlarged(np.asarray(given))

    def _is_same_shape(self, size_hw: tuple[int, ...]) -> bool:
        """Tell whether an output is the truth's size, or one factor for both sides away from it."""
        factors = [own / true for own, true in zip(size_hw, self.size_hw, strict=True)]
        return min(factors) >= 1 / LEAST_SHARE and max(factors) <= LEAST_SHARE and max(factors) < 1.15 * min(factors)

    def _enlarged(self, given: Scores) -> Scores:
        if given.shape[-2:] == self.size_hw:
            return given
        planes = given.reshape(-1, *given.shape[-2:])
        kind = cv2.INTER_NEAREST if given.dtype.kind in "bui" else cv2.INTER_LINEAR
        plain = planes.astype(np.uint8 if given.dtype.kind in "bui" else np.float32)
        done = np.stack([cv2.resize(plane, self.size_hw[::-1], interpolation=kind) for plane in plain])
        return np.asarray(done.reshape(*given.shape[:-2], *self.size_hw))

    def scores_or_none(self, images: Sequence[Images]) -> Scores | None:
        """Return the scores, or None where the model refuses such input (floats where it wants bytes, say)."""
        try:
            return self.scores(images)
        except (RuntimeError, TypeError, ValueError, DataError):
            return None


def batch(images: Sequence[Images]) -> Images:
    """Return images of one size as one batch, array or tensor."""
    if hasattr(images[0], "new_tensor"):
        joined = images[0].new_empty((len(images), *images[0].shape))
        for index, image in enumerate(images):
            joined[index] = image
        return joined
    return np.stack(images)
