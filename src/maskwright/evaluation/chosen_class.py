"""One class of an evaluation against everything else: the class that a person asked for as the headline."""

import math
from dataclasses import replace

import numpy as np

from maskwright.classes import ClassTable
from maskwright.errors import ConfigError
from maskwright.evaluation.evaluate import Evaluation
from maskwright.evaluation.metrics import Confusion


def require_class(name: str, classes: ClassTable) -> None:
    """Raise ConfigError unless `name` is one of the classes."""
    if name not in classes.names:
        raise ConfigError(f"--object {name}: there is no such class; choose one of {', '.join(classes.names)}")


def focused(evaluation: Evaluation, name: str) -> Evaluation:
    """Return the evaluation with `name` as the only object and all other classes as one background.

    Counts of each photo become 2x2. Without calibration and object sizes, which are of all classes. Raises ConfigError
    where no class has this name.
    """
    require_class(name, evaluation.classes)
    chosen = evaluation.classes.names.index(name)
    table = ClassTable(("everything else", name), ((0, 0, 0), evaluation.classes.colours[chosen]))
    photos = tuple(
        replace(photo, counts=_against_rest(photo.counts, chosen), objects=(), expected_iou=math.nan)
        for photo in evaluation.photos
    )
    return replace(evaluation, classes=table, photos=photos, calibration=None, calibration_interval=None)


def _against_rest(counts: Confusion, chosen: int) -> Confusion:
    """Return CxC counts as 2x2: everything else first, the chosen class second."""
    is_chosen = np.arange(len(counts)) == chosen
    sums = [
        [counts[np.ix_(truth, predicted)].sum() for predicted in (~is_chosen, is_chosen)]
        for truth in (~is_chosen, is_chosen)
    ]
    return np.array(sums, dtype=counts.dtype)
