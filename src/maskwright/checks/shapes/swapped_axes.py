"""Findings about shapes whose coordinates were divided by the other side of the photo: x by height, y by width."""

import numpy as np

from maskwright.checks.shapes.padded_square_coordinates import LEAST_PHOTOS, OBLONG
from maskwright.checks.shapes.shape_scale import painted, small_pairs
from maskwright.datasets.dataset import Dataset, Sample
from maskwright.datasets.truth.shape_bounds import bounds_of
from maskwright.datasets.truth.shapes import Shapes
from maskwright.findings.finding import Finding, make_finding, some
from maskwright.imaging.edge_alignment import alignment_with
from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.photos import Photo

LEAVING_SHARE, BEYOND = 0.2, 1.02
"""Share of the photos that shapes must leave at the longer side, and how far a shape may reach past its limit."""
MIN_GAIN = 0.25
"""How much stronger edges must be once the two sides are exchanged."""
MIN_STRENGTH = 1.1
"""How strong edges must be then."""
MIN_AGREEING_SHARE = 0.7
"""Share of the photos that must be oblong, and of these that must gain."""


def swapped_axis_findings(dataset: Dataset) -> list[Finding]:
    """Return a finding where shapes leave photos at the longer side and lie on edges once both sides are exchanged.

    Divided by the wrong sides, x runs up to width / height of wide photos, and y up to height / width of tall ones.
    """
    able = [s for s in dataset.samples if isinstance(s.truth, Shapes) and s.truth.shapes and s.size_hw]
    oblong = [s for s in able if min(s.size_hw or (1, 1)) <= OBLONG * max(s.size_hw or (1, 1))]
    if len(oblong) < LEAST_PHOTOS or len(oblong) < MIN_AGREEING_SHARE * len(able):
        return []
    reach = {sample.name: _reach(sample) for sample in oblong}
    outside = {name for remark in dataset.facts.remarks if remark.kind == "shape-outside" for name in remark.samples}
    leaving = sorted(outside | {name for name, (along, _) in reach.items() if along > BEYOND})
    drawn = len(outside | reach.keys())
    if len(leaving) < LEAVING_SHARE * drawn or any(not _fits_swapped(s, *reach[s.name]) for s in oblong):
        return []
    fits = np.array([[_fit(*pair, swapped=True), _fit(*pair, swapped=False)] for pair in small_pairs(dataset, oblong)])
    fits = fits[~np.isnan(fits).any(axis=1)] if len(fits) else fits
    if len(fits) < LEAST_PHOTOS:
        return []
    gains = fits[:, 0] - fits[:, 1]
    now, as_is = np.median(fits, axis=0).tolist()
    if now < MIN_STRENGTH or float(np.median(gains)) < MIN_GAIN or (gains > 0).mean() < MIN_AGREEING_SHARE:
        return []
    evidence = (
        f"in {len(leaving)} of {drawn} photos shapes run past the longer side, in none past its ratio to the "
        f"shorter one; with x and y multiplied by the side that they were divided by, {int((gains > 0).sum())} of "
        f"{len(fits)} meet stronger edges: {now:.2f}, not {as_is:.2f} in the median: {some(leaving)}"
    )
    return [make_finding("mask-shifted", evidence, variant="sides", photos=[sample.name for sample in able])]


def _reach(sample: Sample) -> tuple[float, float]:
    """Return how far shapes reach along the longer side and along the shorter one, in shares of these."""
    assert sample.size_hw is not None
    assert isinstance(sample.truth, Shapes)
    height, width = sample.size_hw
    right, bottom = bounds_of(sample.truth.shapes)[:, 2:].max(axis=0).tolist()
    return (right / width, bottom / height) if width > height else (bottom / height, right / width)


def _fits_swapped(sample: Sample, along: float, across: float) -> bool:
    """Tell whether shapes lie within what a photo fills when its sides are exchanged."""
    assert sample.size_hw is not None
    ratio = max(sample.size_hw) / min(sample.size_hw)
    return along <= BEYOND * ratio and across <= BEYOND / ratio


def _fit(photo: Photo, sample: Sample, *, swapped: bool) -> float:
    """Return how the shapes fit the photo as they are, or with both coordinates stretched to the other side."""
    height, width = photo.shape[:2]
    if not swapped:
        return alignment_with(photo, painted(sample, (height, width)))
    large = painted(sample, (width, height))
    mask: Mask = np.zeros((height, width), dtype=np.uint8)
    cut = large[:height, :width]
    mask[: cut.shape[0], : cut.shape[1]] = cut
    return alignment_with(photo, mask)
