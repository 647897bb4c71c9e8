"""Faults that show where training and validation differ: overfitting, stopping early, a validation that never moves."""

import math

import numpy as np

from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.history.history import History
from maskwright.diagnosis.history.series import Curve, accuracies, moment, overlaps
from maskwright.diagnosis.history.trend import Values, end, has_fallen, known, noise, smoothed, start, together
from maskwright.findings.finding import Finding, make_finding

FEWEST_ROWS = 6
POOR = 0.35
"""A model whose IoU levels off below this on its training photos has not learned them."""
LOST = 0.02
"""IoU lost against the best epoch above which overfitting does harm."""


def generalising_findings(evidence: Evidence) -> list[Finding]:
    """Return what training and validation show together; nothing without a history."""
    history = evidence.history
    if history is None:
        return []
    stuck = _validation_stuck(history)
    return [
        *(stuck or _overfitting(history)),
        *_stopped_early(history),
        *_underfitting(history),
        *_validation_noisy(history),
        *_validation_better(history),
        *_rate_schedule(history),
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
            "overfitting", evidence, values={"epoch": at}, severity="warning" if harm else "note", variant="history"
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
    for curves in (overlaps, accuracies):
        sides = {curve.side: known(curve.values) for curve in reversed(curves(history))}
        train, validation = sides.get("train", np.zeros(0)), sides.get("validation", np.zeros(0))
        if min(len(train), len(validation)) < FEWEST_ROWS:
            continue
        gap, moved = end(train) - end(validation), float(smoothed(validation).max()) - start(validation)
        if gap < 0.3 or end(train) - start(train) < 0.2 or moved > max(0.05, 2 * noise(validation)):
            return []
        evidence = (
            f"the training score goes from {start(train):.3f} to {end(train):.3f}, "
            f"validation stays at {end(validation):.3f} and never was above {smoothed(validation).max():.3f}"
        )
        return [_stuck(evidence)]
    return []


def _stuck(evidence: str) -> Finding:
    return make_finding("validation-stuck", evidence)


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
    return [make_finding("validation-noisy", evidence)]


def _validation_better(history: History) -> list[Finding]:
    train, validation = overlaps(history, "train"), overlaps(history, "validation")
    if not train or not validation:
        return []
    ours, theirs = together(train[0].values, validation[0].values)
    late = len(ours) // 2
    gap = theirs[late:] - ours[late:]
    if len(ours) < 8 or (gap > LOST).mean() < 0.8:
        return []
    evidence = f"{validation[0].name} is {np.median(gap):.3f} higher in validation over the last {len(gap)} rows"
    return [make_finding("validation-better", evidence)]


def _rate_schedule(history: History) -> list[Finding]:
    """A rate that was cut by half or more after standing still: did the loss wait for it?"""
    rate, loss = together(history.rate, history.train_loss)
    if len(rate) < 10 or loss.min() < 0:
        return []
    levels = smoothed(loss)
    for row in range(4, len(rate) - 2):
        stood = np.ptp(rate[row - 4 : row]) == 0 and rate[row] <= rate[row - 1] / 2
        waited = loss[row - 4] - loss[row - 1] < max(noise(loss[:row]), 0.02 * loss[row - 1])
        if (
            stood
            and waited
            and levels[row - 2] - end(loss[row : row + 3]) > max(0.1 * levels[row - 2], 3 * noise(loss[:row]))
        ):
            evidence = (
                f"at {moment(history, row)} the learning rate went from {rate[row - 1]:.1e} to {rate[row]:.1e}, "
                f"and the loss from {levels[row - 2]:.3g} to {end(loss[row : row + 3]):.3g} after it had stood still"
            )
            return [make_finding("lr-schedule", evidence)]
    return []
