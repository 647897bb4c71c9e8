"""Scores that went around at 255 are named, filled by the fix's command, and honest 8-bit maps raise nothing."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.field.cures.obey import run
from maskwright.diagnosis.diagnose import examine
from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.diagnosis.hypotheses.encoding.probabilities import best_threshold, rethresholded, threshold_hypotheses
from maskwright.diagnosis.hypotheses.encoding.wrapped_values import wrapped_value_hypotheses
from maskwright.diagnosis.undo.undone_evidence import Hypothesis, is_constant
from maskwright.findings.finding import make_finding

Floats = NDArray[np.float64]
Bytes = NDArray[np.uint8]


def truths(count: int = 6) -> list[Bytes]:
    masks = [np.zeros((96, 128), np.uint8) for _ in range(count)]
    for i, mask in enumerate(masks):
        cv2.ellipse(mask, (50 + 4 * i, 40 + 3 * i), (30, 18 + i), 0, 0, 360, 1, -1)
    return masks


def scores(truth: Bytes, seed: int) -> Floats:
    """Return raw scores: the signed distance to the outline, with smooth noise."""
    inside, outside = (cv2.distanceTransform(m, cv2.DIST_L2, 5) for m in (truth, 1 - truth))
    rough = np.random.default_rng(seed).normal(0, 1, (truth.shape[0] // 4, truth.shape[1] // 4))
    noise = cv2.resize(rough, truth.shape[::-1], interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(inside - outside, -12, 12) + noise, dtype=np.float64)


def evidence_of(stored: list[Bytes]) -> Evidence:
    return read_pairs(list(zip(truths(len(stored)), stored, strict=True)))


def probabilities(count: int = 6) -> list[Floats]:
    return [1 / (1 + np.exp(-scores(t, i))) for i, t in enumerate(truths(count))]


def times_256() -> list[Bytes]:
    return [(np.round(p, 3) * 256).astype(np.int64).astype(np.uint8) for p in probabilities()]


def test_sure_pixels_that_became_0_are_named_first_and_the_command_fills_them() -> None:
    evidence = evidence_of(times_256())
    first = examine(evidence).findings[0]
    assert (first.code, first.title) == ("pred-wrapped", "Probabilities overflowed 8 bits: the surest pixels are 0")
    command = first.fix.split("`")[3]
    mended = [run(command, {"prediction": stored.copy()})["prediction"] for stored in times_256()]
    for truth, mask in zip(truths(), mended, strict=True):
        assert ((mask >= 128) == (truth == 1)).mean() > 0.97


def in_bytes(chances: list[Floats], factor: int) -> list[Bytes]:
    return [(np.rint(p * 4096) / 4096 * factor).astype(np.int64).astype(np.uint8) for p in chances]


@pytest.mark.parametrize(("factor", "sharpness"), [(256, 5.0), (257, 3.0)])
def test_steep_scores_of_which_only_a_line_is_left_are_mended_by_the_command(factor: int, sharpness: float) -> None:
    """Scores go from 0.001 to 0.999 within two pixels: what is left looks like an outline."""
    steep = [1 / (1 + np.exp(-np.clip(sharpness * scores(t, i), -50, 50))) for i, t in enumerate(truths())]
    stored = [*in_bytes(steep, factor)[:-1], np.zeros_like(truths()[-1])]
    first = examine(evidence_of(stored)).findings[0]
    assert first.code == "pred-wrapped"
    command = first.fix.split("`")[3]
    mended = [run(command, {"prediction": one.copy()})["prediction"] for one in stored]
    for truth, mask in zip(truths()[:-1], mended, strict=False):
        assert ((mask >= 128) == (truth == 1)).mean() > 0.97
    assert not mended[-1].any()


def test_thin_lines_whose_middle_overflowed_are_named() -> None:
    lines = [np.zeros((96, 128), np.uint8) for _ in range(6)]
    for i, mask in enumerate(lines):
        cv2.line(mask, (8, 20 + 4 * i), (120, 70 - 3 * i), 1, 5)
    sure = [1 / (1 + np.exp(-4 * scores(t, i))) for i, t in enumerate(lines)]
    named = [
        h.finding.code for h in wrapped_value_hypotheses(read_pairs(list(zip(lines, in_bytes(sure, 256), strict=True))))
    ]
    assert named == ["pred-wrapped"]


@pytest.mark.parametrize("sharpness", [1.0, 4.0, 8.0])
def test_probabilities_of_a_model_that_draws_outlines_are_no_overflow(sharpness: float) -> None:
    rims = [np.asarray(t - cv2.erode(t, np.ones((5, 5), np.uint8)), np.uint8) for t in truths()]
    chances = [1 / (1 + np.exp(-np.clip(sharpness * scores(t, i), -50, 50))) for i, t in enumerate(rims)]
    assert wrapped_value_hypotheses(evidence_of([np.rint(p * 255).astype(np.uint8) for p in chances])) == []


def test_raw_scores_times_255_are_named_and_nothing_else_is_claimed() -> None:
    stored = [(20 * scores(t, i) * 255).astype(np.int64).astype(np.uint8) for i, t in enumerate(truths())]
    named = [f.code for f in examine(evidence_of(stored)).findings if f.severity != "note"]
    assert named == ["pred-wrapped"]


@pytest.mark.parametrize("sharpness", [0.3, 1.0, 5.0, 100.0])
def test_honest_probabilities_in_8_bits_raise_nothing(sharpness: float) -> None:
    chances = [1 / (1 + np.exp(-np.clip(sharpness * scores(t, i), -50, 50))) for i, t in enumerate(truths())]
    stored = [np.rint(p * 255).astype(np.uint8) for p in chances]
    assert wrapped_value_hypotheses(evidence_of(stored)) == []


def test_a_hole_with_a_soft_edge_is_no_overflow() -> None:
    stored = [np.rint(p * 255).astype(np.uint8) for p in probabilities()]
    for one in stored:
        soft = np.zeros(one.shape, np.float32)
        cv2.circle(soft, (60, 45), 6, 1, -1)
        one[:] = np.rint(one * (1 - cv2.GaussianBlur(soft, (0, 0), 2))).astype(np.uint8)
    assert wrapped_value_hypotheses(evidence_of(stored)) == []


def test_a_threshold_that_paints_everything_is_no_cure() -> None:
    """Scores that say nothing score best as a constant where the object covers most of each photo."""
    rng = np.random.default_rng(3)
    full = [np.where(rng.random((64, 64)) < 0.75, 1, 0).astype(np.uint8) for _ in range(6)]
    noise = [np.rint(cv2.GaussianBlur(rng.random((64, 64)), (0, 0), 1) * 255).astype(np.uint8) for _ in full]
    evidence = read_pairs(list(zip(full, noise, strict=True)))
    (claim,) = threshold_hypotheses(evidence)
    assert is_constant(claim)
    assert "threshold-off" not in [f.code for f in examine(evidence).findings]


def test_a_threshold_that_finds_objects_is_a_cure() -> None:
    evidence = evidence_of([np.rint(p * 90).astype(np.uint8) for p in probabilities()])
    histograms = [case.histogram for case in evidence.cases if case.histogram is not None]
    undone = rethresholded(evidence, best_threshold(np.sum(histograms, axis=0)))
    finding = make_finding("threshold-off", "", values={"undo": ""}, recovered_iou=0.5)
    assert not is_constant(Hypothesis(finding, undone))
