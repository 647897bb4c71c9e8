"""Traces that smoothing and lossy compression leave in the values of a mask, read off some of its rows."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maskwright.classes import IGNORE
from maskwright.imaging.mask_reader import COLOUR_BIT, channels

ROWS_MOST = 256
SMALL_MOST = 65_535
SHORT_PX = 6
MIN_STEP_SHARE = 0.12
"""Share of all changes that must be steps: 1.4 % at most in clean masks of six sets, 30 to 75 % after smoothing or
JPEG."""
MIN_STEPS_A_PEAK = 0.45
"""Steps that there must be for each short run that is a peak or a dip, as thin objects are."""
MIN_STEPS = 30
"""Steps below which nothing is said."""
BORDER_SHARE = 0.2
"""A class with more of its pixels than this in steps is a border drawn on purpose, or a value that is no class."""
MAX_GHOST_RUN_PX = 2.5
"""Mean length of the runs of a value that only occurs in specks."""
MAX_GHOST_SHARE = 0.25
"""Share of all pixels that such values may have."""
MIN_GHOST_VALUES = 3
"""Such values that there must be."""
MANY_GHOSTS = 16
"""So many values that only occur in specks are no classes, however much of the photos thin objects make them cover."""


@dataclass(frozen=True)
class Traces:
    """Counts over the rows looked at: `changes` of value along a row, and short runs between two others.

    A short run is a `step` where its value lies between its neighbours' values, as smoothing makes them, else a
    `peak`, as thin objects are. `pixels`, `runs`, `steps` and the pixels in steps are counted by value.
    """

    changes: int = 0
    peaks: int = 0
    pixels: Mapping[int, int] = field(default_factory=dict)
    runs: Mapping[int, int] = field(default_factory=dict)
    steps: Mapping[int, int] = field(default_factory=dict)
    step_pixels: Mapping[int, int] = field(default_factory=dict)


NO_TRACES = Traces()


def traces_of(raw: NDArray[np.integer[Any]]) -> Traces:
    """Return the traces in HxW stored values or ids; packed colours are compared channel by channel."""
    if raw.ndim != 2 or not raw.size:
        return NO_TRACES
    rows = np.ascontiguousarray(raw)
    if raw.shape[0] > ROWS_MOST:
        rows = raw[np.linspace(0, raw.shape[0] - 1, ROWS_MOST).round().astype(int)]
    new = np.ones(rows.shape, dtype=np.bool_)
    new[:, 1:] = rows[:, 1:] != rows[:, :-1]
    starts = np.flatnonzero(new)
    lengths = np.diff(starts, append=rows.size)
    values, in_row = rows.ravel()[starts].astype(np.int64), starts // rows.shape[1]
    amid = np.flatnonzero((in_row[1:-1] == in_row[:-2]) & (in_row[1:-1] == in_row[2:])) + 1
    short = amid[lengths[amid] <= SHORT_PX]
    step = short[_between(values[short - 1], values[short], values[short + 1])] if len(short) else short
    distinct, which = _numbered(values)

    def by_value(runs: NDArray[np.int64], weights: NDArray[np.int64] | None = None) -> dict[int, int]:
        counts = np.bincount(which[runs], weights=weights, minlength=len(distinct)).astype(int)
        return dict(zip(distinct.tolist(), counts.tolist(), strict=True))

    every = np.arange(len(values))
    return Traces(
        changes=len(starts) - rows.shape[0],
        peaks=len(short) - len(step),
        pixels=by_value(every, lengths),
        runs=by_value(every),
        steps=by_value(step),
        step_pixels=by_value(step, lengths[step]),
    )


def _numbered(values: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the distinct values in ascending order, and the place of each value among them; small ones unsorted."""
    if not 0 <= int(values.min()) <= int(values.max()) <= SMALL_MOST:
        distinct, which = np.unique(values, return_inverse=True)
        return distinct, np.asarray(which, dtype=np.int64)
    held = np.bincount(values) > 0
    return np.flatnonzero(held), (np.cumsum(held) - 1)[values]


def _between(left: NDArray[np.int64], value: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell where `value` lies between its neighbours in every channel; 255 among ids is no neighbour of anything."""
    is_between = (left != right) & (left != IGNORE) & (right != IGNORE)
    sides = [left, value, right]
    plain = max(int(side.max()) for side in sides) < COLOUR_BIT  # all channels of grey values are these
    banded = [side[None] if plain else channels(side) for side in sides]
    for a, b, c in zip(*banded, strict=True):
        is_between &= (np.minimum(a, c) <= b) & (b <= np.maximum(a, c))
    return np.asarray(is_between)


def joined_traces(traces: Sequence[Traces]) -> Traces:
    """Return the counts of all masks together."""
    return Traces(
        sum(trace.changes for trace in traces),
        sum(trace.peaks for trace in traces),
        *(_summed([getattr(trace, name) for trace in traces]) for name in ("pixels", "runs", "steps", "step_pixels")),
    )


def _summed(counts: Sequence[Mapping[int, int]]) -> dict[int, int]:
    total: Counter[int] = Counter()
    for counter in counts:
        total.update(counter)
    return dict(total)


def steps_between_classes(traces: Traces) -> int:
    """Return how many steps are there of values that mostly stand elsewhere."""
    return sum(n for v, n in traces.steps.items() if traces.step_pixels[v] < BORDER_SHARE * traces.pixels[v])


def is_smoothed(traces: Traces) -> bool:
    """Tell whether many short runs are steps from one id to another, as no order of thin objects makes them."""
    steps = steps_between_classes(traces)
    return steps >= MIN_STEPS and steps > MIN_STEP_SHARE * traces.changes and steps > MIN_STEPS_A_PEAK * traces.peaks


def ghost_values(traces: Traces) -> frozenset[int]:
    """Return the values that only occur in specks a pixel or two long, where they are more than the others.

    Lossy compression and smooth edges make dozens of them beside a few values that fill nearly all pixels.
    """
    total = sum(traces.pixels.values())
    thin = {value for value, n in traces.pixels.items() if n < MAX_GHOST_RUN_PX * traces.runs[value]}
    share = sum(traces.pixels[value] for value in thin) / max(total, 1)
    solid = len(traces.pixels) - len(thin)
    if len(thin) >= max(MANY_GHOSTS, 2 * solid) and solid:
        return frozenset(thin)
    few = len(thin) < max(MIN_GHOST_VALUES, 2 * solid) or share > MAX_GHOST_SHARE or solid < 2
    return frozenset() if few else frozenset(thin)
