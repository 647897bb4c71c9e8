"""Label Studio's brush strokes: the run lengths of the npm package rle-pack, as a list of bytes.

A header (32 bits: number of values, 5: bits of a value less one, four times 4: bits of a length less one), then blocks:
one bit (1: one value repeated, 0: that many values), two bits (which width of a length), a length less one, values.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from maskwright.errors import ShapeError
from maskwright.imaging.run_lengths.codec import Counts

VALUE_BITS = 8
LENGTH_BITS = (3, 4, 8, 16)
LONGEST = 1 << LENGTH_BITS[-1]
DAMAGED = "has a brush stroke that is damaged"


def decode_brush(code: Sequence[object], count: int) -> NDArray[np.uint8]:
    """Return the `count` values of a brush code; ValueError where it is damaged or has another number of values."""
    try:
        data = np.array(code, dtype=np.int64)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(DAMAGED) from error
    if data.ndim != 1 or not data.size or data.min() < 0 or data.max() > 255:
        raise ValueError(DAMAGED)
    bits = _Bits(bytes(data.astype(np.uint8)))
    if (stated := bits.take(32)) != count:
        raise ShapeError(f"has a brush stroke of {stated} values where the photo has {count}")
    if bits.take(5) + 1 != VALUE_BITS:
        raise ValueError(DAMAGED)
    widths = [bits.take(4) + 1 for _ in range(4)]
    values = np.zeros(count, dtype=np.uint8)
    place = 0
    while place < count:
        repeated = bits.take(1)
        length = bits.take(widths[bits.take(2)]) + 1
        if place + length > count or bits.past_the_end:
            raise ValueError(DAMAGED)
        values[place : place + length] = bits.take(VALUE_BITS) if repeated else bits.take_values(length)
        place += length
    return values


class _Bits:
    """Reads numbers bit by bit, the highest bit first."""

    def __init__(self, data: bytes) -> None:
        self.data = data + bytes(8)
        self.place = 0
        self.end = 8 * len(data)

    @property
    def past_the_end(self) -> bool:
        return self.place > self.end

    def take(self, bits: int) -> int:
        first, offset = divmod(self.place, 8)
        self.place += bits
        window = int.from_bytes(self.data[first : first + 6], "big") if first < len(self.data) else 0
        return (window >> (48 - offset - bits)) & ((1 << bits) - 1)

    def take_values(self, count: int) -> NDArray[np.uint8]:
        """Return `count` values of eight bits."""
        first, offset = divmod(self.place, 8)
        self.place += 8 * count
        if self.past_the_end:
            raise ValueError(DAMAGED)
        window = np.frombuffer(self.data, dtype=np.uint8, count=count + 1, offset=first).astype(np.uint16)
        return ((((window[:-1] << 8) | window[1:]) >> (8 - offset)) & 255).astype(np.uint8)


def encode_brush(counts: Counts) -> list[int]:
    """Return the brush code of a mask by its run lengths, row after row: four values of 0 or 255 a pixel."""
    numbers, widths = [int(4 * counts.sum()), VALUE_BITS - 1, *(bits - 1 for bits in LENGTH_BITS)], [32, 5, 4, 4, 4, 4]
    for place, count in enumerate((4 * counts).tolist()):
        for start in range(0, count, LONGEST):
            length = min(count - start, LONGEST) - 1
            which = next(i for i, bits in enumerate(LENGTH_BITS) if length < 1 << bits)
            numbers += [1, which, length, 255 * (place % 2)]
            widths += [1, 2, LENGTH_BITS[which], VALUE_BITS]
    return list(_packed(np.array(numbers, dtype=np.int64), np.array(widths, dtype=np.int64)))


def _packed(numbers: Counts, widths: Counts) -> bytes:
    """Return numbers of these widths in bits, one after the other, filled up with zeros to whole bytes."""
    number = np.repeat(np.arange(len(widths)), widths)
    within = np.arange(len(number)) - np.repeat(np.cumsum(widths) - widths, widths)
    bits = (numbers[number] >> (widths[number] - 1 - within)) & 1
    return np.packbits(bits.astype(np.uint8)).tobytes()
