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

SMALL, LARGE = 0.25, 0.75
MASKS_LEAST, GROUP_SHARE = 3, 0.1
BETWEEN_MOST = 0.05
SIZES_ALIKE = 4.0
CONTRAST_LEAST = 0.25
"""How much darker or brighter the smaller region must be in both groups, in standard deviations of the photos."""

ALIKE_COLOURS = 0.35
"""Regions have one colour where it differs by less than so much of what parts object and background."""

BORDER_GAP, BORDER_ALIKE = 0.4, 0.1
FEW_LEAST, FEW_SHARE, FEW_MOST, MANY_LEAST = 2, 0.02, 0.4, 5
FITTING = 0.8
"""By how much the object's share of the border must jump between two groups of masks, how near the share of a few masks
must come to that of the many once they are exchanged, how many each must be, and the share of the few that comes near.
"""


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
    small = [name for name, mask in shown.items() if 0 < mask.share <= SMALL]
    large = [name for name, mask in shown.items() if LARGE <= mask.share < 1]
    between = len(shown) - len(small) - len(large)
    least = max(MASKS_LEAST, GROUP_SHARE * len(shown))
    if min(len(small), len(large)) < least or between > BETWEEN_MOST * len(shown):
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
    if len(masks) < FEW_LEAST + MANY_LEAST or np.diff(borders).max() < BORDER_GAP:
        return None
    jump = int(np.diff(borders).argmax()) + 1
    few, many = sorted((masks[:jump], masks[jump:]), key=len)
    if len(many) < MANY_LEAST or not max(FEW_LEAST, FEW_SHARE * len(masks)) <= len(few) <= FEW_MOST * len(masks):
        return None
    fitting = [mask for mask in few if _is_like(_Bordered(1 - mask.border, 1 - mask.share, mask.name), many)]
    if len(fitting) < FITTING * len(few):
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
    is_known = min(abs(as_they_are.contrast), abs(objects.contrast)) >= CONTRAST_LEAST
    return None if is_known and as_they_are.contrast * objects.contrast > 0 else "note"


def _is_like(mask: _Bordered, many: Sequence[_Bordered]) -> bool:
    """Tell whether a mask takes up as much of the edge and of the photo as the others do."""
    borders, shares = [other.border for other in many], [other.share for other in many]
    is_placed = min(borders) - BORDER_ALIKE <= mask.border <= max(borders) + BORDER_ALIKE
    return is_placed and min(shares) / SIZES_ALIKE**0.5 <= mask.share <= max(shares) * SIZES_ALIKE**0.5


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
    if shares[1] > SIZES_ALIKE * shares[0] or contrasts[0] * contrasts[1] <= 0:
        return False
    apart = max(np.linalg.norm(first.colour - second.colour), np.linalg.norm(first.rest - second.rest))
    parted = min(np.linalg.norm(shown.colour - shown.rest) for shown in (first, second))
    return min(map(abs, contrasts)) >= CONTRAST_LEAST and bool(apart <= ALIKE_COLOURS * parted)


def _object_share(scan: PhotoScan, object_id: int) -> float:
    assert scan.mask is not None
    counted = scan.mask.counts[:2].sum()
    return float(scan.mask.counts[object_id] / counted) if counted else 0.0
