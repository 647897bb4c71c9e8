"""Masks that were saved as figures of a plot: the mask lies rescaled inside white margins, as plt.savefig writes it."""

import numpy as np
from numpy.typing import NDArray

from maskwright.datasets.dataset import Dataset, Sample
from maskwright.datasets.reader_types import MaskValues
from maskwright.datasets.truth.mask_truth import truth_files
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import Finding, make_finding, some
from maskwright.imaging.decoders.image_files import open_image
from maskwright.imaging.mask_reader import COLOUR_BIT

WHITES = frozenset({255, COLOUR_BIT + 0xFFFFFF})
FEWEST, MOST_OF_THEM, LOOKED_AT = 3, 0.75, 12
"""Masks with white margins, the share of all that they must be, and of those that are looked at that must fit."""
NEARLY_WHITE, MARGIN_PX = 250, 2
SAME_ASPECT, FILLED_SIDE = 0.04, 0.5
"""How far the sides of a plot may differ from those of its photo, and the share of each of its sides that is drawn."""


def figure_findings(dataset: Dataset) -> list[Finding]:
    """Return an error where masks lie in white margins on all sides, in a box of the shape of their photo."""
    facts = dataset.facts.masks
    files = facts.files if facts is not None else {}
    framed = [s for s in dataset.samples if s.size_hw and s.name in files and _is_framed(files[s.name], s.size_hw)]
    if len(framed) < max(FEWEST, MOST_OF_THEM * len(files)):
        return []
    seen = spread_evenly(framed, LOOKED_AT)
    boxes = [box for sample in seen if (box := _plot(sample)) is not None]
    if len(boxes) < max(FEWEST, MOST_OF_THEM * len(seen)):
        return []
    names = [sample.name for sample in framed]
    (left, top, right, bottom), (wide, high) = boxes[0]
    evidence = (
        f"{len(names)} of {len(files)} masks are white along all sides, and what lies inside has the photo's shape: x "
        f"{left} to {right} of {wide}, y {top} to {bottom} of {high} in {seen[0].name}: {some(names)}"
    )
    return [make_finding("mask-size", evidence, photos=names, variant="figure")]


def _is_framed(mask: MaskValues, photo_hw: tuple[int, int]) -> bool:
    """Tell whether a mask is white along all sides; one of the photo's size must show more than a page on white."""
    others = len(set(mask.counts) - WHITES)
    return bool(mask.border) and set(mask.border) <= WHITES and others > int(mask.size_hw == photo_hw)


def _plot(sample: Sample) -> tuple[tuple[int, int, int, int], tuple[int, int]] | None:
    """Return left, top, right and bottom of what lies in the margins, and width and height; None if it is no plot."""
    files = truth_files(sample.truth)
    if len(files) != 1 or sample.size_hw is None:
        return None
    with open_image(files[0]) as image:
        drawn = np.any(np.asarray(image.convert("RGBA").convert("RGB")) < NEARLY_WHITE, axis=2)
    rows, columns = (_covered(drawn.mean(axis=axis)) for axis in (1, 0))
    high, wide = drawn.shape
    inside = drawn[rows, columns]
    if not inside.size:
        return None
    margins = rows.start, columns.start, high - rows.stop, wide - columns.stop
    filled = min(inside[0].mean(), inside[-1].mean(), inside[:, 0].mean(), inside[:, -1].mean())
    ratio = inside.shape[0] * sample.size_hw[1] / (inside.shape[1] * sample.size_hw[0])
    if min(margins) < MARGIN_PX or filled < FILLED_SIDE or abs(ratio - 1) > SAME_ASPECT:
        return None
    return (columns.start, rows.start, columns.stop, rows.stop), (wide, high)


def _covered(shares: NDArray[np.float64]) -> slice:
    """Return the rows or columns that are drawn half as much as the most: ticks and numbers of axes lie outside."""
    inside = np.flatnonzero(shares > shares.max() / 2)
    return slice(int(inside[0]), int(inside[-1]) + 1) if len(inside) else slice(0)
