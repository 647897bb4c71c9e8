"""The sentence: what there is, what twice the photos give, and what is out of reach and why."""

import numpy as np

from maskwright.workflows.learning_curve.forecast import Scores, forecast
from maskwright.workflows.learning_curve.label_agreement import LabelAgreement
from maskwright.workflows.learning_curve.report.words import forecast_sentence, reach_of

LOOSE = LabelAgreement(0.88, 0.91, "copies", 5)
TIGHT = LabelAgreement(0.99, 0.995, "borders")


def scores(iou: list[float]) -> Scores:
    return Scores(np.array([5.0, 10, 20, 40]), np.array(iou), np.eye(4) * 0.004**2, 0.004, 3)


def test_the_sentence_names_both_scores_and_what_bounds_them() -> None:
    text = forecast_sentence(forecast(scores([0.77, 0.8, 0.82, 0.835]), top=0.91), 40, LOOSE, 0.95)
    assert text.startswith("40 photos: 0.8")
    assert "Twice as many would give 0.8" in text
    assert text.endswith(
        "0.95 is out of reach of more photos like these: "
        "labels agree only to 0.88 with themselves (5 photos labelled twice)"
    )


def test_a_score_within_reach_comes_with_its_photos() -> None:
    reach = reach_of(forecast(scores([0.5, 0.62, 0.7, 0.75])), 40, TIGHT, 0.78)
    assert reach is not None
    assert 45 < reach.photos < 90
    assert reach.sentence.startswith("0.78 would take about ")


def test_a_flat_curve_names_where_it_levels_off() -> None:
    reach = reach_of(forecast(scores([0.8, 0.8, 0.8, 0.8])), 40, TIGHT)
    assert reach is not None
    assert "levels off at about 0.8" in reach.sentence


def test_a_score_that_is_there_is_said_to_be_reached() -> None:
    reach = reach_of(forecast(scores([0.8, 0.8, 0.8, 0.8])), 40, TIGHT, 0.7)
    assert reach is not None
    assert reach.sentence == "0.70 is reached already"
