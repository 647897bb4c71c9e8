import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from maskwright.datasets.dataset import Dataset
from maskwright.datasets.splitting.split import Parts
from maskwright.evaluation.evaluate import Evaluation, Judged, evaluate
from maskwright.planning.plan import Plan
from maskwright.planning.plan_file import read_plan
from maskwright.runs.folder import HistoryRow, read_history
from maskwright.training import loop
from maskwright.training.calibration import ValidatedConfidence
from maskwright.training.loop import train
from maskwright.training.loop_log import Clock, Log
from maskwright.training.progress import Progress
from maskwright.training.state import TrainingState, set_up
from maskwright.training.time_budget import (
    Pace,
    is_last_validation,
    last_times,
    next_checkpoint,
    refitted,
    steps_that_fit,
    validated_photos,
    validations_left,
    within_budget,
)
from tests.support.drawn import disc_photos
from tests.support.plans import parts_of, small_plan


def timed(dataset: Dataset, *, minutes: float) -> Plan:
    plan = small_plan(dataset, steps=0)
    return replace(plan, optim=replace(plan.optim, minutes=minutes))


@pytest.fixture
def misjudged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Parts, Plan]:
    """Return photos and a plan of nine seconds, whose warm-up measures steps as several times slower than they are."""
    dataset = disc_photos(tmp_path / "photos")
    monkeypatch.setattr("maskwright.training.time_budget._step_seconds", lambda *_: 0.6)
    return parts_of(dataset), timed(dataset, minutes=0.15)


def checkpoints_of(steps: int) -> list[int]:
    history: list[HistoryRow] = []
    while not history or history[-1].step < steps:
        history.append(HistoryRow(next_checkpoint(history, steps), 0.0, 0.0, 0.0, None))
    return [row.step for row in history]


@pytest.mark.parametrize("steps", [12, 13, 40, 97, 100, 613, 5000])
def test_a_run_has_twelve_even_checkpoints_the_last_at_its_end(steps: int) -> None:
    saved = checkpoints_of(steps)
    gaps = [after - before for before, after in zip([0, *saved], saved, strict=False)]
    assert len(saved) == 12
    assert saved[-1] == steps
    assert max(gaps) - min(gaps) <= 1


def test_a_run_of_few_steps_has_a_checkpoint_after_each() -> None:
    assert checkpoints_of(5) == [1, 2, 3, 4, 5]


def test_validation_takes_no_more_than_its_share_of_the_time(tmp_path: Path) -> None:
    dataset = disc_photos(tmp_path / "photos", count=12)
    state = set_up(parts_of(dataset, inner=8), small_plan(dataset, steps=0), 0)
    assert within_budget(state, 0.5).plan.sampling.inner_photos == 1
    assert within_budget(state, 3600.0).plan.sampling.inner_photos == 8


def test_the_last_validation_looks_at_more_photos_and_has_its_time(tmp_path: Path) -> None:
    plan = small_plan(disc_photos(tmp_path / "photos", count=4), steps=100)
    one = replace(plan, sampling=replace(plan.sampling, inner_photos=1))
    assert [validated_photos(one, inner, is_last=True) for inner in (0, 4, 20)] == [0, 4, 6]
    assert [validated_photos(one, inner, is_last=False) for inner in (0, 4, 20)] == [0, 1, 1]
    assert [validated_photos(plan, 20, is_last=is_last) for is_last in (True, False)] == [20, 20]
    checkpoints = enumerate(checkpoints_of(100))
    assert [i for i, step in checkpoints if step <= 75 and is_last_validation(plan, step, checkpoints=i)] == [8]
    with_time = steps_that_fit(one, Pace(0.1, 0.5, 0.0, 6.0), step=40, checkpoints=5, left_s=30.0)
    without = steps_that_fit(one, Pace(0.1, 0.5, 0.0), step=40, checkpoints=5, left_s=30.0)
    assert without - with_time == 25
    after = [steps_that_fit(one, Pace(0.1, 0.5, 0.0, t), step=80, checkpoints=10, left_s=30.0) for t in (1.0, 6.0)]
    assert after[0] == after[1]


