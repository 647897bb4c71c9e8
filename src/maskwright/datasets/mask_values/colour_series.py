"""Colours that number objects, as a drawing tool gives them out in order, and colours that are classes."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import combinations

import numpy as np

from maskwright.classes import Colour
from maskwright.datasets.class_tables.colour_texts import colour_text
from maskwright.datasets.reader_types import MaskValues
from maskwright.datasets.truth.mask_truth import MaskFile
from maskwright.errors import DataError
from maskwright.findings.finding import some
from maskwright.imaging.mask_reader import COLOUR_BIT, colour_value, read_raw_mask

FILES_MOST = 24
COLOURED_FILES_LEAST, SERIES_LENGTHS_LEAST = 6, 3
LONG_SERIES = 8
"""More colours than that are a series even where each keeps its place: few datasets nest so many classes."""
SEEN_LEAST = 3
SAME_PLACE = 0.12
"""The middles of a class that keeps its place spread by this share of the picture's sides; random ones by 0.4."""
SAME_SIZE = 0.5
"""At most so much of the variance of the sizes, as logarithms, is left within colours that have sizes of their own."""
SIZES_DIFFER = 0.05
MAX_LEVELS = 40
"""Levels in each channel by which two colours may differ that are one: a person who picks a colour again misses it by a
little."""
MAX_OTHER_SHARE = 0.05
"""Pixels of one of the two colours, as a share of those of the other, up to which a mask hardly holds it."""
MIN_FILES = 2
"""Masks that must hold either of them so."""


def series_of_colours(files: Sequence[MaskFile], held: Sequence[Sequence[int]]) -> dict[int, int]:
    """Return the place of each colour, from 1, where files take the first colours of one series; none otherwise.

    `held` are the colours of each file; the commonest is the first. Few files, or files of fewer than three lengths,
    show no series. Nor do few colours that each keep their place and size, as nested structures in slices do.
    """
    counts = Counter(value for values in held for value in values)
    lengths = {len(values) for values in held}
    if len(held) < COLOURED_FILES_LEAST or len(lengths) < SERIES_LENGTHS_LEAST or min(counts) < COLOUR_BIT:
        return {}
    if len(counts) <= LONG_SERIES and _keep_place_and_size(files, held):
        return {}
    return {value: place + 1 for place, (value, _) in enumerate(counts.most_common())}


def _keep_place_and_size(files: Sequence[MaskFile], held: Sequence[Sequence[int]]) -> bool:
    """Tell whether most colours lie at one place in all files, and differ in size from each other more than by file.

    Leaves of a plant that stands at one place are as large as each other.
    """
    seen: dict[int, list[tuple[float, float, float]]] = defaultdict(list)
    step = max(1, len(files) // FILES_MOST)
    for file, values in list(zip(files, held, strict=True))[::step]:
        try:
            raw = read_raw_mask(file.path, page=file.page)
        except DataError:
            continue
        for value in values:
            y, x = np.nonzero(raw == value)
            if y.size:
                seen[value].append(
                    (float(y.mean() / raw.shape[0]), float(x.mean() / raw.shape[1]), float(np.log(y.size)))
                )
    often = [np.array(each) for each in seen.values() if len(each) >= SEEN_LEAST]
    if not often:
        return False
    spread = float(np.median([np.hypot(*each[:, :2].std(axis=0)) for each in often]))
    within = float(np.concatenate([each[:, 2] - each[:, 2].mean() for each in often]).var())
    overall = float(np.concatenate([each[:, 2] for each in often]).var())
    return spread <= SAME_PLACE and overall > SIZES_DIFFER and within <= SAME_SIZE * overall


def nearly_one_colour(masks: Sequence[MaskValues], colours: Sequence[Colour]) -> str:
    """Return what to do where two colours of classes may be one that was picked twice; "" where none may be."""
    near = [
        f"{colour_text(one)} and {colour_text(other)}"
        for one, other in combinations(dict.fromkeys(colours), 2)
        if np.abs(np.subtract(one, other)).max() <= MAX_LEVELS
        and _take_turns([(m.counts.get(colour_value(one), 0), m.counts.get(colour_value(other), 0)) for m in masks])
    ]
    if not near:
        return ""
    way = "give both the same id and name in classes.csv (id,name,colour)"
    return f"; {some(near, most=3)} are nearly one colour, and no mask holds much of both: if they are one class, {way}"


def _take_turns(counts: Sequence[tuple[int, int]]) -> bool:
    """Tell whether each of two colours is in some masks, and hardly ever beside the other."""
    held = [pair for pair in counts if any(pair)]
    firsts = sum(one > other for one, other in held)
    apart = all(min(pair) <= MAX_OTHER_SHARE * max(pair) for pair in held)
    return apart and min(firsts, len(held) - firsts) >= MIN_FILES
