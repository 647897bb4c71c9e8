"""A small reader of TensorBoard event files: TFRecord frames around Event messages, of which the scalars are read.

A frame is: length (8 bytes, little-endian), its checksum (4), the message, its checksum (4). An Event has
wall_time = 1, step = 2, summary = 5; a Summary has value = 1; a Value has tag = 1, simple_value = 2, tensor = 8;
a Tensor has dtype = 1, tensor_content = 4, float_val = 5, double_val = 6 (TensorFlow's event, summary and
tensor protos).
"""

import struct
from collections.abc import Iterator
from pathlib import Path

from maskwright.errors import DataError

Field = tuple[int, int, int | bytes]
"""Number, wire type, and the value: a whole number, or the bytes of it."""

FLOAT = 1
"""Data type of a tensor: 32 bits."""
DOUBLE = 2
"""Data type of a tensor: 64 bits."""
VARINT = 0
"""Wire type: a whole number."""
FIXED64 = 1
"""Wire type: 8 bytes."""
LENGTH = 2
"""Wire type: a length, and so many bytes."""
FIXED32 = 5
"""Wire type: 4 bytes."""


def read_events(path: Path) -> Iterator[tuple[str, int, float]]:
    """Yield (tag, step, value) of every scalar; a last frame that is cut off, as a killed training leaves it, is left.

    DataError where the file is no event file.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error
    try:
        for message in _frames(data):
            yield from _scalars(message)
    except (struct.error, IndexError, UnicodeDecodeError, ValueError, TypeError) as error:
        raise DataError(
            f"{path}: no TensorBoard event file, or a damaged one; give the history as csv or json"
        ) from error


def _frames(data: bytes) -> Iterator[bytes]:
    place = 0
    while place + 12 <= len(data):
        (length,) = struct.unpack_from("<Q", data, place)
        if place + 12 + length + 4 > len(data):
            if place == 0:
                raise ValueError("the first frame is longer than the file")
            return
        yield data[place + 12 : place + 12 + length]
        place += 12 + length + 4


def _scalars(event: bytes) -> Iterator[tuple[str, int, float]]:
    fields = list(_fields(event))
    step = next((value for number, kind, value in fields if number == 2 and kind == VARINT), 0)
    for number, kind, summary in fields:
        if number == 5 and kind == LENGTH:
            for inner, wire, value in _fields(_bytes(summary)):
                if inner == 1 and wire == LENGTH:
                    yield from _scalar(_bytes(value), _signed(step))


def _scalar(value: bytes, step: int) -> Iterator[tuple[str, int, float]]:
    tag, found = "", None
    for number, kind, content in _fields(value):
        if number == 1 and kind == LENGTH:
            tag = _bytes(content).decode()
        elif number == 2 and kind == FIXED32:
            found = struct.unpack("<f", _bytes(content))[0]
        elif number == 8 and kind == LENGTH:
            found = _tensor(_bytes(content))
    if found is not None:
        yield tag, step, float(found)


def _tensor(tensor: bytes) -> float | None:
    """Return the number in a tensor of one float or double, None for any other."""
    fields = list(_fields(tensor))
    dtype = next((value for number, kind, value in fields if number == 1 and kind == VARINT), 0)
    form, size = {FLOAT: ("<f", 4), DOUBLE: ("<d", 8)}.get(int(dtype) if isinstance(dtype, int) else 0, ("", 0))
    for number, _, content in fields:
        if number in (4, 5, 6) and size and isinstance(content, bytes) and len(content) == size:
            return float(struct.unpack(form, content)[0])
    return None


def _fields(message: bytes) -> Iterator[Field]:
    place = 0
    while place < len(message):
        key, place = _varint(message, place)
        number, kind = key >> 3, key & 7
        match kind:
            case 0:
                value, place = _varint(message, place)
                yield number, kind, value
                continue
            case 1:
                size = 8
            case 2:
                size, place = _varint(message, place)
            case 5:
                size = 4
            case _:
                raise ValueError(f"wire type {kind}")
        if place + size > len(message):
            raise ValueError("a field is longer than its message")
        yield number, kind, message[place : place + size]
        place += size


def _varint(message: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[place]
        value |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return value, place


def _signed(value: int | bytes) -> int:
    assert isinstance(value, int)
    return value - (1 << 64) if value >= 1 << 63 else value


def _bytes(value: int | bytes) -> bytes:
    assert isinstance(value, bytes)
    return value
