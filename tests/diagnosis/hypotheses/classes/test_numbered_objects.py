"""Numbers of single objects on both sides are matched photo by photo; classes are not taken for objects."""

import numpy as np

from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.diagnosis.hypotheses.classes.numbered_objects import numbered_object_hypotheses
from maskwright.diagnosis.undo.undone_evidence import iou_of
from maskwright.imaging.mask_geometry import Mask
from tests.support.drawn_pairs import jittered


def numbered(count: int = 6, objects: int = 12) -> list[Mask]:
    """Return masks of squares, each with a number of its own, in any order."""
    masks = []
    for seed in range(count):
        rng = np.random.default_rng(seed)
        mask = np.zeros((150, 200), dtype=np.uint8)
        for place, number in enumerate(rng.permutation(objects) + 1):
            y, x = 10 + 45 * (place // 4), 8 + 48 * (place % 4)
            mask[y : y + int(rng.integers(20, 34)), x : x + int(rng.integers(20, 34))] = number
        masks.append(mask)
    return masks


def renumbered(masks: list[Mask], *, alike: bool) -> list[Mask]:
    rng = np.random.default_rng(5)
    orders = [np.append(0, 1 + rng.permutation(int(masks[0].max()))) for _ in masks]
    return [(orders[0] if alike else order)[mask].astype(np.uint8) for order, mask in zip(orders, masks, strict=True)]


def evidence_of(predictions: list[Mask]) -> Evidence:
    return read_pairs(list(zip(numbered(), predictions, strict=True)))


def test_objects_numbered_anew_in_each_photo_are_matched() -> None:
    (hypothesis,) = numbered_object_hypotheses(evidence_of(renumbered(jittered(numbered()), alike=False)))
    assert hypothesis.finding.code == "instance-ids"
    assert "(mask > 0)" in hypothesis.finding.fix
    assert hypothesis.undone is not None
    assert iou_of(hypothesis.undone) > 0.7


def test_one_order_for_all_photos_is_of_classes() -> None:
    assert numbered_object_hypotheses(evidence_of(renumbered(jittered(numbered()), alike=True))) == []
    assert numbered_object_hypotheses(evidence_of(jittered(numbered()))) == []
