"""The forecast: known curves are continued, the ceiling holds, and fewer photos mean a wider interval."""

import numpy as np
import pytest

from maskwright.workflows.learning_curve.forecast import Scores, covariance_over_photos, forecast, training_sd


def scores_on(photos: list[float], *, end: float, room: float, speed: float, sd: float = 0.004) -> Scores:
    """Return noise-free scores of end - room * (n / last)^-speed, said to be known to `sd`."""
    n = np.array(photos)
    iou = end - room * (n / n[-1]) ** -speed
    return Scores(n, iou, np.eye(len(n)) * sd**2, sd, 3)


@pytest.mark.parametrize(("end", "room", "speed"), [(0.9, 0.15, 0.6), (0.8, 0.02, 1.0), (0.7, 0.2, 0.5)])
def test_a_power_law_is_continued(end: float, room: float, speed: float) -> None:
    scores = scores_on([5, 10, 20, 40], end=end, room=room, speed=speed)
    found = forecast(scores)
    truth = end - room * 2**-speed
    assert found.at(80).value == pytest.approx(truth, abs=0.02)
    assert found.at(80).low < truth < found.at(80).high
    assert found.gain(40, 80).value == pytest.approx(truth - scores.iou[-1], abs=0.02)


def test_a_flat_curve_promises_nothing() -> None:
    found = forecast(scores_on([5, 10, 20, 40], end=0.8, room=0.0, speed=1.0))
    assert found.gain(40, 80).value < 0.01
    assert found.photos_for(0.95)[0] < 0.1


def test_no_forecast_is_above_what_the_labels_allow() -> None:
    scores = scores_on([5, 10, 20, 40], end=1.0, room=0.15, speed=0.6)
    assert forecast(scores, top=0.88).at(10_000).high <= 0.88
    assert forecast(scores).at(10_000).high > 0.9


def test_a_ceiling_below_the_measured_scores_is_not_believed() -> None:
    scores = scores_on([5, 10, 20, 40], end=0.9, room=0.1, speed=0.6)
    assert forecast(scores, top=0.5).at(40).value == pytest.approx(0.8, abs=0.02)


def test_noisier_scores_give_a_wider_interval() -> None:
    sure, unsure = (forecast(scores_on([4, 8], end=0.8, room=0.1, speed=0.6, sd=sd)).at(16) for sd in (0.004, 0.05))
    assert unsure.high - unsure.low > 2 * (sure.high - sure.low)


def test_the_photos_for_a_score_are_those_at_which_the_curve_has_it() -> None:
    found = forecast(scores_on([5, 10, 20, 40], end=0.9, room=0.15, speed=0.6))
    share, photos = found.photos_for(0.8)
    assert share > 0.95
    assert found.at(photos).value == pytest.approx(0.8, abs=0.01)


def test_the_scatter_of_trainings_is_what_folds_and_subsets_leave_unexplained() -> None:
    rng = np.random.default_rng(0)
    table = rng.normal(0, 0.1, (40, 1)) + rng.normal(0, 0.1, (1, 5)) + rng.normal(0, 0.03, (40, 5))
    assert training_sd(table) == pytest.approx(0.03, rel=0.15)
    assert training_sd(table[:1]) == pytest.approx(0.015)


def test_the_covariance_over_photos_is_that_of_their_means() -> None:
    rng = np.random.default_rng(0)
    table = rng.normal(0.7, 0.1, (50, 1)) + rng.normal(0, 0.02, (50, 2))
    covariance = covariance_over_photos(table, np.arange(50), draws=20_000)
    assert covariance == pytest.approx(np.cov(table, rowvar=False) / 50, rel=0.1)


def test_photos_of_one_group_count_as_one() -> None:
    values = np.repeat(np.random.default_rng(0).normal(0.7, 0.1, (10, 1)), 5, axis=0)
    by_group = covariance_over_photos(values, np.repeat(np.arange(10), 5))
    by_photo = covariance_over_photos(values, np.arange(50))
    assert by_group[0, 0] > 3 * by_photo[0, 0]


def test_a_subset_or_a_fold_without_any_score_says_nothing_about_the_scatter() -> None:
    table = np.random.default_rng(0).normal(0, 0.03, (6, 3))
    gaps = np.full((7, 4), np.nan)
    gaps[:6, :3] = table
    assert training_sd(gaps) == training_sd(table)
    assert training_sd(np.full((2, 2), np.nan)) == pytest.approx(0.015)
