"""Sound polygons of COCO, read in one go: a photo may have thousands, and one by one they take twice as long."""

from collections.abc import Mapping, Sequence

from maskwright.datasets.labels.dataset_from_labels import LabelledShape
from maskwright.datasets.parsing.json_values import Record, items, text
from maskwright.datasets.truth.shapes import Polygon, outlines


def plain_polygons(annotations: Sequence[Record], names: Mapping[str, str]) -> tuple[LabelledShape, ...] | None:
    """Return the shapes of a photo where all are sound polygons of one outline or more, read in one go; else None."""
    rings_of = [items(annotation.get("segmentation")) for annotation in annotations]
    if any(annotation.get("iscrowd") for annotation in annotations) or not all(rings_of):
        return None
    drawn = outlines([ring for rings in rings_of for ring in rings])
    if drawn is None:
        return None
    classes = [
        names.get(text(a.get("category_id"))) for a, rings in zip(annotations, rings_of, strict=True) for _ in rings
    ]
    return tuple(LabelledShape(name, Polygon(0, xy)) for name, xy in zip(classes, drawn, strict=True))
