"""How good the models of a learning curve are: those of the largest subset, beside one class everywhere."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from maskwright.evaluation.evaluate import joined
from maskwright.evaluation.verdict import Quality, best_constant, quality_of
from maskwright.workflows.learning_curve.points import Trained


@dataclass(frozen=True)
class MeasuredQuality:
    """As in the verdict on one model: the `level`, and what the best answer of one class everywhere scores (0..1).

    `constant` is NaN where no held-out photo shows an object.
    """

    level: Quality = "none"
    constant: float = math.nan
    constant_class: str = ""


NOT_MEASURED = MeasuredQuality()


def measured_quality(trained: Sequence[Trained]) -> MeasuredQuality:
    """Return how good the models of the largest subset of the main trainings are, all folds together."""
    scored = [(t.size, t.evaluation) for t in trained if t.arm == "main" and t.evaluation is not None]
    if not scored:
        return NOT_MEASURED
    largest = max(size for size, _ in scored)
    together = joined([evaluation for size, evaluation in scored if size == largest])
    constant_class, constant = best_constant(together)
    return MeasuredQuality(quality_of(together, constant), constant, constant_class)
