import numpy as np
import pytest

from maskwright.evaluation.bootstrap import bootstrap_dataset_iou, bootstrap_over_photos


def test_bootstrap_interval_covers_the_mean_and_narrows_with_more_photos() -> None:
    rng = np.random.default_rng(1)
    few, many = rng.normal(0.8, 0.1, 8), rng.normal(0.8, 0.1, 200)
    narrow, wide = bootstrap_over_photos(many), bootstrap_over_photos(few)
    assert wide.low < wide.value < wide.high
    assert narrow.high - narrow.low < wide.high - wide.low
    assert narrow.high - narrow.low == pytest.approx(2 * 1.96 * 0.1 / np.sqrt(200), rel=0.3)


def test_bootstrap_of_one_photo_has_no_interval() -> None:
    one = bootstrap_over_photos(np.array([0.7, np.nan]))
    assert one.value == pytest.approx(0.7)
    assert np.isnan(one.low)
    assert np.isnan(bootstrap_over_photos(np.array([np.nan])).value)


def test_dataset_intervals_agree_with_redrawing_by_hand() -> None:
    rng = np.random.default_rng(3)
    counts = rng.integers(1, 50, (12, 2, 2))
    span = bootstrap_dataset_iou(counts)[1]
    by_hand = []
    for _ in range(1000):
        drawn = counts[rng.integers(0, 12, 12)].sum(axis=0)
        by_hand.append(drawn[1, 1] / (drawn[1].sum() + drawn[0, 1]))
    assert span.low == pytest.approx(np.quantile(by_hand, 0.025), abs=0.02)
    assert span.high == pytest.approx(np.quantile(by_hand, 0.975), abs=0.02)
