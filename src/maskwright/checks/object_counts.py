"""Findings about how many objects masks hold: one of each class at most, or no small ones in some photos alone."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from maskwright.checks.scan import PhotoScan
from maskwright.classes import ClassTable
from maskwright.findings.finding import Finding, make_finding, some

Areas = NDArray[np.float64]

SPECK_PX = 9
MIN_SINGLE_PHOTOS = 10
"""Photos from which on one piece of a class at most in each is no chance."""
MIN_SINGLE_CLASSES = 3
"""Classes that must have one piece at most in each photo."""
MIN_PHOTOS_A_CLASS = 4
"""Photos that must show a class for it to count."""
MAX_SINGLE_SHARE = 0.1
"""Share of a photo that each class may cover in the median: larger objects are few anyway."""
MIN_PHOTOS = 8
"""Photos with several objects of a class below which nothing is said of small ones."""
MIN_OBJECTS = 3
"""Objects of the class that a photo must show to count."""
MIN_WITHOUT = 3
"""Photos without a small object from which on some may have been left out."""
MIN_WITHOUT_SHARE = 0.1
"""Share of the photos that must show no small object."""
MAX_WITHOUT_SHARE = 0.5
"""Share of the photos that may show none: else small objects are rare."""
CUTS = (0.2, 0.3, 0.4, 0.5, 0.6)
"""Shares of all objects that count as small, one after the other."""
MAX_CHANCE = 1e-3
"""How probable it may be that a photo with so many objects shows no small one by chance."""
FEW_SMALL_SHARE = 1 / 3
"""A photo shows few small objects below this part of the usual share."""
MAX_FEW_SHARE = 0.15
"""Share of the other photos that may show few: else their number varies anyway."""
ALIKE = 1.5
"""The larger objects must be of one size in both groups of photos: else these photos were taken from nearer."""


def number_findings(scans: Sequence[PhotoScan], classes: ClassTable) -> list[Finding]:
    """Return what the numbers and sizes of objects show; nothing where objects were not counted."""
    counted = [scan for scan in scans if scan.mask is not None and scan.mask.objects and scan.size_hw is not None]
    return [*_single(counted, classes), *_without_small(counted, classes)]


def _single(scans: Sequence[PhotoScan], classes: ClassTable) -> list[Finding]:
    """Note that no mask holds two pieces of a class, though classes are many and objects small."""
    numbers: dict[int, list[int]] = {}
    for scan in scans:
        for class_id in classes.scored:
            areas = _areas(scan, class_id, above_px=SPECK_PX)
            if len(areas):
                numbers.setdefault(class_id, []).append(len(areas))
    shown = {class_id: own for class_id, own in numbers.items() if len(own) >= MIN_PHOTOS_A_CLASS}
    if len(scans) < MIN_SINGLE_PHOTOS or len(shown) < MIN_SINGLE_CLASSES:
        return []
    if (
        max(max(own) for own in numbers.values()) > 1
        or max(_median_share(scans, class_id) for class_id in shown) > MAX_SINGLE_SHARE
    ):
        return []
    texts = [f"{classes.names[class_id]} in {len(own)}" for class_id, own in numbers.items()]
    evidence = f"no mask of {len(scans)} holds two pieces of a class ({some(texts, most=12)})"
    return [make_finding("object-single", evidence)]


def _median_share(scans: Sequence[PhotoScan], class_id: int) -> float:
    """Return the share of the pixels of a photo that a class covers, in the median of the photos that show it."""
    shares = [float(_areas(scan, class_id).sum()) for scan in scans]
    return float(np.median([share for share in shares if share]))


def _areas(scan: PhotoScan, class_id: int, *, above_px: int = 0) -> Areas:
    """Return the areas of a photo's objects of a class, in shares of the photo, of those above so many px."""
    assert scan.mask is not None
    assert scan.size_hw is not None
    own = next((count.areas for count in scan.mask.objects if count.class_id == class_id), ())
    areas = np.array([area for area in own if area > above_px], dtype=np.float64)
    return areas / float(scan.size_hw[0] * scan.size_hw[1])


def _without_small(scans: Sequence[PhotoScan], classes: ClassTable) -> list[Finding]:
    """Note the photos that show no small object of a class, where others with objects as large show many."""
    for class_id in classes.scored:
        areas = {scan.name: own for scan in scans if len(own := _areas(scan, class_id, above_px=SPECK_PX))}
        areas = {name: own for name, own in areas.items() if len(own) >= MIN_OBJECTS}
        pooled = np.concatenate(list(areas.values())) if areas else np.zeros(0)
        if len(areas) < MIN_PHOTOS:
            continue
        for cut in np.quantile(pooled, CUTS).tolist():
            without = _left_out(areas, cut)
            if without:
                others = [name for name in areas if name not in without]
                share = float(np.mean(np.concatenate([areas[name] for name in others]) < cut))
                evidence = (
                    f"in {len(without)} of {len(areas)} photos with {classes.names[class_id]} none is smaller than "
                    f"{cut:.2%} of the photo, as {share:.0%} are in the others; larger ones are of one size in both: "
                    f"{some(without, most=8)}"
                )
                return [make_finding("object-skipped", evidence, photos=without)]
    return []


def _left_out(areas: dict[str, Areas], cut: float) -> list[str]:
    """Return the photos without an object below a cut, where that is no chance and no matter of scale; else none."""
    rates = {name: float((own < cut).mean()) for name, own in areas.items()}
    some_small = [name for name in areas if rates[name]]
    if not some_small:
        return []
    share = float(np.mean(np.concatenate([areas[name] for name in some_small]) < cut))
    telling = [name for name, own in areas.items() if (1 - share) ** len(own) <= MAX_CHANCE]
    without = [name for name in telling if not rates[name]]
    others = [name for name in telling if rates[name]]
    if not max(MIN_WITHOUT, MIN_WITHOUT_SHARE * len(telling)) <= len(without) <= MAX_WITHOUT_SHARE * len(telling):
        return []
    if sum(rates[name] < FEW_SMALL_SHARE * share for name in others) > MAX_FEW_SHARE * len(others):
        return []
    large = [np.concatenate([areas[name] for name in names]) for names in (without, others)]
    sizes = sorted(float(np.median(own[own >= cut])) for own in large if (own >= cut).any())
    return without if len(sizes) > 1 and sizes[1] <= ALIKE * sizes[0] else []
