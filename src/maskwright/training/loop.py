"""Training from top to bottom: the run folder, the warm-up, the steps, validation and saving."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from maskwright._version import __version__
from maskwright.datasets.dataset import pick
from maskwright.datasets.splitting.split import Parts
from maskwright.evaluation.evaluate import Evaluation, evaluate
from maskwright.files import make_folder
from maskwright.findings.finding import Finding
from maskwright.losses.build import used_class_weights
from maskwright.models.threads import keep_threads_to_cores
from maskwright.models.weights.tensor_files import save_weights
from maskwright.output_file_names import CHECKPOINT_FILE, PLAN_FILE, WEIGHTS_FILE, has_checkpoint
from maskwright.planning.available_weights import with_available_weights
from maskwright.planning.machine import this_machine
from maskwright.planning.plan import Plan
from maskwright.planning.plan_file import plan_of_run
from maskwright.runs.folder import HistoryRow, RunFacts, write_findings, write_history, write_run_facts
from maskwright.runs.output_folder import interrupted, require_not_finished
from maskwright.runs.run_lock import claimed
from maskwright.training.calibration import ValidatedConfidence, choose_confidence
from maskwright.training.checkpoint import restore, sample_names, save
from maskwright.training.distributed.broadcast import Task, hand_out
from maskwright.training.distributed.group import current_ranks, from_all
from maskwright.training.health.apply_rescue import apply_rescue
from maskwright.training.health.monitor import (
    Monitor,
    add_validation,
    fresh_record,
    monitor_as_tree,
    monitor_from_tree,
    monitored_step,
)
from maskwright.training.health.nan_search import is_broken, what_broke
from maskwright.training.health.probes import is_probed
from maskwright.training.health.record import Record
from maskwright.training.health.rescues import hold_norms, plan_after
from maskwright.training.loop_log import Clock, Log, Window
from maskwright.training.optimizer import set_rate
from maskwright.training.progress import Progress
from maskwright.training.run_result import Run
from maskwright.training.speed.malloc import freed_memory_kept
from maskwright.training.speed.shared_cores import shared_cores
from maskwright.training.state import TrainingState, averaged, batches, names_at, set_up, with_plan
from maskwright.training.time_budget import (
    is_last_validation,
    last_times,
    next_checkpoint,
    refitted,
    validated_photos,
    within_budget,
)


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

    With `plan.optim.steps` 0, as many steps are taken as fit into `plan.optim.minutes` from this call on. A warm-up
    measures them first; each checkpoint corrects them. With `resume`, an interrupted run in `out` continues from its
    last checkpoint; it ends with the same numbers if the steps were given.

    Raises ConfigError if the plan does not fit the photos, WeightsError if its weights are not available, RunError
    if `out` is in use, or holds a finished run or one of other photos, masks or classes, OutputError if it cannot be
    written, DivergedError if the loss becomes NaN or infinite, DeviceMemoryError if a GPU's memory is too small.

        >>> from maskwright.planning.plan_file import plan_of_run
        >>> from pathlib import Path
        >>> parts = mw.split(mw.open_dataset("photos"), test=0.34)
        >>> run = mw.train(parts, plan_of_run(Path("runs/photos-1")), out="runs/another")
        >>> run.facts.steps
        3
    """
    folder, clock = Path(out), Clock(time.monotonic())
    with claimed(folder):
        plan = with_available_weights(_plan_to_train_by(folder, plan, resume=resume))
        task = Task(parts, plan, folder, seed, begun=has_checkpoint(folder))
        hand_out(task, current_ranks())
        timed = plan.optim.steps == 0
        keep_threads_to_cores()
        with shared_cores(watched=timed) as cores:  # given steps give the same sums only with the same threads
            return _finish(*_trained(task, Log(folder, clock, on_progress or _ignore, plan, timed=timed, cores=cores)))


@freed_memory_kept()
def take_part(task: Task) -> None:
    """Train with the process that calls `train`, which writes the run folder and reports the progress."""
    timed = task.plan.optim.steps == 0
    _trained(task, Log(task.folder, Clock(time.monotonic()), _ignore, task.plan, timed=timed, writes=False))


