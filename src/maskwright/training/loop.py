"""Training, readable from top to bottom: the run folder, warm-up, steps, validation."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from maskwright.datasets.content_hash import data_digest
from maskwright.datasets.dataset import pick
from maskwright.datasets.split import Parts
from maskwright.errors import DivergedError, RunError
from maskwright.evaluation.evaluate import evaluate
from maskwright.files import make_folder
from maskwright.findings.finding import Finding
from maskwright.models.weights.tensor_files import load_tensors, save_tensors
from maskwright.planning.plan import Plan
from maskwright.planning.plan_file import plan_of_run, write_plan
from maskwright.runs.folder import (
    HistoryRow,
    RunFacts,
    read_run_facts,
    write_findings,
    write_history,
    write_run_facts,
)
from maskwright.training.checkpoint import (
    SAME_AGAIN,
    Clock,
    Log,
    by_plan,
    is_begun,
    load_weights,
    restore,
    sample_names,
    save,
)
from maskwright.training.health.guards import Record
from maskwright.training.health.monitor import (
    Care,
    enter_validation,
    fresh_record,
    is_broken,
    watched_step,
    what_broke,
)
from maskwright.training.health.probes import is_look
from maskwright.training.health.rescue import Rescue, change_rates, hold_norms, plan_after, rescue_for, told
from maskwright.training.optimizer import set_rate
from maskwright.training.speed.malloc import freed_memory_kept
from maskwright.training.state import Bench, averaged, batches, names_at, set_up
from maskwright.training.time_budget import Pace, next_mark, steps_that_fit, with_steps, within_budget


@dataclass(frozen=True)
class Progress:
    """Where training stands after `step` of `steps`; the validation IoU is the latest, None before the first.

    `found` is what the guards found at this step.
    """

    step: int
    steps: int
    seconds: float
    loss: float
    validation_iou: float | None
    found: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Run:
    """A finished training: its folder, what run.json holds, and what the guards found."""

    folder: Path
    facts: RunFacts
    findings: tuple[Finding, ...] = ()


@freed_memory_kept()
def train(
    parts: Parts,
    plan: Plan,
    *,
    out: Path | str,
    seed: int = 0,
    resume: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
) -> Run:
    """Train on `parts.train` and leave a run folder; the photos of `parts.test` are never opened.

    With `plan.optim.steps` 0 they are as many as fit into `plan.optim.minutes` from this call on, measured first
    by a warm-up and then as they are taken. With `resume`, an interrupted run in `out` goes on from its last saved
    state, and ends with the same numbers where the steps were given.

    Raises ConfigError where the plan does not fit the photos, WeightsError where its weights cannot be had, RunError
    where `out` holds a run already or one of other photos, masks or classes, OutputError where it cannot be written,
    DivergedError where the loss becomes no number, DeviceMemoryError where a GPU's memory does not suffice.
    """
    folder, clock = Path(out), Clock(time.monotonic())
    plan = _claim(folder, plan, resume=resume)
    bench = set_up(parts, plan, seed, bare=is_begun(folder))
    log = Log(folder, clock, on_progress or _unwatched, Care(fresh_record(bench, 0)), bench.plan, plan.optim.steps == 0)
    bench, step = restore(bench, log) if resume else (bench, 0)
    if bench.plan.optim.steps == 0:
        bench = within_budget(bench, plan.optim.minutes * 60 - clock.seconds)
        log.plan, log.care.record = bench.plan, fresh_record(bench, 0)
    write_plan(log.plan, folder / "plan.toml")
    while step < bench.plan.optim.steps:
        bench, step = _run_steps(bench, log, step)
    facts, findings = _facts(bench, clock), log.care.at_end()
    save_tensors(folder / "model.pt", bench.average.state_dict())
    write_history(folder, log.history)
    write_findings(folder, findings)
    write_run_facts(folder, facts)
    (folder / "checkpoint.pt").unlink(missing_ok=True)
    return Run(folder, facts, tuple(findings))


def _claim(folder: Path, plan: Plan, *, resume: bool) -> Plan:
    """Return the plan to train by: on resume the one in the folder, so that its steps stay as they were."""
    if (folder / "run.json").exists():
        raise RunError(f"{folder} holds a finished run: choose another --out, or remove it first")
    if resume and is_begun(folder):
        return plan_of_run(folder)
    if is_begun(folder):
        raise RunError(f"{folder} holds an interrupted run: go on with --resume, or choose another --out")
    make_folder(folder)
    return plan


def _unwatched(progress: Progress) -> None:
    """Let progress go by."""


def _run_steps(bench: Bench, log: Log, first: int) -> tuple[Bench, int]:
    """Take the steps from `first` on; validate and save at twelve marks.

    Return the bench and the step to go on from: all steps, or fewer where the training was rescued, or where more
    or fewer steps fit into its minutes than was planned.
    """
    steps, clock, record = bench.plan.optim.steps, log.clock, log.care.record
    mark, since_s = next_mark(log.history, steps), 0.0
    bench.net.train()
    if any(rescue.hold_norms for rescue in log.care.rescues):
        hold_norms(bench.net)
    losses: list[float] = []
    waiting = time.monotonic()
    for step, batch in zip(range(first, steps), batches(bench, range(first, steps)), strict=True):
        clock.waited += time.monotonic() - waiting
        since_s = since_s if losses else clock.seconds
        rate = set_rate(bench.optimiser, bench.plan.optim, step)
        taken = watched_step(bench, batch, step, record)
        if is_broken(record, taken):
            return _rescued(bench, log, [what_broke(bench, batch, step, taken)])
        losses.append(taken.loss)
        found = log.care.news() if is_look(step, steps) else []
        fitted = bench
        if step + 1 == mark:
            latest_s = (clock.seconds - since_s) / len(losses)
            log.step_s = (log.step_s + latest_s) / 2 if log.step_s else latest_s
            fitted, news = _at_mark(bench, log, loss=sum(losses) / len(losses), rate=rate)
            found += news
            losses, mark = [], next_mark(log.history, steps)
        if found:
            write_findings(log.folder, log.care.found)
        iou = log.history[-1].validation_iou if log.history else None
        log.on_progress(Progress(step + 1, fitted.plan.optim.steps, clock.seconds, taken.loss, iou, tuple(found)))
        if found and bench.plan.optim.rescue:
            return _rescued(fitted, log, found)
        if fitted is not bench:
            return fitted, step + 1
        waiting = time.monotonic()
    return bench, steps


def _at_mark(bench: Bench, log: Log, *, loss: float, rate: float) -> tuple[Bench, list[Finding]]:
    """Validate, plan the steps anew and save; return the bench to go on with, and what the guards find."""
    step = log.care.record.step
    iou, validation_s = _validate(bench, log.care.record, step - 1)
    log.history.append(HistoryRow(step, log.clock.seconds / 60, loss, rate, iou))
    found = log.care.news()
    fitted = _refitted(bench, log, validation_s=validation_s)
    if step < bench.plan.optim.steps:
        save(fitted, log, step)
    return fitted, found


def _refitted(bench: Bench, log: Log, *, validation_s: float) -> Bench:
    """Return the bench with the steps that fit into its minutes by now; itself where they are the same.

    The new number is written into plan.toml and the record.
    """
    optim, done = bench.plan.optim, log.care.record.step
    if not log.timed or done >= optim.steps:
        return bench
    left_s, pace = optim.minutes * 60 - log.clock.seconds, Pace(log.step_s, validation_s, log.saving_s)
    steps = steps_that_fit(bench.plan, pace, step=done, marks=len(log.history), left_s=left_s)
    if steps == optim.steps:
        return bench
    log.plan, log.care.record.steps = with_steps(log.plan, steps, step_s=pace.step_s), steps
    write_plan(log.plan, log.folder / "plan.toml")
    return replace(bench, plan=with_steps(bench.plan, steps, step_s=pace.step_s))


def _validate(bench: Bench, record: Record, step: int) -> tuple[float | None, float]:
    """Return the inner photos' mean IoU at the working scale, and how many seconds that took.

    None once they are learnt from, or without any.
    """
    started = time.monotonic()
    if not bench.parts.inner or set(bench.parts.inner) & set(names_at(bench, step)):
        return None, 0.0
    inner = pick(bench.parts.train, bench.parts.inner[: bench.plan.sampling.inner_photos or None])
    evaluation = evaluate(averaged(bench), inner, long_side_px=bench.plan.scale.long_side_px)
    enter_validation(record, evaluation, step)
    return evaluation.dataset_iou, time.monotonic() - started


def _rescued(bench: Bench, log: Log, found: list[Finding]) -> tuple[Bench, int]:
    """Apply the first fix for what was found; return the bench and the step to go on from, with the state saved.

    Raises DivergedError where the loss is no number and nothing is to be tried, or all was.
    """
    care, wanted = log.care, bench.plan.optim.rescue
    tried = (rescue_for(one, care.record, bench.plan, care.rescues) for one in found if wanted)
    rescue = next((one for one in tried if one is not None), None)
    broken = [finding for finding in found if finding.code == "loss-not-finite"]
    if rescue is None:
        care.found += broken
        write_findings(log.folder, care.found)
        if broken:
            raise DivergedError(f"{broken[0].title}: {broken[0].evidence}: {broken[0].fix}")
        return bench, care.record.step
    bench, step = _put_back(bench, log, rescue)
    note = told(rescue, step)
    care.found += [*(replace(finding, severity="warning") for finding in broken), note]
    care.rescues.append(rescue)
    care.record = fresh_record(bench, step)
    log.history = [row for row in log.history if row.step <= step]
    save(bench, log, step)
    write_findings(log.folder, care.found)
    log.on_progress(Progress(step, bench.plan.optim.steps, log.clock.seconds, math.nan, None, (*broken, note)))
    return bench, step


def _put_back(bench: Bench, log: Log, rescue: Rescue) -> tuple[Bench, int]:
    """Return the bench as the rescue wants it, and its step: as it is, as it was last saved, or as it began."""
    plan = plan_after(bench.plan, [rescue])
    saved = log.folder / "checkpoint.pt"
    if rescue.back and (rescue.anew or not saved.exists()):
        return replace(set_up(bench.parts, plan, bench.seed), pages=bench.pages, learnt=bench.learnt), 0
    step = log.care.record.step
    if rescue.back:
        step = load_weights(bench, load_tensors(saved))
    change_rates(bench.optimiser, rescue.rates)
    return by_plan(bench, plan), step


def require_same_parts(folder: Path, parts: Parts, *, seed: int) -> None:
    """Raise RunError if the finished run in `folder` learnt from other photos or masks, or had another seed."""
    facts = read_run_facts(folder)
    now = (sample_names(parts.train), sample_names(parts.test), seed)
    if (list(facts.train_photos), list(facts.test_photos), facts.seed) != now:
        raise RunError(f"{folder} holds a finished run with other photos, seed or division: {SAME_AGAIN}")
    if facts.data_digest not in ("", data_digest(parts.train)):
        raise RunError(f"{folder} holds a finished run that learnt from other masks or classes: {SAME_AGAIN}")


def _facts(bench: Bench, clock: Clock) -> RunFacts:
    from maskwright._version import __version__
    from maskwright.planning.machine import this_machine

    train_set, test_set = bench.parts.train, bench.parts.test
    machine = this_machine()
    return RunFacts(
        version=__version__,
        data=str(train_set.root.resolve()),
        classes=train_set.classes,
        grey_range=train_set.grey_range,
        train_photos=tuple(sample_names(train_set)),
        inner_photos=bench.parts.inner,
        test_photos=tuple(sample_names(test_set)),
        split_reasons=bench.parts.why,
        seed=bench.seed,
        weights=bench.weights,
        machine=f"{machine.gpu or f'{machine.cores} CPU cores'}, {machine.system}",
        minutes=clock.seconds / 60,
        steps=bench.plan.optim.steps,
        data_wait_share=clock.waited / max(clock.seconds, 1e-9),
        data_digest=bench.learnt.data,
        train_digests=bench.learnt.photos,
    )
