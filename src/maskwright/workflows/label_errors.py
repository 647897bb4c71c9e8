"""Label errors: masks that held-out predictions contradict with confidence, the ones to look at first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.classes import IGNORE
from maskwright.datasets.dataset import Dataset
from maskwright.evaluation.evaluate import Evaluation
from maskwright.findings.finding import Finding, Severity, make_finding, some
from maskwright.imaging.edge_alignment import ALIGNMENT_PX, CLEAR, CLEARLY_BETTER, alignment_with
from maskwright.imaging.mask_geometry import Mask, reduce_photo, resize_mask
from maskwright.imaging.photos import Photo
from maskwright.inference.logits_to_masks import Logits
from maskwright.inference.segmenter import Segmenter

OUTLYING = 3.5
"""Robust z (Iglewicz and Hoaglin 1993): distance from the median in median deviations of 1 / 0.6745."""
SPREAD_LEAST = 0.02
PHOTOS_LEAST = 8
MOST = 10
CONFIDENT = 0.9
CONFIDENT_SHARE = 0.5


@dataclass(frozen=True)
class Suspect:
    """A photo that scores far below the others.

    `confident`: share of the contradicted pixels with p >= 0.9. `edges_model`, `edges_mask`: how well prediction and
    mask fit the edges of the photo (see imaging/edge_alignment.py).
    """

    name: str
    iou: float
    z: float
    confident: float
    edges_model: float
    edges_mask: float

    @property
    def edges_agree(self) -> bool:
        """True if the photo's edges fit the prediction clearly better than the mask."""
        worse = np.nan_to_num(self.edges_mask)
        return bool(self.edges_model > CLEAR and self.edges_model - worse > CLEARLY_BETTER)


def outlying(evaluation: Evaluation) -> dict[str, tuple[float, float]]:
    """Return IoU and robust z of the photos far below the median IoU, the lowest first, at most MOST."""
    ious = evaluation.photo_ious
    known = ious[~np.isnan(ious)]
    if len(known) < PHOTOS_LEAST:
        return {}
    middle = float(np.median(known))
    spread = max(float(np.median(np.abs(known - middle))), SPREAD_LEAST) / 0.6745
    scored = zip(evaluation.photos, ious, strict=True)
    far = [(photo.name, float(iou), (middle - float(iou)) / spread) for photo, iou in scored]
    far = sorted((row for row in far if row[2] >= OUTLYING), key=lambda row: -row[2])
    return {name: (iou, z) for name, iou, z in far[:MOST]}


def suspects(
    dataset: Dataset, evaluation: Evaluation, segmenter_of: Callable[[int | None], Segmenter]
) -> list[Suspect]:
    """Return the outlying photos of a cross-validation whose models contradict the mask with confidence.

    `segmenter_of` returns the model of a fold, which was not trained on the photos that the fold holds out.
    """
    samples = {sample.name: sample for sample in dataset.samples}
    folds = {photo.name: photo.fold for photo in evaluation.photos}
    suspected = []
    for name, (iou, z) in outlying(evaluation).items():
        photo = dataset.photo(samples[name])
        logits = segmenter_of(folds[name]).photo_logits(photo)
        truth = dataset.mask(samples[name], size_hw=(logits.shape[1], logits.shape[2]))
        confident = confident_share(logits, truth)
        if confident >= CONFIDENT_SHARE:
            small = reduce_photo(photo, ALIGNMENT_PX)
            fits = [_fit(small, mask) for mask in (np.argmax(logits, axis=0).astype(np.uint8), truth)]
            suspected.append(Suspect(name, iou, z, confident, fits[0], fits[1]))
    return suspected


def _fit(photo: Photo, mask: Mask) -> float:
    return alignment_with(photo, resize_mask(mask, (photo.shape[0], photo.shape[1])))


def confident_share(logits: Logits, truth: Mask) -> float:
    """Return the share of contradicted pixels where the model is sure (p >= 0.9); boundary pixels are left out."""
    predicted = np.argmax(logits, axis=0)
    wrong = ((predicted != truth) & (truth != IGNORE)).astype(np.uint8)
    # A pixel or two along every boundary is contradicted in good masks too.
    inner = cv2.erode(wrong, np.ones((5, 5), np.uint8)) > 0
    if not inner.any():
        return 0.0
    return float((_highest_probability(logits)[inner] >= CONFIDENT).mean())


def _highest_probability(logits: Logits) -> NDArray[np.float32]:
    over = np.exp(logits - logits.max(axis=0, keepdims=True)).sum(axis=0)
    return np.asarray(1 / over, dtype=np.float32)


def suspect_findings(suspected: Sequence[Suspect], photos: int) -> list[Finding]:
    """Return the suspects as findings: a warning where the photo's edges fit the model, otherwise a note."""
    agreeing = [suspect for suspect in suspected if suspect.edges_agree]
    others = [suspect for suspect in suspected if not suspect.edges_agree]
    groups: tuple[tuple[list[Suspect], Severity], ...] = ((agreeing, "warning"), (others, "note"))
    return [_finding(group, photos, severity) for group, severity in groups if group]


def _finding(group: Sequence[Suspect], photos: int, severity: Severity) -> Finding:
    shown = some([f"{s.name} (IoU {s.iou:.2f}, z {s.z:.1f}, {s.confident:.0%} confident)" for s in group])
    edges = "; the edges of these photos fit the prediction, not the mask" if severity == "warning" else ""
    evidence = f"{len(group)} of {photos} photos lie far below the others when held out: {shown}{edges}"
    return make_finding("label-suspect", evidence, photos=[s.name for s in group], severity=severity)
