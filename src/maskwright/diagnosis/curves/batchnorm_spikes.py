"""Validation that collapses in single epochs, and comes back while training goes on smoothly: BatchNorm's averages."""

import numpy as np
from numpy.typing import NDArray

from maskwright.diagnosis.history.curve import scores
from maskwright.diagnosis.history.history import History
from maskwright.diagnosis.history.trend import Values, together
from maskwright.findings.finding import Finding, make_finding

FEWEST_ROWS = 18
"""Rows of validation that must be known."""
FEWEST_TIMES = 3
"""Rows in which a score is gone."""
FEWEST_RUNS = 2
"""Pieces that these rows lie in: one piece is a training that failed for a while."""
MOST_ROWS = 0.4
"""Share of all rows in which it may be gone."""
LEAST_LEVEL = 0.2
"""Level around a row, 0 to 1, from which on a score was there."""
GONE = 0.1
"""Share of that level below which a score is gone."""
LOWER = 0.6
"""Share of that level below which a score is lower, where it is gone in too few rows."""
FEWEST_LOWER = 5
"""Rows in which it must be lower then: more than where it is gone."""
FEWEST_LOWER_RUNS = 4
"""Pieces that these rows lie in."""


def collapse_findings(history: History) -> list[Finding]:
    """Return that a score is gone in single epochs of validation and comes back, while training goes on smoothly."""
    for curve in scores(history, "validation"):
        values, loss, theirs, rows = together(
            curve.values, history.train_loss, history.validation_loss, np.arange(len(history), dtype=float)
        )
        if len(values) < FEWEST_ROWS:
            continue
        usual = _level_around(values)
        was_there = np.maximum.accumulate(values) >= usual / 2
        lower = (usual >= LEAST_LEVEL) & was_there
        gone, low = lower & (values < GONE * usual), lower & (values < LOWER * usual)
        if not _comes_and_goes(gone, FEWEST_TIMES, FEWEST_RUNS):
            if not _comes_and_goes(low, FEWEST_LOWER, FEWEST_LOWER_RUNS):
                continue
            gone = low
        if _jumps(loss, gone) or not _jumps(theirs, gone):
            continue
        named = ", ".join(f"{history.at[int(rows[row])]:g}" for row in np.flatnonzero(gone)[:6])
        text = (
            f"{curve.name} falls from about {np.median(usual[gone]):.2f} to {np.median(values[gone]):.3f} in "
            f"{gone.sum()} of {len(gone)} rows ({history.unit} {named}{' ...' if gone.sum() > 6 else ''}) and comes "
            "back; the validation loss jumps there, the training loss does not"
        )
        return [make_finding("validation-noisy", text, severity="warning", variant="collapses")]
    return []


def _comes_and_goes(rows: NDArray[np.bool_], fewest: int, fewest_runs: int) -> bool:
    """Tell whether so many rows are marked, in so many pieces, but not most of them nor the last one."""
    runs = int(np.count_nonzero(np.diff(np.append(0, rows.astype(int))) == 1))
    return bool(rows.sum() >= fewest and runs >= fewest_runs and rows.mean() <= MOST_ROWS and not rows[-1])


def _level_around(values: Values) -> Values:
    """Return the upper quartile of the seven rows around each: rows of a collapse do not lower it."""
    reach = 3
    return np.array([np.quantile(values[max(0, i - reach) : i + reach + 1], 0.75) for i in range(len(values))])


def _jumps(loss: Values, gone: NDArray[np.bool_]) -> bool:
    """Tell whether a loss leaves its course in these rows, by more than elsewhere."""
    sound = np.interp(np.arange(len(loss)), np.flatnonzero(~gone), loss[~gone])
    course = np.array([np.median(np.delete(sound, i)[max(0, i - 2) : i + 2]) for i in range(len(loss))])
    away = np.abs(loss - course)
    return float(np.median(away[gone])) > 3 * float(np.median(away[~gone])) + 0.02 * float(np.median(np.abs(loss)))
