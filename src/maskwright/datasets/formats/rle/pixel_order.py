"""Run-length codes to bitmaps, and the order in which they count pixels: down the columns, or along the rows."""

from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise
from pathlib import Path

import numpy as np

from maskwright.datasets.formats.rle.rows import CODE, Row
from maskwright.datasets.truth.shapes import Bitmap, bitmap_of_runs
from maskwright.datasets.truth.square_runs import fit_transposed, mask_of_bitmaps
from maskwright.errors import ShapeError
from maskwright.evenly_spaced import spread_evenly
from maskwright.imaging.mask_geometry import Bools
from maskwright.imaging.run_lengths.codec import Counts

MAX_TRIED = 20
"""Rows, and photos, that tell the order of pixels."""
MIN_SMOOTHER = 1.5
"""How many times shorter the borders must be along the rows: columns are what competitions have."""
MIN_SHARE_BY_DISTANCE = 0.9
"""Share of the codes of several runs whose starts do not ascend."""


def bitmap_of(code: str, canvas_hw: tuple[int, int] | None, by_columns: bool) -> Bitmap | str:
    """Return the bitmap of a code on a photo of height and width, or in words why there is none."""
    if canvas_hw is None:
        return "is on a photo that is missing, whose size is unknown"
    try:
        return bitmap_of_runs(0, _counts(code, canvas_hw), canvas_hw, by_columns=by_columns)
    except ValueError as error:
        return str(error)


def _counts(code: str, canvas_hw: tuple[int, int]) -> Counts:
    """Return alternating run lengths from starts (the first pixel is 1) and lengths."""
    if not CODE.fullmatch(code):
        raise ShapeError("has run lengths that are not whole numbers")
    numbers = np.array(code.split(), dtype=np.int64)
    if len(numbers) % 2:
        raise ShapeError("has a start without a length")
    order = np.argsort(numbers[::2], kind="stable")
    starts, lengths = numbers[::2][order] - 1, numbers[1::2][order]
    area = canvas_hw[0] * canvas_hw[1]
    ends = starts + lengths
    if starts[0] < 0 or ends.max() > area or (starts[1:] < ends[:-1]).any():
        raise ShapeError(f"has run lengths that overlap, or leave the photo of {area} pixels")
    edges = np.stack([starts, ends], axis=1).reshape(-1)
    return np.diff(edges, prepend=0, append=area)


def counts_by_distance(codes: Sequence[str]) -> bool:
    """Return whether nearly all codes of several runs have starts that do not ascend."""
    long = [numbers for code in codes if CODE.fullmatch(code) and len(numbers := code.split()) >= 6]
    falling = [any(int(b) < int(a) for a, b in pairwise(numbers[::2])) for numbers in long]
    return bool(falling) and sum(falling) >= MIN_SHARE_BY_DISTANCE * len(falling)


def from_the_first(code: str) -> str:
    """Return a code whose starts are counted from the end of the run before as one that counts from pixel 1."""
    if not CODE.fullmatch(code) or len(numbers := [int(number) for number in code.split()]) % 2:
        return code
    ends = list(accumulate(numbers))
    return " ".join(f"{end + 1} {length}" for end, length in zip(ends[::2], numbers[1::2], strict=True))


def is_by_columns(rows: Sequence[Row], canvases: dict[str, tuple[int, int]]) -> bool:
    """Return whether pixels are counted down the columns: unless the shapes are far more compact along the rows."""
    coded = [row for row in rows if row.code and row.photo in canvases]
    borders = np.zeros(2)
    for row in coded[:: max(1, len(coded) // MAX_TRIED)]:
        bitmaps = [bitmap_of(row.code, canvases[row.photo], by_columns) for by_columns in (True, False)]
        if not any(isinstance(bitmap, str) for bitmap in bitmaps):
            borders += [_border_length(bitmap.pixels) for bitmap in bitmaps if isinstance(bitmap, Bitmap)]
    return bool(borders[0] <= MIN_SMOOTHER * borders[1])


def lie_transposed(rows: Sequence[Row], canvases: Mapping[str, tuple[int, int]], places: Mapping[str, Path]) -> bool:
    """Return whether shapes on square photos, read down the columns, lie on edges only when transposed."""
    coded: dict[str, list[Row]] = {}
    for row in rows:
        if row.code and row.photo in places:
            coded.setdefault(row.photo, []).append(row)
    if any(height != width for height, width in canvases.values()):
        return False
    tried = spread_evenly(list(coded.items()), MAX_TRIED)
    bitmaps = ((name, [bitmap_of(row.code, canvases[name], by_columns=True) for row in own]) for name, own in tried)
    return fit_transposed((places[name], mask_of_bitmaps(own, canvases[name])) for name, own in bitmaps)


def _border_length(pixels: Bools) -> int:
    padded = np.pad(pixels, 1)
    return int((padded[1:] != padded[:-1]).sum() + (padded[:, 1:] != padded[:, :-1]).sum())
