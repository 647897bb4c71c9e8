"""Recovery: a rescue applied to a running training, which goes on from here, its last checkpoint, or its beginning."""

import math
from collections.abc import Sequence
from dataclasses import replace

from maskwright.errors import DivergedError
from maskwright.findings.finding import Finding
from maskwright.output_file_names import has_checkpoint
from maskwright.training.checkpoint import reload_weights, save
from maskwright.training.distributed.group import from_first
from maskwright.training.health.monitor import Monitor, fresh_record, monitor_as_tree
from maskwright.training.health.rescues import Rescue, change_rates, plan_after, rescue_for, rescue_note
from maskwright.training.loop_log import Log
from maskwright.training.progress import Progress
from maskwright.training.state import TrainingState, set_up, with_plan


def apply_rescue(
    state: TrainingState, log: Log, monitor: Monitor, findings: Sequence[Finding]
) -> tuple[TrainingState, int]:
    """Apply the first fix for the findings; return the state and the step to go on from, both saved.

    Without a fix the state is returned as it is; raises DivergedError if the loss is NaN or infinite then.
    """
    broken = [finding for finding in findings if finding.code == "loss-not-finite"]
    rescue = _first_rescue(state, monitor, findings) if state.plan.optim.rescue else None
    if rescue is None:
        monitor.findings += broken
        log.write_findings(monitor.findings)
        if broken:
            raise DivergedError(f"{broken[0].title}: {broken[0].evidence}: {broken[0].fix}")
        return state, monitor.record.step
    state, step = _rewound(state, log, monitor, rescue)
    note = rescue_note(rescue, step)
    monitor.findings += [*(replace(finding, severity="warning") for finding in broken), note]
    monitor.rescues.append(rescue)
    monitor.record = fresh_record(state, step)
    log.history = [row for row in log.history if row.step <= step]
    save(state, log, step, health=monitor_as_tree(monitor))
    log.write_findings(monitor.findings)
    log.on_progress(Progress(step, state.plan.optim.steps, log.clock.seconds, math.nan, None, (*broken, note)))
    return state, step


def _first_rescue(state: TrainingState, monitor: Monitor, findings: Sequence[Finding]) -> Rescue | None:
    tried = (rescue_for(finding, monitor.record, state.plan, monitor.rescues) for finding in findings)
    return next((rescue for rescue in tried if rescue is not None), None)


def _rewound(state: TrainingState, log: Log, monitor: Monitor, rescue: Rescue) -> tuple[TrainingState, int]:
    """Return the state that the rescue asks for and its step: as it is, as last saved, or as it began."""
    plan = plan_after(state.plan, [rescue])
    if rescue.rewind and (rescue.restart or not from_first(state.ranks, lambda: has_checkpoint(log.folder))):
        return replace(set_up(state.parts, plan, state.seed), cache=state.cache, digests=state.digests), 0
    step = reload_weights(state, log.folder) if rescue.rewind else monitor.record.step
    change_rates(state.optimizer, rescue.rates)
    return with_plan(state, plan), step
