"""How sure a network is of a mask: of each pixel, and of the photo."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maskwright.imaging.geometry import Mask
from maskwright.inference.logits import Logits

LEAST_EXPECTED_IOU = 0.6
"""Below it a photo is marked as unsure."""


@dataclass(frozen=True)
class Prediction:
    """The mask of a photo; the probability of each pixel's strongest class, HxW in 0..1; and the expected IoU.

    A pixel of a patch that was removed keeps the probability of the class that it had.
    """

    mask: Mask
    confidence: NDArray[np.float32]
    expected_iou: float


def expected_iou(probabilities: Logits, scored: Sequence[int]) -> float:
    """Return the IoU that CxHxW probabilities promise for their own strongest classes, 0..1, NaN without an object.

    For each class that appears: the probability in its pixels, over these pixels and the probability outside. The
    classes count by these unions. It is as right as the probabilities are; no truth is needed.
    """
    strongest = probabilities.argmax(axis=0)
    hits, unions = 0.0, 0.0
    for class_id in scored:
        inside = strongest == class_id
        if inside.any():
            within = float(probabilities[class_id][inside].sum())
            hits += within
            unions += float(np.count_nonzero(inside)) + float(probabilities[class_id].sum()) - within
    return hits / unions if unions else float("nan")
