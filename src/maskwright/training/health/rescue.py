"""Rescue: the first fix for a training that goes wrong, applied while it runs (`--set rescue=true`)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import nn

from maskwright.findings.finding import Finding
from maskwright.losses.catalogue import parse_mix
from maskwright.planning.plan import Plan
from maskwright.training.health.guards import TOO_SHORT, Record
from maskwright.training.health.probes import batch_norms

MOST_RESCUES = 6
RESCUED = "rescued"
BOTH_LOSSES = "ce + dice"
USUAL_MOVE = 2e-3
"""Share of the weights' length that a step at the full rate may take."""


@dataclass(frozen=True)
class Rescue:
    """One fix: rates multiplied by `rates`, the loss made cross-entropy + Dice, or norms held at running statistics.

    `back` tells whether the training goes back, to its last saved state or, where `anew`, to its beginning.
    """

    code: str
    step: int
    rates: float = 1.0
    both_losses: bool = False
    hold_norms: bool = False
    back: bool = False
    anew: bool = False


def rescue_for(finding: Finding, record: Record, plan: Plan, done: Sequence[Rescue]) -> Rescue | None:
    """Return the fix for what a guard found; None where there is none, or where it was tried already."""
    if len(done) >= MOST_RESCUES:
        return None
    step, code = record.step, finding.code
    match code:
        case "loss-not-finite":
            return Rescue(code, step, rates=_slower(record), back=True, anew=_went_wrong_early(record))
        case "lr-too-high":
            return Rescue(code, step, rates=_slower(record), back=True, anew=True)
        case "lr-too-low":
            return Rescue(code, step, rates=_faster(record))
        case "grad-exploding":
            return Rescue(code, step, rates=0.5)
        case "bn-tiny-batch" if not any(r.hold_norms for r in done):
            return Rescue(code, step, hold_norms=True)
        case "training-collapse" | "val-below-constant" if not has_both_losses(plan):
            return Rescue(code, step, both_losses=True)
    return None


def _slower(record: Record) -> float:
    """Return what brings the longest steps back to their usual length: a half at most, a hundredth at least."""
    longest = max((look.moved["all"] / max(look.rate_share, 0.05) for look in record.looks), default=0.0)
    return min(0.5, max(0.01, USUAL_MOVE / longest)) if longest else 0.5


def _faster(record: Record) -> float:
    longest = max((max(look.moved.values()) for look in record.looks), default=0.0)
    return min(1000.0, max(10.0, 30 * TOO_SHORT / longest)) if longest else 10.0


def _went_wrong_early(record: Record) -> bool:
    """Tell whether the last saved state is no good either: no better than the training was when it began."""
    losses = record.losses
    return len(losses) < 20 or sum(losses[-10:]) >= sum(losses[:10])


def has_both_losses(plan: Plan) -> bool:
    """Tell whether the loss is made of cross-entropy and Dice, among others."""
    return {"ce", "dice"} <= {term.loss for term in parse_mix(plan.loss.mix)}


def plan_after(plan: Plan, rescues: Sequence[Rescue]) -> Plan:
    """Return the plan as the rescues have changed it."""
    for one in rescues:
        optim, loss = plan.optim, plan.loss
        encoder, decoder = min(1.0, optim.lr_encoder * one.rates), min(1.0, optim.lr_decoder * one.rates)
        loss = replace(loss, mix=BOTH_LOSSES) if one.both_losses else loss
        plan = replace(plan, optim=replace(optim, lr_encoder=encoder, lr_decoder=decoder), loss=loss)
    return plan


def change_rates(optimiser: torch.optim.Optimizer, factor: float) -> None:
    """Multiply the peak rate of every group, up to 1."""
    for group in optimiser.param_groups:
        group["peak"] = min(1.0, group["peak"] * factor)


def hold_norms(net: nn.Module) -> None:
    """Let BatchNorm normalise by its running statistics from now on, and leave them as they are."""
    for layer in batch_norms(net):
        layer.eval()


def told(rescue: Rescue, back_to: int) -> Finding:
    """Return the note that says what was done."""
    done = []
    if rescue.rates != 1.0:
        done.append(f"the rates were multiplied by {rescue.rates:.3g}")
    if rescue.both_losses:
        done.append("the loss is now cross-entropy + Dice")
    if rescue.hold_norms:
        done.append("BatchNorm is held at its running statistics")
    if rescue.back:
        done.append(f"the training went back to step {back_to}")
    return Finding(
        RESCUED,
        "note",
        f"rescued from {rescue.code} at step {rescue.step}",
        "; ".join(done),
        "set it so from the beginning next time: the steps until here were lost",
    )
