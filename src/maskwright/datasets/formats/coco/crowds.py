"""What `iscrowd` means in a COCO file: a region to ignore, but from tools that mark every bitmap so an object."""

from collections import Counter
from collections.abc import Collection, Sequence

from maskwright.datasets.parsing.json_values import Record, record, text, whole

DARWIN = "Exported from Darwin"
CROWD_IS_OBJECT = "bitmaps marked iscrowd are objects here: CVAT, Datumaro and Darwin mark every bitmap so"
CROWD_IS_IGNORED = "annotations marked iscrowd are ignored regions, beneath the other shapes"
ONLY_CROWDS = "bitmaps marked iscrowd, one a photo, are all that some classes have, and are objects there: "
FEWEST_PHOTOS = 3
"""A class that is a crowd in fewer photos may be one by chance, as in a part of COCO."""


def crowds_are_objects(data: Record, annotations: Sequence[Record]) -> bool:
    """Return whether CVAT or Datumaro wrote the file: annotations have attributes, and all bitmaps are crowds."""
    if text(record(data.get("info")).get("description")) == DARWIN:
        return True
    bitmaps = [annotation for annotation in annotations if isinstance(annotation.get("segmentation"), dict)]
    attributes = any(isinstance(annotation.get("attributes"), dict) for annotation in annotations)
    return attributes and bool(bitmaps) and all(map(is_crowd, bitmaps))


def is_crowd(annotation: Record) -> bool:
    return whole(annotation.get("iscrowd")) == 1


def classes_of_crowds(annotations: Sequence[Record]) -> frozenset[str]:
    """Return the category ids of which every annotation is a bitmap marked iscrowd, one a photo, in three or more.

    COCO's own crowds are of classes that are outlined elsewhere; read as ignored, such a class would never be learned.
    """
    crowds = Counter(_of(a) for a in annotations if is_crowd(a) and isinstance(a.get("segmentation"), dict))
    if not crowds:
        return frozenset()
    every = Counter(_of(a) for a in annotations)
    photos = Counter(class_id for class_id, _ in {(_of(a), text(a.get("image_id"))) for a in annotations})
    return frozenset(i for i, n in crowds.items() if n == every[i] == photos[i] and n >= FEWEST_PHOTOS)


def without_crowds(annotations: Sequence[Record], of_classes: Collection[str]) -> list[Record]:
    """Return the annotations, those of these classes as single objects."""
    if not of_classes:
        return list(annotations)
    return [{**annotation, "iscrowd": 0} if _of(annotation) in of_classes else annotation for annotation in annotations]


def crowd_choices(annotations: Sequence[Record], crowd_is_object: bool, only_crowds: Sequence[str]) -> tuple[str, ...]:
    """Return in words how crowds are read; `only_crowds` are the names of the classes that have no other shape."""
    of_most = (CROWD_IS_OBJECT if crowd_is_object else CROWD_IS_IGNORED,) if any(map(is_crowd, annotations)) else ()
    return (*of_most, *((ONLY_CROWDS + ", ".join(only_crowds),) if only_crowds else ()))


def _of(annotation: Record) -> str:
    return text(annotation.get("category_id"))
