"""Predictions as pictures in colours: palette files whose colours count, and colours that no table explains."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from maskwright.diagnosis.evidence.pair_to_case import Raw
from maskwright.diagnosis.evidence.prediction_encoding import MORE_COLOURS, colour_of, colour_words, without_ones
from maskwright.errors import DataError
from maskwright.evenly_spaced import spread_evenly
from maskwright.files import reading
from maskwright.imaging.mask_reader import COLOUR_BIT, read_raw_mask

WEB_STEP = 51
"""Red, green and blue of the web palette, on which `Image.convert('P')` puts colours, are multiples of this."""
LOOKED_AT = 4
"""Files that are looked at."""
FEWEST_FILES = 3
"""Files that must hold colours."""
FEWEST_COLOURS = 3
"""Colours that each of them must hold."""
IN_COMMON = 0.25
"""Share of all colours that several files may have in common where each file has colours of its own."""


def are_palette_colours(files: Sequence[Path], values: Sequence[int]) -> bool:
    """Tell whether palette files hold the colours of the truth, so that their colours count and not their indices.

    `values` are the stored values of the truth's classes. DataError where the colours were put on the web palette.
    """
    if max(values) < COLOUR_BIT:
        return False
    held: set[int] = set()
    for path in spread_evenly([path for path in files if _has_palette(path)], LOOKED_AT):
        held |= set(np.unique(read_raw_mask(path, by_colour=True)).tolist())
    colours = held - {0}
    if not colours:
        return False
    if colours <= set(values):
        return True
    if len(held) > len(values) + MORE_COLOURS and all(c % WEB_STEP == 0 for v in colours for c in colour_of(v)):
        raise DataError(_on_web_palette(held, values))
    return False


def _has_palette(path: Path) -> bool:
    if path.suffix.lower() not in (".png", ".gif", ".bmp", ".tif", ".tiff"):
        return False
    with reading(path, error=DataError, advice="save it again as PNG"), Image.open(path) as image:
        return image.mode == "P"


def _on_web_palette(held: set[int], values: Sequence[int]) -> str:
    known = len(held & set(values))
    table = [list(colour_of(value)) for value in values]
    return (
        f"predictions are palette PNGs of {len(held)} colours, all of the web palette, and the truth has {known} of "
        "them: `Image.convert('P')` replaced each colour by dots of others. Save class ids, "
        "`Image.fromarray(ids.astype(np.uint8)).save(path)`. Files that are there get the truth's nearest colours by "
        f"`colours = np.array({table}); rgb = np.asarray(Image.open(path).convert('RGB')).astype(int); "
        "ids = ((rgb[:, :, None] - colours) ** 2).sum(-1).argmin(-1); "
        "Image.fromarray(colours[ids].astype(np.uint8)).save(path)`"
    )


def require_common_colours(first: Sequence[Raw], class_count: int) -> None:
    """Raise DataError where each prediction has colours of its own, as from a palette that is drawn anew each time."""
    stored = [without_ones(raw.stored) for raw in first]
    if len(stored) < FEWEST_FILES or any(a.ndim != 2 or a.dtype.kind != "i" for a in stored):
        return
    each = [set(np.unique(array).tolist()) for array in stored]
    if any(max(held) < COLOUR_BIT or len(held) > 2 * class_count + MORE_COLOURS for held in each):
        return
    every = set[int]().union(*each)
    common = [value for value in every if sum(value in held for held in each) > 1]
    if np.median([len(held) for held in each]) < FEWEST_COLOURS or len(common) > IN_COMMON * len(every):
        return
    shown = (", ".join(map(colour_words, sorted(held)[:2])) for held in each[:2])
    raise DataError(
        f"each prediction has colours of its own, such as {' and '.join(shown)} in the first two, and {len(common)} of "
        f"{len(every)} colours are in more than one: the palette was drawn at random for each photo, as mmsegmentation "
        "does where a dataset has no PALETTE. Such colours cannot be read back. Save class ids, "
        "`Image.fromarray(ids.astype(np.uint8)).save(path)`; in mmsegmentation `tools/test.py CONFIG CHECKPOINT --out "
        "results.pkl` keeps them, and `PALETTE = [...]` in the dataset class makes pictures alike"
    )
