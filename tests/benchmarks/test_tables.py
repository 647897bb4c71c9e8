from collections.abc import Mapping

import pytest

from benchmarks.tables import as_markdown, compared
from benchmarks.trials import Outcome, Trial


def outcome(method: str, ious: Mapping[str, float | None], *, set_name: str = "metal") -> Outcome:
    trial = Trial(set_name, 0, method, 0, 1.25)
    return Outcome(trial, dict(ious), 0.5, 75.0, 1.0, 100, 900.0, {}, ["1 CPU core", "torch 2"])


def test_every_method_is_judged_on_all_photos_a_clean_one_left_clean_counting_1() -> None:
    ours = outcome("maskwright", {"a": 0.6, "b": None, "c": 0.0, "d": None})
    theirs = outcome("constant", {"a": 0.0, "b": None, "c": None, "d": 0.0})
    rows = {row.method: row for row in compared([ours, theirs])}
    assert rows["maskwright"].photos == rows["constant"].photos == 4
    assert rows["maskwright"].mean_iou == pytest.approx(2.6 / 4)
    assert rows["constant"].mean_iou == pytest.approx(2 / 4)
    # 0.6 on a, 0 on b, a false alarm of ours on c, of theirs on d
    assert rows["constant"].ahead == pytest.approx((0.6 + 0 - 1 + 1) / 4)
    assert rows["maskwright"].ahead == 0


def test_the_interval_covers_the_difference_and_fewer_than_four_photos_have_none() -> None:
    many = {f"{i}": 0.5 + 0.01 * i for i in range(20)}
    row = compared([outcome("maskwright", many), outcome("other", {name: value - 0.1 for name, value in many.items()})])
    assert row[1].low == pytest.approx(0.1)
    assert row[1].high == pytest.approx(0.1)
    few = {name: many[name] for name in ("0", "1", "2")}
    text = as_markdown([outcome("maskwright", few), outcome("other", dict.fromkeys(few, 0.0))])
    assert "| metal | 3 | 0.510 | other | 0.000 | +0.510 |" in text
    assert "- 1 CPU core\n- torch 2\n" in text


def test_a_method_alone_is_written_down_without_a_lead() -> None:
    (row,) = compared([outcome("other", {"a": 0.2, "b": 0.4})])
    assert row.ahead is None
    assert "| other | 2 | 0.300 | 0.500 |  |" in as_markdown([outcome("other", {"a": 0.2, "b": 0.4})])
