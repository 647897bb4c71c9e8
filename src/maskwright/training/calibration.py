"""What validation learns about the network's confidence: its correction, and when a photo is unsure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from maskwright.evaluation.evaluate import Judged
from maskwright.evaluation.expected_iou import classes_shown, expected_iou, threshold_from
from maskwright.evaluation.metrics import iou, mean_over
from maskwright.evaluation.temperature_scaling import PhotoLogits, corrected_logits, fit_correction, sample_pixels
from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.photos import Photo
from maskwright.inference.logits_to_masks import Logits, probabilities_of
from maskwright.inference.segmenter import Segmenter
from maskwright.runs.confidence import Correction, RunConfidence, write_confidence

PHOTO_PIXELS = 10_000
"""Of each inner photo: enough for its expected IoU, and little memory for forty of them."""


@dataclass(frozen=True)
class ValidatedPhoto:
    """Some pixels of one inner photo, the scored classes that its mask shows, and the mask's IoU."""

    sample: PhotoLogits
    shown: tuple[int, ...]
    iou: float


@dataclass
class ValidatedConfidence:
    """A Segmenter that keeps what it gave, so that validation and calibration share one pass over the inner photos.

    Hand it to `evaluate`, with `note` as its listener.
    """

    segmenter: Segmenter
    logits: Logits | None = None
    photos: list[ValidatedPhoto] = field(default_factory=list)

    def mask(self, photo: Photo) -> Mask:
        """Return the Segmenter's mask of a photo."""
        self.logits = self.segmenter.photo_logits(photo)
        return self.segmenter.mask_of_logits(self.logits, (photo.shape[0], photo.shape[1]))

    def note(self, judged: Judged) -> None:
        """Keep some pixels of the photo just judged, and its IoU."""
        assert self.logits is not None
        scored = self.segmenter.classes.scored
        sample = sample_pixels(self.logits, judged.truth, most=PHOTO_PIXELS)
        true = mean_over(iou(judged.score.counts), scored)
        self.photos.append(ValidatedPhoto(sample, classes_shown(judged.prediction, scored), true))


def choose_confidence(folder: Path, photos: Sequence[ValidatedPhoto], weights: Sequence[float], *, step: int) -> None:
    """Choose correction and threshold from pixels and IoU of held-out photos, and write confidence.json.

    `weights`: those of the classes that the loss really used.
    """
    correction = fit_correction([photo.sample for photo in photos], weights)
    pairs = [(_expected(photo, correction), photo.iou) for photo in photos]
    write_confidence(folder, RunConfidence(correction, threshold_from(pairs), len(pairs), step))


def _expected(photo: ValidatedPhoto, correction: Correction) -> float:
    logits = photo.sample.logits
    return expected_iou(probabilities_of(corrected_logits(logits, correction)), logits.argmax(axis=0), photo.shown)
