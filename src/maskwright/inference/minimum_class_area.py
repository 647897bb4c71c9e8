"""Classes of which a photo shows less than any training photo that has them: most likely it shows none."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from maskwright.imaging.mask_geometry import Mask
from maskwright.planning.plan import PredictPlan


def without_scarce_classes(mask: Mask, predict: PredictPlan, background: int | None) -> Mask:
    """Return the HxW mask with the classes of less than `predict.least_totals` made background, in place."""
    if background is None or not any(predict.least_totals):
        return mask
    return next(without_scarce_classes_in_strips(lambda: iter((mask,)), predict, background, max(mask.shape)))


def without_scarce_classes_in_strips(
    strips: Callable[[], Iterable[Mask]], predict: PredictPlan, background: int, long_side_px: int
) -> Iterator[Mask]:
    """Yield the strips of one mask, which are counted together first, changed as by `without_scarce_classes`."""
    least_px = np.array(predict.least_totals) * long_side_px**2
    totals = np.zeros(256, dtype=np.int64)
    for mask in strips():
        totals += np.bincount(mask.ravel(), minlength=256)
    scarce = np.flatnonzero(totals[: len(least_px)] < least_px)
    for mask in strips():
        mask[np.isin(mask, scarce)] = background
        yield mask
