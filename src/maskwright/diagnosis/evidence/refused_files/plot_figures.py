"""Predictions saved as figures of a plot: the mask lies rescaled inside white margins, as plt.savefig writes it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from maskwright.checks.masks.plot_figures import (
    MAX_ASPECT_DIFFERENCE,
    MIN_FIGURE_SHARE,
    MIN_FIGURES,
    MIN_FILLED_SHARE,
    MIN_MARGIN_PX,
)
from maskwright.diagnosis.evidence.pair_to_case import Raw
from maskwright.diagnosis.evidence.prediction_encoding import WHITE, Array, without_ones
from maskwright.errors import DataError
from maskwright.imaging.mask_geometry import Bools, bounding_box
from maskwright.imaging.mask_reader import COLOUR_BIT

OWN_ASPECT = 0.01
"""How far the ratio of a file's sides may lie from that of its photo for it to have the photo's own shape."""
SHADES = 64
"""Grey levels from which on such a file was smoothed: with fewer, a frame of 255 may mean that nothing was predicted
there."""
SAME_PLACE = 0.03
"""Share of a side by which a plot must lie apart from the true objects: inverted masks are white around these."""


@dataclass(frozen=True)
class _Plot:
    """What lies inside the margins of a file: its box as top, bottom, left, right, and how much of its sides is drawn.

    `stored_hw` and `truth_hw` are the sizes of the file and of its truth, `at_objects` tells of the objects' own box.
    """

    box: tuple[int, int, int, int]
    filled: float
    stored_hw: tuple[int, int]
    truth_hw: tuple[int, int]
    at_objects: bool

    @property
    def size_hw(self) -> tuple[int, int]:
        return self.box[1] - self.box[0], self.box[3] - self.box[2]

    @property
    def fits(self) -> bool:
        """Whether it has the photo's shape and is drawn along its sides: a plot without axes."""
        return _ratio(self.size_hw, self.truth_hw) <= MAX_ASPECT_DIFFERENCE and self.filled >= MIN_FILLED_SHARE


def require_no_figures(first: Sequence[Raw], class_count: int) -> None:
    """Raise DataError where predictions are figures with white margins; the message says how to save or cut them."""
    stored = [without_ones(raw.stored) for raw in first]
    if all(map(_is_colour, stored)):
        if all(_plot(raw) is not None for raw in first):
            raise DataError(_words(""))
        return
    shown = [raw for raw, array in zip(first, stored, strict=True) if (~_white(array)).any()]
    plots = [plot for raw in shown if (plot := _plot(raw)) is not None]
    if len(plots) < max(MIN_FIGURES, len(shown)) or _is_something_else(plots, stored):
        return
    without_axes = np.mean([plot.fits for plot in plots]) >= MIN_FIGURE_SHARE
    if without_axes or _agree(plots):
        one_channel = class_count == 2 and not any(map(_has_colours, stored))
        raise DataError(_words(_crop(plots) if without_axes and one_channel else ""))


def _words(crop: str) -> str:
    return (
        "predictions are figures with white margins, as plt.savefig writes them: save the mask itself, "
        f"`Image.fromarray(mask.astype(np.uint8)).save(path)`{crop}"
    )


def _crop(plots: Sequence[_Plot]) -> str:
    """Return how to cut the plots out of their files; "" where photos differ in size, and plots in place."""
    top, bottom, left, right = np.array([plot.box for plot in plots]).T
    whole = int(left.min()), int(top.min()), int(right.max()), int(bottom.max())
    of_whole = (whole[1], whole[3], whole[0], whole[2])  # a plot may be white along a side of its own
    sizes = {(plot.stored_hw, plot.truth_hw) for plot in plots}
    if len(sizes) > 1 or not replace(plots[0], box=of_whole, filled=1.0).fits:
        return ""
    return f", or cut it out of each file: `Image.open(path).convert('L').crop({whole}).save(path)`"


def _ratio(size_hw: tuple[int, int], of_hw: tuple[int, int]) -> float:
    """Return how far the ratio of two sides differs from that of two others, as a share."""
    return abs(size_hw[0] * of_hw[1] / (size_hw[1] * of_hw[0]) - 1)


