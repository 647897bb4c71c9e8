"""A finding about borders that augmentation filled with the mirrored photo, where the masks hold nothing."""

from dataclasses import dataclass

import numpy as np

from maskwright.concurrency.thread_pool import in_threads
from maskwright.datasets.dataset import Dataset, Sample
from maskwright.errors import DataError
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import Finding, make_finding, some
from maskwright.imaging.edge_alignment import ALIGNMENT_PX
from maskwright.imaging.mask_geometry import resize_mask
from maskwright.imaging.measuring.mirror_lines import mirror_line

MAX_PHOTOS = 12
"""Photos that are looked at."""
MIN_POINT_PAIRS = 12
"""Points with their mirror image across one line; photos without a mirrored border have up to 9."""
MIN_OBJECT_PX = 30
"""Pixels of objects that the border must mirror."""
MIN_BARE_SHARE = 0.7
"""Share of the objects in a mirrored border that must have no mask."""
MIN_PHOTO_SHARE = 0.25
"""Share of the photos looked at that must have such a border."""
MIN_PHOTOS = 2
"""Photos that must have such a border."""


@dataclass(frozen=True)
class _Border:
    """A mirrored border: its share of the photo, and the share of the mirrored objects in it that the mask lacks."""

    name: str
    share: float
    bare: float


def mirrored_border_findings(dataset: Dataset) -> list[Finding]:
    """Return a finding where photos are mirrored at their borders and the objects there have no mask.

    Up to 12 photos are looked at. Where masks are mirrored too, all is well.
    """
    if dataset.classes.background is None:
        return []
    able = [s for s in dataset.samples if s.truth is not None and s.size_hw is not None]
    chosen = spread_evenly(able, MAX_PHOTOS)
    borders = [border for border in in_threads(lambda s: _border(dataset, s), chosen) if border is not None]
    bare = [border for border in borders if border.bare >= MIN_BARE_SHARE]
    if len(bare) < max(MIN_PHOTOS, MIN_PHOTO_SHARE * len(chosen)) or 2 * len(bare) <= len(borders):
        return []
    shares = [border.share for border in bare]
    evidence = (
        f"{len(bare)} of {len(chosen)} photos that were looked at repeat their inside, mirrored, on "
        f"{min(shares):.0%} to {max(shares):.0%} of their area, and {np.median([b.bare for b in bare]):.0%} of the "
        f"mirrored objects have no mask: {some([border.name for border in bare], most=8)}"
    )
    return [make_finding("border-mirrored", evidence, photos=[border.name for border in bare])]


def _border(dataset: Dataset, sample: Sample) -> _Border | None:
    """Return the mirrored border of a photo, if it has one in which an object is mirrored."""
    try:
        photo = dataset.photo(sample, long_side_px=ALIGNMENT_PX)
        mask = resize_mask(dataset.mask(sample), (photo.shape[0], photo.shape[1]))
    except DataError:
        return None
    line = mirror_line(photo)
    if line is None or line.pairs < MIN_POINT_PAIRS:
        return None
    objects = ((mask != dataset.classes.background) & (mask < len(dataset.classes))).astype(np.uint8)
    side = line.smaller_side((photo.shape[0], photo.shape[1]))
    there = (line.mirrored(objects) > 0) & side
    if there.sum() < MIN_OBJECT_PX:
        return None
    return _Border(sample.name, float(side.mean()), float((objects[there] == 0).mean()))
