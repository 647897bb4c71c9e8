"""What a noisy curve does: its level, its noise, whether it fell. Medians, so that one bad row says nothing."""

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

MAD_TO_SIGMA = 1.4826
"""Of a normal distribution: deviation / median absolute deviation."""


def known(values: Values) -> Values:
    """Return what was logged and is finite, in order."""
    return values[np.isfinite(values)]


def together(*curves: Values) -> tuple[Values, ...]:
    """Return the curves at the rows where all of them are known; all empty where one was never logged."""
    if any(not len(curve) for curve in curves):
        return tuple(np.zeros(0) for _ in curves)
    rows = np.all([np.isfinite(curve) for curve in curves], axis=0)
    return tuple(curve[rows] for curve in curves)


def smoothed(values: Values) -> Values:
    """Return the running median of 3 rows (5 from 15 rows on, 9 from 60 on), shorter windows at the ends."""
    reach = 1 if len(values) < 15 else 2 if len(values) < 60 else 4
    windows = [values[max(0, i - reach) : i + reach + 1] for i in range(len(values))]
    return np.array([np.median(window) for window in windows])


def noise(values: Values) -> float:
    """Return the deviation of single rows around the curve, from second differences; 0 for fewer than 4 rows."""
    if len(values) < 4:
        return 0.0
    bends = values[:-2] - 2 * values[1:-1] + values[2:]
    return float(MAD_TO_SIGMA * np.median(np.abs(bends)) / np.sqrt(6))


def second_half(values: Values) -> Values:
    """Return the later half of the rows, and the middle one."""
    return values[len(values) // 2 :]


def start(values: Values) -> float:
    """Return the level of the first tenth of the rows (at least one)."""
    return float(np.median(values[: max(1, len(values) // 10)]))


def end(values: Values) -> float:
    """Return the level of the last fifth of the rows (at least two)."""
    return float(np.median(values[-max(2, len(values) // 5) :]))


def spread(values: Values) -> float:
    """Return the distance between the highest and the lowest level of the smoothed curve."""
    return float(np.ptp(smoothed(values))) if len(values) else 0.0


def has_risen(values: Values, *, by: float) -> bool:
    """Return whether the curve ends at least `by` above its start, and by more than twice its noise."""
    return end(values) - start(values) > max(by, 2 * noise(values))


def has_fallen(values: Values, *, by: float) -> bool:
    """Return whether the curve ends at least `by` below its start, and by more than twice its noise."""
    return has_risen(-values, by=by)


def rank_correlation(first: Values, second: Values) -> float:
    """Return Spearman's rank correlation of two curves, 0 where one of them does not move."""
    if len(first) < 3 or not np.ptp(first) or not np.ptp(second):
        return 0.0
    from scipy.stats import spearmanr  # here, since importing it takes most of a second

    return float(spearmanr(first, second).statistic)
