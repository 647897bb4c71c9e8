"""The monitor: what a training shows at each step and validation, and the findings and rescues so far."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from maskwright.errors import RunError
from maskwright.evaluation import metrics
from maskwright.evaluation.evaluate import Evaluation
from maskwright.findings.finding import Finding, finding_as_json, finding_from_json
from maskwright.planning.plan_file import rates_are_planned
from maskwright.training.crops.batches import Batch
from maskwright.training.distributed.group import from_all, from_first
from maskwright.training.health.guards import run_guards, settled
from maskwright.training.health.probes import TINY_BATCH, batch_norms, is_probed, norm_gap, probe, weights_before
from maskwright.training.health.record import NormGap, Record, Validation, record_as_tree, record_from_tree
from maskwright.training.health.rescues import RESCUED, Rescue, rescue_from_tree
from maskwright.training.optimizer import planned_share
from maskwright.training.state import TrainingState
from maskwright.training.step import Taken, photos_of, take_step

GAP_SHARES = (0.3, 0.6)
"""Shares of the steps after which the effect of running statistics is measured, where batches are tiny."""


@dataclass
class Monitor:
    """The record of a training, the findings of its guards, and its rescues. It is saved with the run."""

    record: Record
    findings: list[Finding] = field(default_factory=list)
    rescues: list[Rescue] = field(default_factory=list)

    def new_findings(self) -> list[Finding]:
        """Return what the guards find now and have not reported since the last rescue, and keep it."""
        rescued = [i for i, finding in enumerate(self.findings) if finding.code == RESCUED]
        reported = {finding.code for finding in self.findings[rescued[-1] if rescued else 0 :]}
        fresh = [finding for finding in run_guards(self.record) if finding.code not in reported]
        self.findings += fresh
        return fresh

    def final_findings(self) -> list[Finding]:
        """Return the findings for findings.json: those that still hold, and as notes those that have passed."""
        return settled(self.findings, run_guards(self.record))


def fresh_record(state: TrainingState, since: int) -> Record:
    """Return the empty record of a training that begins, or begins again, at the step `since`."""
    optim = state.plan.optim
    return Record(
        optim.steps,
        optim.batch,
        since,
        lr_decoder=optim.lr_decoder,
        lr_encoder=optim.lr_encoder,
        own_rates=rates_are_planned(state.plan),
    )


def monitor_as_tree(monitor: Monitor) -> dict[str, Any]:
    """Return the monitor as plain values."""
    return {
        "record": record_as_tree(monitor.record),
        "findings": [finding_as_json(finding) for finding in monitor.findings],
        "rescues": [asdict(rescue) for rescue in monitor.rescues],
    }


def monitor_from_tree(tree: Mapping[str, Any], *, where: Path) -> Monitor:
    """Return the monitor that `monitor_as_tree` turned into plain values, here or in maskwright 0.1.0.

    Raises RunError if they are damaged; `where` is the file they came from.
    """
    try:
        return Monitor(
            record_from_tree(tree["record"]),
            [finding_from_json(values) for values in tree["found" if "found" in tree else "findings"]],
            [rescue_from_tree(values) for values in tree["rescues"]],
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RunError(f"{where} is damaged ({error}): train again") from error


def monitored_step(state: TrainingState, batch: Batch, step: int, record: Record) -> Taken:
    """Take one optimisation step and add what it shows to the record."""
    steps = state.plan.optim.steps
    probed = is_probed(step, steps)
    before = weights_before(state.net) if probed else []
    taken = take_step(state, batch, step)
    record.losses.append(taken.loss)
    if not taken.stepped:
        record.skipped.append(step)
    elif probed:
        statistics = probe(state.net, before, taken)
        statistics = from_first(state.ranks, lambda: statistics)
        share = planned_share(state.plan.optim, step, photos=len(state.parts.train))
        record.probes.append(replace(statistics, step=step, rate_share=share))
    due = [int(share * steps) for share in GAP_SHARES[len(record.gaps) :]]
    if state.plan.optim.batch < TINY_BATCH and due and step >= due[0] and taken.stepped:
        _add_gap(state, batch, step, record)
    return taken


def add_validation(record: Record, evaluation: Evaluation, step: int) -> None:
    """Add what a validation after `step` showed to the record."""
    counts, classes = evaluation.counts, evaluation.classes
    predicted = counts.sum(axis=0)
    collapsed = (predicted > 0).sum() == 1 < (counts.sum(axis=1) > 0).sum()
    only = classes.names[int(predicted.argmax())] if collapsed else ""
    constant = metrics.constant_mean_iou(counts, classes.scored)
    record.validations.append(Validation(step + 1, evaluation.dataset_iou, constant, only))


def _add_gap(state: TrainingState, batch: Batch, step: int, record: Record) -> None:
    if any(layer.training for layer in batch_norms(state.net)):
        with state.synced:
            share = norm_gap(state.net, photos_of(state, batch))
        pixels = from_all(state.ranks, (share * len(batch.photos), len(batch.photos)))
        record.gaps.append(NormGap(step, sum(part for part, _ in pixels) / sum(crops for _, crops in pixels)))
