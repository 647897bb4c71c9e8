"""Rescues: which fix a finding of the guards gets while the training runs (`--set rescue=true`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn

from maskwright.findings.finding import Finding, make_finding
from maskwright.losses.catalogue import parse_mix
from maskwright.planning.plan import Plan
from maskwright.training.health.guards import TOO_SHORT
from maskwright.training.health.probes import batch_norms
from maskwright.training.health.record import Record

MOST_RESCUES = 6
RESCUED = "rescued"
BOTH_LOSSES = "ce + dice"
USUAL_UPDATE = 2e-3
"""Norm of a step at the full rate, as a share of the norm of the weights."""
OLD_NAMES = {"back": "rewind", "anew": "restart"}
"""Fields of `Rescue` as maskwright 0.1.0 saved them."""


@dataclass(frozen=True)
class Rescue:
    """One fix: rates multiplied by `rates`, a loss of cross-entropy + Dice, or BatchNorm held at running statistics.

    `rewind`: the training goes back to its last checkpoint; with `restart`, to its beginning.
    """

    code: str
    step: int
    rates: float = 1.0
    both_losses: bool = False
    hold_norms: bool = False
    rewind: bool = False
    restart: bool = False


def rescue_from_tree(tree: Mapping[str, Any]) -> Rescue:
    """Return the rescue of `dataclasses.asdict`, saved here or by maskwright 0.1.0."""
    return Rescue(**{OLD_NAMES.get(name, name): value for name, value in tree.items()})


def rescue_for(finding: Finding, record: Record, plan: Plan, done: Sequence[Rescue]) -> Rescue | None:
    """Return the fix for a finding of the guards; None if there is none, or if it was tried already."""
    if len(done) >= MOST_RESCUES:
        return None
    step, code = record.step, finding.code
    match code:
        case "loss-not-finite":
            return Rescue(code, step, rates=_slower(record), rewind=True, restart=_went_wrong_early(record))
        case "lr-too-high":
            return Rescue(code, step, rates=_slower(record), rewind=True, restart=True)
        case "lr-too-low":
            return Rescue(code, step, rates=_faster(record))
        case "grad-exploding":
            return Rescue(code, step, rates=0.5)
        case "bn-tiny-batch" if not any(rescue.hold_norms for rescue in done):
            return Rescue(code, step, hold_norms=True)
        case "training-collapse" | "val-below-constant" if not has_both_losses(plan):
            return Rescue(code, step, both_losses=True)
    return None


def _slower(record: Record) -> float:
    """Return the factor that brings the longest steps back to their usual norm, between 0.01 and 0.5."""
    longest = max((probe.moved["all"] / max(probe.rate_share, 0.05) for probe in record.probes), default=0.0)
    return min(0.5, max(0.01, USUAL_UPDATE / longest)) if longest else 0.5


def _faster(record: Record) -> float:
    longest = max((max(probe.moved.values()) for probe in record.probes), default=0.0)
    return min(1000.0, max(10.0, 30 * TOO_SHORT / longest)) if longest else 10.0


def _went_wrong_early(record: Record) -> bool:
    """Return True if the last checkpoint is no better than the beginning of the training."""
    losses = record.losses
    return len(losses) < 20 or sum(losses[-10:]) >= sum(losses[:10])


def has_both_losses(plan: Plan) -> bool:
    """Return True if cross-entropy and Dice are both terms of the loss."""
    return {"ce", "dice"} <= {term.loss for term in parse_mix(plan.loss.mix)}


def plan_after(plan: Plan, rescues: Sequence[Rescue]) -> Plan:
    """Return the plan with the changes of the rescues."""
    for rescue in rescues:
        optim, loss = plan.optim, plan.loss
        encoder, decoder = min(1.0, optim.lr_encoder * rescue.rates), min(1.0, optim.lr_decoder * rescue.rates)
        loss = replace(loss, mix=BOTH_LOSSES) if rescue.both_losses else loss
        plan = replace(plan, optim=replace(optim, lr_encoder=encoder, lr_decoder=decoder), loss=loss)
    return plan


def change_rates(optimizer: torch.optim.Optimizer, factor: float) -> None:
    """Multiply the peak rate of every parameter group, up to 1."""
    for group in optimizer.param_groups:
        group["peak"] = min(1.0, group["peak"] * factor)


def hold_norms(net: nn.Module) -> None:
    """Let BatchNorm use its running statistics, and keep them unchanged, from now on."""
    for layer in batch_norms(net):
        layer.eval()


def rescue_note(rescue: Rescue, step: int) -> Finding:
    """Return the note that says what was changed; `step`: where the training goes on."""
    changes = []
    if rescue.rates != 1.0:
        changes.append(f"the rates were multiplied by {rescue.rates:.3g}")
    if rescue.both_losses:
        changes.append("the loss is now cross-entropy + Dice")
    if rescue.hold_norms:
        changes.append("BatchNorm is held at its running statistics")
    if rescue.rewind:
        changes.append(f"the training went back to step {step}")
    return make_finding(RESCUED, f"from {rescue.code} at step {rescue.step}: {'; '.join(changes)}")
