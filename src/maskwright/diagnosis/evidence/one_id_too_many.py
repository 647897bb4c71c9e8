"""Truths with one id more than predictions have channels: is that id void, or do channels leave out the background?"""

from collections.abc import Sequence

import numpy as np

from maskwright.classes import IGNORE
from maskwright.diagnosis.evidence.pair_to_case import Raw
from maskwright.diagnosis.evidence.prediction_encoding import Manner, without_ones
from maskwright.imaging.mask_geometry import resize_mask

SUMS_TO_ONE = 0.02
"""How far the probabilities of a pixel may sum up to more or less than 1."""


def void_id(first: Sequence[Raw], manner: Manner, class_count: int) -> int | None:
    """Return the last class id where the channels fit the ids before it; None where they fit the objects, or all ids.

    With C channels and C + 1 ids, channels are a sigmoid for each object, or a softmax over all classes but a void.
    """
    if manner.channels < 2 or manner.channels != class_count - 1:
        return None
    as_classes = as_objects = 0
    likely = 0.0 if manner.kind == "logits" else 0.5 * manner.top
    sums = []
    for raw in first:
        scores = np.moveaxis(without_ones(raw.stored), manner.axis, 0)
        best = np.argmax(scores, axis=0).astype(np.uint8)
        objects = np.where(scores.max(axis=0) > likely, best + 1, 0).astype(np.uint8)
        counted = raw.truth < IGNORE
        as_classes += int((resize_mask(best, raw.truth.shape) == raw.truth)[counted].sum())
        as_objects += int((resize_mask(objects, raw.truth.shape) == raw.truth)[counted].sum())
        sums.append(float(np.abs(scores.sum(axis=0, dtype=np.float64) / manner.top - 1).max()))
    softmax = manner.kind == "logits" or max(sums) < SUMS_TO_ONE
    return class_count - 1 if softmax and as_classes > as_objects else None
