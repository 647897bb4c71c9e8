"""Values of which every mask holds as many, one piece each: objects that are alike, or the parts of something."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from maskwright.datasets.truth.mask_truth import MaskFile
from maskwright.errors import DataError
from maskwright.evenly_spaced import spread_evenly
from maskwright.imaging.mask_reader import read_raw_mask
from maskwright.imaging.photos import read_photo

FILES_MOST, FILES_LEAST = 12, 3
SIZES_ALIKE = 4.0
"""Objects of one kind differ in area by at most so many times, in the middle of all masks; organs by far more."""
COLOURS_ALIKE, CONTRAST_LEAST = 0.35, 8.0
"""Their colours differ by at most this share of what parts them all from the background, which is so many levels."""


@dataclass(frozen=True)
class _Looks:
    """What the values of one mask look like: areas in pixels (N), and colours less the background's (Nx3)."""

    areas: NDArray[np.int64]
    colours: NDArray[np.float64]


def are_alike(pairs: Sequence[tuple[Path, MaskFile]], count: int) -> bool:
    """Tell whether the values 1 to `count` of masks look like objects of one kind in their photos.

    `pairs` are photos with their masks. Where objects do not differ from the background, nothing can be told.
    """
    chosen = spread_evenly(pairs, FILES_MOST)
    shown = [looks for pair in chosen if (looks := _looks(*pair, count)) is not None]
    if len(shown) < FILES_LEAST:
        return False
    areas = np.median([looks.areas for looks in shown], axis=0)
    colours = np.median([looks.colours for looks in shown], axis=0)
    middle = colours.mean(axis=0)
    contrast = float(np.linalg.norm(middle))
    spread = float(np.sqrt(((colours - middle) ** 2).sum(axis=1).mean()))
    sizes = float(areas.max() / max(1.0, float(areas.min())))
    return sizes <= SIZES_ALIKE and contrast >= CONTRAST_LEAST and spread <= COLOURS_ALIKE * contrast


def _looks(photo: Path, mask: MaskFile, count: int) -> _Looks | None:
    """Return what the values look like; None where a file cannot be read, sizes differ, or a value is absent."""
    try:
        raw, picture = read_raw_mask(mask.path, page=mask.page), read_photo(photo, page=mask.page)
    except DataError:
        return None
    if raw.shape != picture.shape[:2] or int(raw.min()) < 0 or int(raw.max()) != count:
        return None
    flat = raw.ravel().astype(np.int64)
    areas = np.bincount(flat, minlength=count + 1)
    if not areas.all():
        return None
    sums = [np.bincount(flat, weights=picture[:, :, i].ravel(), minlength=count + 1) for i in range(3)]
    colours = np.stack(sums, axis=1) / areas[:, None]
    return _Looks(areas[1:], colours[1:] - colours[0])
