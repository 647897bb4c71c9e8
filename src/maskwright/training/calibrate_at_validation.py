"""What validation learns about the network's confidence: its correction, and when a photo is unsure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from maskwright.classes import ClassTable
from maskwright.evaluation.evaluate import Judged
from maskwright.evaluation.expected_iou import expected_iou, threshold_from
from maskwright.evaluation.metrics import iou, mean_over
from maskwright.evaluation.temperature import PhotoLogits, corrected, fit_correction, sampled
from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.photos import Photo
from maskwright.inference.logits import Logits, probabilities_of
from maskwright.inference.segmenter import Segmenter
from maskwright.runs.confidence import Correction, RunConfidence, write_confidence

PHOTO_PIXELS = 10_000
"""Of each inner photo: enough for its expected IoU, and little memory for forty of them."""


@dataclass
class ValidatedConfidence:
    """A Segmenter that keeps what it gave, so that validation and calibration share one pass over the inner photos.

    Hand it to `evaluate`, with `note` as its listener.
    """

    segmenter: Segmenter
    logits: Logits | None = None
    photos: list[tuple[PhotoLogits, float]] = field(default_factory=list)

    def mask(self, photo: Photo) -> Mask:
        """Return the Segmenter's mask of a photo."""
        self.logits = self.segmenter.photo_logits(photo)
        return self.segmenter.mask_of_logits(self.logits, (photo.shape[0], photo.shape[1]))

    def note(self, judged: Judged) -> None:
        """Keep some pixels of the photo just judged, and its IoU."""
        assert self.logits is not None
        true = mean_over(iou(judged.score.counts), self.segmenter.classes.scored)
        self.photos.append((sampled(self.logits, judged.truth, most=PHOTO_PIXELS), true))


def choose_confidence(
    folder: Path, photos: Sequence[tuple[PhotoLogits, float]], classes: ClassTable, weights: Sequence[float], step: int
) -> None:
    """Choose correction and threshold from pixels and IoU of held-out photos, and write confidence.json.

    `weights`: those of the classes in the loss.
    """
    correction = fit_correction([sample for sample, _ in photos], weights)
    pairs = [(_expected(sample.logits, correction, classes), true) for sample, true in photos]
    write_confidence(folder, RunConfidence(correction, threshold_from(pairs), len(pairs), step))


def _expected(logits: Logits, correction: Correction, classes: ClassTable) -> float:
    return expected_iou(probabilities_of(corrected(logits, correction)), logits.argmax(axis=0), classes.scored)
