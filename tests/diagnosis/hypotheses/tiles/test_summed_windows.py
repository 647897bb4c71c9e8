"""Sums over windows are divided by how many lie on a pixel; logits and plain probabilities are left alone."""

import numpy as np

from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.diagnosis.hypotheses.tiles.summed_windows import summed_window_hypotheses
from maskwright.diagnosis.undo.undone_evidence import iou_of
from tests.diagnosis.hypotheses.tiles.test_unpredicted_windows import blobs
from tests.support.drawn_pairs import Map, chances

TRUTHS = blobs()
COVER = np.outer(np.repeat([1, 2, 1], [24, 52, 24]), np.repeat([1, 2, 1], [32, 56, 32])).astype(np.float32)


def evidence_of(maps: list[Map]) -> Evidence:
    return read_pairs(list(zip(TRUTHS, maps, strict=True)))


def test_sums_over_windows_are_divided() -> None:
    maps = chances(TRUTHS)
    (hypothesis,) = summed_window_hypotheses(evidence_of([one * COVER for one in maps]))
    assert hypothesis.finding.code == "pred-seams"
    assert "[1, 2, 1], [24, 52, 24]" in hypothesis.finding.fix
    assert hypothesis.undone is not None
    assert iou_of(hypothesis.undone) == iou_of(evidence_of(maps))


def test_probabilities_logits_and_scores_above_one_are_no_sums() -> None:
    maps = chances(TRUTHS)
    for changed in (maps, [np.log(one / (1 - one)) for one in maps], [one * 3 for one in maps]):
        assert summed_window_hypotheses(evidence_of(changed)) == []
