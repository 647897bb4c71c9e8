"""What single values of masks may be that counts for nothing: no data where photos are black, and unclear edges."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from maskwright.classes import IGNORE
from maskwright.datasets.mask_values.objects import raw_or_none
from maskwright.datasets.truth.mask_truth import MaskFile
from maskwright.errors import DataError
from maskwright.imaging.mask_geometry import resize_mask
from maskwright.imaging.mask_reader import RawMask
from maskwright.imaging.photos import read_photo

LOOKS_MOST, SIDE_PX = 8, 512
MAX_BLACK = 4
"""Level up to which a pixel of a photo is black."""
MIN_BLACK_SHARE = 0.95
"""Share of the pixels of value 0 that must be black in the photos."""
MAX_BLACK_ELSEWHERE = 0.02
"""Share of all other pixels that may be."""
VALUES_LEAST = 3
MIN_ENCLOSED_SHARE = 0.9
"""Share of a value's edges that lie on a band around it."""
MAX_BAND_PX = 10.0
"""Width of a band."""
MAX_BAND_SHARE = 0.2
"""Share of all pixels that a band covers."""
MAX_BAND_RATIO = 0.45
"""Width of a band against that of what it encloses: the rim of a disc around its cup is wider."""

Values = NDArray[np.int64]


def value_hints(pairs: Sequence[tuple[Path, MaskFile]]) -> str:
    """Return what to set if values of masks count for nothing, as what is seen suggests; "" where nothing does.

    `pairs` are photos with their masks. The words are the end of a sentence.
    """
    some_pairs = pairs[:: max(1, -(-len(pairs) // LOOKS_MOST))]
    hints = []
    if _is_no_data(some_pairs):
        hints.append("0 lies where the photos are black, as no data does: --set data.ignore=0 if it counts for nothing")
    if (band := _band([file for _, file in some_pairs])) is not None:
        hints.append(
            f"{band} lies in bands along the edges of other values, as what is unclear does: "
            f"--set data.ignore={band} if it counts for nothing (0, where masks hold it, is then a "
            "class too: call it background in classes.csv if it is the rest)"
        )
    return "".join(f"; {hint}" for hint in hints)


def _is_no_data(pairs: Sequence[tuple[Path, MaskFile]]) -> bool:
    """Tell whether photos are black where masks hold 0, and hardly anywhere else."""
    inside, outside = [], []
    for photo, file in pairs:
        raw = raw_or_none(file)
        if raw is None or not (raw == 0).any() or (raw == 0).all():
            continue
        try:
            pixels = read_photo(photo, long_side_px=SIDE_PX)
        except DataError:
            continue
        none = resize_mask((raw == 0).astype(np.uint8), (pixels.shape[0], pixels.shape[1])) > 0
        black = pixels.max(axis=2) <= MAX_BLACK
        inside.append(black[none])
        outside.append(black[~none])
    if not inside or not sum(map(len, inside)) or not sum(map(len, outside)):
        return False
    shares = [float(np.concatenate(parts).mean()) for parts in (inside, outside)]
    return shares[0] >= MIN_BLACK_SHARE and shares[1] <= MAX_BLACK_ELSEWHERE


def _band(files: Sequence[MaskFile]) -> int | None:
    """Return the value that parts another one from all others as a thin band; None where none does."""
    seen: list[tuple[Values, Values, Values]] = []
    for file in files:  # one at a time: masks may be large
        raw = raw_or_none(file)
        if raw is not None:
            seen.append(_counted(raw))
            if len(seen[-1][0]) > IGNORE:
                return None
    values = np.unique(np.concatenate([own for own, _, _ in seen])) if seen else np.zeros(0, np.int64)
    if not VALUES_LEAST <= len(values) <= IGNORE:
        return None
    edges = np.zeros((len(values), len(values)), np.int64)
    pixels = np.zeros(len(values), np.int64)
    for own, counts, between in seen:
        places = np.searchsorted(values, own)
        pixels[places] += counts
        edges[np.ix_(places, places)] += between
    edges = edges + edges.T
    np.fill_diagonal(edges, 0)
    total = edges.sum(axis=1)
    width = 2 * pixels / np.maximum(1, total)
    bands = [
        place
        for place in range(len(values))
        if 0 < width[place] <= MAX_BAND_PX
        and pixels[place] <= MAX_BAND_SHARE * pixels.sum()
        and width[place] <= MAX_BAND_RATIO * max((width[i] for i in _enclosed(place, edges, pixels)), default=0)
    ]
    return int(values[bands[0]]) if len(bands) == 1 and values[bands[0]] != IGNORE else None


def _enclosed(place: int, edges: Values, pixels: Values) -> list[int]:
    """Return the values nearly all of whose edges lie on this one, if other values lie beyond it; else none.

    Of several the commonest is the background around the others.
    """
    total = edges.sum(axis=1)
    inner = [i for i in range(len(total)) if i != place and edges[i, place] >= MIN_ENCLOSED_SHARE * max(1, total[i])]
    beyond = inner and any(edges[place, i] for i in range(len(total)) if i not in (place, inner[0]))
    background = max(inner, key=lambda i: int(pixels[i]), default=None)
    return [i for i in inner if i != background or len(inner) == 1] if beyond else []


def _counted(raw: RawMask) -> tuple[Values, Values, Values]:
    """Return the values of a mask, the pixels of each, and how often each lies beside each other one.

    The last is empty where there are more values than may be looked at.
    """
    values, counts = np.unique(raw, return_counts=True)
    between = np.zeros((len(values), len(values)) if len(values) <= IGNORE else (0, 0), np.int64)
    for first, second in _neighbours(raw) if between.size else ():
        pairs = np.searchsorted(values, first) * len(values) + np.searchsorted(values, second)
        between += np.bincount(pairs, minlength=between.size).reshape(between.shape)
    return values.astype(np.int64), counts.astype(np.int64), between


def _neighbours(raw: RawMask) -> Iterator[tuple[RawMask, RawMask]]:
    """Yield the pairs of different values that lie side by side, along rows and along columns."""
    for first, second in ((raw[:, 1:], raw[:, :-1]), (raw[1:], raw[:-1])):
        apart = first != second
        yield first[apart], second[apart]
