"""A picture of a fault: mask and prediction on one photo, before and after the fault is undone."""

import numpy as np

from maskwright.classes import IGNORE, ClassTable
from maskwright.diagnosis.diagnose import Diagnosis
from maskwright.diagnosis.evidence.evidence import Case, Evidence, Pair, mean_iou
from maskwright.imaging.drawing import draw_outlines, encode_jpeg
from maskwright.imaging.mask_geometry import Mask, reduce_photo, resize_mask
from maskwright.imaging.photos import Photo

PANEL_PX, GAP_PX = 420, 12
GROUND, LIT, PAPER = (92, 98, 104), (150, 156, 162), (255, 255, 255)


def pictures_of(diagnosis: Diagnosis) -> dict[str, bytes]:
    """Return the pictures (JPEG) of a diagnosis by the code of the finding; none where nothing can be shown."""
    panels = {code: panel_of(before, after) for code, (before, after) in diagnosis.states.items() if before.cases}
    return {code: jpeg for code, jpeg in panels.items() if jpeg is not None}


def panel_of(before: Evidence, after: Evidence | None) -> bytes | None:
    """Return truth (light line) and prediction (dashed) as JPEG, and beside it with the fault undone.

    The photo is the one that gains most; without undoing, that with the worst score. None where nothing can be shown.
    """
    index = _clearest_case(before, after)
    if index is None:
        return None
    pair = before.cases[index].reread()
    pictures = [_drawn(pair, pair.prediction, before.classes)]
    if after is not None:
        undone = after.cases[index].reread()
        pictures.append(_drawn(undone, undone.prediction, before.classes))
    return encode_jpeg(_beside(pictures), 80)


def _clearest_case(before: Evidence, after: Evidence | None) -> int | None:
    def iou(case: Case) -> float:
        return float(np.nan_to_num(mean_iou(case.table, before.classes)))

    shown = [i for i, case in enumerate(before.cases) if case.table.sum()]
    if not shown:
        return None
    if after is None:
        return min(shown, key=lambda i: iou(before.cases[i]))
    return max(shown, key=lambda i: iou(after.cases[i]) - iou(before.cases[i]))


def _drawn(pair: Pair, prediction: Mask, classes: ClassTable) -> Photo:
    high, wide = pair.truth.shape
    photo = pair.photo
    if photo is None or abs(photo.shape[1] / photo.shape[0] - wide / high) > 0.02:
        factor = min(1.0, PANEL_PX / max(high, wide))
        size_hw = (max(1, round(high * factor)), max(1, round(wide * factor)))
        objects = np.isin(resize_mask(pair.truth, size_hw), classes.scored) & (classes.background is not None)
        photo = np.where(objects[:, :, None], LIT, GROUND).astype(np.uint8)
    photo = reduce_photo(photo, PANEL_PX)
    size_hw = (photo.shape[0], photo.shape[1])
    known = np.where(prediction < len(classes), prediction, IGNORE).astype(np.uint8)
    return draw_outlines(photo, resize_mask(pair.truth, size_hw), resize_mask(known, size_hw), classes)


def _beside(pictures: list[Photo]) -> Photo:
    high = max(p.shape[0] for p in pictures)
    wide = sum(p.shape[1] for p in pictures) + GAP_PX * (len(pictures) - 1)
    sheet = np.full((high, wide, 3), PAPER, dtype=np.uint8)
    left = 0
    for picture in pictures:
        sheet[: picture.shape[0], left : left + picture.shape[1]] = picture
        left += picture.shape[1] + GAP_PX
    return sheet
