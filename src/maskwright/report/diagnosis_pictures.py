"""Evidence pictures: the errors filled on the photo that shows a fault best, as given and with the fault undone."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.classes import IGNORE, ClassTable
from maskwright.diagnosis.diagnose import Diagnosis
from maskwright.diagnosis.evidence.evidence import Case, Evidence, Pair
from maskwright.findings.finding import Finding
from maskwright.imaging.drawing import draw_outlines, encode_jpeg
from maskwright.imaging.mask_geometry import Mask, reduce_photo, resize_mask
from maskwright.imaging.photos import Photo
from maskwright.report.error_maps import EXTRA, MISSED, WRONG, crop_box, errors

PANEL_PX = 640
"""Long side of a panel at most."""
LEAST_PX = 480
"""Long side of a panel at least."""
GAP_PX = 12
"""Between two panels."""
THIN_PX = 2.0
"""True objects whose pixels lie so near their edge on average are thin."""
WINDOW_HW = (150, 200)
"""Thin objects are shown in a window of this size, where most errors are."""
FILL = 0.6
"""How much of a wrong pixel is the colour of its error."""
GROUND = (92, 98, 104)
LIT = (150, 156, 162)
PAPER = (255, 255, 255)
KINDS = ((MISSED, "missed"), (EXTRA, "extra"), (WRONG, "wrong class"))


@dataclass(frozen=True)
class EvidencePicture:
    """One photo by its name, drawn as given and, where a fault can be undone, without it; `words` say what is seen."""

    photo: str
    panels: tuple[Photo, ...]
    words: tuple[str, ...]

    @property
    def jpegs(self) -> list[tuple[bytes, str]]:
        """Each panel as JPEG, with its words."""
        return [(encode_jpeg(panel, 82), words) for panel, words in zip(self.panels, self.words, strict=True)]

    @property
    def sheet(self) -> bytes:
        """All panels beside each other as one JPEG."""
        return encode_jpeg(_beside(self.panels), 82)


def pictures_of(diagnosis: Diagnosis) -> dict[str, EvidencePicture]:
    """Return the pictures of a diagnosis by the code of the finding; none where nothing can be shown."""
    findings = {finding.code: finding for finding in diagnosis.findings}
    drawn = {
        code: picture_of(findings[code], before, after)
        for code, (before, after) in diagnosis.states.items()
        if before.cases and code in findings
    }
    return {code: picture for code, picture in drawn.items() if picture is not None}


def picture_of(finding: Finding, before: Evidence, after: Evidence | None) -> EvidencePicture | None:
    """Return the picture of one finding; None where no photo has a truth to compare with.

    Of the photos that the finding names, or of all, it is the one that loses most wrong pixels when the fault is
    undone; without undoing, the one with most wrong pixels.
    """
    undone = {case.name: case for case in after.cases} if after is not None else {}
    case = _clearest(finding, before, undone)
    if case is None:
        return None
    pairs = [("As given", case.reread())]
    if case.name in undone:
        pairs.append(("With the fault undone", undone[case.name].reread()))
    place = _place([pair for _, pair in pairs], before.classes)
    panels = tuple(_drawn(pair, before.classes, place) for _, pair in pairs)
    return EvidencePicture(case.name, panels, tuple(f"{when}: {_words(p, before.classes)}" for when, p in pairs))


def _clearest(finding: Finding, before: Evidence, undone: dict[str, Case]) -> Case | None:
    known = [case for case in before.cases if case.table.sum()]
    chosen = [case for case in known if case.name in set(finding.photos)] or known
    if not chosen:
        return None
    return max(chosen, key=lambda c: _wrong(c) - (_wrong(undone[c.name]) if c.name in undone else 0.0))


def _wrong(case: Case) -> float:
    """Return the share of the counted pixels that are wrong."""
    return 1 - float(np.trace(case.counts)) / max(1, int(case.table.sum()))


def _fitted(pair: Pair) -> Mask:
    return np.asarray(resize_mask(pair.prediction, pair.truth.shape), dtype=np.uint8)


def _words(pair: Pair, classes: ClassTable) -> str:
    """Say how much of the photo is wrong, and in which way."""
    kinds = errors(pair.truth, _fitted(pair), classes)
    counted = max(1, int((pair.truth != IGNORE).sum()))
    shares = [(float((kinds == i).sum()) / counted, word) for i, (_, word) in enumerate(KINDS, start=1)]
    parts = ", ".join(f"{share:.1%} {word}" for share, word in shares if share >= 0.0005)
    return f"{sum(share for share, _ in shares):.1%} of the pixels are wrong" + (f" ({parts})" if parts else "")


def _place(pairs: list[Pair], classes: ClassTable) -> tuple[slice, slice]:
    """Return the part of the photo around all objects, drawn and true, or of thin ones where most errors are."""
    shown: NDArray[np.bool_] = np.zeros(pairs[0].truth.shape, dtype=np.bool_)
    for pair in pairs:
        shown |= np.isin(pair.truth, classes.scored) | np.isin(_fitted(pair), classes.scored)
    true = np.isin(pairs[0].truth, classes.scored)
    depth = cv2.distanceTransform(np.pad(true.astype(np.uint8), 1), cv2.DIST_L2, 3)
    thin = true.any() and float(depth[depth > 0].mean()) <= THIN_PX
    if thin and all(own > side for own, side in zip(shown.shape, WINDOW_HW, strict=True)):
        return _window(errors(pairs[0].truth, _fitted(pairs[0]), classes))
    top, bottom, left, right = crop_box(shown)
    return slice(top, bottom), slice(left, right)


def _window(kinds: Mask) -> tuple[slice, slice]:
    """Return the window that holds most wrong pixels."""
    high, wide = WINDOW_HW
    around = cv2.boxFilter((kinds > 0).astype(np.float32), -1, (wide, high), borderType=cv2.BORDER_CONSTANT)
    held = around[high // 2 : kinds.shape[0] - high // 2, wide // 2 : kinds.shape[1] - wide // 2]
    top, left = (int(v) for v in np.unravel_index(int(held.argmax()), held.shape))
    return slice(top, top + high), slice(left, left + wide)


def _drawn(pair: Pair, classes: ClassTable, place: tuple[slice, slice]) -> Photo:
    """Return the part of the photo with errors filled, the truth as a solid light line, the prediction dashed."""
    truth = np.ascontiguousarray(pair.truth[place])
    known = _fitted(pair)[place]
    drawn = np.ascontiguousarray(np.where(known < len(classes), known, IGNORE), dtype=np.uint8)
    photo = _sized(np.ascontiguousarray(_ground(pair, classes)[place]))
    size_hw = (photo.shape[0], photo.shape[1])
    truth, drawn = resize_mask(truth, size_hw), resize_mask(drawn, size_hw)
    kinds = errors(truth, drawn, classes)
    colours = np.array([(0, 0, 0), *(colour for colour, _ in KINDS)], dtype=np.float32)
    filled = np.where(kinds[:, :, None] > 0, (1 - FILL) * photo + FILL * colours[kinds], photo)
    return draw_outlines(np.rint(filled).astype(np.uint8), truth, drawn, classes)


def _sized(photo: Photo) -> Photo:
    """Return the part of a photo large enough to see, and no larger than a panel."""
    factor = LEAST_PX / max(photo.shape[:2])
    if factor <= 1:
        return reduce_photo(photo, PANEL_PX)
    size_wh = (max(1, round(photo.shape[1] * factor)), max(1, round(photo.shape[0] * factor)))
    return np.asarray(cv2.resize(photo, size_wh, interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


def _ground(pair: Pair, classes: ClassTable) -> Photo:
    """Return the photo at the truth's size; where none is known, grey with the true objects lighter."""
    photo, (high, wide) = pair.photo, pair.truth.shape
    if photo is None or abs(photo.shape[1] / photo.shape[0] - wide / high) > 0.02:
        objects = np.isin(pair.truth, classes.scored) & (classes.background is not None)
        return np.where(objects[:, :, None], LIT, GROUND).astype(np.uint8)
    if photo.shape[:2] == (high, wide):
        return photo
    return np.asarray(cv2.resize(photo, (wide, high), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _beside(pictures: tuple[Photo, ...]) -> Photo:
    high = max(p.shape[0] for p in pictures)
    wide = sum(p.shape[1] for p in pictures) + GAP_PX * (len(pictures) - 1)
    sheet = np.full((high, wide, 3), PAPER, dtype=np.uint8)
    left = 0
    for picture in pictures:
        sheet[: picture.shape[0], left : left + picture.shape[1]] = picture
        left += picture.shape[1] + GAP_PX
    return sheet
