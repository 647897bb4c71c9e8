"""Colours as tables of classes write them."""

import re
from collections.abc import Sequence

import numpy as np

from maskwright.classes import Colour
from maskwright.imaging.mask_reader import channels

RED, GREEN, BLUE = ("r", "red"), ("g", "green"), ("b", "blue")
"""What the bands of a colour are called, in columns and in json."""
_NUMBER = re.compile(r"-?\d+")


def parse_colour(text: object) -> Colour | None:
    """Return a colour like #ff8000, 255 128 0, [255, 128, 0] or {"r": 1.0, ...}; None for anything else."""
    if isinstance(text, dict):
        return _colour_of_bands([text.get(names[0]) for names in (RED, GREEN, BLUE)])
    if isinstance(text, str) and re.fullmatch(r"#?[0-9a-fA-F]{6}", text.strip()) and not text.strip().isdigit():
        red, green, blue = bytes.fromhex(text.strip().lstrip("#"))
        return red, green, blue
    parts = text if isinstance(text, list) else _NUMBER.findall(text) if isinstance(text, str) else []
    if not 3 <= len(parts) <= 4 or not all(str(part).isdecimal() and int(str(part)[:4]) < 256 for part in parts):
        return None
    return int(parts[0]), int(parts[1]), int(parts[2])


def colour_text(bands: Sequence[int]) -> str:
    """Return red, green and blue as people write a colour: #ff8000."""
    return "#" + bytes(bands).hex()


def stored_colour_text(value: int) -> str:
    """Return a colour that a mask stores as one value as people write it; a grey one is stored as its level alone."""
    return colour_text(channels(np.array(value)).tolist())


def _colour_of_bands(bands: Sequence[object]) -> Colour | None:
    """Return a colour of whole numbers up to 255, or of fractions up to 1 as game engines write them."""
    numbers = [band for band in bands if isinstance(band, int | float) and 0 <= band < 256]
    if len(numbers) != 3:
        return None
    fractions = any(isinstance(number, float) for number in numbers) and max(numbers) <= 1
    red, green, blue = (round(number * 255) if fractions else int(number) for number in numbers)
    return red, green, blue
