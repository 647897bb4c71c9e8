import time
from dataclasses import replace
from pathlib import Path

import pytest

from maskwright.datasets.dataset import Dataset
from maskwright.datasets.split import Parts
from maskwright.planning.plan import Plan
from maskwright.planning.plan_file import read_plan
from maskwright.runs.folder import HistoryRow, read_history
from maskwright.training.loop import Progress, train
from maskwright.training.state import set_up
from maskwright.training.time_budget import Pace, next_mark, steps_that_fit, within_budget
from tests.support.drawn import disc_photos
from tests.support.plans import parts_of, small_plan


def timed(dataset: Dataset, *, minutes: float) -> Plan:
    plan = small_plan(dataset, steps=0)
    return replace(plan, optim=replace(plan.optim, minutes=minutes))


@pytest.fixture
def misjudged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Parts, Plan]:
    """Return photos and a plan of nine seconds, whose warm-up takes a step for several times slower than it is."""
    dataset = disc_photos(tmp_path / "photos")
    monkeypatch.setattr("maskwright.training.time_budget._step_seconds", lambda _: 0.6)
    return parts_of(dataset), timed(dataset, minutes=0.15)


def marks_of(steps: int) -> list[int]:
    history: list[HistoryRow] = []
    while not history or history[-1].step < steps:
        history.append(HistoryRow(next_mark(history, steps), 0.0, 0.0, 0.0, None))
    return [row.step for row in history]


@pytest.mark.parametrize("steps", [12, 13, 40, 97, 100, 613, 5000])
def test_a_run_is_looked_at_twelve_times_evenly_and_at_its_end(steps: int) -> None:
    marks = marks_of(steps)
    gaps = [after - before for before, after in zip([0, *marks], marks, strict=False)]
    assert len(marks) == 12
    assert marks[-1] == steps
    assert max(gaps) - min(gaps) <= 1


def test_a_run_of_few_steps_is_looked_at_after_each() -> None:
    assert marks_of(5) == [1, 2, 3, 4, 5]


def test_validation_takes_no_more_than_its_share_of_the_time(tmp_path: Path) -> None:
    dataset = disc_photos(tmp_path / "photos", count=12)
    bench = set_up(parts_of(dataset, inner=8), small_plan(dataset, steps=0), 0)
    assert within_budget(bench, 0.5).plan.sampling.inner_photos == 1
    assert within_budget(bench, 3600.0).plan.sampling.inner_photos == 8


def test_as_many_inner_photos_as_asked_for_are_looked_at_whatever_it_takes(tmp_path: Path) -> None:
    dataset = disc_photos(tmp_path / "photos", count=8)
    plan = small_plan(dataset, steps=0)
    asked = replace(plan, sampling=replace(plan.sampling, inner_photos=3), why={"sampling.inner_photos": "set by hand"})
    bench = set_up(parts_of(dataset, inner=5), asked, 0)
    for seconds in (0.5, 3600.0):
        fitted = within_budget(bench, seconds).plan
        assert fitted.sampling.inner_photos == 3
        assert fitted.why["sampling.inner_photos"] == "set by hand"


def planned(tmp_path: Path, steps: int) -> Plan:
    plan = timed(disc_photos(tmp_path / "photos", count=4), minutes=1.0)
    return replace(plan, optim=replace(plan.optim, steps=steps), sampling=replace(plan.sampling, inner_until=0.75))


def test_steps_that_were_faster_than_the_warm_up_are_followed_by_more_of_them(tmp_path: Path) -> None:
    plan = planned(tmp_path, 50)
    fit = steps_that_fit(plan, Pace(0.25, 0.5, 0.2), step=5, marks=1, left_s=54.0)
    assert fit == 5 + 187  # 54 s without 8 validations, 11 savings and 0.9 s to spare, at 0.25 s a step


def test_steps_that_were_slower_than_the_warm_up_are_followed_by_fewer(tmp_path: Path) -> None:
    plan = planned(tmp_path, 200)
    assert steps_that_fit(plan, Pace(1.0, 0.0, 0.0), step=20, marks=1, left_s=80.9) == 100


def test_a_small_difference_changes_no_plan(tmp_path: Path) -> None:
    plan = planned(tmp_path, 100)
    assert steps_that_fit(plan, Pace(0.5, 0.0, 0.0), step=50, marks=6, left_s=25.4) == 100


def test_inner_photos_once_learnt_from_are_never_held_out_again(tmp_path: Path) -> None:
    plan = planned(tmp_path, 100)
    assert steps_that_fit(plan, Pace(0.1, 0.0, 0.0), step=74, marks=8, left_s=30.0) > 300
    assert steps_that_fit(plan, Pace(0.1, 0.0, 0.0), step=75, marks=9, left_s=30.0) == 100
    assert steps_that_fit(plan, Pace(0.1, 0.0, 0.0), step=90, marks=11, left_s=30.0) == 120


def test_a_run_without_time_left_still_brings_its_rates_down(tmp_path: Path) -> None:
    plan = planned(tmp_path, 100)
    assert steps_that_fit(plan, Pace(1.0, 0.0, 0.0), step=20, marks=2, left_s=-10.0) == 40


def test_a_machine_that_was_busy_during_the_warm_up_still_fills_the_minutes(
    tmp_path: Path, misjudged: tuple[Parts, Plan]
) -> None:
    parts, plan = misjudged
    seen: list[Progress] = []
    started = time.monotonic()
    run = train(parts, plan, out=tmp_path / "run", on_progress=seen.append)
    first, last = seen[0].steps, run.facts.steps
    assert first <= 30
    assert last > 2 * first or time.monotonic() - started > 8  # on a machine that is really so slow
    assert read_plan(run.folder / "plan.toml").optim.steps == last
    assert read_history(run.folder)[-1].step == last


def test_the_stage_of_centred_crops_does_not_come_back(tmp_path: Path) -> None:
    plan = planned(tmp_path, 100)
    plan = replace(plan, sampling=replace(plan.sampling, centred_until=0.5))
    assert steps_that_fit(plan, Pace(0.1, 0.0, 0.0), step=60, marks=7, left_s=30.0) == 120


def test_a_timed_run_that_was_interrupted_goes_on_filling_its_minutes(
    tmp_path: Path, misjudged: tuple[Parts, Plan]
) -> None:
    parts, plan = misjudged

    def interrupt(_: Progress) -> None:
        if (tmp_path / "run" / "checkpoint.pt").exists():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(parts, plan, out=tmp_path / "run", on_progress=interrupt)
    before, begun = read_history(tmp_path / "run"), read_plan(tmp_path / "run" / "plan.toml").optim.steps
    started = time.monotonic()
    run = train(parts, plan, out=tmp_path / "run", resume=True)
    assert read_history(tmp_path / "run")[: len(before)] == before
    assert read_plan(run.folder / "plan.toml").optim.steps == run.facts.steps
    assert run.facts.steps > begun or time.monotonic() - started > 8  # on a machine that is really so slow
