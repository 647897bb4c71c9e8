"""Watching the loop: each step's loss, a closer look now and then, and what made a loss that is no number."""

import math
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from maskwright.evaluation import metrics
from maskwright.evaluation.evaluate import Evaluation
from maskwright.findings.finding import Finding, finding_as_json, finding_from_json, some
from maskwright.training.batches import Batch, names_in_batch
from maskwright.training.health.guards import Gap, Record, Validation, guard, record_as_tree, record_from_tree, settled
from maskwright.training.health.probes import (
    TINY_BATCH,
    Taken,
    batch_norms,
    first_not_finite,
    is_look,
    look_at,
    norm_gap,
    weights_before,
)
from maskwright.training.health.rescue import RESCUED, Rescue
from maskwright.training.optimizer import rate_share
from maskwright.training.state import Bench, names_at, one_step

MOST_SKIPPED = 5
GAP_LOOKS = (0.3, 0.6)


@dataclass
class Care:
    """What a training knows of itself: what its guards saw and found, and the rescues. It is saved with the run."""

    record: Record
    found: list[Finding] = field(default_factory=list)
    rescues: list[Rescue] = field(default_factory=list)

    def news(self) -> list[Finding]:
        """Return what the guards find now and have not told since the last rescue; it is kept."""
        rescued = [i for i, finding in enumerate(self.found) if finding.code == RESCUED]
        told = {finding.code for finding in self.found[rescued[-1] if rescued else 0 :]}
        fresh = [finding for finding in guard(self.record) if finding.code not in told]
        self.found += fresh
        return fresh

    def at_end(self) -> list[Finding]:
        """Return what is to stay in findings.json: what still holds, and as notes what has passed."""
        return settled(self.found, guard(self.record))


def fresh_record(bench: Bench, since: int) -> Record:
    """Return the empty record of a training that begins, or begins again, at the step `since`."""
    return Record(bench.plan.optim.steps, bench.plan.optim.batch, since)


def care_as_tree(care: Care) -> dict[str, Any]:
    """Return the care as plain values."""
    return {
        "record": record_as_tree(care.record),
        "found": [finding_as_json(finding) for finding in care.found],
        "rescues": [asdict(rescue) for rescue in care.rescues],
    }


def care_from_tree(tree: dict[str, Any]) -> Care:
    """Return the care that `care_as_tree` made."""
    return Care(
        record_from_tree(tree["record"]),
        [finding_from_json(values) for values in tree["found"]],
        [Rescue(**values) for values in tree["rescues"]],
    )


def watched_step(bench: Bench, batch: Batch, step: int, record: Record) -> Taken:
    """Take one step, and enter into the record what it shows."""
    steps = bench.plan.optim.steps
    look = is_look(step, steps)
    before = weights_before(bench.net) if look else []
    taken = one_step(bench, batch, step)
    record.losses.append(taken.loss)
    if not taken.stepped:
        record.skipped.append(step)
    elif look:
        seen = look_at(bench.net, before, taken, torch.from_numpy(batch.masks).to(taken.logits.device))
        record.looks.append(replace(seen, step=step, rate_share=rate_share(bench.plan.optim.schedule, step, steps)))
    due = [int(share * steps) for share in GAP_LOOKS[len(record.gaps) :]]
    if len(batch.masks) < TINY_BATCH and due and step >= due[0] and taken.stepped:
        _enter_gap(bench, batch, step, record)
    return taken


def _photos_of(bench: Bench, batch: Batch) -> Tensor:
    return torch.from_numpy(batch.photos).to(bench.fabric.device).permute(0, 3, 1, 2).float()


def enter_validation(record: Record, evaluation: Evaluation, step: int) -> None:
    """Enter what a validation showed."""
    counts, classes = evaluation.counts, evaluation.classes
    predicted = counts.sum(axis=0)
    collapsed = (predicted > 0).sum() == 1 < (counts.sum(axis=1) > 0).sum()
    only = classes.names[int(predicted.argmax())] if collapsed else ""
    constant = metrics.constant_mean_iou(counts, classes.scored)
    record.validations.append(Validation(step + 1, evaluation.dataset_iou, constant, only))


def is_broken(record: Record, taken: Taken) -> bool:
    """Tell whether the loss is no number, or the gradients have not been numbers for five steps in a row."""
    last = record.skipped[-MOST_SKIPPED:]
    in_a_row = len(last) == MOST_SKIPPED and last[-1] - last[0] == MOST_SKIPPED - 1 and not taken.stepped
    return not math.isfinite(taken.loss) or in_a_row


def what_broke(bench: Bench, batch: Batch, step: int, taken: Taken) -> Finding:
    """Return the finding that names the first layer whose output is no number, and the photos of the batch."""
    layer = first_not_finite(bench.net, _photos_of(bench, batch))
    if layer:
        where = f"layer {layer} is the first whose output is not finite"
    elif not math.isfinite(taken.loss):
        where = "every layer's output is finite, the loss made of it is not"
    else:
        where = f"the loss is finite, its gradients have not been for {MOST_SKIPPED} steps"
    names = names_in_batch(names_at(bench, step), bench.plan.optim.batch, seed=bench.seed, step=step)
    return Finding(
        "loss-not-finite",
        "error",
        f"the loss is no number at step {step + 1}",
        f"{where}; the batch: {some(names)}",
        f"halve the rates with --set optim.lr_decoder={bench.plan.optim.lr_decoder / 2:.2g} "
        f"--set optim.lr_encoder={bench.plan.optim.lr_encoder / 2:.2g} and another --out, or let --set rescue=true "
        "do it",
    )


def _enter_gap(bench: Bench, batch: Batch, step: int, record: Record) -> None:
    if any(layer.training for layer in batch_norms(bench.net)):
        record.gaps.append(Gap(step, norm_gap(bench.net, _photos_of(bench, batch))))
