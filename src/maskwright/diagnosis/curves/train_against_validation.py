"""Faults that show where training and validation differ: overfitting, stopping early, a validation that never moves."""

import math

import numpy as np

from maskwright.diagnosis.curves.batchnorm_spikes import collapse_findings
from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.history.curve import Curve, accuracies, both_sides, moment, overlaps, scores
from maskwright.diagnosis.history.history import History
from maskwright.diagnosis.history.trend import (
    Values,
    end,
    has_fallen,
    has_risen,
    known,
    noise,
    second_half,
    smoothed,
    start,
    together,
)
from maskwright.findings.finding import Finding, make_finding

FEWEST_ROWS = 6
"""Rows that a curve must have."""
POOR = 0.35
"""A model whose IoU levels off below this on its training photos has not learned them."""
LEAKED = 0.1
"""A score so much higher in validation is more than augmentation explains."""
MUCH_LOWER = 0.8
"""A validation loss below this share of the training loss says the same."""
JUMPY = 0.1
"""Deviation of a score from row to row from which on validation jumps."""
STEADY = 0.03
"""Deviation up to which training does not jump."""
STUCK = 0.2
"""Between the scores of training and validation, from which on validation has stayed behind."""
MOVES = 1e-3
"""Part of their level that losses must move by: two that stand at one number are equal by that."""
LOST = 0.02
"""IoU lost against the best epoch above which overfitting does harm."""


def generalisation_findings(evidence: Evidence) -> list[Finding]:
    """Return what training and validation show together; nothing without a history."""
    history = evidence.history
    if history is None:
        return []
    stuck = _validation_stuck(history)
    return [
        *(stuck or _overfitting(history)),
        *_stopped_early(history),
        *_underfitting(history),
        *(collapse_findings(history) or _validation_noisy(history)),
        *_validation_better(history),
    ]


