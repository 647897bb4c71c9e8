"""Findings about pixels that lie in shapes of several classes: one alone of them is learned."""

from collections import Counter

import numpy as np

from maskwright.classes import ClassTable
from maskwright.datasets.dataset import Dataset, Sample
from maskwright.datasets.truth.shapes import Shapes, paint, with_class
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import Finding, make_finding, some

PHOTOS_MOST, LONG_SIDE = 20, 320
"""Photos that are measured, and how large they are drawn for it."""
SHARE_LEAST = 0.02
"""Of the pixels within shapes: less is a few borders that touch."""
CLASSES_MOST = 30

Overlaps = Counter[tuple[int, int]]
"""Pixels by the class that counts there and one that lies below it."""


def shared_pixel_findings(dataset: Dataset) -> list[Finding]:
    """Return the note that shapes of several classes share many pixels, and which of them count there."""
    drawn = [sample for sample in dataset.samples if sample.size_hw and len(_ids(sample, dataset.classes)) > 1]
    below: Overlaps = Counter()
    shared = inside = 0
    for sample in spread_evenly(drawn, PHOTOS_MOST):
        shared_here, inside_here, below_here = _measured(sample, dataset.classes)
        shared, inside = shared + shared_here, inside + inside_here
        below += below_here
    if not inside or shared < SHARE_LEAST * inside:
        return []
    names = dataset.classes.names
    pairs = [
        f"{names[over]} over {names[under]} {pixels / inside:.1%}" for (over, under), pixels in below.most_common()
    ]
    text = f"{shared / inside:.1%} of the pixels within shapes have several classes, and the later shape counts: "
    return [make_finding("shape-hidden", text + some(pairs), severity="note", variant="overlap")]


def _ids(sample: Sample, classes: ClassTable) -> list[int]:
    """Return the ids of the objects that are drawn on a photo."""
    if not isinstance(sample.truth, Shapes):
        return []
    drawn = {shape.class_id for shape in sample.truth.shapes}
    return sorted(class_id for class_id in drawn if class_id < len(classes) and class_id != classes.background)


def _measured(sample: Sample, classes: ClassTable) -> tuple[int, int, Overlaps]:
    """Return the pixels with several classes, those with any, and the pairs of classes, of a photo drawn small."""
    assert isinstance(sample.truth, Shapes)
    assert sample.size_hw is not None
    scale = min(1.0, LONG_SIDE / max(sample.size_hw))
    size_hw = max(1, round(sample.size_hw[0] * scale)), max(1, round(sample.size_hw[1] * scale))
    final = paint(sample.truth.shapes, sample.size_hw, size_hw)
    times = np.zeros(size_hw, np.uint8)
    below: Overlaps = Counter()
    for class_id in _ids(sample, classes)[:CLASSES_MOST]:
        own = [with_class(shape, 1) for shape in sample.truth.shapes if shape.class_id == class_id]
        covered = paint(own, sample.size_hw, size_hw) > 0
        times += covered
        over, pixels = np.unique(final[covered & (final != class_id)], return_counts=True)
        for other, count in zip(over.tolist(), pixels.tolist(), strict=True):
            if other < len(classes) and other != classes.background:
                below[other, class_id] += count
    return int((times > 1).sum()), int((times > 0).sum()), below
