"""The forecast: a power law with an asymptote through few noisy scores, as a distribution over curves.

score(n) = level + (top - level) * reach * (1 - (n / largest)^-speed): `level` is the score at the largest subset, `top`
what the labels allow, `reach` the share of the way to it that photos alone can go, `speed` the power. Three to five
points do not fix that many numbers, so every curve counts by its posterior probability, given broad priors
(docs/decisions/180).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular
from scipy.stats import beta, lognorm

from maskwright.evaluation.bootstrap import Interval

Values = NDArray[np.float64]

LEVEL = 0.8
"""The share of forecasts that an interval is to hold."""
DRAWS = 4000
SPEED_MEDIAN = 0.7
"""Of the prior of the exponent of the power law, which is log-normal."""
SPEED_SPREAD = 0.5
"""The deviation of the logarithm of that exponent."""
REACH_BETA = (1.0, 1.5)
GRID = 48
TRAINING_SD = 0.015
"""What a repeated training scatters by."""
TRAINING_WEIGHT = 4.0
"""How many residuals that prior is worth."""
MISFIT = 0.008
"""How far true scores lie from any power law at the largest subset; at smaller ones more, by the root of the ratio."""
PRIOR_LEVEL = 0.6
"""The mean of the prior of the level of the curve."""
PRIOR_LEVEL_SD = 0.5
"""The deviation of the prior of the level."""


@dataclass(frozen=True)
class Scores:
    """Scores of nested subsets: K numbers of `photos`, ascending, and their mean `iou`.

    `covariance`: KxK, of the mean over photos that might have been others; `training_sd`: of one training and subset;
    `folds`: how many trainings each mean holds.
    """

    photos: Values
    iou: Values
    covariance: Values
    training_sd: float
    folds: int


@dataclass(frozen=True)
class Forecast:
    """Curves that fit the scores, one for each draw; see the module for `level`, `reach`, `speed` and `top`."""

    largest: float
    top: float
    level: Values
    reach: Values
    speed: Values
    training_sd: float

    def curves(self, photos: float) -> Values:
        """Return the score of every curve at this number of photos, 0..1."""
        way = 1 - (photos / self.largest) ** -self.speed
        return np.clip(self.level + (self.top - self.level) * self.reach * way, 0.0, 1.0)

    def at(self, photos: float, *, level: float = LEVEL) -> Interval:
        """Return the median score of one training on so many photos, with the interval that holds `level` of them."""
        noise = np.random.default_rng(1).normal(0, self.training_sd, len(self.level))
        scores = np.clip(self.curves(photos) + noise, 0.0, self.top)
        low, high = np.quantile(scores, [(1 - level) / 2, (1 + level) / 2])
        return Interval(float(np.median(self.curves(photos))), float(low), float(high))

    def gain(self, photos: float, more: float) -> Interval:
        """Return what `more` photos would add to the score of `photos`, with its interval; the level cancels."""
        differences = self.curves(more) - self.curves(photos)
        low, high = np.quantile(differences, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        return Interval(float(np.median(differences)), float(low), float(high))

    @property
    def asymptote(self) -> Interval:
        """Return what endlessly many photos would give."""
        ends = self.level + (self.top - self.level) * self.reach
        low, high = np.quantile(ends, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        return Interval(float(np.median(ends)), float(low), float(high))

    def photos_for(self, target: float) -> tuple[float, float]:
        """Return the share of curves that ever reach a score, and the median number of photos of those that do."""
        room = (self.top - self.level) * self.reach
        left = 1 - (target - self.level) / np.maximum(room, 1e-9)
        reaches = left > 1e-6
        needed = self.largest * np.maximum(left, 1e-6) ** (-1 / self.speed)
        needed = np.where(target <= self.level, np.minimum(needed, self.largest), needed)
        known = needed[reaches]
        return float(reaches.mean()), float(np.median(known)) if len(known) else float("nan")


def forecast(scores: Scores, *, top: float = 1.0, seed: int = 0) -> Forecast:
    """Return the curves that the scores leave possible; `top` is the highest score that the labels allow."""
    largest = float(scores.photos[-1])
    top = min(1.0, max(top, float(scores.iou.max()) + 0.02))
    speeds, reaches, prior = _grid()
    way = 1 - (scores.photos[None, :] / largest) ** -speeds[:, None]
    slope, offset = 1 - reaches[:, None] * way, reaches[:, None] * top * way
    misfit = MISFIT**2 * largest / scores.photos
    noise = scores.covariance + np.diag(misfit + scores.training_sd**2 / scores.folds)
    root = np.linalg.cholesky(noise + 1e-9 * np.eye(len(noise)))
    y = solve_triangular(root, (scores.iou[None, :] - offset).T, lower=True)
    x = solve_triangular(root, slope.T, lower=True)
    precision = (x * x).sum(axis=0) + PRIOR_LEVEL_SD**-2
    mean = ((x * y).sum(axis=0) + PRIOR_LEVEL / PRIOR_LEVEL_SD**2) / precision
    log = prior - 0.5 * ((y * y).sum(axis=0) - precision * mean**2) - 0.5 * np.log(precision)
    rng = np.random.default_rng(seed)
    drawn = rng.choice(len(log), DRAWS, p=_normalised(log))
    level = mean[drawn] + rng.normal(size=DRAWS) / np.sqrt(precision[drawn])
    return Forecast(largest, top, np.clip(level, 0.0, top - 1e-3), reaches[drawn], speeds[drawn], scores.training_sd)


def _grid() -> tuple[Values, Values, Values]:
    """Return speeds, reaches and the log of their prior: the middles of equally probable steps need no weights."""
    steps = (np.arange(GRID) + 0.5) / GRID
    speeds = lognorm.ppf(steps, SPEED_SPREAD, scale=SPEED_MEDIAN)
    reaches = beta.ppf(steps, *REACH_BETA)
    speed, reach = (axis.ravel() for axis in np.meshgrid(speeds, reaches, indexing="ij"))
    return speed, reach, np.zeros(len(speed))


def _normalised(log: Values) -> Values:
    weights = np.exp(log - log.max())
    return np.asarray(weights / weights.sum())


def training_sd(fold_means: Values) -> float:
    """Return what one training scatters by, from a table of folds x subsets: what neither row nor column explains.

    A prior of a few residuals keeps it from 0 where the table is small. NaN entries are left out, also whole
    rows and columns of them.
    """
    scored = ~np.isnan(fold_means)
    fold_means = fold_means[scored.any(axis=1)][:, scored.any(axis=0)]
    if not fold_means.size:
        return TRAINING_SD
    rows, columns = (np.nanmean(fold_means, axis=axis, keepdims=True) for axis in (1, 0))
    left = fold_means - rows - columns + np.nanmean(fold_means)
    freedom = max(0, (fold_means.shape[0] - 1) * (fold_means.shape[1] - 1) - int(np.isnan(left).sum()))
    total = float(np.nansum(left**2)) if freedom else 0.0
    return float(np.sqrt((total + TRAINING_WEIGHT * TRAINING_SD**2) / (freedom + TRAINING_WEIGHT)))


def covariance_over_photos(table: Values, units: NDArray[np.int64], *, draws: int = 1000, seed: int = 0) -> Values:
    """Return the KxK covariance of the column means of a photos x subsets table, its units redrawn whole.

    `units`: the group of each photo. NaN entries are left out. With a single unit nothing is known: 0.1 squared.
    """
    count = int(units.max()) + 1
    if count < 2:
        return np.full((table.shape[1],) * 2, 0.1**2)
    known = ~np.isnan(table)
    sums, counts = np.zeros((count, table.shape[1])), np.zeros((count, table.shape[1]))
    np.add.at(sums, units, np.where(known, table, 0.0))
    np.add.at(counts, units, known.astype(float))
    often = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=draws)
    drawn = (often @ sums) / np.maximum(often @ counts, 1e-9)
    return np.asarray(np.cov(drawn, rowvar=False) * count / (count - 1)).reshape((table.shape[1],) * 2)