def remade(plan: Plan, *, step_s: float, warm_up_s: float) -> list[int]:
    """Return the numbers of steps of a run of one minute whose warm-up measured `warm_up_s` for a step of `step_s`."""
    validation_s, times, seconds = 0.05, last_times(plan, 20), 0.0
    steps = int((60 * 0.985 - (8 + times) * validation_s) / warm_up_s)
    numbers = [steps]
    history: list[HistoryRow] = []
    while not history or history[-1].step < steps:
        last = history[-1].step if history else 0
        step = next_checkpoint(history, steps)
        fitted = replace(plan, optim=replace(plan.optim, steps=steps))
        held_out = step - 1 < plan.sampling.inner_until * steps
        is_last = is_last_validation(fitted, step, checkpoints=len(history))
        seconds += (step - last) * step_s + held_out * validation_s * (times if is_last else 1)
        history.append(HistoryRow(step, seconds / 60, 0.0, 0.0, None))
        pace = Pace(step_s, validation_s * held_out, 0.0, times)
        steps = steps_that_fit(fitted, pace, step=step, checkpoints=len(history), left_s=60 - seconds)
        numbers.append(steps)
    assert 58 < seconds < 60
    return numbers


@pytest.mark.parametrize("factor", [0.8, 0.95, 1.0, 1.05, 1.3])
def test_steps_that_take_longer_than_timed_are_corrected_once(tmp_path: Path, factor: float) -> None:
    plan = planned(tmp_path, 100)
    plan = replace(plan, sampling=replace(plan.sampling, inner_photos=1))
    first, *later = remade(plan, step_s=0.06 * factor, warm_up_s=0.06)
    assert max(later) - min(later) <= 0.03 * first
    assert later[0] == pytest.approx(first / factor, rel=0.03)


@pytest.mark.parametrize("inner_until", [0.0, 0.5, 0.7, 0.75, 1.0])
@pytest.mark.parametrize("steps", [5, 40, 97, 600])
def test_validations_are_counted_as_they_will_be(tmp_path: Path, inner_until: float, steps: int) -> None:
    plan = planned(tmp_path, steps)
    plan = replace(plan, sampling=replace(plan.sampling, inner_until=inner_until))
    saved = checkpoints_of(steps)
    held_out = [step for step in saved if step - 1 < inner_until * steps]
    for checkpoints, step in enumerate([0, *saved]):
        assert validations_left(plan, steps, step=step, checkpoints=checkpoints) == sum(s > step for s in held_out)
    lasts = [s for i, s in enumerate(saved) if is_last_validation(plan, s, checkpoints=i)]
    assert lasts[0] == (held_out[-1] if held_out else saved[0])


