import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from maskwright.classes import ClassTable, class_table
from maskwright.diagnosis.diagnose import diagnose
from maskwright.evaluation.evaluate import Evaluation, PhotoScore
from maskwright.evaluation.verdict import Verdict, best_constant, verdict
from maskwright.findings.finding import Finding, Severity, make_finding
from maskwright.runs.enough_steps import advised_minutes
from maskwright.runs.folder import RunFacts

BINARY = class_table(("background", "grid"))
FACTS = RunFacts("0.2.0", "my photos", BINARY, None, ("a", "b"), (), ("c",), (), 0, "random", "2 cores", 1.4, 20, 0.0)
RUN = Path("runs/grid")


def photos(*, hits: int, true: int = 100, ground: int = 900, false: int = 0, count: int = 6) -> tuple[PhotoScore, ...]:
    """Return equal photos of `true` grid pixels, of which `hits` are found, and `false` false ones."""
    counts = np.array([[ground - false, false], [true - hits, hits]])
    return tuple(PhotoScore(f"p{i}", counts) for i in range(count))


def judge(evaluation: Evaluation, *more: Finding, facts: RunFacts = FACTS) -> Verdict:
    return verdict(evaluation, [*diagnose(evaluation), *more], facts=facts, run=RUN)


def test_a_good_model_is_to_be_used() -> None:
    judged = judge(Evaluation(BINARY, photos(hits=92)))
    assert (judged.quality, judged.trust) == ("good", "held out")
    assert judged.title == "Finding grid: 0.92 on 6 unseen photos"
    assert (
        judged.sentence
        == "Good: finds grid on photos it has not seen (IoU 0.92; marking every pixel as grid would get 0.10)"
    )
    assert judged.command == "maskwright predict runs/grid new_photos/ --out predictions"


def test_a_good_model_names_the_errors_that_are_still_open() -> None:
    judged = judge(Evaluation(BINARY, photos(hits=92)), Finding("photo-missing", "error", "A photo is gone", "x", "y"))
    assert judged.quality == "good"
    assert judged.sentence.endswith("; 1 open error among the findings, first: a photo is gone")


def test_a_fair_model_gets_more_time_and_the_path_is_quoted() -> None:
    judged = judge(Evaluation(BINARY, photos(hits=60)), facts=replace(FACTS, steps=300, minutes=10.0))
    assert judged.quality == "fair"
    assert judged.command == "maskwright train 'my photos' --minutes 20"


def test_a_poor_model_is_to_be_diagnosed() -> None:
    judged = judge(Evaluation(BINARY, photos(hits=20)))
    assert judged.quality == "poor"
    assert judged.sentence.startswith(
        "Poor: does not find grid on photos it has not seen (IoU 0.20; marking every pixel as grid"
    )
    assert judged.command == "maskwright diagnose runs/grid"


def test_too_few_steps_are_the_reason_of_a_poor_score() -> None:
    few = make_finding("steps-few", "20 steps", values={"minutes": 15})
    judged = judge(Evaluation(BINARY, photos(hits=14)), few)
    assert judged.sentence.endswith("). Reason: only 20 steps, the least that a training takes, in 1.4 minutes")
    assert judged.command == "maskwright train 'my photos' --minutes 15"


def test_a_collapsed_model_is_poor_and_the_collapse_is_named() -> None:
    judged = judge(Evaluation(BINARY, photos(hits=0)))
    assert judged.quality == "poor"
    assert "collapsed to one class, every pixel is 'background'" in judged.sentence


def test_a_flooded_photo_makes_a_model_poor_though_the_mean_over_photos_is_fair() -> None:
    flooded = PhotoScore("f", np.array([[100, 5000], [0, 100]]))
    judged = judge(Evaluation(BINARY, (*photos(hits=60), flooded)))
    assert judged.quality == "poor"
    assert judged.sentence.startswith("Poor: finds grid, with large errors, on photos it has not seen (IoU 0.5")
    assert judged.sentence.endswith("; much lower on some photos)")


def test_more_photos_are_advised_after_the_command_that_only_trains_for_longer() -> None:
    few = make_finding("steps-few", "20 steps", values={"minutes": 15})
    judged = judge(Evaluation(BINARY, photos(hits=60, count=2)), few)
    assert judged.next_words == "It has trained for too few steps: train for longer"
    assert judged.afterwards == "Then label more photos"
    assert judge(Evaluation(BINARY, photos(hits=92))).afterwards == ""


