"""Classes of which a photo shows less than any training photo that has them: most likely it shows none."""

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from maskwright.imaging.mask_geometry import Mask


def without_scarce_classes(mask: Mask, least_totals: Sequence[float], background: int) -> Mask:
    """Return the HxW mask with the classes of less than `least_totals` made background, in place.

    `least_totals`: one share of the squared long side a class.
    """
    return next(without_scarce_classes_in_strips(lambda: iter((mask,)), least_totals, background, max(mask.shape)))


def without_scarce_classes_in_strips(
    strips: Callable[[], Iterable[Mask]], least_totals: Sequence[float], background: int, long_side_px: int
) -> Iterator[Mask]:
    """Yield the strips of one mask, which are counted together first, changed as by `without_scarce_classes`."""
    least_px = np.array(least_totals) * long_side_px**2
    totals = np.zeros(256, dtype=np.int64)
    for mask in strips():
        totals += np.bincount(mask.ravel(), minlength=256)
    scarce = np.flatnonzero(totals[: len(least_px)] < least_px)
    for mask in strips():
        mask[np.isin(mask, scarce)] = background
        yield mask
