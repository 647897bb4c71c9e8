"""Colour masks with smooth edges, as drawing programs make them: the full colours, and what shades are near to."""

from collections.abc import Collection, Sequence

import numpy as np

from maskwright.datasets.reader_types import MaskValues
from maskwright.imaging.mask_artefacts import ghost_values, joined_traces
from maskwright.imaging.mask_reader import channels

SOLID_MOST = 32
STEPS_LEAST = 0.04
"""Smoothing leaves 45 to 96 % of the pixels of shades between their neighbours, JPEG 7 to 54 %, thin objects none."""
NEARER = 0.7
"""A shade belongs to a colour whose distance is below this share of the distance to the next one."""


def solid_colours(masks: Sequence[MaskValues], stored: Collection[int]) -> frozenset[int] | None:
    """Return the colours that fill areas, where all others are shades along edges alone; None otherwise.

    Thin objects are no shades: their colours do not lie between those beside them.
    """
    traces = joined_traces([mask.traces for mask in masks])
    ghosts = ghost_values(traces)
    steps, pixels = (sum(counts.get(v, 0) for v in ghosts) for counts in (traces.step_pixels, traces.pixels))
    solid = frozenset(value for value in traces.pixels if value not in ghosts and value in stored)
    return solid if steps > STEPS_LEAST * pixels and 2 <= len(solid) <= SOLID_MOST else None


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
