"""Ours minus a peer's: paired over photos and seeds, with a 95 % interval."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.leaderboard.cells import Result

DRAWS = 4000
LEAST_PHOTOS = 4
"""Fewer give no interval: redrawing two photos gives back the two."""


@dataclass(frozen=True)
class Difference:
    """The mean difference of IoU per photo; `low` and `high` end its interval, None below four photos."""

    mean: float
    low: float | None
    high: float | None
    seeds: int

    @property
    def is_clear(self) -> bool:
        """True if the interval lies above zero."""
        return self.low is not None and self.low > 0


def paired(ours: Sequence[Result], theirs: Sequence[Result]) -> Difference | None:
    """Return ours minus theirs over the seeds that both have, None without such seeds.

    Photos and seeds are redrawn independently, so that luck with either is in the interval; with one seed, what another
    one would give is not. A method without seeds, such as a constant, is compared with each of ours.
    """
    by_seed = {one.cell.seed: one.counted for one in theirs}
    if len(by_seed) == 1 and 0 in by_seed:
        by_seed = {one.cell.seed: by_seed[0] for one in ours if one.cell.seed == 0 or theirs[0].steps == 0}
    rows = [np.subtract(one.counted, by_seed[one.cell.seed]) for one in ours if one.cell.seed in by_seed]
    if not rows:
        return None
    table = np.array(rows)
    low, high = _interval(table) if table.shape[1] >= LEAST_PHOTOS else (None, None)
    return Difference(float(table.mean()), low, high, len(rows))


def _interval(table: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> tuple[float, float]:
    """Return the percentile interval of the mean of a seeds x photos table."""
    rng = np.random.default_rng(0)
    seeds = rng.multinomial(len(table), np.full(len(table), 1 / len(table)), size=DRAWS)
    photos = rng.multinomial(table.shape[1], np.full(table.shape[1], 1 / table.shape[1]), size=DRAWS)
    means = np.einsum("ds,sp,dp->d", seeds, table, photos, optimize=True) / table.size
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)
