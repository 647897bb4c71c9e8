"""A score that is the mean over all evaluations so far: a metric that was not reset between them."""

import numpy as np

from maskwright.diagnosis.history.curve import Curve, overlaps
from maskwright.diagnosis.history.history import History
from maskwright.diagnosis.history.trend import Values, rank_correlation, together
from maskwright.findings.finding import Finding, make_finding

FEWEST_ROWS = 20
"""Rows in which both score and validation loss are known."""
STEADY = 3.0
"""Scatter of the single scores may differ by this factor from an early to a late third."""
CALMER = 2.5
"""Scatter of the mean must fall by this factor."""
FITS = -0.6
"""Rank correlation of single scores with the validation loss, at most."""
BETTER = 0.4
"""How far above that the correlation of the mean must lie."""


def running_mean_findings(history: History | None) -> list[Finding]:
    """Return that a score is a mean over all epochs so far, where single scores fit the loss and it does not.

    If s is the mean of n scores, the n-th is n s(n) - (n - 1) s(n - 1): single scores lie in 0..1, and scatter alike
    early and late, while steps of the mean shrink as 1 / n. A smooth curve that is no such mean fails both.
    """
    if history is None:
        return []
    for curve in overlaps(history):  # a log may not say on which side a score was measured
        score, loss, at = together(curve.values, history.validation_loss, history.at)
        if len(score) < FEWEST_ROWS or not _is_mean(score):
            continue
        single = _single(score)
        of_single, of_mean = rank_correlation(single, loss), rank_correlation(score, loss)
        if of_single > FITS or of_mean - of_single < BETTER:
            continue
        return [_finding(curve, history, (single, score, loss), at)]
    return []


def _single(mean: Values) -> Values:
    n = np.arange(1, len(mean) + 1)
    return np.diff(n * mean, prepend=0.0)


def _is_mean(mean: Values) -> bool:
    single = _single(mean)[2:]
    if single.min() < -0.05 or single.max() > 1.05:
        return False
    third = len(single) // 3
    ours = [_scatter(part) for part in (single[:third], single[-third:])]
    theirs = [_scatter(part) for part in (mean[2:][:third], mean[2:][-third:])]
    return min(ours) > 0 and max(ours) <= STEADY * min(ours) and theirs[0] >= CALMER * theirs[1]


def _scatter(values: Values) -> float:
    """Return the scatter of values around a line through their neighbours, by its median."""
    return float(np.median(np.abs(np.diff(values, 2))))


def _finding(curve: Curve, history: History, curves: tuple[Values, Values, Values], at: Values) -> Finding:
    single, score, loss = curves
    wide = np.convolve(single, np.ones(5) / 5, "same")[2:-2]
    best, named = int(np.argmax(wide)) + 2, int(np.argmax(score))
    text = (
        f"{curve.name} climbs to {score.max():.3f} at {history.unit} {at[named]:g} with ever smaller steps, as a mean "
        f"over all {len(score)} evaluations does; the single scores that it is made of are best near {history.unit} "
        f"{at[best]:g} ({wide.max():.2f}) and end at {wide[-1]:.2f}, and the validation loss is lowest at "
        f"{history.unit} {at[int(np.argmin(loss))]:g}"
    )
    return make_finding("metric-flat", text, variant="running", values={"epoch": f"{history.unit} {at[best]:g}"})
