"""What was given on the command line, brought together as evidence."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from maskwright.diagnosis.evidence.evidence import Evidence, UserScore
from maskwright.diagnosis.evidence.from_folders import read_folders, require_same_classes
from maskwright.diagnosis.history.curve import accuracies, overlaps
from maskwright.diagnosis.history.history import History
from maskwright.diagnosis.history.reading import read_history
from maskwright.errors import ConfigError, DataError
from maskwright.evaluation.definitions.match import reported
from maskwright.findings.finding import some
from maskwright.output_file_names import MASKS_FOLDER, REGIONS_FILE
from maskwright.planning.settings import Settings
from maskwright.progress_counter import StartCounting, no_counting


@dataclass(frozen=True)
class Folders:
    """Where truth and predictions lie, of photos held out and of photos learned from; None where not given."""

    truth: Path | None = None
    predictions: Path | None = None
    train_truth: Path | None = None
    train_predictions: Path | None = None


def with_given(
    evidence: Evidence,
    folders: Folders,
    history: Path | None,
    *,
    settings: Settings,
    count: StartCounting = no_counting,
) -> Evidence:
    """Return the evidence (of a run, or empty) with what lies in folders and files put in its place.

    `count` shows how many pairs are read. ConfigError where one half of a pair of folders is missing, or nothing was
    given at all.
    """
    truth, predictions = folders.truth, folders.predictions
    train_truth, train_predictions = folders.train_truth, folders.train_predictions
    if (truth is None) != (predictions is None) or (train_truth is None) != (train_predictions is None):
        raise ConfigError("--truth and --pred belong together, and so do --train-truth and --train-pred: give both")
    if evidence == Evidence() and truth is None and history is None and train_truth is None:
        raise ConfigError("nothing to diagnose: give RUN, or --truth DIR --pred DIR, or --history F")
    diagnose_settings, ignore = settings.diagnose, settings.data.ignore
    if truth is not None and predictions is not None:
        given = read_folders(truth, predictions, photos=diagnose_settings.photos, ignore=ignore, count=count)
        evidence = replace(given, history=evidence.history)
    if train_truth is not None and train_predictions is not None:
        on_training = read_folders(train_truth, train_predictions, ignore=ignore, count=count)
        require_same_classes(evidence, on_training)
        evidence = replace(evidence, train_cases=on_training.cases)
    if history is not None:
        evidence = replace(evidence, history=read_history(history))
    if diagnose_settings.score is not None:
        number = reported(diagnose_settings.score)
        evidence = replace(evidence, user_score=UserScore(number.value, diagnose_settings.score_name, number.text))
    return evidence


def masks_in(folder: Path | None) -> Path | None:
    """Return the folder of masks if `maskwright predict` wrote `folder`, else the folder itself."""
    if folder is not None and (folder / REGIONS_FILE).is_file() and (folder / MASKS_FOLDER).is_dir():
        return folder / MASKS_FOLDER
    return folder


def require_known_columns(history: History, *, alone: bool, tell: Callable[[str], None]) -> None:
    """Tell if no column of the history is a known loss or metric; DataError if the history is `alone`."""
    if len(history.train_loss) or len(history.validation_loss) or overlaps(history) or accuracies(history):
        return
    columns = some(list(history.metrics))
    line = (
        f"{history.source}: {columns}: none of the columns is known as a loss or a score; name them as in loss, "
        "val_loss, iou, val_dice, accuracy"
    )
    if alone:
        raise DataError(line)
    tell(line)
