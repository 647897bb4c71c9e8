"""Pairs of a diagnosis are read from their files once, and come back as they were."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from maskwright.diagnosis.evidence import kept_pairs
from maskwright.diagnosis.evidence.evidence import Case, Pair
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.diagnosis.evidence.kept_pairs import with_pairs_kept

TRUTH = np.array([[0, 1, 2], [2, 1, 255]], np.uint8)


def cases_that_count(stored: NDArray[np.generic], reads: list[str]) -> tuple[Case, ...]:
    """Return two cases of one pair that note down who reads them."""

    def counted(name: str, read: Callable[[], Pair]) -> Callable[[], Pair]:
        def reread() -> Pair:
            reads.append(name)
            return read()

        return reread

    cases = read_pairs([(TRUTH, stored), (TRUTH, stored)]).cases
    return tuple(replace(case, reread=counted(case.name, case.reread)) for case in cases)


@pytest.mark.parametrize("dtype", [np.uint8, np.int64])
def test_class_ids_are_read_once_and_come_back_alike(dtype: type) -> None:
    reads: list[str] = []
    cases = cases_that_count(np.array([[0, 1, 1], [2, 2, 0]], dtype), reads)
    kept = with_pairs_kept(cases)
    first, again = kept[0].reread(), kept[0].reread()
    assert reads == ["pair 0"]
    for name in ("truth", "prediction", "stored"):
        one, other = getattr(first, name), getattr(again, name)
        assert one.dtype == other.dtype
        assert (one == other).all()
    again.prediction[:] = 9
    assert (kept[0].reread().prediction == first.prediction).all()


def test_probabilities_are_read_each_time() -> None:
    reads: list[str] = []
    kept = with_pairs_kept(cases_that_count(np.full((3, 2, 3), 0.3, np.float32), reads))
    assert kept[1].reread().probabilities is not None
    assert kept[1].reread().probabilities is not None
    assert reads == ["pair 1", "pair 1"]


def test_no_more_is_kept_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_pairs, "MOST_BYTES", 1)
    reads: list[str] = []
    kept = with_pairs_kept(cases_that_count(TRUTH.copy(), reads))
    for _ in range(2):
        kept[0].reread()
        kept[1].reread()
    assert reads == ["pair 0", "pair 1", "pair 1"]
