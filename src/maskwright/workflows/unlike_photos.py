"""Which of the scored photos are unlike the photos that the model was trained on."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from maskwright.datasets.dataset import Dataset
from maskwright.diagnosis.distribution_shift import LONG_SIDE_PX, Statistics, outliers, statistics_of, unlike_findings
from maskwright.errors import DataError
from maskwright.evaluation.evaluate import Evaluation
from maskwright.findings.finding import Finding
from maskwright.imaging.photos import GreyRange, photo_size_hw, read_photo

MOST_TRAINING = 64
"""So many training photos, evenly spaced, show what training looked like."""


def unlike_training(training: Sequence[Path], scored: Dataset, evaluation: Evaluation) -> list[Finding]:
    """Return a finding where scored photos are unlike the training photos.

    `training` are the training photos' files; those that are no longer there are left out.
    """
    chosen = training[:: max(1, len(training) // MOST_TRAINING)]
    known = [values for _, values in _statistics(((str(path), path) for path in chosen), scored.grey_range)]
    others = _statistics(((sample.name, sample.photo) for sample in scored.samples), scored.grey_range)
    ious = dict(zip((photo.name for photo in evaluation.photos), evaluation.photo_ious.tolist(), strict=True))
    return unlike_findings(outliers(known, others), ious)


def _statistics(photos: Iterable[tuple[str, Path]], grey_range: GreyRange | None) -> Iterator[tuple[str, Statistics]]:
    for name, path in photos:
        try:
            photo = read_photo(path, grey_range=grey_range, long_side_px=LONG_SIDE_PX)
            yield name, statistics_of(photo, photo_size_hw(path))
        except DataError:  # a training photo may have gone; what is scored was read before
            continue
