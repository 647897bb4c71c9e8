"""What is cleaned from a mask of strongest classes: one rule for masks in memory, in strips and in exported files."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from maskwright.classes import ClassTable
from maskwright.imaging.mask_geometry import Mask, components_from, largest_component
from maskwright.imaging.streamed_components import large_patches_only, largest_patch_only
from maskwright.inference.minimum_class_area import without_scarce_classes, without_scarce_classes_in_strips
from maskwright.planning.plan import PredictPlan


@dataclass(frozen=True)
class Cleaning:
    """Which pixels of a mask become background; areas are shares of the squared long side.

    `largest_only`: all of class 1 but its largest patch, and nothing else. `least_totals`: all pixels of a class that
    has fewer, one share a class, () for none. `least_patch`: smaller patches of the `scored` classes, 0 for none.
    """

    largest_only: bool
    least_totals: tuple[float, ...]
    least_patch: float
    scored: tuple[int, ...]
    background: int

    def least_patch_px(self, size_hw: tuple[int, int]) -> float:
        """Return the pixels that a patch needs in a mask of this size."""
        return self.least_patch * max(size_hw) ** 2


def cleaning_for(predict: PredictPlan, classes: ClassTable) -> Cleaning:
    """Return what a plan cleans from masks of these classes: nothing where there is no background."""
    largest_only = predict.one_object and classes.is_binary
    if largest_only or classes.background is None:
        return Cleaning(largest_only, (), 0.0, classes.scored, 0)
    least_totals = predict.least_totals if any(predict.least_totals) else ()
    return Cleaning(False, least_totals, predict.least_patch, classes.scored, classes.background)


def clean_mask(mask: Mask, cleaning: Cleaning) -> Mask:
    """Return an HxW mask of strongest classes cleaned, in place where possible."""
    if cleaning.largest_only:
        return largest_component(mask == 1).view(np.uint8)
    if cleaning.least_totals:
        mask = without_scarce_classes(mask, cleaning.least_totals, cleaning.background)
    least_px = cleaning.least_patch_px((mask.shape[0], mask.shape[1]))
    for class_id in cleaning.scored if least_px > 1 else ():
        of_class = mask == class_id
        if of_class.any():
            mask[of_class & ~components_from(of_class, least_px)] = cleaning.background
    return mask


def clean_strips(strips: Callable[[], Iterator[Mask]], cleaning: Cleaning, size_hw: tuple[int, int]) -> Iterator[Mask]:
    """Yield the strips of a mask of this size cleaned as `clean_mask` does; `strips` gives the same ones each time."""
    if cleaning.largest_only:
        return largest_patch_only(strips, 1)

    def shown() -> Iterator[Mask]:
        if not cleaning.least_totals:
            return strips()
        return without_scarce_classes_in_strips(strips, cleaning.least_totals, cleaning.background, max(size_hw))

    least_px = cleaning.least_patch_px(size_hw)
    return large_patches_only(shown, cleaning.scored, least_px, cleaning.background) if least_px > 1 else shown()
