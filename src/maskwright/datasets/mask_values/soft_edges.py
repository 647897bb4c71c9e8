"""Colour masks with smooth edges, as drawing programs make them: the full colours, and what shades are near to."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from maskwright.datasets.reader_types import MaskValues
from maskwright.imaging.mask_artefacts import Traces, ghost_values, joined_traces
from maskwright.imaging.mask_reader import channels

SOLID_MOST = 32
STEPS_LEAST = 0.04
"""Smoothing leaves 45 to 96 % of the pixels of shades between their neighbours, JPEG 7 to 54 %, thin objects none."""
MAX_SHORT_RUN_PX = 6.0
"""Mean length of a shade's runs, along rows."""
MAX_MIXTURE_RATIO = 0.1
"""Pixels of a shade against those of each of the two colours that it is mixed of."""
MAX_MIXTURE_LEVELS = 24
"""Levels in a channel by which a shade may miss the straight line between these colours."""
MAX_NEAR_LEVELS = 12
"""Levels in a channel by which a shade is nearly one of them, as where wide edges end."""
RARE_MOST, SHADES_MOST = 0.01, 4096
NEARER = 0.7
"""A shade belongs to a colour whose distance is below this share of the distance to the next one."""


def solid_colours(masks: Sequence[MaskValues], stored: Collection[int]) -> frozenset[int] | None:
    """Return the colours that fill areas, where all others are shades along edges alone; None otherwise.

    Thin objects are no shades: their colours do not lie between those beside them. Wide edges leave runs of one shade:
    those that mix two colours and that no mask without shades has are left out too; where most masks are without, all
    rare ones that these lack.
    """
    traces = joined_traces([mask.traces for mask in masks])
    ghosts = ghost_values(traces)
    steps, pixels = (sum(counts.get(v, 0) for v in ghosts) for counts in (traces.step_pixels, traces.pixels))
    clean = [mask for mask in masks if len(mask.counts) <= SOLID_MOST]
    known = {value for mask in clean for value in mask.counts}
    filling = [value for value in traces.pixels if value not in ghosts and value in stored]
    if ghosts and 2 * len(clean) > len(masks):
        common = _common_values(masks)
        filling = [value for value in filling if value in known or value in common]
    solid = _without_mixtures(filling, traces, known) if ghosts else frozenset(filling)
    return solid if steps > STEPS_LEAST * pixels and 2 <= len(solid) <= SOLID_MOST else None


def full_colours(counts: Mapping[int, int], listed: Collection[int]) -> frozenset[int]:
    """Return the listed colours that masks hold, where all others are rare and lie between two of these; else none."""
    full = [value for value in counts if value in listed]
    rare = RARE_MOST * sum(counts.values())
    others = [value for value in counts if value not in listed]
    is_soft = len(others) <= SHADES_MOST and all(counts[v] < rare and _is_between(v, full) for v in others)
    return frozenset(full) if is_soft and 2 <= len(full) <= SOLID_MOST else frozenset()


def _common_values(masks: Sequence[MaskValues]) -> set[int]:
    """Return the values that a mask has in a share of its pixels that is not rare."""
    least = [RARE_MOST * max(1, sum(mask.counts.values())) for mask in masks]
    return {v for mask, own in zip(masks, least, strict=True) for v, count in mask.counts.items() if count >= own}


def _without_mixtures(values: Sequence[int], traces: Traces, clean: Collection[int]) -> frozenset[int]:
    """Return the colours without rare ones in short runs that lie between two others; those of clean masks stay."""
    solid: list[int] = []
    for value in sorted(values, key=lambda value: -traces.pixels[value]):
        is_short = traces.pixels[value] < MAX_SHORT_RUN_PX * traces.runs[value]
        ends = [other for other in solid if traces.pixels[value] < MAX_MIXTURE_RATIO * traces.pixels[other]]
        is_shade = _is_near(value, ends) or (is_short and _is_between(value, ends))
        if value in clean or not is_shade:
            solid.append(value)
    return frozenset(solid)


def _is_near(value: int, others: Sequence[int]) -> bool:
    """Tell whether a colour is another one but for a few levels, as where wide edges end."""
    own, known = channels(np.array([value], np.int64)), channels(np.array(others, np.int64))
    return bool((np.abs(known.astype(int) - own).max(axis=0) <= MAX_NEAR_LEVELS).any())


def _is_between(value: int, ends: Sequence[int]) -> bool:
    """Tell whether a colour lies near the straight line between two others."""
    if len(ends) < 2:
        return False
    own, others = channels(np.array([value], np.int64))[:, 0], channels(np.array(ends, np.int64)).T
    for i, first in enumerate(others[:-1].astype(float)):
        ways = others[i + 1 :] - first
        place = np.clip((ways @ (own - first)) / np.maximum(1.0, (ways**2).sum(axis=1)), 0, 1)
        if (np.abs(first + place[:, None] * ways - own).max(axis=1) <= MAX_MIXTURE_LEVELS).any():
            return True
    return False


def nearest_colours(shades: Sequence[int], solid: Sequence[int]) -> list[int | None]:
    """Return for each shade the full colour that is clearly the nearest; None where two are about as near."""
    if not shades:
        return []
    shade_bands, solid_bands = (channels(np.array(values, dtype=np.int64)) for values in (shades, solid))
    distances = np.linalg.norm(shade_bands[:, :, None] - solid_bands[:, None], axis=0)
    order = np.argsort(distances, axis=1)
    best, second = (np.take_along_axis(distances, order[:, [i]], axis=1)[:, 0] for i in (0, 1))
    clear = best < NEARER * second
    return [solid[place] if is_clear else None for place, is_clear in zip(order[:, 0], clear, strict=True)]