def test_the_time_of_the_last_validation_is_told_by_the_usual_photos(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = disc_photos(tmp_path / "photos", count=14)
    plan = small_plan(dataset)
    plan = replace(plan, sampling=replace(plan.sampling, inner_photos=1))
    clock, told = [0.0], list[float]()

    def evaluated(
        segment: ValidatedConfidence, photos: Dataset, *, long_side_px: int, on_photo: Callable[[Judged], None]
    ) -> Evaluation:
        clock[0] += len(photos)
        return evaluate(segment, photos, long_side_px=long_side_px, on_photo=on_photo)

    def noted(state: TrainingState, log: Log, *, step: int, validation_s: float) -> TrainingState:
        told.append(validation_s)
        return refitted(state, log, step=step, validation_s=validation_s)

    monkeypatch.setattr(loop, "evaluate", evaluated)
    monkeypatch.setattr(loop, "refitted", noted)
    monkeypatch.setattr(loop, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    train(parts_of(dataset, inner=8), plan, out=tmp_path / "run")
    assert clock[0] == 8 + 6
    assert told == [1.0] * 9 + [0.0] * 3


def test_a_given_number_of_inner_photos_is_validated_whatever_it_takes(tmp_path: Path) -> None:
    dataset = disc_photos(tmp_path / "photos", count=8)
    plan = small_plan(dataset, steps=0)
    asked = replace(plan, sampling=replace(plan.sampling, inner_photos=3), why={"sampling.inner_photos": "set by hand"})
    state = set_up(parts_of(dataset, inner=5), asked, 0)
    for seconds in (0.5, 3600.0):
        fitted = within_budget(state, seconds).plan
        assert fitted.sampling.inner_photos == 3
        assert fitted.why["sampling.inner_photos"] == "set by hand"


def planned(tmp_path: Path, steps: int) -> Plan:
    plan = timed(disc_photos(tmp_path / "photos", count=4), minutes=1.0)
    return replace(plan, optim=replace(plan.optim, steps=steps), sampling=replace(plan.sampling, inner_until=0.75))


def test_steps_faster_than_the_warm_up_are_followed_by_more_steps(tmp_path: Path) -> None:
    plan = planned(tmp_path, 50)
    fit = steps_that_fit(plan, Pace(0.25, 0.5, 0.2), step=5, checkpoints=1, left_s=54.0)
    assert fit == 5 + 187  # 54 s without 8 validations, 11 savings and 0.9 s to spare, at 0.25 s a step


def test_steps_slower_than_the_warm_up_are_followed_by_fewer_steps(tmp_path: Path) -> None:
    plan = planned(tmp_path, 200)
    assert steps_that_fit(plan, Pace(1.0, 0.0, 0.0), step=20, checkpoints=1, left_s=80.9) == 100


def test_a_small_difference_leaves_the_plan_unchanged(tmp_path: Path) -> None:
    plan = planned(tmp_path, 100)
    assert steps_that_fit(plan, Pace(0.5, 0.0, 0.0), step=50, checkpoints=6, left_s=25.4) == 100


def test_inner_photos_once_trained_on_are_never_held_out_again(tmp_path: Path) -> None:
    plan = planned(tmp_path, 100)
    assert steps_that_fit(plan, Pace(0.1, 0.0, 0.0), step=74, checkpoints=8, left_s=30.0) > 300
    assert steps_that_fit(plan, Pace(0.1, 0.0, 0.0), step=75, checkpoints=9, left_s=30.0) == 100
    assert steps_that_fit(plan, Pace(0.1, 0.0, 0.0), step=90, checkpoints=11, left_s=30.0) == 120


def test_a_run_without_time_left_still_lowers_its_learning_rate(tmp_path: Path) -> None:
    plan = planned(tmp_path, 100)
    assert steps_that_fit(plan, Pace(1.0, 0.0, 0.0), step=20, checkpoints=2, left_s=-10.0) == 40


def test_the_steps_are_corrected_at_checkpoints_and_written_into_the_run(
    tmp_path: Path, misjudged: tuple[Parts, Plan]
) -> None:
    parts, plan = misjudged
    seen: list[Progress] = []
    run = train(parts, plan, out=tmp_path / "run", on_progress=seen.append)
    assert run.facts.steps >= seen[0].steps
    assert read_plan(run.folder / "plan.toml").optim.steps == run.facts.steps == seen[-1].steps
    assert read_history(run.folder)[-1].step == run.facts.steps


def test_a_pace_ten_times_faster_than_the_warm_up_gives_more_steps(tmp_path: Path) -> None:
    dataset = disc_photos(tmp_path / "photos", count=4)
    state = set_up(parts_of(dataset, inner=0), replace(planned(tmp_path, 100)), 0)
    log = Log(tmp_path, Clock(time.monotonic()), lambda _: None, state.plan, timed=True, step_s=0.06)
    log.history = [HistoryRow(10, 0.0, 0.0, 0.0, None)]
    more = refitted(state, log, step=10, validation_s=0.0)
    assert more.plan.optim.steps > 500
    assert log.plan.optim.steps == read_plan(tmp_path / "plan.toml").optim.steps == more.plan.optim.steps
    log.timed = False
    assert refitted(state, log, step=10, validation_s=0.0) is state


def test_the_stage_of_centred_crops_does_not_return(tmp_path: Path) -> None:
    plan = planned(tmp_path, 100)
    plan = replace(plan, sampling=replace(plan.sampling, centred_until=0.5))
    assert steps_that_fit(plan, Pace(0.1, 0.0, 0.0), step=60, checkpoints=7, left_s=30.0) == 120


def test_an_interrupted_timed_run_continues_to_correct_its_steps(tmp_path: Path, misjudged: tuple[Parts, Plan]) -> None:
    parts, plan = misjudged

    def interrupt(_: Progress) -> None:
        if (tmp_path / "run" / "checkpoint.pt").exists():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(parts, plan, out=tmp_path / "run", on_progress=interrupt)
    before = read_history(tmp_path / "run")
    run = train(parts, plan, out=tmp_path / "run", resume=True)
    assert read_history(tmp_path / "run")[: len(before)] == before
    assert read_plan(run.folder / "plan.toml").optim.steps == run.facts.steps
    assert run.facts.steps > before[-1].step  # how many fit depends on the machine
