from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from maskwright.diagnosis.diagnose import diagnose
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.findings.finding import Findings

Map = NDArray[np.float32]


def photos(count: int = 10) -> list[tuple[NDArray[np.uint8], Map]]:
    """Return square truths with one disc each, and what a good model gives."""
    rng, pairs = np.random.default_rng(6), []
    for _ in range(count):
        truth = np.zeros((90, 90), np.uint8)
        cv2.circle(truth, (int(rng.integers(18, 72)), int(rng.integers(18, 72))), int(rng.integers(9, 17)), 1, -1)
        field = cv2.resize(rng.normal(0, 0.08, (9, 9)).astype(np.float32), (90, 90))
        soft = cv2.GaussianBlur(truth.astype(np.float32), (0, 0), 2)
        pairs.append((truth, np.asarray(np.clip(0.98 * soft + field, 0, 1), np.float32)))
    return pairs


def findings_of(change: Callable[[Map], NDArray[np.generic]]) -> Findings:
    return diagnose(read_pairs([(t, change(p)) for t, p in photos()]))


TURNS: dict[str, Callable[[Map], Map]] = {
    "turned by half": lambda p: np.rot90(p, 2),
    "transposed": lambda p: p.T,
    "transposed along the other diagonal": lambda p: np.rot90(p, 2).T,
}


@pytest.mark.parametrize("name", list(TURNS))
def test_turned_copies_that_were_averaged_as_they_came_are_named(name: str) -> None:
    found = findings_of(lambda p: (np.maximum(p, TURNS[name](p)) > 0.5).astype(np.uint8))[0]
    assert found.title == "Predictions equal their own turned image"
    assert f"({name})" in found.evidence


def test_probabilities_divided_by_255_are_named_and_not_the_threshold() -> None:
    found = findings_of(lambda p: (p / 255).astype(np.float32))
    assert found[0].title == "Probabilities were divided by 255"
    assert "threshold-off" not in {f.code for f in found}


def test_probabilities_of_a_model_that_found_nothing_were_not_divided() -> None:
    rng = np.random.default_rng(1)
    assert all(f.code != "pred-divided" for f in findings_of(lambda p: 0.0038 * rng.random(p.shape, dtype=np.float32)))


def test_probabilities_and_masks_as_they_are_are_not_named() -> None:
    codes = {f.code for change in (lambda p: p, lambda p: (p > 0.5).astype(np.uint8)) for f in findings_of(change)}
    assert not codes & {"pred-divided", "pred-symmetric"}
