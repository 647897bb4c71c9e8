import cv2
import numpy as np

from maskwright.classes import class_table
from maskwright.diagnosis.diagnose import examine
from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.diagnosis.hypotheses.scores.where_errors_lie import gatherings
from maskwright.imaging.mask_geometry import Mask

KINDS = class_table(("background", "round", "square"))


def discs(seed: int, *, radius: tuple[int, int] = (8, 14)) -> Mask:
    rng, mask = np.random.default_rng(seed), np.zeros((150, 150), np.uint8)
    for place in range(9):
        centre = 25 + 50 * (place % 3) + int(rng.integers(-4, 5)), 25 + 50 * (place // 3) + int(rng.integers(-4, 5))
        cv2.circle(mask, centre, int(rng.integers(*radius)), (1,), -1)
    return mask


def holed(mask: Mask, seed: int, share: float) -> Mask:
    """Return the mask without random patches that cover a share of it."""
    field = cv2.resize(np.random.default_rng(seed).random((8, 8)), mask.shape[::-1])
    return np.where(field < np.quantile(field, share), 0, mask).astype(np.uint8)


def evidence_of(truths: list[Mask], predictions: list[Mask]) -> Evidence:
    return read_pairs(list(zip(truths, predictions, strict=True)))


def variants(evidence: Evidence) -> set[str]:
    return {one.variant for one in gatherings(evidence)}


TRUTHS = [discs(seed) for seed in range(12)]


def test_errors_in_a_few_photos_are_told_with_their_names() -> None:
    drawn = [holed(t, seed, 0.9 if seed < 3 else 0.03) for seed, t in enumerate(TRUTHS)]
    (found,) = gatherings(evidence_of(TRUTHS, drawn))
    assert found.variant == "photos"
    assert "pair 0, pair 1, pair 2" in found.words


def test_errors_in_one_part_of_all_photos_are_told() -> None:
    drawn = [np.vstack([t[:100], holed(t, seed, 0.7)[100:]]) for seed, t in enumerate(TRUTHS)]
    found = gatherings(evidence_of(TRUTHS, drawn))
    assert [one.variant for one in found] == ["places"]
    assert "lower third" in found[0].words


def test_small_objects_that_are_missed_are_told() -> None:
    truths = [discs(seed, radius=(3, 16)) for seed in range(12)]
    drawn = [np.asarray(cv2.morphologyEx(t, cv2.MORPH_OPEN, np.ones((15, 15), np.uint8)), np.uint8) for t in truths]
    assert "sizes" in variants(evidence_of(truths, drawn))


def test_the_class_that_is_drawn_badly_is_told() -> None:
    truths = [np.where(np.arange(150) > 75, t, 2 * t).astype(np.uint8) for t in TRUTHS]
    drawn = [np.where(t == 2, holed(t, seed, 0.8), t).astype(np.uint8) for seed, t in enumerate(truths)]
    evidence = read_pairs(list(zip(truths, drawn, strict=True)), classes=KINDS)
    (found,) = (one for one in gatherings(evidence) if one.variant == "classes")
    assert "'square' has" in found.words


def test_errors_that_lie_everywhere_gather_nowhere() -> None:
    assert variants(evidence_of(TRUTHS, [holed(t, seed, 0.5) for seed, t in enumerate(TRUTHS)])) == set()


def test_a_fair_score_has_a_note_that_says_where_errors_lie_and_accuses_nobody() -> None:
    drawn = [holed(t, seed, 0.35) for seed, t in enumerate(TRUTHS)]
    findings = examine(evidence_of(TRUTHS, drawn)).findings
    assert all(f.severity == "note" for f in findings)
    assert [f.code for f in findings].count("score-unexplained") == 1
