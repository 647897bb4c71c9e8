"""What to do after a diagnosis that found no fault: in words, and as a command."""

import shlex
from dataclasses import dataclass
from pathlib import Path

from maskwright.diagnosis.evidence.evidence import Evidence

NEAR_PERFECT = 0.98
"""A score from here on is rarely that of a model on photos that it has not seen."""


@dataclass(frozen=True)
class Given:
    """What was diagnosed: a run folder of ours, or masks and predictions; None where it was not given."""

    run: Path | None = None
    truth: Path | None = None
    pred: Path | None = None
    history: Path | None = None


@dataclass(frozen=True)
class NextStep:
    """What to do next: a sentence without its full stop, and a command."""

    words: str
    command: str


NOTHING_GIVEN = Given()


def next_step(evidence: Evidence, iou: float | None, *, given: Given = NOTHING_GIVEN) -> NextStep:
    """Return what to do where no fault was found; `iou` is the mean IoU over all pixels, None without pairs."""
    if given.run is not None:
        return NextStep("Use it on new photos", _command("predict", given.run, "new_photos/", "--out", "predictions"))
    truth, pred = given.truth or "masks/", given.pred or "predictions/"
    if iou is None:
        history = ["--history", given.history] if given.history else []
        words = "Have masks and predictions checked too"
        return NextStep(words, _command("diagnose", "--truth", truth, "--pred", pred, *history))
    if iou >= NEAR_PERFECT:
        words = (
            "Predict other labelled photos, which were not used for training, with your program. Then diagnose those"
        )
        return NextStep(words, _command("diagnose", "--truth", "new_masks/", "--pred", "new_predictions/"))
    if not evidence.train_cases:
        words = "If the score is too low for you, have the training photos compared with these"
        theirs = ("--train-truth", "train_masks/", "--train-pred", "train_predictions/")
        return NextStep(words, _command("diagnose", "--truth", truth, "--pred", pred, *theirs))
    words = "If the score is too low for you, measure what more photos would give"
    return NextStep(words, _command("learning-curve", "photos/"))


def _command(*words: object) -> str:
    return shlex.join(["maskwright", *map(str, words)])