def _trained(task: Task, log: Log) -> tuple[TrainingState, Log, Monitor]:
    """Take all steps; return the state, the log and the monitor as they are then."""
    state = set_up(task.parts, task.plan, task.seed, bare=task.begun)
    state, monitor, step = _resume(state, log) if task.begun else _warm_up(state, log)
    log.write_plan()
    while step < state.plan.optim.steps:
        state, step = _run_steps(state, log, monitor, step)
    return state, log, monitor


def _plan_to_train_by(folder: Path, plan: Plan, *, resume: bool) -> Plan:
    """Return the plan to train by; on resume it is the one in the folder, so that its steps stay the same."""
    require_not_finished(folder)
    if resume and has_checkpoint(folder):
        return plan_of_run(folder)
    if has_checkpoint(folder):
        raise interrupted(folder)
    make_folder(folder)
    return plan


def _ignore(progress: Progress) -> None:
    """Do nothing with the progress."""


def _resume(state: TrainingState, log: Log) -> tuple[TrainingState, Monitor, int]:
    """Return the state, the monitor and the step of the last checkpoint."""
    saved = restore(state, log)
    monitor = monitor_from_tree(saved.health, where=log.folder / CHECKPOINT_FILE)
    state = with_plan(replace(state, weights=saved.weights), plan_after(log.plan, monitor.rescues))
    optim, record = state.plan.optim, monitor.record
    monitor.record = replace(record, lr_decoder=optim.lr_decoder, lr_encoder=optim.lr_encoder)
    return state, monitor, saved.step


def _warm_up(state: TrainingState, log: Log) -> tuple[TrainingState, Monitor, int]:
    """Return the state with its steps, measured if they are to fill the minutes, a new monitor, and step 0."""
    if log.timed:
        state = within_budget(state, state.plan.optim.minutes * 60 - log.clock.seconds, log.cores)
        log.plan = state.plan
    return state, Monitor(fresh_record(state, 0)), 0


def _run_steps(state: TrainingState, log: Log, monitor: Monitor, first: int) -> tuple[TrainingState, int]:
    """Take the steps from `first` on; validate and save at twelve checkpoints.

    Return the state and the step to go on from: the last one, or an earlier one after a rescue or where the number of
    steps was corrected.
    """
    steps, log.window = state.plan.optim.steps, Window()
    checkpoint = next_checkpoint(log.history, steps)
    _set_training_mode(state, monitor)
    drawn = log.clock.awaited(batches(state, range(first, steps)))
    for step, batch in zip(range(first, steps), drawn, strict=True):
        log.begin_step()
        rate = set_rate(state.optimizer, state.plan.optim, step, photos=len(state.parts.train))
        taken = monitored_step(state, batch, step, monitor.record)
        if is_broken(monitor.record, taken):
            return apply_rescue(state, log, monitor, [what_broke(state, batch, step, taken)])
        log.window.losses.append(taken.loss)
        findings = monitor.new_findings() if is_probed(step, steps) else []
        fitted = state
        if step + 1 == checkpoint:
            fitted, later = _checkpoint(state, log, monitor, rate=rate)
            findings, checkpoint = findings + later, next_checkpoint(log.history, steps)
        if findings:
            log.write_findings(monitor.findings)
        progress = Progress(step + 1, fitted.plan.optim.steps, log.clock.seconds, taken.loss, log.validation_iou)
        log.on_progress(replace(progress, findings=tuple(findings), lr=rate))
        if findings and state.plan.optim.rescue:
            return apply_rescue(fitted, log, monitor, findings)
        if fitted is not state:
            return fitted, step + 1
    return state, steps


def _set_training_mode(state: TrainingState, monitor: Monitor) -> None:
    state.net.train()
    if any(rescue.hold_norms for rescue in monitor.rescues):
        hold_norms(state.net)


def _checkpoint(
    state: TrainingState, log: Log, monitor: Monitor, *, rate: float
) -> tuple[TrainingState, list[Finding]]:
    """Validate, correct the number of steps and save; return the state to go on with, and the new findings."""
    step, window = monitor.record.step, log.close_window()
    is_last = is_last_validation(state.plan, step, checkpoints=len(log.history))
    iou, validation_s = _validate(state, log.folder, monitor.record, step - 1, is_last=is_last)
    log.history.append(HistoryRow(step, log.clock.seconds / 60, window.mean_loss, rate, iou))
    findings = monitor.new_findings()
    fitted = refitted(state, log, step=step, validation_s=validation_s)
    monitor.record.steps = fitted.plan.optim.steps
    if step < state.plan.optim.steps:
        save(fitted, log, step, health=monitor_as_tree(monitor))
    return fitted, findings


