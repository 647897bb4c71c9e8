"""COCO's compressed run lengths: text of six bits a character, as pycocotools writes it.

Each count is stored as its difference to the count two places before (from the fourth on), in groups of five bits,
the lowest first; the sixth bit of a character says that another group follows.
"""

import numpy as np

from maskwright.errors import ShapeError
from maskwright.imaging.run_lengths.codec import Counts

FIRST_CHARACTER = 48
LONGEST_GROUP = 12


def decode_counts(text: str) -> Counts:
    """Return the run lengths of a compressed text; ValueError where it is damaged."""
    codes = np.frombuffer(text.encode("utf-8", errors="replace"), dtype=np.uint8).astype(np.int64) - FIRST_CHARACTER
    if not codes.size:
        return codes
    if codes.min() < 0 or codes.max() > 63 or codes[-1] & 32:
        raise ShapeError("has compressed run lengths that are damaged")
    ends = np.flatnonzero(codes & 32 == 0)
    starts = np.append(0, ends[:-1] + 1)
    lengths = ends - starts + 1
    if lengths.max() > LONGEST_GROUP:
        raise ShapeError("has compressed run lengths that are damaged")
    shifts = 5 * (np.arange(codes.size) - np.repeat(starts, lengths))
    values = np.add.reduceat((codes & 31) << shifts, starts)
    values -= np.where(codes[ends] & 16, np.int64(1) << (5 * lengths), 0)
    values[1::2] = np.cumsum(values[1::2])
    values[2::2] = np.cumsum(values[2::2])
    return values


def encode_counts(counts: Counts) -> str:
    """Return run lengths as compressed text."""
    differences = counts.copy()
    differences[3:] -= counts[1:-2]
    return "".join(_encoded(value) for value in differences.tolist())


def _encoded(value: int) -> str:
    characters = []
    more = True
    while more:
        bits = value & 31
        value >>= 5
        more = value != (-1 if bits & 16 else 0)
        characters.append(chr(bits + (32 if more else 0) + FIRST_CHARACTER))
    return "".join(characters)
