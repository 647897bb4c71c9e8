"""Whether object and background are exchanged in some masks of one object, and not in the others."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from maskwright.checks.scan import PhotoScan
from maskwright.classes import ClassTable
from maskwright.findings.finding import Finding, make_finding, some

SMALL, LARGE = 0.25, 0.75
MASKS_LEAST, GROUP_SHARE = 3, 0.1
BETWEEN_MOST = 0.05
SIZES_ALIKE = 4.0
CONTRAST_LEAST = 0.25
"""How much darker or brighter the smaller region must be in both groups, in standard deviations of the photos."""


class _Shown(NamedTuple):
    """The share of a region in a picture, and how much brighter it is than the rest."""

    share: float
    contrast: float


def some_exchanged_findings(scans: Sequence[PhotoScan], classes: ClassTable) -> list[Finding]:
    """Return the masks whose object is what the other masks have as their background.

    The object covers nearly all of some pictures and little of the others, none lies between, and the smaller region
    is darker, or brighter, in all of them: where woods fill some pictures and are rare in others, it is not so.
    """
    if not classes.is_binary or classes.background is None:
        return []
    shown = {
        scan.name: _Shown(_object_share(scan, 1 - classes.background), c) for scan in scans if (c := scan.contrast)
    }
    small = [name for name, mask in shown.items() if 0 < mask.share <= SMALL]
    large = [name for name, mask in shown.items() if LARGE <= mask.share < 1]
    between = len(shown) - len(small) - len(large)
    least = max(MASKS_LEAST, GROUP_SHARE * len(shown))
    if min(len(small), len(large)) < least or between > BETWEEN_MOST * len(shown):
        return []
    objects = _middle([shown[name] for name in small])
    grounds = _middle([_Shown(1 - shown[name].share, -shown[name].contrast) for name in large])
    if not _are_alike(objects, grounds):
        return []
    evidence = (
        f"the object covers {1 - grounds.share:.0%} of {len(large)} masks and {objects.share:.0%} of {len(small)}, and "
        f"the smaller part is {'darker' if objects.contrast < 0 else 'brighter'} in both: {some(large)}"
    )
    return [make_finding("mask-ground", evidence, photos=large, variant="some")]


def _middle(masks: Sequence[_Shown]) -> _Shown:
    """Return the median share and contrast of some masks."""
    return _Shown(*(float(np.median(values)) for values in zip(*masks, strict=True)))


def _are_alike(first: _Shown, second: _Shown) -> bool:
    """Tell whether two kinds of regions are about as large, and clearly darker or clearly brighter than the rest."""
    shares = sorted((first.share, second.share))
    contrasts = first.contrast, second.contrast
    same_sign = contrasts[0] * contrasts[1] > 0
    return shares[1] <= SIZES_ALIKE * shares[0] and same_sign and min(map(abs, contrasts)) >= CONTRAST_LEAST


def _object_share(scan: PhotoScan, object_id: int) -> float:
    assert scan.mask is not None
    counted = scan.mask.counts[:2].sum()
    return float(scan.mask.counts[object_id] / counted) if counted else 0.0