def _validate(
    state: TrainingState, folder: Path, record: Record, step: int, *, is_last: bool
) -> tuple[float | None, float]:
    """Return the usual inner photos' mean IoU at the working scale, and the seconds that these took.

    The IoU is None if there are no inner photos, or once they are trained on. What they say of the network's confidence
    is kept in `folder`; in the last validation more of them are asked.
    """
    started = time.monotonic()
    if not state.parts.inner or set(state.parts.inner) & set(names_at(state, step)):
        return None, 0.0
    validated = ValidatedConfidence(averaged(state))
    plan, inner_count = state.plan, len(state.parts.inner)
    evaluation = inner_evaluation(state, validated, photos=validated_photos(plan, inner_count, is_last=is_last))
    shares = from_all(state.ranks, validated.photos)
    if state.ranks.is_first:
        photos, weights = [photo for share in shares for photo in share], used_class_weights(plan.loss)
        choose_confidence(folder, photos, weights, step=step)
    usual = validated_photos(plan, inner_count, is_last=False)
    evaluation = replace(evaluation, photos=evaluation.photos[:usual])
    add_validation(record, evaluation, step)
    times = last_times(plan, inner_count) if is_last else 1.0
    return evaluation.dataset_iou, (time.monotonic() - started) / times


def inner_evaluation(state: TrainingState, validated: ValidatedConfidence, *, photos: int) -> Evaluation:
    """Return the evaluation of the first so many inner photos, of which each device judges its share."""
    inner = pick(state.parts.train, state.parts.inner[:photos])
    own = replace(inner, samples=tuple(inner.samples[i] for i in state.ranks.share(len(inner))))
    evaluation = evaluate(validated, own, long_side_px=state.plan.scale.long_side_px, on_photo=validated.note)
    places = {name: place for place, name in enumerate(state.parts.inner)}
    judged = [photo for share in from_all(state.ranks, evaluation.photos) for photo in share]
    return replace(evaluation, photos=tuple(sorted(judged, key=lambda photo: places[photo.name])))


def _finish(state: TrainingState, log: Log, monitor: Monitor) -> Run:
    """Write the run folder's final files, run.json last, and remove the checkpoint."""
    findings = monitor.final_findings()
    facts = _facts(state, log.clock, model_sha256=save_weights(log.folder / WEIGHTS_FILE, state.average.state_dict()))
    write_history(log.folder, log.history)
    write_findings(log.folder, findings)
    if not (log.folder / PLAN_FILE).exists():  # the folder was removed or renamed meanwhile: the model is kept whole
        log.write_plan()
    write_run_facts(log.folder, facts)
    (log.folder / CHECKPOINT_FILE).unlink(missing_ok=True)
    return Run(log.folder, facts, tuple(findings))


def _facts(state: TrainingState, clock: Clock, *, model_sha256: str) -> RunFacts:
    train_set, test_set, machine = state.parts.train, state.parts.test, this_machine()
    devices = f"{state.ranks.count} processes on " if state.ranks.count > 1 else ""
    return RunFacts(
        version=__version__,
        data=str(train_set.root.resolve()),
        classes=train_set.classes,
        grey_range=train_set.grey_range,
        train_photos=tuple(sample_names(train_set)),
        inner_photos=state.parts.inner,
        test_photos=tuple(sample_names(test_set)),
        split_reasons=state.parts.why,
        seed=state.seed,
        weights=state.weights,
        machine=f"{devices}{machine.gpu or f'{machine.cores} CPU cores'}, {machine.system}",
        minutes=clock.seconds / 60,
        steps=state.plan.optim.steps,
        data_wait_share=clock.waited / max(clock.seconds, 1e-9),
        data_digest=state.digests.data,
        train_digests=state.digests.photos,
        model_sha256=model_sha256,
        bands=train_set.bands,
    )
