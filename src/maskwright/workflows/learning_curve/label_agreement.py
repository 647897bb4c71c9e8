"""How well labels agree with themselves, which bounds what any model can score against them.

Photos that were labelled twice say it directly. Otherwise an outline that is drawn again is taken to lie 0.6 px off, on
a photo reduced to 768 px. The photos do not say more: blurred edges and a shaking hand look alike.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from maskwright.datasets.dataset import Dataset
from maskwright.datasets.splitting.groups import same_photos
from maskwright.evaluation.metrics import confusion, iou, mean_over
from maskwright.imaging.mask_geometry import Mask, reduced_size_hw

LONG_SIDE_PX = 768
BORDER_PX = 0.6
"""So that vessels of DRIVE agree to IoU 0.65, as its two observers do (Dice 0.79)."""
PAIRS_LEAST = 3
PHOTOS_MOST = 40
TWO_HANDS = 1.128
"""The mean distance of two normal numbers of deviation 1."""
ONE_HAND = 0.798
"""The mean distance of a normal number of deviation 1 from its mean."""


@dataclass(frozen=True)
class LabelAgreement:
    """The mean IoU of two labellings of one photo; `ceiling`: what the best model can score against one of them.

    A model can lie in the middle of two hands, so it can score higher than they agree. `source`: "copies" for photos
    labelled twice (`pairs` of them), else "borders".
    """

    agreement: float
    ceiling: float
    source: str
    pairs: int = 0


def label_agreement(dataset: Dataset) -> LabelAgreement:
    """Return how well the labels of a dataset agree with themselves; outlines are measured on up to 40 photos."""
    pairs = _copies(dataset)
    if len(pairs) >= PAIRS_LEAST:
        agreement = float(np.mean(pairs))
        apart = (1 - agreement) / (1 + agreement) * ONE_HAND / TWO_HANDS
        return LabelAgreement(agreement, (1 - apart) / (1 + apart), "copies", len(pairs))
    sizes = _sizes(dataset)
    return LabelAgreement(
        _agreement(sizes, BORDER_PX * TWO_HANDS), _agreement(sizes, BORDER_PX * ONE_HAND), "borders", 0
    )


def _copies(dataset: Dataset) -> list[float]:
    """Return the mean IoU of each pair of different masks of one photo; equal masks are copies of the file too."""
    samples = {sample.name: sample for sample in dataset.samples}
    scores = []
    for group in same_photos(dataset).groups:
        for first, second in combinations([samples[name] for name in group if name in samples], 2):
            one, other = dataset.mask(first), dataset.mask(second)
            if one.shape == other.shape and not np.array_equal(one, other):
                counts = confusion(one, other, len(dataset.classes))
                scores.append(mean_over(iou(counts), dataset.classes.scored))
    return [score for score in scores if not np.isnan(score)]


def _sizes(dataset: Dataset) -> list[tuple[float, float]]:
    """Return area and outline length in px of each scored class on each photo that shows it."""
    samples = [sample for sample in dataset.samples if sample.truth is not None and sample.size_hw]
    sizes = []
    for sample in samples[:: max(1, -(-len(samples) // PHOTOS_MOST))]:
        assert sample.size_hw is not None
        mask = dataset.mask(sample, size_hw=reduced_size_hw(sample.size_hw, LONG_SIDE_PX))
        sizes += [(float((mask == c).sum()), outline_px(mask, c)) for c in dataset.classes.scored if (mask == c).any()]
    return sizes


def outline_px(mask: Mask, class_id: int) -> float:
    """Return the length of the outlines of a class: pi/4 of the pixel edges, right for all directions together."""
    on = mask == class_id
    edges = np.count_nonzero(on[1:] != on[:-1]) + np.count_nonzero(on[:, 1:] != on[:, :-1])
    return float(edges * np.pi / 4)


def _agreement(sizes: list[tuple[float, float]], apart_px: float) -> float:
    """Return the mean IoU of masks with copies whose outlines lie `apart_px` apart, half inside and half outside."""
    halves = [(area, length * apart_px / 2) for area, length in sizes]
    return float(np.mean([max(0.0, area - half) / (area + half) for area, half in halves])) if halves else 1.0
