"""Geometries as well-known binary (OGC 06-103r4, ISO 13249-3, and EWKB's flags): the rings of those with an area."""

import struct

import numpy as np

from maskwright.datasets.map_layers.layer import Points

POINT, LINE, POLYGON, COLLECTIONS = 1, 2, 3, (4, 5, 6, 7)
Z_FLAG, M_FLAG, SYSTEM_FLAG = 0x80000000, 0x40000000, 0x20000000
DEEPEST = 8


def polygon_rings(data: bytes) -> list[Points]:
    """Return all rings of a geometry's polygons, each Nx2 without repeating its first point; none without an area.

    ValueError for geometries of arcs, and struct.error or ValueError where the bytes are damaged.
    """
    rings: list[Points] = []
    _read(data, 0, rings, DEEPEST)
    return rings


def _read(data: bytes, place: int, rings: list[Points], depth: int) -> int:
    """Add a geometry's rings; return where the next one begins."""
    order = "<" if data[place] == 1 else ">"
    code = _whole(data, place + 1, order)
    place += 5 + (4 if code & SYSTEM_FLAG else 0)
    thousands, kind = divmod(code & 0x1FFFFFFF, 1000)
    extra = {0: 0, 1: 1, 2: 1, 3: 2}[thousands] + bool(code & Z_FLAG) + bool(code & M_FLAG)
    numbers = 2 + extra
    if kind == POINT:
        return place + 8 * numbers
    count = _whole(data, place, order)
    place += 4
    if kind == LINE:
        return place + 8 * numbers * count
    if kind in COLLECTIONS and depth:
        for _ in range(count):
            place = _read(data, place, rings, depth - 1)
        return place
    if kind != POLYGON:
        raise ValueError("it is of arcs")
    for _ in range(count):
        points = _whole(data, place, order)
        values = np.frombuffer(data, f"{order}f8", points * numbers, place + 4).reshape(points, numbers)
        place += 4 + 8 * numbers * points
        ring = np.ascontiguousarray(values[:, :2], dtype=np.float64)
        ring = ring[:-1] if len(ring) > 1 and (ring[0] == ring[-1]).all() else ring
        if len(ring) >= 3:
            rings.append(ring)
    return place


def _whole(data: bytes, place: int, order: str) -> int:
    return int(struct.unpack_from(f"{order}I", data, place)[0])
