"""Findings about photos that were rotated by a quarter after shapes were drawn on them."""

import numpy as np

from maskwright.datasets.dataset import Dataset, Sample
from maskwright.datasets.truth.shape_bounds import bounds_of
from maskwright.datasets.truth.shapes import Shapes, paint
from maskwright.errors import DataError
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import Finding, make_finding, some
from maskwright.imaging.edge_alignment import ALIGNMENT_PX, alignment_with

BEYOND = 0.02
"""Share of a side by which a shape may be drawn past it without meaning."""
MIN_PHOTOS = 2
"""Photos whose shapes must leave them, or that must show a direction."""
MIN_PHOTO_SHARE = 0.25
"""Share of the photos of their size whose shapes must leave them."""
MAX_TRIED = 12
"""Photos that are rotated both ways."""
MIN_AGREEING_SHARE = 0.8
"""Share of these that must agree on one direction."""
DIRECTIONS = {"clockwise": -1, "counterclockwise": 1}
"""Quarters of a turn, as np.rot90 counts them."""


def turned_findings(dataset: Dataset) -> list[Finding]:
    """Return a warning where shapes leave photos at the short side and fit them rotated by a quarter.

    Only where other photos have that size, which were kept as they were annotated, or where the label file states it.
    """
    drawn = [s for s in dataset.samples if s.size_hw and isinstance(s.truth, Shapes) and s.truth.shapes]
    sizes = {sample.size_hw for sample in drawn}
    exchanged = {
        name for r in dataset.facts.remarks if (r.kind, r.topic) == ("size-stated", "exchanged") for name in r.samples
    }
    findings = []
    for size_hw in sorted(size for size in sizes if size and size[0] != size[1]):
        alike = [sample for sample in drawn if sample.size_hw == size_hw]
        stated = [sample for sample in alike if sample.name in exchanged]
        if not stated and size_hw[::-1] not in sizes:
            continue
        of_these = stated or alike
        leaving = [sample for sample in of_these if _fits_turned_alone(sample)]
        if len(leaving) >= max(MIN_PHOTOS, MIN_PHOTO_SHARE * len(of_these)):
            source = "which the label file states" if stated else "the size of other photos"
            findings.append(_turned(leaving, of_these, source=source, direction=_direction(dataset, of_these)))
    return findings


def _fits_turned_alone(sample: Sample) -> bool:
    """Tell whether shapes leave the photo at its short side alone, and no shape leaves it once it is rotated."""
    assert sample.size_hw is not None
    assert isinstance(sample.truth, Shapes)
    height, width = sample.size_hw
    boxes = bounds_of(sample.truth.shapes)
    right, bottom = boxes[:, 2:].max(axis=0).tolist()
    slack = BEYOND * min(height, width)
    leaves = bottom > height + slack if height < width else right > width + slack
    return bool(leaves and right <= height + slack and bottom <= width + slack)


def _turned(leaving: list[Sample], alike: list[Sample], *, source: str, direction: str) -> Finding:
    """Return the warning; `source` says what has the size that fits, `direction` how edges tell the rotation."""
    height, width = alike[0].size_hw or (0, 0)
    evidence = (
        f"in {len(leaving)} of {len(alike)} photos of {width}x{height} px shapes leave the short side, and all fit "
        f"{height}x{width} px, {source}: {some([sample.name for sample in leaving])}{direction}"
    )
    return make_finding("mask-turned", evidence, photos=[sample.name for sample in alike], variant="photos")


def _direction(dataset: Dataset, samples: list[Sample]) -> str:
    """Return in which direction shapes meet stronger edges on most photos once these are rotated, in words."""
    tried = [_fits_when_rotated(dataset, sample) for sample in spread_evenly(samples, MAX_TRIED)]
    fits = np.array([fit for fit in tried if np.isfinite(fit).all()])
    if len(fits) < MIN_PHOTOS:
        return ""
    names, medians = list(DIRECTIONS), np.median(fits, axis=0)
    better = int(medians.argmax())
    agree = int((fits[:, better] > fits[:, 1 - better]).sum())
    if agree < MIN_AGREEING_SHARE * len(fits):
        return ""
    return (
        f"; rotated {names[better]} by a quarter, {agree} of {len(fits)} meet stronger edges than rotated "
        f"{names[1 - better]}: {medians[better]:.2f}, not {medians[1 - better]:.2f} in the median"
    )


def _fits_when_rotated(dataset: Dataset, sample: Sample) -> list[float]:
    """Return how the shapes fit the photo rotated in each of DIRECTIONS; NaN where nothing shows it."""
    assert isinstance(sample.truth, Shapes)
    assert sample.size_hw is not None
    try:
        photo = dataset.photo(sample, long_side_px=ALIGNMENT_PX)
    except DataError:
        return [np.nan] * len(DIRECTIONS)
    mask = paint(sample.truth.shapes, sample.size_hw[::-1], (photo.shape[1], photo.shape[0]))
    rotated = (np.ascontiguousarray(np.rot90(photo, quarters)) for quarters in DIRECTIONS.values())
    return [alignment_with(upright, mask) for upright in rotated]
