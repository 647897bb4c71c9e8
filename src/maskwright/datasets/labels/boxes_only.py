"""Boxes without an outline, as detectors are trained on: they show where an object is, and not its pixels."""

from collections.abc import Callable, Collection, Sequence

from maskwright.datasets.class_tables.handwritten_classes import IGNORE_NAMES
from maskwright.datasets.labels.dataset_from_labels import LabelledShape, ShapeRemark
from maskwright.datasets.truth.shapes import Shape, shape_or_reason

ALONE = "is a box without an outline"
UNUSED = ShapeRemark("shape-invalid", ALONE, topic="boxes")
IGNORED = ShapeRemark("shape-invalid", f"{ALONE}: its area counts for nothing", topic="boxes")


def box_alone(draw: Callable[[], Shape]) -> LabelledShape:
    """Return a box as a region that counts for nothing: the object in it must not be learned as background."""
    shape = shape_or_reason(draw)
    return (
        LabelledShape(None, ALONE, UNUSED) if isinstance(shape, str) else LabelledShape(IGNORE_NAMES[0], shape, IGNORED)
    )


def beside_outlines(shapes: Sequence[LabelledShape]) -> tuple[LabelledShape, ...]:
    """Return the shapes of a photo; boxes are regions beside outlines alone, and else leave nothing to learn from."""
    if any(one.remark is not IGNORED and not isinstance(one.shape, str) for one in shapes):
        return tuple(shapes)
    return tuple(LabelledShape(None, ALONE, UNUSED) if one.remark is IGNORED else one for one in shapes)


def filled_boxes(classes: Collection[str], shapes: int) -> tuple[str, ...]:
    """Return what is to be known where some of a file's shapes are boxes of these classes, which are filled."""
    if not classes or len(classes) == shapes:
        return ()
    names = ", ".join(sorted(set(classes)))
    return (f"boxes ({len(classes)} of {names}) are filled: all pixels within are the object",)
