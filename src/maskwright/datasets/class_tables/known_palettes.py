"""Colours that public datasets and plots give their classes without a list beside the masks.

Those of datasets are shown, and never taken unasked.
"""

from collections.abc import Collection, Mapping

import numpy as np

from maskwright.datasets.class_tables.colour_texts import parse_colour
from maskwright.imaging.mask_reader import channels, colour_value

NOT_VALID = "not valid"
CODES: Mapping[str, Mapping[str, str]] = {
    "KITTI road": {"#ff0000": "background", "#ff00ff": "road", "#000000": NOT_VALID},
    "ISPRS": {
        "#ffffff": "impervious surfaces",
        "#0000ff": "building",
        "#00ffff": "low vegetation",
        "#00ff00": "tree",
        "#ffff00": "car",
        "#ff0000": "clutter",
    },
    "DeepGlobe land cover": {
        "#00ffff": "urban",
        "#ffff00": "agriculture",
        "#ff00ff": "rangeland",
        "#00ff00": "forest",
        "#0000ff": "water",
        "#ffffff": "barren",
        "#000000": "unknown",
    },
}
VIRIDIS = ((68, 1, 84), (59, 82, 139), (33, 145, 140), (94, 201, 98), (253, 231, 37))
"""Matplotlib's own map, at every quarter."""
STEPS = 64
MAX_LEVELS = 14
"""Levels in a channel by which a colour of the map may lie off the straight lines between its quarters."""
HELD_LEAST = 0.7
"""Masks must hold this share of the colours of a code, and no others."""


def public_code(values: Collection[int]) -> tuple[str, dict[int, str]]:
    """Return the public code that alone has all stored values of masks, by name, with its names of them; or nothing."""
    fitting = []
    for name, colours in CODES.items():
        named = {colour_value(colour): text for key, text in colours.items() if (colour := parse_colour(key))}
        if set(values) <= named.keys() and len(set(values)) >= HELD_LEAST * len(named):
            fitting.append((name, named))
    return fitting[0] if len(fitting) == 1 else ("", {})


def lowest_of_plot(values: Collection[int]) -> int | None:
    """Return the darkest colour of matplotlib's own map where stored values hold it and others, all of that map."""
    lowest = colour_value(VIRIDIS[0])
    if lowest not in values or len(values) < 2:
        return None
    places = np.linspace(0, len(VIRIDIS) - 1, STEPS * (len(VIRIDIS) - 1) + 1)
    line = np.stack([np.interp(places, range(len(VIRIDIS)), band) for band in np.transpose(VIRIDIS)], axis=1)
    held = np.asarray(channels(np.array(sorted(values))), dtype=float).T
    away = np.abs(held[:, None] - line[None]).max(axis=2).min(axis=1)
    return lowest if away.max() <= MAX_LEVELS else None