def _is_colour(array: Array) -> bool:
    return array.ndim == 3 and array.shape[2] in (3, 4) and array.dtype == np.uint8


def _has_colours(array: Array) -> bool:
    return array.ndim == 3 or bool(array.max(initial=0) >= COLOUR_BIT)


def _white(array: Array) -> Bools:
    if _is_colour(array):
        return np.asarray((array[..., :3] == WHITE).all(axis=2))
    if array.ndim != 2 or array.dtype.kind not in "iu":
        return np.zeros(array.shape[:2], dtype=np.bool_)
    return np.asarray((array == WHITE) | (array == COLOUR_BIT + 0xFFFFFF))


def _plot(raw: Raw) -> _Plot | None:
    """Return what lies inside white margins on all four sides; None without such margins, or with nothing inside."""
    drawn = ~_white(without_ones(raw.stored))
    box = _box(drawn)
    high, wide = drawn.shape
    if box is None or min(box[0], box[2], high - box[1], wide - box[3]) < MIN_MARGIN_PX:
        return None
    top, bottom, left, right = box
    sides = (
        drawn[top, left:right],
        drawn[bottom - 1, left:right],
        drawn[top:bottom, left],
        drawn[top:bottom, right - 1],
    )
    truth_hw = (raw.truth.shape[0], raw.truth.shape[1])
    filled = float(min(side.mean() for side in sides))
    return _Plot(box, filled, (high, wide), truth_hw, _is_around(box, (high, wide), _box(raw.truth > 0), truth_hw))


def _is_around(
    box: tuple[int, int, int, int],
    size_hw: tuple[int, int],
    true: tuple[int, int, int, int] | None,
    truth_hw: tuple[int, int],
) -> bool:
    """Tell whether a box is that of the true objects, where these touch no side of the photo."""
    if true is None or true[0] == 0 or true[2] == 0 or true[1] == truth_hw[0] or true[3] == truth_hw[1]:
        return False
    return float(np.abs(_shares(box, size_hw) - _shares(true, truth_hw)).max()) < SAME_PLACE


def _box(mask: Bools) -> tuple[int, int, int, int] | None:
    box = bounding_box(mask)
    return None if box is None else (box[0].start, box[0].stop, box[1].start, box[1].stop)


def _shares(box: tuple[int, int, int, int], size_hw: tuple[int, ...]) -> Array:
    return np.asarray(np.array(box) / np.repeat(size_hw[:2], 2))


def _is_something_else(plots: Sequence[_Plot], stored: Sequence[Array]) -> bool:
    """Tell margins of 255 that mean nothing predicted, or padding, and inverted masks, from those of a plot."""
    padded = np.mean([np.abs(np.subtract(plot.size_hw, plot.truth_hw)).max() <= 1 for plot in plots]) > 0.5
    inverted = np.mean([plot.at_objects for plot in plots]) > 0.5
    own_shape = all(_ratio(plot.stored_hw, plot.truth_hw) <= OWN_ASPECT for plot in plots)
    sharp = own_shape and len(np.unique(np.concatenate([np.unique(array) for array in stored]))) < SHADES
    return bool(padded or inverted or sharp)


def _agree(plots: Sequence[_Plot]) -> bool:
    """Tell whether plots with axes lie alike: in one box, or around one middle where photos differ in size."""
    boxes: dict[object, list[tuple[int, int, int, int]]] = {}
    for plot in plots:
        boxes.setdefault((plot.stored_hw, plot.truth_hw), []).append(plot.box)
    if max(map(len, boxes.values())) >= MIN_FIGURES:
        return all(len(set(of_size)) == 1 for of_size in boxes.values())
    if len({plot.stored_hw for plot in plots}) > 1 or len(boxes) < MIN_FIGURES:
        return False
    middles = np.array([_shares(plot.box, plot.stored_hw).reshape(2, 2).mean(axis=1) for plot in plots])
    return bool(np.ptp(middles, axis=0).max() <= SAME_PLACE)
