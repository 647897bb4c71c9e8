"""The budget: how many steps fit into the minutes, guessed by a warm-up, corrected while the steps are taken."""

import math
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from maskwright.datasets.dataset import pick
from maskwright.evaluation.evaluate import evaluate
from maskwright.planning.plan import Plan
from maskwright.runs.folder import HistoryRow
from maskwright.training.state import Bench, averaged, batches, one_step

WARM_UP_STEPS = 2
TIMED_STEPS = 3
LEAST_STEPS = 20
MARKS = 12
"""How often a run is validated and saved."""
VALIDATION_SHARE = 0.05
"""Of the time, at most: one photo is looked at in any case."""
SPARE_SHARE = 0.015
"""Of the time: for writing the run down, and for a machine that is not always equally fast."""
WORTH_IT = 0.02
"""Steps are planned anew where they change by more than this share."""


@dataclass(frozen=True)
class Pace:
    """Seconds that a step takes by the latest marks, and what a validation and the saving at a mark took."""

    step_s: float
    validation_s: float
    saving_s: float


def next_mark(history: Sequence[HistoryRow], steps: int) -> int:
    """Return after how many steps the run is validated and saved next: twelve times in all, evenly, and at the end."""
    last = history[-1].step if history else 0
    return min(steps, last + max(1, round((steps - last) / max(1, MARKS - len(history)))))


def within_budget(bench: Bench, budget_s: float) -> Bench:
    """Return the bench with the steps, and the photos a validation looks at, that should fit into `budget_s` seconds.

    Measured by a few real steps, waiting for data included, that are then undone.
    """
    started = time.monotonic()
    step_s, photo_s = _step_seconds(bench), _validation_photo_seconds(bench)
    left_s = budget_s - (time.monotonic() - started)
    validations = _validations(bench.plan)
    plan = _with_inner_photos(bench, int(VALIDATION_SHARE * left_s / max(1e-9, validations * photo_s)))
    validation_s = min(len(bench.parts.inner), plan.sampling.inner_photos) * photo_s
    steps = ((1 - SPARE_SHARE) * left_s - validations * validation_s) / max(1e-9, step_s)
    return replace(bench, plan=with_steps(plan, max(LEAST_STEPS, int(steps)), step_s=step_s))


def _with_inner_photos(bench: Bench, affordable: int) -> Plan:
    """Return the plan with how many inner photos a validation looks at: as many as asked for, else as affordable."""
    plan, inner = bench.plan, len(bench.parts.inner)
    if plan.sampling.inner_photos or not inner:
        return plan
    reason = f"as many as a validation can look at within {VALIDATION_SHARE:.0%} of the minutes"
    sampling = replace(plan.sampling, inner_photos=min(inner, max(1, affordable)))
    return replace(plan, why={**plan.why, "sampling.inner_photos": reason}, sampling=sampling)


def with_steps(plan: Plan, steps: int, *, step_s: float) -> Plan:
    """Return the plan with so many steps, of which each takes `step_s` seconds."""
    why = {**plan.why, "optim.steps": f"as many as fit into the minutes: {step_s:.2f} s a step on this machine"}
    return replace(plan, why=why, optim=replace(plan.optim, steps=steps))


def steps_that_fit(plan: Plan, pace: Pace, *, step: int, marks: int, left_s: float) -> int:
    """Return how many steps the run should have, after `step` of them and `marks` marks, with `left_s` seconds left.

    The plan's own number where the difference is not worth it. They are never so many that inner photos which are
    learnt from would be held out again, or the stage of centred crops come back; and the steps left are at most
    quartered at a time, so that the rates still come down.
    """
    planned = plan.optim.steps
    pauses_s = max(0, _validations(plan) - marks) * pace.validation_s + max(0, MARKS - marks) * pace.saving_s
    spare_s = SPARE_SHARE * plan.optim.minutes * 60
    fit = step + int((left_s - pauses_s - spare_s) / max(1e-9, pace.step_s))
    fit = max(fit, LEAST_STEPS, step + math.ceil((planned - step) / 4))
    for until in (plan.sampling.centred_until, plan.sampling.inner_until):
        if step >= until * planned > 0:
            fit = min(fit, int(step / until))
    return fit if abs(fit - planned) > WORTH_IT * planned else planned


def _validations(plan: Plan) -> int:
    """Return at how many marks the inner photos are looked at, none of them learnt from yet."""
    return math.ceil(MARKS * plan.sampling.inner_until)


def _step_seconds(bench: Bench) -> float:
    kept = {k: v.clone() for k, v in bench.net.state_dict().items()}
    ends = [time.monotonic()]
    for step, batch in enumerate(batches(bench, range(WARM_UP_STEPS + TIMED_STEPS))):
        one_step(bench, batch, step)
        ends.append(time.monotonic())
    bench.net.load_state_dict(kept)
    bench.average.load_state_dict(kept)
    bench.optimiser.state.clear()
    seconds = [end - start for start, end in pairwise(ends)]
    return statistics.median(seconds[WARM_UP_STEPS:])


def _validation_photo_seconds(bench: Bench) -> float:
    if not bench.parts.inner:
        return 0.0
    started = time.monotonic()
    one = pick(bench.parts.train, bench.parts.inner[:1])
    evaluate(averaged(bench), one, long_side_px=bench.plan.scale.long_side_px)
    return time.monotonic() - started