def test_a_cross_validated_score_says_whose_it_is() -> None:
    folded = tuple(
        replace(photo, name=name, fold=i)
        for i, (photo, name) in enumerate(zip(photos(hits=92, count=2), "ab", strict=True))
    )
    judged = judge(Evaluation(BINARY, folded))
    assert judged.title == "Finding grid: 0.92 on 2 photos, cross-validated"
    assert judged.trust_statement.startswith("Each photo was scored by a model that had not seen it")
    learned = "the model of this run learned from all of them and should do about as well on new photos"
    assert judged.trust_statement.endswith(learned)
    others = judge(Evaluation(BINARY, folded), facts=replace(FACTS, train_photos=("a",)))
    assert learned not in others.trust_statement


def test_the_statement_is_the_sentence_without_the_quality() -> None:
    judged = judge(Evaluation(BINARY, photos(hits=92)))
    assert judged.statement.startswith("Finds grid on photos it has not seen")


def test_a_high_score_on_training_photos_is_good_and_not_to_be_trusted() -> None:
    judged = judge(Evaluation(BINARY, photos(hits=95), held_out=False))
    assert (judged.quality, judged.trust) == ("good", "none")
    assert "on its training photos" in judged.sentence
    assert judged.command == "maskwright train 'my photos' --out runs/grid --resume --folds 5"


def test_the_trust_is_also_said_without_the_name_of_the_interval_that_a_page_draws() -> None:
    judged = judge(Evaluation(BINARY, photos(hits=92)))
    assert judged.trust_sentence.replace(" (95 % interval)", "") == judged.trust_statement
    assert "(95 % interval)" in judged.trust_sentence


def test_few_photos_limit_the_trust_and_not_the_quality() -> None:
    judged = judge(Evaluation(BINARY, photos(hits=92, count=2)))
    assert (judged.quality, judged.trust) == ("good", "limited")
    assert "few photos make it uncertain" in judged.trust_sentence


def test_photos_unlike_the_training_photos_limit_the_trust() -> None:
    judged = judge(Evaluation(BINARY, photos(hits=92)), make_finding("photos-unlike", "2 of 6"))
    assert judged.trust == "limited"
    assert "some photos are unlike those of training" in judged.trust_sentence


def test_photos_without_objects_give_no_score() -> None:
    nothing = tuple(PhotoScore(f"p{i}", np.diag([100, 0])) for i in range(6))
    judged = judge(Evaluation(BINARY, nothing))
    assert judged.quality == "none"
    assert math.isnan(judged.constant)
    assert judged.command == "maskwright check 'my photos' --sheet sheet.png"


def test_where_one_class_covers_most_pixels_the_rarer_one_decides() -> None:
    judged = judge(Evaluation(BINARY, photos(hits=770, true=780, ground=220, false=150)))
    assert judged.value > 0.8
    assert judged.quality == "poor"
    assert [(c.name, round(c.constant, 2)) for c in judged.classes] == [("grid", 0.78), ("background", 0.22)]
    assert (
        "grid covers most pixels, so look at both: grid 0.83 (marking every pixel so would get 0.78), background"
        in judged.sentence
    )


@pytest.mark.parametrize("table", [BINARY, class_table(("background", "grid"), background=None)])
def test_the_constant_answer_is_the_best_single_class_photo_by_photo(table: ClassTable) -> None:
    two = (PhotoScore("a", np.array([[50, 0], [0, 50]])), PhotoScore("b", np.array([[90, 0], [0, 10]])))
    expected = 0.3 if table.background == 0 else 0.35
    assert best_constant(Evaluation(table, two))[1] == pytest.approx(expected)


@pytest.mark.parametrize(("minutes", "steps", "advised"), [(1.4, 20, 15), (10, 300, 20), (2, 1000, 10), (0, 0, 10)])
def test_advised_minutes_hold_enough_steps(minutes: float, steps: int, advised: int) -> None:
    assert advised_minutes(replace(FACTS, minutes=minutes, steps=steps)) == advised


@pytest.mark.parametrize("severity", ["error", "warning"])
def test_a_low_score_is_called_real_only_without_an_open_error(severity: Severity) -> None:
    finding = Finding("mask-flipped", severity, "Masks are mirrored against their photos", "x", "y")
    facts = replace(FACTS, steps=3000, minutes=30.0)
    judged = judge(Evaluation(BINARY, photos(hits=5, count=40)), finding, facts=facts)
    errors = [f for f in diagnose(Evaluation(BINARY, photos(hits=5, count=40))) if f.severity == "error"]
    assert not errors
    assert ("The low score is real" in judged.trust_sentence) is (severity == "warning")
