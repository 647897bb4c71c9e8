"""What a curve advises: no more confidence than its trainings allow, and one conclusion for each arm."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from maskwright.classes import class_table
from maskwright.datasets.label_bits import LabelBits
from maskwright.evaluation.bootstrap import Interval
from maskwright.evaluation.evaluate import Evaluation, PhotoScore
from maskwright.workflows.learning_curve.curve import ArmGain, LearningCurve, Setting
from maskwright.workflows.learning_curve.forecast import Scores, forecast
from maskwright.workflows.learning_curve.label_agreement import LabelAgreement
from maskwright.workflows.learning_curve.points import Point, Trained
from maskwright.workflows.learning_curve.quality import measured_quality
from maskwright.workflows.learning_curve.report.advice import advice_on, arm_lines, doubts, quality_line

HELPS, HURTS, CHANCE = Interval(0.1, 0.08, 0.13), Interval(-0.09, -0.16, -0.03), Interval(0.01, -0.02, 0.04)


def curve(*, steps: int = 300, minutes: float = 2.0) -> LearningCurve:
    """Return a flat curve of four subsets."""
    setting = Setting(Path("p"), "again", minutes, 2, 768, 256, (512, 512), "imagenet", "unet", longer="longer")
    sizes = (5.0, 10.0, 20.0, 40.0)
    points = tuple(Point("main", n, Interval(0.8, 0.78, 0.82), {"a": 0.8}, (0.8,), minutes, steps) for n in sizes)
    scores = Scores(np.array(sizes), np.array([0.8] * 4), np.eye(4) * 0.004**2, 0.004, 3)
    agreement = LabelAgreement(0.99, 0.995, "borders")
    return LearningCurve(
        Path("out"), setting, 40, 40, points, forecast(scores), agreement, LabelBits((("a", 1.0),), 1.0, 1.0)
    )


def with_scratch(*gains: Interval) -> LearningCurve:
    return replace(curve(), arms=(ArmGain("scratch", (), tuple(zip((8.0, 15.0), gains, strict=False))),))


def test_long_trainings_say_what_is_out_of_reach() -> None:
    assert not curve().is_rough
    assert "is out of reach of more photos like these" in curve().sentence
    assert "perhaps" not in curve().sentence
    assert advice_on(curve()).sentence.endswith(
        "measure what longer trainings and photos 1.5 times as large would give"
    )
    assert advice_on(curve()).command == "again --arms minutes,scale"


@pytest.mark.parametrize("short", [curve(steps=12), curve(minutes=0.4)])
def test_short_trainings_forecast_with_caution_and_advise_longer_ones(short: LearningCurve) -> None:
    assert "Twice as many would perhaps give" in short.sentence
    assert "out of reach" not in short.sentence
    assert short.sentence.endswith("is not known yet")
    assert doubts(short)
    assert advice_on(short).command == "longer"


def test_two_subsets_forecast_with_caution() -> None:
    two = replace(curve(), points=curve().points[:2])
    assert two.is_rough
    assert "perhaps" in two.sentence
    assert advice_on(two).command != "longer"


@pytest.mark.parametrize(
    ("gains", "conclusion"),
    [
        ((HELPS, HELPS), "Starting from random instead of pretrained weights helps: "),
        ((HURTS, HURTS), "Starting from random instead of pretrained weights scores lower: "),
        ((HELPS, HURTS), "Starting from random instead of pretrained weights helps with some numbers of photos only: "),
        ((CHANCE,), "Whether starting from random instead of pretrained weights helps is not clear, as the diff"),
    ],
)
def test_an_arm_has_one_conclusion_before_its_numbers(gains: tuple[Interval, ...], conclusion: str) -> None:
    (line,) = arm_lines(with_scratch(*gains))
    assert line.startswith(conclusion)
    assert f": {gains[0].value:+.2f}" in line


@pytest.mark.parametrize(
    ("iou", "level"),
    [(0.97, "good"), (0.7, "fair"), (0.4, "poor")],
)
def test_the_quality_is_that_of_the_largest_subset(iou: float, level: str) -> None:
    trained = [scored(size=0, iou=0.99), scored(size=1, iou=iou), Trained("main", 1, 1, 9, None, failed="disk full")]
    quality = measured_quality(trained)
    assert (quality.level, quality.constant_class) == (level, "disc")
    assert 0 < quality.constant < 0.35
    (line,) = quality_line(replace(curve(), quality=quality))
    assert line.startswith(f"{level.capitalize()}: a model from all 40 photos would score 0.80 on new ones: it ")


def test_a_curve_without_objects_has_no_quality() -> None:
    assert quality_line(curve()) == []
    assert measured_quality([Trained("main", 0, 0, 9, None, failed="disk full")]).level == "none"


def scored(*, size: int, iou: float) -> Trained:
    """Return a training whose model finds `iou` of the object on one photo, and nothing else."""
    found = round(3000 * iou)
    counts = np.array([[7000, 0], [3000 - found, found]])
    photo = PhotoScore("a", counts)
    return Trained("main", 0, size, 9, Evaluation(class_table(("background", "disc")), (photo,)))
