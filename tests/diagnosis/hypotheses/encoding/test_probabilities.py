import numpy as np

from maskwright.classes import class_table
from maskwright.diagnosis.hypotheses.scores.uninformative_scores import score_findings
from maskwright.evaluation.evaluate import Evaluation, PhotoScore


def evaluation(ious: list[float]) -> Evaluation:
    photos = [
        PhotoScore(f"p{i}", np.array([[500, 0], [100 - round(100 * v), round(100 * v)]])) for i, v in enumerate(ious)
    ]
    return Evaluation(class_table(("background", "grid")), tuple(photos))


def test_a_wide_interval_says_how_many_photos_the_claim_needs() -> None:
    (found,) = [f for f in score_findings(evaluation([0.9, 0.2] * 6)) if f.code == "photos-few"]
    assert found.severity == "note"
    assert "on 12 photos, 95 % interval" in found.evidence
    assert "photos would narrow it to 0.15" in found.evidence


def test_a_narrow_interval_has_nothing_to_tell() -> None:
    assert [f for f in score_findings(evaluation([0.8, 0.82] * 6)) if f.code == "photos-few"] == []
