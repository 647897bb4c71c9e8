"""Whether object and background are exchanged in some masks of one object, and not in the others."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from maskwright.checks.scan import PhotoScan
from maskwright.classes import IGNORE, ClassTable
from maskwright.findings.catalogue import catalogue
from maskwright.findings.finding import Finding, Severity, make_finding, some
from maskwright.natural_order import natural_key

MAX_SMALL_SHARE = 0.25
"""Share of the pixels up to which an object is small."""
MIN_LARGE_SHARE = 0.75
"""Share of the pixels from which on an object is large."""
MIN_GROUP = 3
"""Masks with a small object, and with a large one, that there must be of each."""
MIN_GROUP_SHARE = 0.1
"""Share of all masks that either group must have."""
MAX_BETWEEN_SHARE = 0.05
"""Share of the masks whose object may be neither small nor large."""
MAX_SIZE_RATIO = 4.0
"""Regions are as large as each other up to this ratio of their shares."""
MIN_CONTRAST = 0.25
"""How much darker or brighter the smaller region must be in both groups, in standard deviations of the photos."""

MAX_COLOUR_DIFFERENCE = 0.35
"""Regions have one colour where it differs by less than this share of what parts object and background."""

MIN_BORDER_GAP = 0.4
"""How far the object's share of the photo's edge must jump between two groups of masks."""
MAX_BORDER_DIFFERENCE = 0.1
"""How far that share may lie from those of the many once a mask of the few is inverted."""
MIN_FEW = 2
"""Masks that the smaller group must have."""
MIN_FEW_SHARE = 0.02
"""Share of all masks that the smaller group must have."""
MAX_FEW_SHARE = 0.4
"""Share of all masks that the smaller group may have: else neither is the exception."""
MIN_MANY = 5
"""Masks that the larger group must have."""
MIN_FITTING_SHARE = 0.8
"""Share of the few that must be like the many once they are inverted."""


class _Shown(NamedTuple):
    """The share of a region in a picture, how much brighter it is than the rest, its colour and that of the rest."""

    share: float
    contrast: float
    colour: NDArray[np.float64]
    rest: NDArray[np.float64]


def some_exchanged_findings(
    scans: Sequence[PhotoScan], classes: ClassTable, *, drawn: Collection[str] = ()
) -> list[Finding]:
    """Return the masks whose object is what the other masks have as their background, by colours or by borders.

    `drawn` are the photos whose truth is shapes, and no file of a mask.
    """
    if not classes.is_binary or classes.background is None:
        return []
    object_id = 1 - classes.background
    by_borders = None
    if by_colours := _by_colours(scans, object_id):
        named, evidence = by_colours
    elif by_borders := _by_borders(scans, object_id):
        named, evidence = by_borders
    else:
        return []
    severity = _severity_by_colours(scans, object_id, named) if by_borders else "warning"
    if severity is None:
        return []
    if any(scan.mask is not None and scan.mask.counts[IGNORE] and scan.name in named for scan in scans):
        evidence += "; pixels of 255 are ignored there and must stay so"
    variant = "some-drawn" if set(named) & set(drawn) else "some" if by_borders else "groups"
    return [make_finding("mask-ground", evidence, photos=named, variant=variant, severity=severity)]


def _by_colours(scans: Sequence[PhotoScan], object_id: int) -> tuple[list[str], str] | None:
    """Return the masks of the smaller of two groups, one of which is exchanged, and how colours show it.

    The object covers nearly all of some pictures and little of the others, none lies between, and the smaller region
    is darker, or brighter, in all of them, and both regions have the same colours: where woods fill some pictures and
    are rare in others, it is not so.
    """
    shown = {scan.name: _shown(scan, object_id) for scan in scans if scan.contrast is not None}
    small = [name for name, mask in shown.items() if 0 < mask.share <= MAX_SMALL_SHARE]
    large = [name for name, mask in shown.items() if MIN_LARGE_SHARE <= mask.share < 1]
    between = len(shown) - len(small) - len(large)
    least = max(MIN_GROUP, MIN_GROUP_SHARE * len(shown))
    if min(len(small), len(large)) < least or between > MAX_BETWEEN_SHARE * len(shown):
        return None
    objects = _middle([shown[name] for name in small])
    backgrounds = _middle([_complement(shown[name]) for name in large])
    if not _are_alike(objects, backgrounds):
        return None
    evidence = (
        f"the object covers {1 - backgrounds.share:.0%} of {len(large)} masks ({some(large, most=3)}) and "
        f"{objects.share:.0%} of {len(small)} ({some(small, most=3)}), and the smaller part is "
        f"{'darker' if objects.contrast < 0 else 'brighter'} in both"
    )
    return min(large, small, key=len), evidence


class _Bordered(NamedTuple):
    """The share of the object in the outermost pixels of a mask, and in all of them."""

    border: float
    share: float
    name: str


def _by_borders(scans: Sequence[PhotoScan], object_id: int) -> tuple[list[str], str] | None:
    """Return the few masks whose background has the place and size of the object in the many others, and how it shows.

    What lies around the object reaches the edge of the photo. Where classes share the edge in all proportions, as
    with sky and roads, no jump parts two groups.
    """
    masks = sorted(_bordered(scan, object_id) for scan in scans if scan.on_border is not None and _holds_both(scan))
    borders = np.array([mask.border for mask in masks])
    if len(masks) < MIN_FEW + MIN_MANY or np.diff(borders).max() < MIN_BORDER_GAP:
        return None
    jump = int(np.diff(borders).argmax()) + 1
    few, many = sorted((masks[:jump], masks[jump:]), key=len)
    if len(many) < MIN_MANY or not max(MIN_FEW, MIN_FEW_SHARE * len(masks)) <= len(few) <= MAX_FEW_SHARE * len(masks):
        return None
    fitting = [mask for mask in few if _is_like(_Bordered(1 - mask.border, 1 - mask.share, mask.name), many)]
    if len(fitting) < MIN_FITTING_SHARE * len(few):
        return None
    names = sorted((mask.name for mask in few), key=natural_key)
    of_few, of_many = (float(np.median([mask.border for mask in group])) for group in (few, many))
    evidence = (
        f"the object takes up {of_few:.0%} of the photo's edge in {len(few)} masks and {of_many:.0%} in {len(many)}, "
        f"none lies between, and exchanged the few are like the others: {some(names)}"
    )
    return names, evidence


def _severity_by_colours(scans: Sequence[PhotoScan], object_id: int, few: Collection[str]) -> Severity | None:
    """Return how surely a few masks are exchanged; None where their objects look like those of the others.

    Close-ups fill the photo with an object as dark or bright as the others; where no colours tell, they may be that.
    """
    shown = {scan.name: _shown(scan, object_id) for scan in scans if scan.contrast is not None}
    those, others = ([mask for name, mask in shown.items() if (name in few) == is_few] for is_few in (True, False))
    if not those or not others:
        return "note"
    as_they_are, objects = _middle(those), _middle(others)
    if _are_alike(objects, _complement(as_they_are)):
        return "warning"
    is_known = min(abs(as_they_are.contrast), abs(objects.contrast)) >= MIN_CONTRAST
    return None if is_known and as_they_are.contrast * objects.contrast > 0 else "note"


def _is_like(mask: _Bordered, many: Sequence[_Bordered]) -> bool:
    """Tell whether a mask takes up as much of the edge and of the photo as the others do."""
    borders, shares = [other.border for other in many], [other.share for other in many]
    is_placed = min(borders) - MAX_BORDER_DIFFERENCE <= mask.border <= max(borders) + MAX_BORDER_DIFFERENCE
    return is_placed and min(shares) / MAX_SIZE_RATIO**0.5 <= mask.share <= max(shares) * MAX_SIZE_RATIO**0.5


def _bordered(scan: PhotoScan, object_id: int) -> _Bordered:
    assert scan.on_border is not None
    border = scan.on_border if object_id else 1 - scan.on_border
    return _Bordered(border, _object_share(scan, object_id), scan.name)


def _holds_both(scan: PhotoScan) -> bool:
    return scan.mask is not None and bool(scan.mask.counts[:2].all())


def without_background_of_all(findings: Sequence[Finding]) -> list[Finding]:
    """Return findings without the one that takes the objects of all masks for the background."""
    title = catalogue()["mask-ground"].title
    return [finding for finding in findings if finding.code != "mask-ground" or finding.title != title]


def _shown(scan: PhotoScan, object_id: int) -> _Shown:
    """Return what a scan says of the object: of class 1, or of class 0 where that one is no background."""
    assert scan.contrast is not None
    colours, sign = scan.contrast.colours, 1 if object_id else -1
    share = _object_share(scan, object_id)
    return _Shown(share, sign * scan.contrast.brighter, colours[object_id], colours[1 - object_id])


def _complement(shown: _Shown) -> _Shown:
    """Return what is known of the rest of a picture."""
    return _Shown(1 - shown.share, -shown.contrast, shown.rest, shown.colour)


def _middle(masks: Sequence[_Shown]) -> _Shown:
    """Return the median share and contrast of some masks, and the mean colours."""
    share, contrast = (float(np.median([mask[i] for mask in masks])) for i in (0, 1))
    colour = np.mean([mask.colour for mask in masks], axis=0)
    rest = np.mean([mask.rest for mask in masks], axis=0)
    return _Shown(share, contrast, colour, rest)


def _are_alike(first: _Shown, second: _Shown) -> bool:
    """Tell whether two kinds of regions are about as large, of one colour on one background, and darker or brighter."""
    shares = sorted((first.share, second.share))
    contrasts = first.contrast, second.contrast
    if shares[1] > MAX_SIZE_RATIO * shares[0] or contrasts[0] * contrasts[1] <= 0:
        return False
    apart = max(np.linalg.norm(first.colour - second.colour), np.linalg.norm(first.rest - second.rest))
    parted = min(np.linalg.norm(shown.colour - shown.rest) for shown in (first, second))
    return min(map(abs, contrasts)) >= MIN_CONTRAST and bool(apart <= MAX_COLOUR_DIFFERENCE * parted)


def _object_share(scan: PhotoScan, object_id: int) -> float:
    assert scan.mask is not None
    counted = scan.mask.counts[:2].sum()
    return float(scan.mask.counts[object_id] / counted) if counted else 0.0
