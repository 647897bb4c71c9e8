"""The small inputs of ../shared/data/field, each with its right answer in _truth."""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from maskwright.datasets.dataset import Dataset, Sample
from tests.support.real_data import shared_data


@cache
def truth(number: int, kind: str = "object") -> NDArray[np.uint8]:
    """Return the right mask of the numbered photo: "object" is 0 and 1, "left1_right2" has two classes."""
    with Image.open(shared_data("field") / "_truth" / f"{kind}_{number}.png") as image:
        return np.array(image)


def agreement(dataset: Dataset, sample: Sample, number: int, kind: str = "object") -> float:
    """Return the share of the pixels of any object on which mask and truth agree; 0 where their sizes differ."""
    mask, right = dataset.mask(sample), truth(number, kind)
    if mask.shape != right.shape:
        return 0.0
    either = (mask > 0) | (right > 0)
    return float((mask == right)[either].mean())


def agrees(dataset: Dataset, numbers: range | tuple[int, ...], kind: str = "object", *, least: float = 0.9) -> bool:
    """Return whether the annotated photos, in order, have these masks; drawn outlines are simplified ones."""
    annotated = [sample for sample in dataset.samples if sample.truth is not None and sample.size_hw is not None]
    shares = [agreement(dataset, s, number, kind) for s, number in zip(annotated, numbers, strict=True)]
    return min(shares) >= least
