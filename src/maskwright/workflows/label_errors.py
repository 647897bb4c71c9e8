"""Masks that models which have not seen them contradict with confidence: the labels to look at first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.checks.alignment import CLEAR, CLEARLY_BETTER
from maskwright.classes import IGNORE
from maskwright.datasets.dataset import Dataset
from maskwright.evaluation.evaluate import Evaluation
from maskwright.findings.finding import Finding, some
from maskwright.imaging.edge_alignment import FIT_PX, fit_to
from maskwright.imaging.geometry import Mask, resize_mask
from maskwright.imaging.photos import Photo, reduce_photo
from maskwright.inference.segmenter import Logits, Segmenter

OUTLYING = 3.5
"""Robust z (Iglewicz and Hoaglin 1993): distance from the median in median deviations of 1 / 0.6745."""
SPREAD_LEAST = 0.02
PHOTOS_LEAST = 8
MOST = 10
CONFIDENT = 0.9
CONFIDENT_SHARE = 0.5


@dataclass(frozen=True)
class Suspect:
    """A photo far below the others: `confident` is the share of the contradicted pixels with p >= 0.9.

    `edges_model` and `edges_mask` are the fits of prediction and mask with the edges of the photo
    (see imaging/edge_alignment.py).
    """

    name: str
    iou: float
    z: float
    confident: float
    edges_model: float
    edges_mask: float

    @property
    def edges_agree(self) -> bool:
        """True where the photo's edges side with the model."""
        worse = np.nan_to_num(self.edges_mask)
        return bool(self.edges_model > CLEAR and self.edges_model - worse > CLEARLY_BETTER)


def outlying(evaluation: Evaluation) -> dict[str, tuple[float, float]]:
    """Return IoU and robust z of the photos far below the median IoU, the farthest first, at most MOST."""
    ious = evaluation.photo_ious
    known = ious[~np.isnan(ious)]
    if len(known) < PHOTOS_LEAST:
        return {}
    middle = float(np.median(known))
    spread = max(float(np.median(np.abs(known - middle))), SPREAD_LEAST) / 0.6745
    far = [(p.name, float(iou), (middle - float(iou)) / spread) for p, iou in zip(evaluation.photos, ious, strict=True)]
    far = sorted((one for one in far if one[2] >= OUTLYING), key=lambda one: -one[2])
    return {name: (iou, z) for name, iou, z in far[:MOST]}


def suspects(
    dataset: Dataset, evaluation: Evaluation, segmenter_of: Callable[[int | None], Segmenter]
) -> list[Suspect]:
    """Return the outlying photos of a cross-validation whose models contradict the mask with confidence.

    `segmenter_of` gives the model of a fold, which has not learnt from the photos that the fold holds out.
    """
    samples = {sample.name: sample for sample in dataset.samples}
    folds = {photo.name: photo.fold for photo in evaluation.photos}
    found = []
    for name, (iou, z) in outlying(evaluation).items():
        photo = dataset.photo(samples[name])
        logits = segmenter_of(folds[name]).photo_logits(photo)
        truth = dataset.mask(samples[name], size_hw=(logits.shape[1], logits.shape[2]))
        confident = confident_share(logits, truth)
        if confident >= CONFIDENT_SHARE:
            small = reduce_photo(photo, FIT_PX)
            fits = [_fit(small, mask) for mask in (np.argmax(logits, axis=0).astype(np.uint8), truth)]
            found.append(Suspect(name, iou, z, confident, fits[0], fits[1]))
    return found


def _fit(photo: Photo, mask: Mask) -> float:
    return fit_to(photo, resize_mask(mask, (photo.shape[0], photo.shape[1])))


def confident_share(logits: Logits, truth: Mask) -> float:
    """Return the share of the contradicted pixels whose class the model gives p >= 0.9; their rims are left out."""
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


def suspect_findings(found: Sequence[Suspect], photos: int) -> list[Finding]:
    """Return the suspects as findings: a warning where edges side with the model, else a note."""
    findings = []
    for agree in (True, False):
        these = [one for one in found if one.edges_agree == agree]
        if not these:
            continue
        said = [f"{one.name} (IoU {one.iou:.2f}, z {one.z:.1f}, {one.confident:.0%} confident)" for one in these]
        evidence = f"{len(these)} of {photos} photos lie far below the others when held out: {some(said)}" + (
            "; the edges of these photos fit the prediction, not the mask" if agree else ""
        )
        mechanism = (
            "A mask that is wrong contradicts what the model learnt from all the others, so the model fails on it with "
            "confidence. A hard photo does the same now and then: look before you correct."
        )
        fix = "look at these photos in the report, truth beside prediction; correct or remove the masks that are wrong"
        title = "Masks that a model which has not seen them contradicts with confidence"
        names = tuple(one.name for one in these)
        findings.append(
            Finding("label-suspect", "warning" if agree else "note", title, evidence, fix, names, mechanism)
        )
    return findings
