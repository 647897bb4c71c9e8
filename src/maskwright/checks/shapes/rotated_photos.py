"""Findings about photos that were rotated by a quarter after shapes were drawn on them."""

from maskwright.datasets.dataset import Dataset, Sample
from maskwright.datasets.truth.shape_bounds import bounds_of
from maskwright.datasets.truth.shapes import Shapes
from maskwright.findings.finding import Finding, make_finding, some

BEYOND = 0.02
"""Share of a side by which a shape may be drawn past it without meaning."""
LEAST, LEAST_SHARE = 2, 0.25
"""Photos whose shapes must leave them, and their share of the photos of their size."""


def turned_findings(dataset: Dataset) -> list[Finding]:
    """Return a warning where shapes leave photos at the short side and fit them rotated by a quarter.

    Only where other photos have that size: they were kept as they were annotated.
    """
    drawn = [s for s in dataset.samples if s.size_hw and isinstance(s.truth, Shapes) and s.truth.shapes]
    sizes = {sample.size_hw for sample in drawn}
    findings = []
    for size_hw in sorted(size for size in sizes if size and size[0] != size[1] and size[::-1] in sizes):
        alike = [sample for sample in drawn if sample.size_hw == size_hw]
        leaving = [sample.name for sample in alike if _fits_turned_alone(sample)]
        if len(leaving) >= max(LEAST, LEAST_SHARE * len(alike)):
            findings.append(_turned(size_hw, leaving, [sample.name for sample in alike]))
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


def _turned(size_hw: tuple[int, int], leaving: list[str], alike: list[str]) -> Finding:
    height, width = size_hw
    evidence = (
        f"in {len(leaving)} of {len(alike)} photos of {width}x{height} px shapes leave the short side, and all fit "
        f"{height}x{width} px, the size of other photos: {some(leaving)}"
    )
    return make_finding("mask-turned", evidence, photos=alike, variant="photos")
