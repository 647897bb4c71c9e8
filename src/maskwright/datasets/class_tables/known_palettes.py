"""Colours that public datasets give their classes without a list beside the masks: shown, and never taken unasked."""

from collections.abc import Collection, Mapping

from maskwright.datasets.class_tables.colour_texts import parse_colour
from maskwright.imaging.mask_reader import colour_value

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
