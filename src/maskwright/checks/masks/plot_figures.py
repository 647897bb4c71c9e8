"""Masks that were saved as figures of a plot: the mask lies rescaled inside white margins, as plt.savefig writes it."""

from collections import defaultdict
from collections.abc import Sequence

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
MIN_FIGURES = 3
"""Figures that there must be."""
MIN_FIGURE_SHARE = 0.75
"""Share of all files that must be figures."""
MAX_OPENED = 12
"""Masks with white margins that are opened."""
MIN_WHITE_LEVEL = 250
"""Level in all channels from which on a pixel is white."""
MIN_MARGIN_PX = 2
"""Width of the white margins of a figure."""
MAX_ASPECT_DIFFERENCE = 0.04
"""How far the ratio of a plot's sides may differ from that of its photo's, as a share."""
MIN_FILLED_SHARE = 0.5
"""Share of each side of a plot that must be drawn."""
MAX_MOVED_PX = 2.0
"""By how much a box may lie elsewhere than those of figures of the same sizes, which all have one place."""
MAX_CENTRE_MOVED = 0.02
"""By how much its centre may lie elsewhere where sizes are others, as a share of the figure's sides."""

_Plot = tuple[tuple[int, int, int, int], tuple[int, int]]
"""Left, top, right and bottom of what lies in the margins, and width and height of the figure."""


def figure_findings(dataset: Dataset) -> list[Finding]:
    """Return an error where masks lie in white margins on all sides, in a box of the shape of their photo.

    The box has one place in all of them: that of an object on a white background, as of a board, has not.
    """
    facts = dataset.facts.masks
    files = facts.files if facts is not None else {}
    framed = [s for s in dataset.samples if s.size_hw and s.name in files and _is_framed(files[s.name], s.size_hw)]
    if len(framed) < max(MIN_FIGURES, MIN_FIGURE_SHARE * len(files)):
        return []
    opened = spread_evenly(framed, MAX_OPENED)
    plots = _at_one_place([(sample, plot) for sample in opened if (plot := _plot(sample)) is not None])
    if len(plots) < max(MIN_FIGURES, MIN_FIGURE_SHARE * len(opened)):
        return []
    names = [sample.name for sample in framed]
    first, ((left, top, right, bottom), (wide, high)) = plots[0]
    evidence = (
        f"{len(names)} of {len(files)} masks are white along all sides, and what lies inside has the photo's shape: x "
        f"{left} to {right} of {wide}, y {top} to {bottom} of {high} in {first.name}: {some(names)}"
    )
    return [make_finding("mask-size", evidence, photos=names, variant="figure")]


def _is_framed(mask: MaskValues, photo_hw: tuple[int, int]) -> bool:
    """Tell whether a mask is white along all sides; one of the photo's size must show more than a page on white."""
    others = len(set(mask.counts) - WHITES)
    return bool(mask.border) and set(mask.border) <= WHITES and others > int(mask.size_hw == photo_hw)


def _at_one_place(plots: Sequence[tuple[Sample, _Plot]]) -> list[tuple[Sample, _Plot]]:
    """Return the plots whose box lies where those of most figures lie."""
    alike: dict[object, list[tuple[Sample, _Plot]]] = defaultdict(list)
    for sample, (box, size) in plots:
        alike[size, sample.size_hw].append((sample, (box, size)))
    centres = np.array([_centre(plot) for _, plot in plots]).reshape(-1, 2)
    usual_centre = np.median(centres, axis=0) if len(centres) else np.zeros(2)
    kept = []
    for members in alike.values():
        usual_box = np.median([box for _, (box, _) in members], axis=0)
        for sample, plot in members:
            if len(members) > 1:
                is_usual = np.abs(plot[0] - usual_box).max() <= MAX_MOVED_PX
            else:
                is_usual = np.abs(_centre(plot) - usual_centre).max() <= MAX_CENTRE_MOVED
            kept += [(sample, plot)] if is_usual else []
    return kept


def _centre(plot: _Plot) -> NDArray[np.float64]:
    """Return the centre of a box, x and y, as shares of the figure's sides."""
    (left, top, right, bottom), size = plot
    return np.asarray(np.array([left + right, top + bottom]) / 2 / np.array(size), dtype=np.float64)


def _plot(sample: Sample) -> _Plot | None:
    """Return where the plot of a figure lies; None if it is no plot."""
    files = truth_files(sample.truth)
    if len(files) != 1 or sample.size_hw is None:
        return None
    with open_image(files[0]) as image:
        drawn = np.any(np.asarray(image.convert("RGBA").convert("RGB")) < MIN_WHITE_LEVEL, axis=2)
    rows, columns = (_drawn_most(drawn.mean(axis=axis)) for axis in (1, 0))
    high, wide = drawn.shape
    inside = drawn[rows, columns]
    if not inside.size:
        return None
    margins = rows.start, columns.start, high - rows.stop, wide - columns.stop
    filled = min(inside[0].mean(), inside[-1].mean(), inside[:, 0].mean(), inside[:, -1].mean())
    ratio = inside.shape[0] * sample.size_hw[1] / (inside.shape[1] * sample.size_hw[0])
    if min(margins) < MIN_MARGIN_PX or filled < MIN_FILLED_SHARE or abs(ratio - 1) > MAX_ASPECT_DIFFERENCE:
        return None
    return (columns.start, rows.start, columns.stop, rows.stop), (wide, high)


def _drawn_most(shares: NDArray[np.float64]) -> slice:
    """Return the rows or columns that are drawn half as much as the most: ticks and numbers of axes lie outside."""
    inside = np.flatnonzero(shares > shares.max() / 2)
    return slice(int(inside[0]), int(inside[-1]) + 1) if len(inside) else slice(0)
