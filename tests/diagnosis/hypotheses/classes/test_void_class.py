import cv2
import numpy as np

from maskwright.classes import class_table
from maskwright.diagnosis.diagnose import diagnose
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.diagnosis.hypotheses.classes.void_class import void_class_hypotheses
from maskwright.imaging.mask_geometry import Mask, boundary
from tests.support.drawn_pairs import jittered

STREET = class_table(("sky", "wall", "road", "car", "tree", "sign", "other"), background=None)


def street(rng: np.random.Generator) -> Mask:
    mask = np.zeros((160, 160), np.uint8)
    mask[60:], mask[110:] = 1, 2
    for class_id in (3, 4, 5):
        cv2.circle(mask, (int(rng.integers(20, 140)), int(rng.integers(40, 130))), 18, (class_id,), -1)
    return mask


def with_lines_between(mask: Mask) -> Mask:
    """Return the mask with id 6 along the borders of all classes."""
    wide = cv2.dilate(boundary(mask).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return np.where(wide, 6, mask).astype(np.uint8)


def test_an_id_along_all_borders_that_is_never_predicted_may_be_void() -> None:
    rng = np.random.default_rng(0)
    masks = [street(rng) for _ in range(8)]
    findings = diagnose(read_pairs([(with_lines_between(m), m) for m in masks], classes=STREET))
    assert [f.code for f in findings if f.severity != "note"] == []
    (void,) = [f for f in findings if f.code == "truth-void"]
    assert "data.ignore=6" in void.fix


def test_a_poor_score_is_explained_without_the_id_that_may_be_void() -> None:
    rng = np.random.default_rng(0)
    masks = [street(rng) for _ in range(8)]
    weak = jittered(masks, px=12)
    findings = diagnose(
        read_pairs([(with_lines_between(m), w) for m, w in zip(masks, weak, strict=True)], classes=STREET)
    )
    assert {f.code for f in findings} >= {"truth-void", "score-unexplained"}
    (unexplained,) = [f for f in findings if f.code == "score-unexplained"]
    assert "'other'" not in unexplained.evidence


def test_a_class_of_objects_that_is_never_predicted_is_missing() -> None:
    rng, pairs = np.random.default_rng(0), []
    for _ in range(8):
        mask = street(rng)
        truth = mask.copy()
        cv2.circle(truth, (int(rng.integers(20, 140)), 85), 12, (6,), -1)
        pairs.append((truth, np.where(truth == 6, 1, mask).astype(np.uint8)))
    evidence = read_pairs(pairs, classes=STREET)
    assert void_class_hypotheses(evidence) == []
    assert {f.code for f in diagnose(evidence)} & {"class-missing", "classes-merged"}


def test_an_id_between_classes_that_is_predicted_is_a_class() -> None:
    rng = np.random.default_rng(0)
    masks = [with_lines_between(street(rng)) for _ in range(8)]
    assert void_class_hypotheses(read_pairs([(m, m) for m in masks], classes=STREET)) == []
