"""A training that was begun again in the middle: in one row the losses jump up and the scores fall."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.history.curve import Curve, moment, scores
from maskwright.diagnosis.history.history import History
from maskwright.diagnosis.history.trend import Values, end, known, noise
from maskwright.findings.finding import Finding, make_finding

FEWEST_ROWS = 12
"""Rows that the training loss must have."""
BEFORE = 4
"""Rows before a break."""
AFTER = 3
"""Rows after it."""
JUMP = 1.5
"""The loss of one row against that of the row before."""
NOISES = 6.0
"""So many times the usual scatter of rows is a jump."""
FALL = 0.1
"""How far a score falls at a break."""
RATE_JUMP = 3.0
"""The learning rate of one row against that of the row before, where it is raised."""
AROUND = 3
"""Rows before and after a break in a score whose medians are compared."""
STEP_UP = 1.25
"""The training loss after it against that before."""
RAISED_TIMES = 2
"""A rate that goes back up so often may follow a schedule."""
NEAR_A_WHOLE = 0.15
"""How near the lengths of its cycles lie to whole multiples of the first."""
LOST_FOR_GOOD = 0.5
"""Share of its level below which a score stays that does not come back."""
FEWEST_AFTER = 8
"""Rows in which it must stay there."""
LATE = 0.4
"""Share of the rows from which on a break is late."""
WITHIN = 6
"""Rows on either side of a break in which a validation score is looked for."""
RECOVERED = 1.05
"""A loss that comes back to this share of its lowest before the break has lost nothing: a planned warm restart."""


def restart_findings(evidence: Evidence) -> list[Finding]:
    """Return that training lost in one row what it had learned, and learned it again; nothing without a history."""
    history = evidence.history
    if history is None or not len(history.train_loss):
        return []
    rows = np.flatnonzero(np.isfinite(history.train_loss))
    values = history.train_loss[rows]
    place = _break(values)
    if place is None:
        place = _break_in_a_score(history, rows, values)
    if place is None:
        return []
    row = int(rows[place])
    lost = _score_lost(history, row)
    if lost is None or _rate_is_cyclic(history, row) or _validation_keeps(history, row):
        return []
    text = (
        f"at {moment(history, row)} the training loss jumps from {values[place - 1]:.3g} to {values[place]:.3g} and "
        f"{lost.name} falls from {lost.before:.3f} to {lost.after:.3f}{_rate(history, row)}"
    )
    if _is_lost_for_good(lost, row):
        text += f"; it is {known(lost.curve.values)[-1]:.3f} at the end"
        return [make_finding("training-restarted", text, variant="broken")]
    text += f"; before and after it the loss falls smoothly, to {end(values):.3g} at the end"
    return [make_finding("training-restarted", text)]


def breaks_late(history: History | None) -> bool:
    """Tell whether a training breaks for good in one row after two fifths of it."""
    if history is None or not len(history.train_loss):
        return False
    rows = np.flatnonzero(np.isfinite(history.train_loss))
    place = _break(history.train_loss[rows])
    if place is None or place < LATE * len(rows):
        return False
    lost = _score_lost(history, int(rows[place]))
    return lost is not None and _is_lost_for_good(lost, int(rows[place]))


def _is_lost_for_good(lost: "_Fall", row: int) -> bool:
    after = known(lost.curve.values[row:])
    return len(after) >= FEWEST_AFTER and float(after.max()) < LOST_FOR_GOOD * lost.before


def _rate_is_cyclic(history: History, row: int) -> bool:
    """Tell whether the rate goes back up at this row as one of the times that a schedule with warm restarts sets."""
    rows = np.flatnonzero(np.isfinite(history.rate)) if len(history.rate) else np.zeros(0, dtype=int)
    rates = history.rate[rows]
    raised = rows[1:][rates[1:] >= RATE_JUMP * np.maximum(rates[:-1], 1e-12)]
    starts = [int(r) for r in raised if r == row or rates.max() <= RATE_JUMP * history.rate[r]]
    if row not in starts or len(starts) < RAISED_TIMES:
        return False
    lengths = np.diff([int(rows[0]), *starts]) / (starts[0] - rows[0] or 1)
    return bool((np.abs(lengths - lengths.round()) <= NEAR_A_WHOLE).all())


def _break(values: Values) -> int | None:
    """Return the only place where a falling loss jumps up and falls again without coming back; None without one."""
    if len(values) < FEWEST_ROWS or values.min() <= 0:
        return None
    jumps = (values[1:] >= JUMP * values[:-1]) & (np.diff(values) > NOISES * noise(values))
    places = np.flatnonzero(jumps) + 1
    if len(places) != 1 or not BEFORE <= places[0] <= len(values) - AFTER:
        return None
    place = int(places[0])
    falls_again = end(values) < values[place]
    return place if falls_again and end(values) > RECOVERED * values[:place].min() else None


def _break_in_a_score(history: History, rows: NDArray[np.intp], losses: Values) -> int | None:
    """Return the only place where a score falls far at once, stays lower and rises again, with a loss that is higher.

    Losses of single batches are too rough to show a break in one row.
    """
    if len(losses) < FEWEST_ROWS or losses.min() <= 0:
        return None
    for curve in scores(history, "train"):
        values = curve.values[rows]
        if not np.isfinite(values).all():
            continue
        falls = -np.diff(values)
        places = np.flatnonzero((falls >= FALL) & (falls > NOISES * noise(values))) + 1
        if len(places) != 1 or not BEFORE <= places[0] <= len(values) - AROUND:
            continue
        place = int(places[0])
        before, after = slice(place - AROUND, place), slice(place, place + AROUND)
        stays_lower = float(np.median(values[after])) <= float(np.median(values[before])) - FALL
        is_higher = float(np.median(losses[after])) >= STEP_UP * float(np.median(losses[before]))
        falls_again = end(losses) < float(np.median(losses[after]))
        came_back = end(losses) <= RECOVERED * float(np.median(losses[before]))
        is_planned = came_back and _rate_is_raised(history, int(rows[place]))
        if stays_lower and is_higher and end(values) > values[place] and falls_again and not is_planned:
            return place
    return None


def _validation_keeps(history: History, row: int) -> bool:
    """Tell whether validation was scored around a row and no score of it falls: training became harder, not worse.

    Stronger augmentation that is switched on in the middle does that.
    """
    kept = []
    for curve in scores(history, "validation"):
        before, after = known(curve.values[max(0, row - WITHIN) : row]), known(curve.values[row : row + WITHIN])
        if len(before) and len(after) and before.max() <= 1:
            kept.append(float(np.median(before[-AROUND:])) - float(after[:AROUND].min()) < FALL / 2)
    return bool(kept) and all(kept)


@dataclass(frozen=True)
class _Fall:
    """A score that falls at a row: its level before and its value there."""

    curve: Curve
    before: float
    after: float

    @property
    def name(self) -> str:
        return self.curve.name


def _score_lost(history: History, row: int) -> _Fall | None:
    """Return the score that falls most at a row; None where none falls clearly."""
    falls = []
    for curve in scores(history):
        before, after = known(curve.values[max(0, row - 3) : row]), known(curve.values[row : row + 1])
        if len(before) and len(after) and before.max() <= 1:
            falls.append(_Fall(curve, float(np.median(before)), float(after[0])))
    most = max(falls, key=lambda fall: fall.before - fall.after, default=None)
    return most if most is not None and most.before - most.after >= FALL else None


def _rate_is_raised(history: History, row: int) -> bool:
    rates = history.rate[row - 1 : row + 1] if len(history.rate) else np.zeros(0)
    return bool(len(rates) == 2 and np.isfinite(rates).all() and rates[1] >= RATE_JUMP * rates[0])


def _rate(history: History, row: int) -> str:
    if not _rate_is_raised(history, row):
        return ""
    rates = history.rate[row - 1 : row + 1]
    return f", while the learning rate goes back from {rates[0]:.1e} to {rates[1]:.1e}"
