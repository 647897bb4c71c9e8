"""Faults of the learning rate over time: spent long before the end, or held until the loss waited for its fall."""

from itertools import pairwise

import numpy as np

from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.history.curve import moment, overlaps
from maskwright.diagnosis.history.history import History
from maskwright.diagnosis.history.trend import Values, end, has_fallen, noise, smoothed, start, together
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
FEWEST_CUT = 15
"""Rows with a rate and a score."""
FEWEST_CUTS = 4
"""Cuts until the rate is small."""
CUT = 0.75
"""What a cut leaves of the rate at most."""
SMALL = 0.07
"""Share of the first rate below which a rate is of no use."""
EARLY = 0.6
"""Share of the rows by which that is early."""
ALWAYS = 0.6
"""Share of the times between cuts in which a score rose."""
STANDS = 0.25
"""What is gained from then on, of what was gained before."""
LATE = 0.15
"""Part of the fall that the second half of the rows must bring where the loss is not high any more."""
EXACT = 1e-3
"""A 0 counts if the last digit of what was printed is worth less than this share of the highest rate."""


def rate_findings(evidence: Evidence) -> list[Finding]:
    """Return what the history shows of its learning rate, one finding at most; nothing where no rate was logged."""
    history = evidence.history
    return (
        []
        if history is None
        else _still_warming(history)
        or _rate_spent_early(history)
        or _falls_while_learning(history)
        or _rate_schedule(history)
    )


def _still_warming(history: History) -> list[Finding]:
    """A rate that rises evenly from nearly nothing to its highest value in the last row, and a loss that fell little.

    A search for the highest rate multiplies it in each row, and its loss ends high.
    """
    rate, loss = together(history.rate, history.train_loss)
    if len(rate) < FEWEST_WARM or (np.diff(rate) <= 0).any() or rate[0] > WARM * rate[-1] or rate[0] < 0:
        return []
    evenly = np.abs(rate - np.linspace(rate[0], rate[-1], len(rate))).max() < WARM * rate[-1]
    if not evenly or loss.min() <= 0 or (end(loss) < STILL_HIGH * start(loss) and not _falls_to_the_end(loss)):
        return []
    evidence = (
        f"the learning rate rises in every row, from {rate[0]:.1e} to {rate[-1]:.1e} in the last one of {len(rate)}; "
        f"the loss fell from {start(loss):.3g} to {end(loss):.3g} only"
    )
    return [make_finding("lr-schedule", evidence, variant="warming", severity="warning")]


def _falls_to_the_end(loss: Values) -> bool:
    """Tell whether the last third of the rows brought a good part of the fall, and each sixth of them more."""
    sixths = [float(np.median(part)) for part in np.array_split(loss, 6)]
    late = sixths[3] - sixths[5]
    return late >= LATE * (sixths[0] - sixths[5]) and sixths[3] > sixths[4] > sixths[5] and late > 2 * noise(loss)


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


def _falls_while_learning(history: History) -> list[Finding]:
    """A rate that is cut after each few rows, always as many, while a validation score rises; then nothing is gained.

    A schedule that waits for a plateau cuts after rows that brought nothing, so that the rows between cuts differ.
    """
    for curve in overlaps(history, "validation"):
        rate, score, rows = together(history.rate, curve.values, np.arange(len(history), dtype=float))
        if len(rate) < FEWEST_CUT or rate.min() <= 0 or has_fallen(score, by=0.0):
            continue
        cuts = np.flatnonzero((rate[1:] <= CUT * rate[:-1]) & (rate[1:] < rate[:-1])) + 1
        low = np.flatnonzero(rate <= SMALL * rate[0])
        if len(cuts) < FEWEST_CUTS or not len(low) or low[0] > EARLY * len(rate) or (np.diff(rate) > 0).any():
            continue
        holds = np.diff(cuts[: 1 + int((cuts <= low[0]).sum())])
        if len(holds) < FEWEST_CUTS - 1 or holds.min() < 2 or np.ptp(holds) > 0:
            continue
        best = np.maximum.accumulate(score)
        gained = [best[b - 1] > best[a - 1] for a, b in pairwise(cuts[cuts <= low[0]])]
        late = end(score) - float(np.median(score[low[0] : low[0] + 3]))
        early = float(score[low[0]] - start(score))
        if np.mean(gained) < ALWAYS or late > STANDS * early or early <= 2 * noise(score):
            continue
        text = (
            f"the learning rate is cut after every {holds[0]} rows, {len(cuts)} times, from {rate[0]:.1e} to "
            f"{rate[-1]:.1e}, although {curve.name} rises all the time until then, from {start(score):.3f} to "
            f"{score[low[0]]:.3f} at {moment(history, int(rows[low[0]]))}; since then it has gained {late:.3f}"
        )
        return [make_finding("lr-schedule", text, variant="backwards", severity="warning")]
    return []


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
