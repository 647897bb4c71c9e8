"""Predictions that still hold earlier photos' objects are told from those of weak models and of other photos."""

import numpy as np
import pytest

from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.diagnosis.hypotheses.pairing.carried_over import carried_over_hypotheses
from maskwright.diagnosis.undo.undone_evidence import iou_of
from maskwright.imaging.mask_geometry import Mask
from tests.support.drawn_pairs import jittered, one_object, three_objects

TRUTHS, MANY = one_object(12), three_objects(12)


def evidence_of(truths: list[Mask], predictions: list[Mask]) -> Evidence:
    return read_pairs(list(zip(truths, predictions, strict=True)))


def carried(masks: list[Mask], *, every: int = 100) -> list[Mask]:
    """Return masks that were drawn into one array for `every` photos."""
    out: list[Mask] = []
    for place, mask in enumerate(masks):
        out.append(mask if place % every == 0 else np.where(mask > 0, mask, out[-1]))
    return out


@pytest.mark.parametrize("truths", [TRUTHS, MANY])
@pytest.mark.parametrize("every", [100, 4])
def test_masks_drawn_into_one_array_are_named(truths: list[Mask], every: int) -> None:
    evidence = evidence_of(truths, carried(jittered(truths), every=every))
    (hypothesis,) = carried_over_hypotheses(evidence)
    assert hypothesis.finding.code == "pred-excess"
    assert "np.zeros" in hypothesis.finding.fix
    assert hypothesis.undone is not None
    assert iou_of(hypothesis.undone) > iou_of(evidence) + 0.1


def test_photos_in_reverse_order_are_named_as_well() -> None:
    predictions = carried(jittered(TRUTHS)[::-1])[::-1]
    assert carried_over_hypotheses(evidence_of(TRUTHS, predictions))


def test_sound_predictions_and_those_of_other_photos_hold_nothing_over() -> None:
    sound = jittered(TRUTHS)
    for predictions in (sound, [sound[-1], *sound[:-1]], [sound[0]] * len(sound)):
        assert carried_over_hypotheses(evidence_of(TRUTHS, predictions)) == []
