"""Classes that a list of names beside LabelMe files lacks: often a class that was renamed in the middle of the work."""

from collections.abc import Sequence
from dataclasses import replace

from maskwright.datasets.class_tables.handwritten_classes import BACKGROUND_NAMES, IGNORE_NAMES
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.reader_types import Remark
from maskwright.datasets.truth.shapes import Shapes
from maskwright.findings.finding import some


def with_unlisted_names(dataset: Dataset, order: Sequence[str], listed_in: str) -> Dataset:
    """Return the dataset with a remark on classes that a list of names lacks, where it has others that are used."""
    names = dict(enumerate(dataset.classes.names))
    by_photo = [
        {names[shape.class_id] for shape in sample.truth.shapes if shape.class_id in names}
        for sample in dataset.samples
        if isinstance(sample.truth, Shapes)
    ]
    used = set().union(*by_photo)
    listed = [name for name in order if name in used]
    free = {*order, *BACKGROUND_NAMES, *IGNORE_NAMES}
    unlisted = sorted(name for name in used if name not in free)
    if not listed or not unlisted:
        return dataset
    where = f"is not in {listed_in} ({some(order, most=8)})"
    texts = [f"{name!r} {where}{_apart(name, listed, by_photo)}" for name in unlisted]
    remark = Remark("class-unlisted", (), "; ".join(texts[:4]))
    return replace(dataset, facts=replace(dataset.facts, remarks=(*dataset.facts.remarks, remark)))


def _apart(name: str, listed: Sequence[str], by_photo: Sequence[set[str]]) -> str:
    """Return which of the listed classes never are in a photo with a class."""
    apart = [other for other in listed if not any({name, other} <= held for held in by_photo)]
    return f", and never in one photo with {some([repr(other) for other in apart], most=3)}" if apart else ""
