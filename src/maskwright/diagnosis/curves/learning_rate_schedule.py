"""Faults of the learning rate over time: spent long before the end, or held until the loss waited for its fall."""

import numpy as np

from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.history.curve import moment
from maskwright.diagnosis.history.history import History
from maskwright.diagnosis.history.trend import Values, end, noise, smoothed, start, together
from maskwright.findings.finding import Finding, make_finding

FEWEST_ROWS = 6
"""Rows in which both rate and loss are known."""
GONE = 1e-6
"""Share of its highest value below which a rate is spent."""
WITHOUT_RATE = 0.25
"""Share of all rows that must follow for that to be early."""
FEWEST_WARM = 10
"""Rows of a rate that rises evenly to the end."""
WARM = 0.2
"""Share of the last rate that the first may be, and that all may lie off a straight line."""
STILL_HIGH = 0.5
"""Share of the first loss that must be left."""
EXACT = 1e-3
"""A 0 counts if the last digit of what was printed is worth less than this share of the highest rate."""


def rate_findings(evidence: Evidence) -> list[Finding]:
    """Return what the history shows of its learning rate, one finding at most; nothing where no rate was logged."""
    history = evidence.history
    return [] if history is None else _still_warming(history) or _rate_spent_early(history) or _rate_schedule(history)


def _still_warming(history: History) -> list[Finding]:
    """A rate that rises evenly from nearly nothing to its highest value in the last row, and a loss that fell little.

    A search for the highest rate multiplies it in each row, and its loss ends high.
    """
    rate, loss = together(history.rate, history.train_loss)
    if len(rate) < FEWEST_WARM or (np.diff(rate) <= 0).any() or rate[0] > WARM * rate[-1] or rate[0] < 0:
        return []
    evenly = np.abs(rate - np.linspace(rate[0], rate[-1], len(rate))).max() < WARM * rate[-1]
    if not evenly or loss.min() <= 0 or end(loss) < STILL_HIGH * start(loss):
        return []
    evidence = (
        f"the learning rate rises in every row, from {rate[0]:.1e} to {rate[-1]:.1e} in the last one of {len(rate)}; "
        f"the loss fell from {start(loss):.3g} to {end(loss):.3g} only"
    )
    return [make_finding("lr-schedule", evidence, variant="warming", severity="warning")]


def _rate_spent_early(history: History) -> list[Finding]:
    """A rate that is 0 long before the end, and a loss that fell until then and has stood still since."""
    rate, loss, rows = together(history.rate, history.train_loss, np.arange(len(history), dtype=float))
    if len(rate) < FEWEST_ROWS or not rate.max() > 0 or rate[-1] > GONE * rate.max():
        return []
    gone = int(np.flatnonzero(rate > GONE * rate.max())[-1]) + 1
    before, after = loss[:gone], loss[gone:]
    if gone < 3 or len(after) < max(3, WITHOUT_RATE * len(loss)) or _may_be_rounded(rate):
        return []
    since = gone if _shrinks_in_each_row(rate[:gone]) else _rows_at_the_last_rate(rate[:gone])
    lately = float(before[-since] - before[-1])
    if lately < max(0.1 * float(before.max() - before.min()), 2 * noise(before)) or lately <= 0:
        return []
    if abs(end(after) - start(after)) > 0.2 * lately:
        return []
    at = moment(history, int(rows[gone]))
    evidence = (
        f"the learning rate is {rate[gone]:.1e} from {at} on, {len(after)} of {len(loss)} rows; the loss fell until "
        f"then, to {before[-1]:.3g}, and has stood still since"
    )
    return [make_finding("lr-schedule", evidence, variant="spent", severity="warning")]


def _may_be_rounded(rate: Values) -> bool:
    """Tell whether rates have so few decimals that a small one is printed as 0."""
    return any(
        10.0**-decimals > EXACT * rate.max() and np.allclose(rate, rate.round(decimals), rtol=0, atol=1e-12)
        for decimals in range(10)
    )


def _shrinks_in_each_row(rate: Values) -> bool:
    """Tell whether a rate is at most halved from each row to the next, as by a scheduler that steps in each batch."""
    return bool((rate[1:] <= 0.5 * rate[:-1]).all())


def _rows_at_the_last_rate(rate: Values) -> int:
    """Return for how many rows the last rate was held; a third of all rows, at least 3, where it changed each row."""
    held = len(rate) - int(np.max(np.flatnonzero(np.diff(rate)) + 1, initial=0))
    return held if held >= 3 else max(3, len(rate) // 3)


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
            return [make_finding("lr-schedule", evidence, variant=history.tool)]
    return []
