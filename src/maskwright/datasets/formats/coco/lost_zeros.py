"""Run lengths that begin with a run of ones: COCO counts zeros first, so that a 0 must stand before them."""

from collections.abc import Sequence

from maskwright.datasets.formats.coco.run_order import stored_runs
from maskwright.datasets.parsing.json_values import Record

AS_STATED, APART = 0.002, 0.02
"""Share of the photo within which a stated area is that of the pixels, and beyond which it is not."""


def without_lost_zeros(annotations: Sequence[Record], *, by_rows: bool) -> tuple[list[Record], str]:
    """Return the annotations, each run length with the 0 before it that is missing, and in words how many there were.

    It is missing where the runs cover everything but the area that stands beside them. An object in the first pixel
    begins with ones; `itertools.groupby` gives that run first.
    """
    if by_rows:
        return list(annotations), ""
    mended = [_with_zero(annotation) for annotation in annotations]
    changed = [a for a, is_mended in zip(annotations, mended, strict=True) if is_mended is not None]
    if not changed:
        return list(annotations), ""
    able = sum(isinstance(a.get("segmentation"), dict) for a in annotations)
    photos = len({str(a.get("image_id")) for a in changed})
    detail = (
        f"{len(changed)} of {able} run lengths, in {photos} photos, cover all but the area that stands beside them: "
        "the 0 before a run of ones is missing, and they were read as if it stood there"
    )
    return [a if new is None else new for a, new in zip(annotations, mended, strict=True)], detail


def _with_zero(annotation: Record) -> Record | None:
    """Return the annotation with a 0 before its runs; None where they fit its area, or nothing tells."""
    segmentation, area = annotation.get("segmentation"), annotation.get("area")
    if not isinstance(segmentation, dict) or isinstance(area, bool) or not isinstance(area, int | float):
        return None
    try:
        runs, (height, width) = stored_runs(segmentation)
    except (ValueError, TypeError, OverflowError):
        return None
    whole_px = height * width
    ones = int(runs[1::2].sum())
    if int(runs.sum()) != whole_px or abs(ones - area) < APART * whole_px:
        return None
    if abs(whole_px - ones - area) > AS_STATED * whole_px:
        return None
    return {**annotation, "segmentation": {**segmentation, "counts": [0, *runs.tolist()]}}
