"""Which of the scored photos are unlike the photos that the model was trained on."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from maskwright.datasets.dataset import Dataset
from maskwright.diagnosis.distribution_shift import (
    FEWEST_TRAINING,
    LONG_SIDE_PX,
    Statistics,
    outliers,
    statistics_of,
    unlike_findings,
)
from maskwright.errors import DataError
from maskwright.evaluation.evaluate import Evaluation
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import Finding
from maskwright.imaging.grey_range import GreyRange
from maskwright.imaging.mask_geometry import reduce_photo
from maskwright.imaging.photos import Photo, photo_size_hw, read_photo
from maskwright.inference.load import run_folders
from maskwright.output_file_names import ONNX_SUFFIX
from maskwright.runs.folder import read_run_facts

MOST_TRAINING = 64
"""So many training photos, evenly spaced, show what training looked like."""

FEW_TRAINING = 32
"""So many are looked at before a prediction, where a second counts."""


def unlike_training(training: Sequence[Path], scored: Dataset, evaluation: Evaluation) -> list[Finding]:
    """Return a finding where scored photos are unlike the training photos.

    `training` are the training photos' files; those that are no longer there are left out.
    """
    chosen = spread_evenly(training, MOST_TRAINING)
    known = [values for _, values in _statistics(((str(path), path) for path in chosen), scored.grey_range)]
    others = _statistics(((sample.name, sample.photo) for sample in scored.samples), scored.grey_range)
    return unlike_findings(outliers(known, others), evaluation.iou_by_photo)


def unlike_runs(run: Path) -> Callable[[Photo, Path], str] | None:
    """Return what `unlike_function` returns for the training photos of one run or of several."""
    if run.suffix == ONNX_SUFFIX:
        return None  # an exported file does not know where its training photos are
    facts = [read_run_facts(folder) for folder in run_folders(run)]
    return unlike_function([Path(one.data) / name for one in facts for name in one.train_photos], facts[0].grey_range)


def unlike_function(training: Sequence[Path], grey_range: GreyRange | None) -> Callable[[Photo, Path], str] | None:
    """Return a function that says how a photo differs from the training photos, "" if it does not.

    None where too few training photos are still there to say.
    """
    present = [path for path in training if path.is_file()]
    chosen = spread_evenly(present, FEW_TRAINING)
    known = [values for _, values in _statistics(((str(path), path) for path in chosen), grey_range)]
    if len(known) < FEWEST_TRAINING:
        return None

    def unlike(photo: Photo, path: Path) -> str:
        small = reduce_photo(photo, LONG_SIDE_PX)
        for outlier in outliers(known, [(path.name, statistics_of(small, (photo.shape[0], photo.shape[1])))]):
            return f"{outlier.statistic} {outlier.value:.3g}, in training {outlier.low:.3g} to {outlier.high:.3g}"
        return ""

    return unlike


def _statistics(photos: Iterable[tuple[str, Path]], grey_range: GreyRange | None) -> Iterator[tuple[str, Statistics]]:
    for name, path in photos:
        try:
            photo = read_photo(path, grey_range=grey_range, long_side_px=LONG_SIDE_PX)
            yield name, statistics_of(photo, photo_size_hw(path))
        except DataError:  # a training photo may have gone; what is scored was read before
            continue
