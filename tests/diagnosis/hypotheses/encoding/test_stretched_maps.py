import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.diagnosis.diagnose import diagnose
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.findings.finding import Findings

Map = NDArray[np.float32]


def smooth(rng: np.random.Generator, size_px: int) -> Map:
    field = cv2.resize(rng.random((size_px, size_px)).astype(np.float32), (96, 80), interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(field, 0, 1))


def photos(count: int = 14) -> list[tuple[NDArray[np.uint8], Map]]:
    """Return truths, half of them empty, and what a good model gives: little where there is nothing."""
    rng, pairs = np.random.default_rng(1), []
    for i in range(count):
        truth = np.zeros((80, 96), np.uint8)
        if i % 2:
            cv2.circle(truth, (int(rng.integers(25, 70)), int(rng.integers(25, 55))), 14, 1, -1)
        soft = cv2.GaussianBlur(truth.astype(np.float32), (0, 0), 2) * 0.97
        pairs.append((truth, np.asarray(soft + 0.02 * smooth(rng, 6), np.float32)))
    return pairs


def stretched(p: Map) -> Map:
    return np.asarray((p - p.min()) / (p.max() - p.min()))


def findings_of(pairs: list[tuple[NDArray[np.uint8], Map]]) -> Findings:
    return diagnose(read_pairs([(t, np.rint(p * 255).astype(np.uint8)) for t, p in pairs]))


def test_maps_stretched_one_by_one_are_named_and_truths_are_not_blamed() -> None:
    findings = findings_of([(t, stretched(p)) for t, p in photos()])
    assert findings[0].title == "Each probability map is stretched to run from 0 to 1"
    assert len(findings[0].photos) == 7
    assert "truth-empty" not in {f.code for f in findings}


def test_maps_as_they_are_are_not_named() -> None:
    assert all(f.severity == "note" for f in findings_of(photos()))


def test_truths_that_were_never_annotated_are_still_named_where_the_model_is_sure() -> None:
    pairs = photos()
    shown = [p for t, p in pairs if t.any()]
    lost = [(np.zeros_like(t), p) if i % 4 == 1 else (t, p) for i, (t, p) in enumerate(pairs)]
    sure = [(t, np.asarray(np.clip(1.2 * p, 0, 1))) for t, p in lost]
    assert shown
    assert not any(f.title.startswith("Each probability map") for f in findings_of(sure))
