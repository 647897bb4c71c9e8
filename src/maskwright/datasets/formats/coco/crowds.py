"""What `iscrowd` means in a COCO file: a region to ignore, but from tools that mark every bitmap so an object."""

from collections.abc import Sequence

from maskwright.datasets.labels.files.json_values import Record, record, text, whole

DARWIN = "Exported from Darwin"
CROWD_IS_OBJECT = "bitmaps marked iscrowd are objects here: CVAT, Datumaro and Darwin mark every bitmap so"
CROWD_IS_IGNORED = "annotations marked iscrowd are ignored regions, beneath the other shapes"


def crowds_are_objects(data: Record, annotations: Sequence[Record]) -> bool:
    """Return whether CVAT or Datumaro wrote the file: annotations have attributes, and all bitmaps are crowds."""
    if text(record(data.get("info")).get("description")) == DARWIN:
        return True
    bitmaps = [annotation for annotation in annotations if isinstance(annotation.get("segmentation"), dict)]
    attributes = any(isinstance(annotation.get("attributes"), dict) for annotation in annotations)
    return attributes and bool(bitmaps) and all(map(is_crowd, bitmaps))


def is_crowd(annotation: Record) -> bool:
    return whole(annotation.get("iscrowd")) == 1
