"""Findings about shapes that were drawn on photos of another size than these."""

from collections.abc import Sequence

import numpy as np

from maskwright.concurrency.thread_pool import in_threads
from maskwright.datasets.dataset import Dataset, Sample
from maskwright.datasets.truth.shapes import Shapes, paint
from maskwright.errors import DataError
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import Finding, make_finding
from maskwright.imaging.edge_alignment import ALIGNMENT_PX, CLEAR, CLEARLY_BETTER, TRUE_EDGES_HAVE, alignment_with
from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.photos import Photo

FACTORS = (1 / 4, 1 / 3, 1 / 2, 2 / 3, 3 / 4, 1.0, 4 / 3, 3 / 2, 2.0, 3.0, 4.0)
FINE_FACTORS = tuple(float(factor) for factor in np.geomspace(0.3, 3.2, 80))
AS_GOOD = 0.1
"""A usual factor is preferred to one in between that fits better by less than this."""
SCALE_PHOTOS, SCALE_LEAST = 12, 3
AGREE_SHARE = 0.6
"""Most of the photos must show the same factor."""


def scale_findings(dataset: Dataset) -> list[Finding]:
    """Return a finding where shapes were drawn on photos of another size, and no photo is the annotated file."""
    stated, headers = dataset.facts.stated, dataset.facts.headers
    sizes = {
        name: (file.size_bytes, headers[name].size_bytes)
        for name, file in stated.items()
        if file.size_bytes > 0 and headers[name].size_bytes > 0
    }
    if len(sizes) < SCALE_LEAST or any(before == now for before, now in sizes.values()):
        return []
    evidence = f"none of {len(sizes)} photos has the size in bytes that the annotation file notes"
    scale = _measured_scale(dataset, set(sizes))
    if scale is None:
        return [make_finding("photo-changed", evidence, photos=sizes)]
    factor, now, as_is = scale
    evidence += (
        f"; scaled by {factor:.2f} the shapes meet edges of strength {now:.2f}, as they are {as_is:.2f} "
        f"({TRUE_EDGES_HAVE})"
    )
    values = {"factor": f"{factor:.3g}", "percent": f"{100 / factor:.3g}%"}
    return [make_finding("photo-changed", evidence, photos=sizes, variant="scaled", values=values)]


def _measured_scale(dataset: Dataset, names: set[str]) -> tuple[float, float, float] | None:
    """Return the factor by which shapes fit their photos clearly better, with the strengths then and as they are."""
    able = [s for s in dataset.samples if s.name in names and isinstance(s.truth, Shapes) and s.size_hw]
    pairs = small_pairs(dataset, able)
    if len(pairs) < SCALE_LEAST or np.nanmedian([_fit_scaled(*pair, 1.0) for pair in pairs]) > CLEAR:
        return None
    factors = (1.0, *FACTORS, *FINE_FACTORS)
    fits = np.nan_to_num(np.array([[_fit_scaled(*pair, factor) for factor in factors] for pair in pairs]))
    usual = np.median(fits, axis=0)
    usual[len(FACTORS) + 1 :] -= AS_GOOD
    best = int(np.argmax(usual))
    gains = fits[:, best] - fits[:, 0]
    if usual[best] < CLEAR or np.median(gains) < CLEARLY_BETTER or (gains > 0).mean() < AGREE_SHARE:
        return None
    return factors[best], float(np.median(fits[:, best])), float(usual[0])


def small_pairs(dataset: Dataset, samples: Sequence[Sample]) -> list[tuple[Photo, Sample]]:
    """Return some of the samples, evenly spaced, with small copies of their photos; without those that are broken."""
    return [pair for pair in in_threads(lambda s: _small(dataset, s), spread_evenly(samples, SCALE_PHOTOS)) if pair]


def _small(dataset: Dataset, sample: Sample) -> tuple[Photo, Sample] | None:
    try:
        return dataset.photo(sample, long_side_px=ALIGNMENT_PX), sample
    except DataError:
        return None


def painted(sample: Sample, size_hw: tuple[int, int]) -> Mask:
    """Return the mask of a sample of shapes, stretched to a size."""
    assert isinstance(sample.truth, Shapes)
    assert sample.size_hw is not None
    return paint(sample.truth.shapes, sample.size_hw, size_hw)


def _fit_scaled(photo: Photo, sample: Sample, factor: float) -> float:
    """Return how the shapes fit the photo when their coordinates are multiplied by the factor."""
    height, width = photo.shape[:2]
    canvas = (max(1, round(height * factor)), max(1, round(width * factor)))
    scaled = painted(sample, canvas)
    mask: Mask = np.zeros((height, width), dtype=np.uint8)
    mask[: canvas[0], : canvas[1]] = scaled[:height, :width]
    return alignment_with(photo, mask)
