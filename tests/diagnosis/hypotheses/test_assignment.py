from itertools import permutations

import numpy as np
import pytest

from maskwright.diagnosis.hypotheses.assignment import best_assignment


@pytest.mark.parametrize("seed", range(6))
def test_the_assignment_is_the_best_of_all(seed: int) -> None:
    worth = np.random.default_rng(seed).random((4, 4 + seed % 3))
    chosen = best_assignment(worth)
    best = max(sum(worth[i, j] for i, j in enumerate(p)) for p in permutations(range(worth.shape[1]), 4))
    assert len(set(chosen.tolist())) == 4
    assert worth[np.arange(4), chosen].sum() == pytest.approx(best)
