"""The time budget: the number of steps that fit into the minutes, measured by a warm-up and at each checkpoint."""

import math
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from maskwright.datasets.dataset import pick
from maskwright.evaluation.evaluate import evaluate
from maskwright.planning.plan import FITTED, Plan
from maskwright.runs.enough_steps import LEAST_STEPS
from maskwright.runs.folder import HistoryRow
from maskwright.training.distributed.group import from_first
from maskwright.training.loop_log import Log
from maskwright.training.speed.shared_cores import SharedCores
from maskwright.training.state import TrainingState, averaged, batches
from maskwright.training.step import take_step

WARM_UP_STEPS = 2
TIMED_STEPS = 3
CHECKPOINTS = 12
"""How often a run is validated and saved."""
VALIDATION_SHARE = 0.05
"""Of the time, at most, and two thirds more for the last one; one photo is always validated."""
LAST_TIMES = 6
"""The last validation looks at so many times as many photos, if there are: the run's confidence is chosen on them."""
SPARE_SHARE = 0.015
"""Of the time, kept for writing the run folder and for a machine whose speed varies."""
LEAST_CHANGE = 0.02
"""The number of steps is corrected if it changes by more than this share."""
UNKNOWN_STEPS = 100 * CHECKPOINTS
"""Stands for the number of steps where validations are counted before it is known: so many that rounding is small."""


@dataclass(frozen=True)
class Pace:
    """Seconds that a step takes by the latest checkpoints, and that a usual validation and the latest saving take.

    `last_times`: so many times as long as a usual one the last validation takes.
    """

    step_s: float
    validation_s: float
    saving_s: float
    last_times: float = 1.0


def next_checkpoint(history: Sequence[HistoryRow], steps: int) -> int:
    """Return after how many steps the run is validated and saved next: twelve times in all, evenly, and at the end."""
    last = history[-1].step if history else 0
    return _following(last, steps, checkpoints=len(history))


def _following(step: int, steps: int, *, checkpoints: int) -> int:
    return min(steps, step + max(1, round((steps - step) / max(1, CHECKPOINTS - checkpoints))))


