"""Findings about masks that are copies of other photos' masks: one of all photos, or an export that repeated some."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

from maskwright.checks.scan import PhotoScan, own_fits
from maskwright.classes import IGNORE
from maskwright.datasets.compared_photos import Duplicates
from maskwright.datasets.reader_types import MaskValues
from maskwright.findings.finding import Finding, make_finding, some
from maskwright.imaging.edge_alignment import TRUE_EDGES_HAVE

SAME_LEAST = 5
"""So many masks that are all one are no chance."""
COPIES_MOST, SHARE_MOST = 3, 0.4
"""Masks that are one, and the share of all masks that are copies: more are a template, which is drawn on purpose."""
MASKS_LEAST = 8
FITS_WORSE = 0.7
"""A copy lies on the edges of its photo so much worse than the mask does on the photo that it was drawn for."""


def same_mask_findings(masks: Mapping[str, MaskValues]) -> list[Finding]:
    """Return a finding where one mask is the truth of all photos, such as a field of view or the last of a loop."""
    drawn = {name: mask.digest for name, mask in masks.items() if mask.digest and len(mask.counts) > 1}
    if len(drawn) < SAME_LEAST or len(set(drawn.values())) > 1:
        return []
    return [make_finding("mask-same", f"{len(drawn)} masks: {some(list(drawn))}", photos=tuple(drawn))]


def copied_findings(scans: Sequence[PhotoScan], copies: Duplicates) -> list[Finding]:
    """Return which masks that show something are the same, pixel by pixel, on photos that are not.

    Of two such masks the one that lies on the edges of its photo clearly worse is the copy; else both are named.
    """
    drawn = [s for s in scans if s.mask is not None and _shows_a_form(s)]
    groups: defaultdict[bytes, list[str]] = defaultdict(list)
    for scan in drawn:
        assert scan.mask is not None
        groups[scan.mask.digest].append(scan.name)
    several = [names for names in groups.values() if 1 < len(names) <= COPIES_MOST]
    if len(drawn) < MASKS_LEAST or not several:
        return []
    file_of = {name: i for i, group in enumerate(copies.exact) for name in group}
    near = {frozenset((pair.first, pair.second)) for pair in copies.near}

    def are_of_one_picture(first: str, second: str) -> bool:
        is_one_file = first in file_of and file_of[first] == file_of.get(second)
        return is_one_file or frozenset((first, second)) in near

    same = [names for names in several if not any(are_of_one_picture(*two) for two in combinations(names, 2))]
    if not same or sum(map(len, same)) > SHARE_MOST * len(drawn):
        return []
    fits = own_fits(scans)
    named = [name for names in same for name in _worse(names, fits)]
    said = some([" = ".join(names) for names in same], most=8)
    strengths = [f"{name} {fits[name]:.2f}" for name in named if name in fits]
    evidence = f"{len(same)} times one mask on several photos: {said}"
    if strengths:
        evidence += f"; they meet edges of strength {some(strengths, most=8)} ({TRUE_EDGES_HAVE})"
    return [make_finding("mask-same", evidence, variant="some", photos=named)]


def _shows_a_form(scan: PhotoScan) -> bool:
    """Tell whether a mask holds several values, and not boxes alone, which are alike by chance."""
    assert scan.mask is not None
    is_of_boxes = bool(scan.outlined) and all(one.is_box for one in scan.outlined)
    return bool(np.count_nonzero(scan.mask.counts[:IGNORE]) > 1) and not is_of_boxes


def _worse(names: Sequence[str], fits: dict[str, float]) -> list[str]:
    """Return the masks that are copies, all of them where their edges do not tell."""
    known = [name for name in names if name in fits]
    if len(known) < len(names):
        return list(names)
    best = max(known, key=fits.__getitem__)
    worse = [name for name in known if fits[name] <= FITS_WORSE * fits[best]]
    return worse if len(worse) == len(names) - 1 else list(names)