def _overfitting(history: History) -> list[Finding]:
    train, validation, rows = _losses(history)
    if len(validation) < FEWEST_ROWS:
        return []
    levels = smoothed(validation)
    turn = int(np.argmin(levels))
    rise, best = end(validation) - float(levels[turn]), float(levels[turn])
    least = max(3 * noise(validation) / math.sqrt(2), 0.1 * abs(best), 0.05 * (start(validation) - best))
    train_fell = float(smoothed(train)[turn]) - end(train)
    if (
        rise <= least
        or turn >= len(levels) - max(2, len(levels) // 10)
        or train_fell <= 0.05 * abs(smoothed(train)[turn])
    ):
        return []
    lost, lost_in_words = _lost_score(history)
    harm = lost > LOST if not math.isnan(lost) else rise > 0.25 * abs(best)
    at = moment(history, int(rows[turn]))
    evidence = (
        f"from {at} on the validation loss rises, {best:.3g} to {end(validation):.3g}, while the "
        "training loss falls, "
        f"{smoothed(train)[turn]:.3g} to {end(train):.3g}{lost_in_words}"
    )
    return [
        make_finding(
            "overfitting",
            evidence,
            values={"epoch": at},
            severity="warning" if harm else "note",
            variant=history.tool if history.tool in ("keras", "huggingface") else "history",
        )
    ]


def _losses(history: History) -> tuple[Values, Values, Values]:
    """Return both losses and the row numbers where both are known."""
    train, validation, rows = together(
        history.train_loss, history.validation_loss, np.arange(len(history), dtype=float)
    )
    return train, validation, rows


def _lost_score(history: History) -> tuple[float, str]:
    """Return how much of the validation score was lost against its best level, and that in words; NaN if none."""
    curves = overlaps(history, "validation")
    if not curves or len(known(curves[0].values)) < FEWEST_ROWS:
        return math.nan, ""
    values = known(curves[0].values)
    levels = smoothed(values)
    lost = float(levels.max()) - end(values)
    if lost < 2 * noise(values) / math.sqrt(3):
        return 0.0, f"; {curves[0].name} has not suffered ({end(values):.3f})"
    return lost, f"; {curves[0].name} lost {lost:.3f} against its best, {levels.max():.3f}"


def _validation_stuck(history: History) -> list[Finding]:
    """Training learns, validation never moves from the first epoch: the two do not see the same thing."""
    for curves in (scores, accuracies):
        for train_curve, validation_curve in both_sides(curves(history), fewest_rows=FEWEST_ROWS):
            train, validation = known(train_curve.values), known(validation_curve.values)
            gap, moved = end(train) - end(validation), float(smoothed(validation).max()) - start(validation)
            if gap < STUCK or end(train) - start(train) < STUCK or moved > max(0.05, 2 * noise(validation)):
                continue
            if noise(validation) >= JUMPY and float(np.quantile(validation, 0.9)) > end(train) - JUMPY:
                continue  # now and then it is as good as training: it jumps
            if _learned_together(history, train_curve, validation_curve):
                continue
            evidence = (
                f"{train_curve.name} goes from {start(train):.3f} to {end(train):.3f} in training; "
                f"validation stays at {end(validation):.3f} and never was above {smoothed(validation).max():.3f}"
            )
            return [make_finding("validation-stuck", evidence, variant=history.tool)]
    return _loss_stuck(history)


def _learned_together(history: History, train: Curve, validation: Curve) -> bool:
    """Tell whether the validation loss fell first, and scores then were less than half as far apart as at the end."""
    ours, theirs, loss = together(train.values, validation.values, history.validation_loss)
    if len(loss) < FEWEST_ROWS:
        return False
    levels = smoothed(loss)
    least = int(np.argmin(levels))
    fell = float(levels[0] - levels[least]) > max(0.1 * abs(float(levels[0])), 2 * noise(loss))
    return fell and float(smoothed(ours - theirs)[least]) < 0.5 * (end(ours) - end(theirs))


def _loss_stuck(history: History) -> list[Finding]:
    """A validation loss that is the same number in every row does not see the weights that are trained."""
    train, validation, _ = _losses(history)
    if len(validation) < FEWEST_ROWS or np.ptp(validation) > 0 or not has_fallen(train, by=0.1 * abs(start(train))):
        return []
    curves = [c for c in overlaps(history, "validation") if len(known(c.values)) >= FEWEST_ROWS]
    risen = [c for c in curves if has_risen(known(c.values), by=STUCK)]
    improves = "".join(f", while {c.name} rises from {start(known(c.values)):.3f} to {end(known(c.values)):.3f}"
                       for c in risen[:1])  # fmt: skip
    evidence = (
        f"the training loss goes from {start(train):.3g} to {end(train):.3g}; "
        f"the validation loss is {validation[0]:.4g} in every row{improves}"
    )
    variant = "not-computed" if risen or not validation[0] else history.tool
    return [make_finding("validation-stuck", evidence, variant=variant)]


def _stopped_early(history: History) -> list[Finding]:
    train, validation, _ = _losses(history)
    if len(train) < 8 or _rate_is_spent(history):
        return []
    if not (_still_falling(train) and _still_falling(validation)):
        return []
    gained = _gained_lately(overlaps(history, "validation"))
    evidence = (
        f"over the last quarter the training loss still falls, to {end(train):.3g}, and the validation "
        f"loss, to {end(validation):.3g}" + (f"; the score gained {gained:.3f} there" if not math.isnan(gained) else "")
    )
    return [make_finding("stopped-early", evidence, severity="warning" if gained > 0.05 else "note")]


def _still_falling(values: Values) -> bool:
    """Return whether the last quarter brought an eighth or more of the whole fall, well above the noise."""
    late = _before_the_last_quarter(values) - end(values)
    return late > max(0.125 * (start(values) - end(values)), 3 * noise(values)) and has_fallen(values, by=0.0)


def _gained_lately(curves: list[Curve]) -> float:
    if not curves or len(known(curves[0].values)) < FEWEST_ROWS:
        return math.nan
    values = known(curves[0].values)
    return end(values) - _before_the_last_quarter(values)


def _before_the_last_quarter(values: Values) -> float:
    levels = smoothed(values)
    return float(np.median(levels[len(levels) * 5 // 8 : len(levels) * 3 // 4 + 1]))


def _rate_is_spent(history: History) -> bool:
    rates = known(history.rate)
    return len(rates) > 2 and rates[-1] < 0.05 * rates.max()


def _underfitting(history: History) -> list[Finding]:
    curves = overlaps(history, "train")
    values = known(curves[0].values) if curves else np.zeros(0)
    if len(values) < 8 or end(values) >= POOR or end(values) - start(values) < 0.05:
        return []
    late = values[-max(4, len(values) // 3) :]
    validation = overlaps(history, "validation")
    gap = end(values) - end(known(validation[0].values)) if validation else 0.0
    if end(late) - start(late) > max(0.02, noise(values)) or gap > 0.1:
        return []
    evidence = f"{curves[0].name} on the training photos has levelled off at {end(values):.3f}; validation is no worse"
    return [make_finding("underfitting", evidence)]


def _validation_noisy(history: History) -> list[Finding]:
    train, validation, _ = _losses(history)
    if len(train) < 10 or not np.median(train) > 0 or not np.median(validation) > 0:
        return []
    of_train, of_validation = noise(train) / float(np.median(train)), noise(validation) / float(np.median(validation))
    if of_validation < max(0.1, 4 * of_train):
        return []
    evidence = (
        f"the validation loss varies by {of_validation:.0%} of its level from row to row, "
        f"the training loss by {of_train:.0%}"
    )
    jumps = _score_jumps(history)
    return [make_finding("validation-noisy", evidence + jumps, severity="warning" if jumps else "note")]


def _score_jumps(history: History) -> str:
    """Tell of a score that jumps in validation from row to row while in training it does not; "" where none does."""
    for train_curve, validation_curve in both_sides(scores(history), fewest_rows=FEWEST_ROWS):
        train, validation = (second_half(known(c.values)) for c in (train_curve, validation_curve))
        if noise(validation) >= JUMPY and noise(train) <= STEADY:
            return (
                f"; {validation_curve.name} jumps between {validation.min():.2f} and {validation.max():.2f} in "
                f"validation, and is {end(train):.2f} in training"
            )
    return ""


def _validation_better(history: History) -> list[Finding]:
    """A little better is augmentation; much better, or the same numbers, means that photos are in both parts."""
    same = _same_numbers(history)
    if same:
        return [make_finding("validation-better", same, severity="warning")]
    for train, validation in both_sides(scores(history), fewest_rows=FEWEST_ROWS):
        ours, theirs = together(train.values, validation.values)
        gap = second_half(theirs - ours)
        if len(ours) >= 8 and (gap > LOST).mean() >= 0.8:
            evidence = f"{train.name} is {np.median(gap):.3f} higher in validation over the last {len(gap)} rows"
            leaks = float(np.median(gap)) >= LEAKED and _loss_is_lower(history)
            return [make_finding("validation-better", evidence, severity="warning" if leaks else "note")]
    return []


def _same_numbers(history: History) -> str:
    train, validation, _ = _losses(history)
    if (
        len(train) >= 4
        and np.ptp(train) > MOVES * abs(np.median(train))
        and bool(np.allclose(train, validation, rtol=1e-6, atol=0))
    ):
        return f"the losses of training and validation are the same numbers in {len(train)} rows"
    return ""


def _loss_is_lower(history: History) -> bool:
    """Tell whether the validation loss is well below the training loss too; True where it was not logged."""
    train, validation, _ = _losses(history)
    late = len(train) // 2
    return len(train) < 8 or float(np.median(validation[late:])) < MUCH_LOWER * float(np.median(train[late:]))
