"""Run lengths in COCO json, and whether they go along rows, as many a script writes them, and not along columns."""

from collections.abc import Sequence

import numpy as np

from maskwright.datasets.parsing.json_values import Record, items, record, size_hw
from maskwright.datasets.truth.shape_bounds import bounds_xyxy
from maskwright.datasets.truth.shapes import Bitmap, bitmap_of_runs
from maskwright.errors import ShapeError
from maskwright.evenly_spaced import spread_evenly
from maskwright.imaging.measuring.rectangles import box_iou
from maskwright.imaging.run_lengths.coco import decode_counts
from maskwright.imaging.run_lengths.codec import Counts

MAX_TRIED = 24
"""Annotations that are tried."""
MIN_TELLING = 3
"""Annotations that must tell the two orders apart."""
MIN_BY_ROWS_SHARE = 0.8
"""Share of the annotations tried that must fit their boxes by rows."""
MAX_BY_COLUMNS_SHARE = 0.1
"""Share of them that may fit by columns alone."""
SAME_BOX = 0.8
"""Overlap (IoU) of an annotation's box and that of its decoded pixels from which on they are one."""


def run_length_shape(segmentation: Record, *, by_columns: bool = True) -> Bitmap:
    """Return the bitmap of COCO's run lengths, compressed or not; ValueError where they are damaged."""
    runs, canvas_hw = stored_runs(segmentation)
    return bitmap_of_runs(0, runs, canvas_hw, by_columns=by_columns)


def stored_runs(segmentation: Record) -> tuple[Counts, tuple[int, int]]:
    """Return COCO's run lengths, compressed or not, and the photo's height and width; ValueError for damaged ones."""
    sides = items(segmentation.get("size"))
    canvas_hw = size_hw(*sides) if len(sides) == 2 else None
    if canvas_hw is None:
        raise ShapeError("has run lengths without a size")
    counts = segmentation.get("counts")
    runs = decode_counts(counts) if isinstance(counts, str) else np.asarray(items(counts), dtype=np.int64)
    return runs, canvas_hw


def runs_along_rows(annotations: Sequence[Record]) -> bool:
    """Tell whether decoded run lengths fill the boxes that stand beside them only when they are read by rows."""
    able = [a for a in annotations if isinstance(a.get("segmentation"), dict) and len(items(a.get("bbox"))) == 4]
    fits = [fit for annotation in spread_evenly(able, MAX_TRIED) if (fit := _fits(annotation)) is not None]
    telling = [(by_columns, by_rows) for by_columns, by_rows in fits if by_columns != by_rows]
    if len(telling) < MIN_TELLING:
        return False
    rows = sum(by_rows for _, by_rows in telling)
    return rows >= MIN_BY_ROWS_SHARE * len(fits) and len(telling) - rows <= MAX_BY_COLUMNS_SHARE * len(fits)


def _fits(annotation: Record) -> tuple[bool, bool] | None:
    """Tell whether an annotation's runs fill its box by columns, and by rows; None where they cannot be read."""
    try:
        left, top, wide, high = (float(value) for value in items(annotation.get("bbox")))  # type: ignore[arg-type]
        segmentation = record(annotation.get("segmentation"))
        boxes = [bounds_xyxy(run_length_shape(segmentation, by_columns=order)) for order in (True, False)]
    except (ValueError, TypeError):
        return None
    stated = (left, top, left + wide, top + high)
    by_columns, by_rows = (box_iou(stated, box) >= SAME_BOX for box in boxes)
    return by_columns, by_rows
