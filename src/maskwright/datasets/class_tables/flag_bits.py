"""Masks whose values are flags, a bit for each class, of which a pixel may have several: asked about with the table."""

from collections.abc import Mapping
from pathlib import Path

from maskwright.datasets.class_tables.classes_csv_command import writing_classes
from maskwright.datasets.class_tables.colour_texts import stored_colour_text
from maskwright.errors import DataError
from maskwright.imaging.mask_reader import COLOUR_BIT

BITS = (1, 2, 4, 8, 16, 32, 64, 128)
EDGE = 0x800000
"""Red of 128 beside the flags in blue marks the pixels along an edge."""
BITS_LEAST = 3


def ask_about_flags(root: Path, counts: Mapping[int, int]) -> None:
    """Raise DataError where nearly black colours hold flags in blue, 1, 2, 4, 8, and sums of those or red of 128.

    `counts` are the pixels of each stored value. Plain numbers are left alone: 3 is the third class there.
    """
    held = {value: value & 0xFFFFFF for value in counts if value >= 0}
    if not held or not all(value >= COLOUR_BIT or value == 0 for value in held) or len(held) < BITS_LEAST:
        return
    flags = {value: rgb & 0xFF for value, rgb in held.items()}
    single = {flag for flag in flags.values() if flag in BITS}
    sums = {flag for flag in flags.values() if flag and flag not in BITS}
    has_edge = any(rgb & EDGE for rgb in held.values())
    is_bare = all(rgb & ~EDGE <= 0xFF for rgb in held.values())
    are_sums = all(flag & ~sum(single) == 0 for flag in sums)
    if not is_bare or len(single) < BITS_LEAST or 1 not in single or not are_sums or not (sums or has_edge):
        return
    pixels = {bit: sum(counts[value] for value, flag in flags.items() if flag == bit) for bit in single}
    background = max(pixels, key=pixels.__getitem__)
    lines = ["id,name,colour"]
    for value in sorted(held, key=lambda value: (flags[value].bit_length(), value)):
        bit = 1 << max(0, flags[value].bit_length() - 1)
        is_background = flags[value] in (0, background)
        row = "0,background" if is_background else f"{bit},flag {bit}"
        lines.append(f"{row},{stored_colour_text(value)}")
    several = ", ".join(stored_colour_text(value) for value in sorted(held) if flags[value] in sums)
    said = "".join(
        [
            f"; {several} are sums, pixels of two classes" if several else "",
            "; red of 128 marks pixels along edges" if has_edge else "",
        ]
    )
    raise DataError(
        f"{root}: blue of the masks' colours holds flags, {', '.join(map(str, sorted(single)))}{said}. In DIVA-HisDB 1 "
        "is background, 2 comment, 4 decoration, 8 main text. Name them, here with "
        f"{background} as the background and the highest flag of a sum: {writing_classes(root, lines)}; "
        "or --set data.objects=ids (each colour is a class)"
    )
