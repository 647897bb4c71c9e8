"""The headline of an evaluation: the class that it is of, and in words what its score is."""

from pathlib import Path

from maskwright.evaluation.chosen_class import focused
from maskwright.evaluation.evaluate import Evaluation
from maskwright.runs.headline_class import read_headline
from maskwright.wording import count_of


def headline_evaluation(evaluation: Evaluation, run: Path | None) -> Evaluation:
    """Return the evaluation that the headline is of: that of the class chosen with --object, else the whole."""
    chosen = read_headline(run) if run else ""
    return focused(evaluation, chosen) if chosen else evaluation


def headline(evaluation: Evaluation) -> str:
    """Return in words what the headline score is."""
    count = evaluation.scored_photos
    empty = len(evaluation.photos) - count
    beside = f" ({empty} more show no object, and none was predicted)" if empty else ""
    folds = len({p.fold for p in evaluation.photos if p.fold is not None})
    photos = count_of(count, "photo")
    if folds:
        return (
            f"mean IoU per photo over {photos}{beside}, each scored with the one of {folds} models that had not seen it"
        )
    if evaluation.held_out:
        return f"mean IoU per photo on {count_of(count, 'held-out photo')}{beside}"
    return f"mean IoU per photo on {photos} it was trained on{beside}"
