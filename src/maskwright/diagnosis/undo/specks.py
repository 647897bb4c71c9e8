"""Patches far smaller than any true one (specks): counted, and filled from around them."""

from collections.abc import Sequence

import cv2
import numpy as np

from maskwright.classes import IGNORE
from maskwright.imaging.mask_geometry import Bools, Mask, component_areas, components


def is_speckled(predictions: Sequence[Mask], truths: Sequence[Mask]) -> bool:
    """Tell whether predictions have many times the patches of the truth."""
    return patches_a_photo(predictions) >= 4 * patches_a_photo(truths) + 8


def patches_a_photo(masks: Sequence[Mask]) -> float:
    """Return how many patches of one value a mask has on average."""
    return float(np.mean([_patch_count(mask) for mask in masks])) if masks else 0.0


def _patch_count(mask: Mask) -> int:
    return sum(components(mask == value)[1] for value in np.unique(mask))


def least_area(truths: Sequence[Mask]) -> float:
    """Return half the area of the smallest true patches: the 2nd percentile over all classes and photos."""
    areas = [component_areas(t == v) for t in truths for v in np.unique(t) if v != IGNORE]
    known = np.concatenate(areas) if areas else np.zeros(1)
    return float(np.clip(0.5 * np.quantile(known, 0.02), 4, 400))


def without_specks(mask: Mask, least_px: float) -> Mask:
    """Return the mask with every patch under `least_px` pixels taken over by the class nearest to it."""
    small: Bools = np.zeros(mask.shape, dtype=np.bool_)
    for value in np.unique(mask):
        of_value: Bools = mask == value
        labels, count = components(of_value, connectivity=4)
        areas = np.bincount(labels.ravel(), minlength=count + 1)
        small |= of_value & (areas < least_px)[labels]
    if not small.any() or small.all():
        return mask
    _, nearest = cv2.distanceTransformWithLabels(small.astype(np.uint8), cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL)
    values = np.zeros(int(nearest.max()) + 1, dtype=np.uint8)
    values[nearest[~small]] = mask[~small]
    return np.asarray(values[nearest])
