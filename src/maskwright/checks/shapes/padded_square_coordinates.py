"""Findings about shapes whose coordinates were divided by the photo's longer side, as on a padded square."""

from collections.abc import Sequence

import numpy as np

from maskwright.checks.shapes.shape_scale import painted, small_pairs
from maskwright.datasets.dataset import Dataset, Sample
from maskwright.datasets.truth.shapes import Shapes
from maskwright.findings.finding import Finding, make_finding
from maskwright.imaging.edge_alignment import CLEAR, CLEARLY_BETTER, alignment_with
from maskwright.imaging.photos import Photo

LEAST_PHOTOS = 6
OBLONG = 0.9
"""Shorter side against the longer one: nearly square photos tell nothing."""
AT_THE_LIMIT = 0.9
"""How far shapes must reach to the end of their part of the photo, in some photo."""
AGREE_SHARE = 0.7
"""Share of the photos that must gain."""

Pair = tuple[Photo, Sample]


def squared_findings(dataset: Dataset) -> list[Finding]:
    """Return a finding where shapes fill only the part of photos that the photo fills on a square beside padding.

    No shape may reach beyond that part in any photo, and edges must be stronger where the shapes lie once stretched.
    """
    able = [s for s in dataset.samples if isinstance(s.truth, Shapes) and s.truth.shapes and s.size_hw]
    if len(able) < LEAST_PHOTOS or any(_ratio(s.size_hw or (1, 1)) > OBLONG for s in able):
        return []
    pairs = small_pairs(dataset, able)
    for anchor, words in ((0.0, "the top or the left"), (0.5, "the middle")):
        found = _stretched(pairs, anchor)
        if found:
            now, as_is, gained = found
            evidence = (
                f"the shapes of all {len(able)} photos lie within {words}, in the part that the photo would fill on a "
                f"padded square; stretched to the photo, {gained} of {len(pairs)} meet stronger edges: {now:.2f}, not "
                f"{as_is:.2f} in the median"
            )
            return [make_finding("mask-shifted", evidence, variant="squared", photos=tuple(s.name for s in able))]
    return []


def _ratio(size_hw: tuple[int, int]) -> float:
    return min(size_hw) / max(size_hw)


def _stretched(pairs: Sequence[Pair], anchor: float) -> tuple[float, float, int] | None:
    """Return the strengths of edges with shapes stretched and as they are, and how many photos gain; None without."""
    if len(pairs) < LEAST_PHOTOS:
        return None
    ends = [_end_of_shapes(photo, sample, anchor) for photo, sample in pairs]
    inside = [end for end in ends if end is not None]
    if len(inside) < len(ends) or max(inside) < AT_THE_LIMIT:
        return None
    fits = np.array([[_fit(*pair, anchor), _fit(*pair, None)] for pair in pairs])
    fits = fits[~np.isnan(fits).any(axis=1)]
    gains = fits[:, 0] - fits[:, 1]
    if len(fits) < LEAST_PHOTOS or np.median(gains) < CLEARLY_BETTER or (gains > 0).mean() < AGREE_SHARE:
        return None
    now, as_is = np.median(fits, axis=0).tolist()
    if now < CLEAR:
        return None
    return now, as_is, int((gains > 0).sum())


def _part(photo: Photo, anchor: float) -> tuple[int, float, float]:
    """Return the axis of the shorter side, and where the photo would begin and end on it, as on a padded square."""
    high, wide = photo.shape[:2]
    axis, ratio = (0, high / wide) if high < wide else (1, wide / high)
    start = anchor * (1 - ratio)
    return axis, start, start + ratio


def _end_of_shapes(photo: Photo, sample: Sample, anchor: float) -> float | None:
    """Return how much of the part the shapes reach, 0 to 1; None where one lies outside."""
    axis, start, stop = _part(photo, anchor)
    mask = painted(sample, (photo.shape[0], photo.shape[1]))
    lines = np.flatnonzero(mask.any(axis=1 - axis))
    if not len(lines):
        return 0.0
    first, last = lines[0] / mask.shape[axis], (lines[-1] + 1) / mask.shape[axis]
    slack = 1.5 / mask.shape[axis]
    if first < start - slack or last > stop + slack:
        return None
    return float((last - start) / (stop - start))


def _fit(photo: Photo, sample: Sample, anchor: float | None) -> float:
    """Return how the shapes fit the photo as they are (None), or with their part stretched to the whole photo."""
    if anchor is None:
        return alignment_with(photo, painted(sample, (photo.shape[0], photo.shape[1])))
    axis, start, stop = _part(photo, anchor)
    size = [photo.shape[0], photo.shape[1]]
    size[axis] = round(size[axis] / (stop - start))
    large = painted(sample, (size[0], size[1]))
    begin = round(start * size[axis])
    cut = [slice(None), slice(None)]
    cut[axis] = slice(begin, begin + photo.shape[axis])
    return alignment_with(photo, np.ascontiguousarray(large[cut[0], cut[1]]))