def within_budget(state: TrainingState, budget_s: float, cores: SharedCores | None = None) -> TrainingState:
    """Return the state with the steps and the validation photos that should fit into `budget_s` seconds.

    A few real steps are timed, waiting for data included, and then undone; `cores` gives way to other programs
    meanwhile. On several devices the first one's clock counts, here and in `refitted`.
    """
    started = time.monotonic()
    step_s, photo_s = _step_seconds(state, cores), _validation_photo_seconds(state)
    left_s = budget_s - (time.monotonic() - started)
    validations = validations_left(state.plan, UNKNOWN_STEPS, step=0, checkpoints=0)
    affordable = int(VALIDATION_SHARE * left_s / max(1e-9, validations * photo_s)) * state.ranks.count
    plan = _with_inner_photos(state, affordable)
    photos, inner = min(len(state.parts.inner), plan.sampling.inner_photos), len(state.parts.inner)
    validation_s = -(-photos // state.ranks.count) * photo_s
    validations_s = _validations_s(Pace(step_s, validation_s, 0.0, last_times(plan, inner)), validations)
    steps = ((1 - SPARE_SHARE) * left_s - validations_s) / max(1e-9, step_s)
    plan = with_steps(plan, max(LEAST_STEPS, int(steps)), step_s=step_s)
    return replace(state, plan=from_first(state.ranks, lambda: plan))


def _with_inner_photos(state: TrainingState, affordable: int) -> Plan:
    """Return the plan with the number of inner photos in a validation: as set, else as many as affordable."""
    plan, inner = state.plan, len(state.parts.inner)
    if plan.sampling.inner_photos or not inner:
        return plan
    reason = f"as many as fit into {VALIDATION_SHARE:.0%} of the minutes for validation"
    sampling = replace(plan.sampling, inner_photos=min(inner, max(1, affordable)))
    return replace(plan, why={**plan.why, "sampling.inner_photos": reason}, sampling=sampling)


def with_steps(plan: Plan, steps: int, *, step_s: float) -> Plan:
    """Return the plan with so many steps, of which each takes `step_s` seconds."""
    why = {**plan.why, "optim.steps": f"{FITTED}: {step_s:.2f} s a step on this machine"}
    return replace(plan, why=why, optim=replace(plan.optim, steps=steps))


def steps_that_fit(plan: Plan, pace: Pace, *, step: int, checkpoints: int, left_s: float) -> int:
    """Return how many steps the run should have, after `step` steps and `checkpoints`, with `left_s` seconds left.

    The plan's own number if the difference is small. Never so many that the inner photos would be held out again, or
    that the stage of centred crops would come back. The remaining steps are at most quartered at a time, so that the
    learning rate still falls.
    """
    planned = plan.optim.steps
    free_s = left_s - SPARE_SHARE * plan.optim.minutes * 60 - max(0, CHECKPOINTS - checkpoints) * pace.saving_s

    def fitting(steps: int) -> int:
        """Return how many steps fit beside the validations that a run of so many `steps` still has."""
        validations_s = _validations_s(pace, validations_left(plan, steps, step=step, checkpoints=checkpoints))
        return step + int((free_s - validations_s) / max(1e-9, pace.step_s))

    fit = fitting(planned)
    fit = min(fit, fitting(fit))  # another number of steps may validate once more or less: never too little time
    fit = max(fit, LEAST_STEPS, step + math.ceil((planned - step) / 4))
    for until in (plan.sampling.centred_until, plan.sampling.inner_until):
        if step >= until * planned > 0:
            fit = min(fit, int(step / until))
    return fit if abs(fit - planned) > LEAST_CHANGE * planned else planned


def refitted(state: TrainingState, log: Log, *, step: int, validation_s: float) -> TrainingState:
    """Return the state with the number of steps that fits into its minutes after `step`; itself if unchanged.

    `validation_s`: seconds of a validation of the usual number of photos, 0 if there was none. A new number is also
    written into plan.toml. Runs with given steps keep them.
    """
    optim = state.plan.optim
    if not log.timed or step >= optim.steps:
        return state
    left_s, times = optim.minutes * 60 - log.clock.seconds, last_times(state.plan, len(state.parts.inner))
    pace = Pace(log.step_s, validation_s, log.saving_s, times)
    fit = steps_that_fit(state.plan, pace, step=step, checkpoints=len(log.history), left_s=left_s)
    steps, step_s = from_first(state.ranks, lambda: (fit, pace.step_s))
    if steps == optim.steps:
        return state
    log.plan = with_steps(log.plan, steps, step_s=step_s)
    log.write_plan()
    return replace(state, plan=with_steps(state.plan, steps, step_s=step_s))


def validated_photos(plan: Plan, inner: int, *, is_last: bool) -> int:
    """Return how many of the inner photos a validation looks at; the last one before they are trained on, at more."""
    usual = min(inner, plan.sampling.inner_photos or inner)
    return min(inner, LAST_TIMES * usual) if is_last else usual


def last_times(plan: Plan, inner: int) -> float:
    """Return how many times as long as others the last validation takes."""
    photos, usual = (validated_photos(plan, inner, is_last=is_last) for is_last in (True, False))
    return max(1, photos) / max(1, usual)


def is_last_validation(plan: Plan, step: int, *, checkpoints: int) -> bool:
    """Return True if the inner photos are trained on before the checkpoint after this one, at `step`."""
    return validations_left(plan, plan.optim.steps, step=step, checkpoints=checkpoints + 1) == 0


def validations_left(plan: Plan, steps: int, *, step: int, checkpoints: int) -> int:
    """Return how many validations follow `step` and so many checkpoints, before the inner photos are trained on.

    `steps`: of the whole run.
    """
    left = 0
    while step < steps:
        step = _following(step, steps, checkpoints=checkpoints + left)
        if step - 1 >= plan.sampling.inner_until * steps:
            break
        left += 1
    return left


def _validations_s(pace: Pace, validations: int) -> float:
    """Return the seconds of so many validations, of which the last one looks at more photos."""
    return (validations - 1 + pace.last_times) * pace.validation_s if validations else 0.0


def _step_seconds(state: TrainingState, cores: SharedCores | None) -> float:
    before = {name: tensor.clone() for name, tensor in state.net.state_dict().items()}
    ends = [time.monotonic()]
    for step, batch in enumerate(batches(state, range(WARM_UP_STEPS + TIMED_STEPS))):
        if cores:
            cores.give_way()
        take_step(state, batch, step)
        ends.append(time.monotonic())
    state.net.load_state_dict(before)
    state.average.load_state_dict(before)
    state.optimizer.state.clear()
    seconds = [end - start for start, end in pairwise(ends)]
    return statistics.median(seconds[WARM_UP_STEPS:])


def _validation_photo_seconds(state: TrainingState) -> float:
    if not state.parts.inner:
        return 0.0
    started = time.monotonic()
    first = pick(state.parts.train, state.parts.inner[:1])
    evaluate(averaged(state), first, long_side_px=state.plan.scale.long_side_px)
    return time.monotonic() - started
