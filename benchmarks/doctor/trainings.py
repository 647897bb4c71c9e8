"""Faults of optimisation, really trained for half a minute each, and what guards and diagnosis say of them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.doctor.bases import parts_for, photos_of, short_plan
from maskwright.data.dataset import pick
from maskwright.data.split import Parts
from maskwright.findings import Finding
from maskwright.judge.diagnose.cases import Evidence
from maskwright.judge.diagnose.diagnosis import diagnose
from maskwright.judge.diagnose.memory import read_pairs
from maskwright.judge.evaluate import evaluate
from maskwright.judge.histories.read import read_history
from maskwright.nets.losses.mixing import Loss
from maskwright.planning.plan import Plan
from maskwright.training.bench import Bench, averaged, batches, set_up
from maskwright.training.guards import guard
from maskwright.training.optim import set_rate
from maskwright.training.watch import enter_validation, fresh_record, watched_step

STEPS = 110
EPOCHS = 10


@dataclass(frozen=True)
class Training:
    """A fault of optimisation: which codes name it, the sets it is trained on, and what it changes."""

    name: str
    codes: tuple[str, ...]
    sets: tuple[str, ...]
    plan: Callable[[Plan], Plan] = lambda plan: plan
    loss: Callable[[Loss], Loss] = lambda loss: loss
    prepare: Callable[[Bench], None] = lambda _bench: None
    answer: Callable[[Tensor], Tensor] = torch.sigmoid
    """From one logit a pixel to what the user's program saves."""


def _rates(factor: float) -> Callable[[Plan], Plan]:
    def change(plan: Plan) -> Plan:
        low, high = plan.optim.lr_encoder * factor, plan.optim.lr_decoder * factor
        return replace(plan, optim=replace(plan.optim, lr_encoder=min(low, 1.0), lr_decoder=min(high, 1.0)))

    return change


def _plain_bce_rmsprop(plan: Plan) -> Plan:
    """Return the recipe that collapses: RMSprop at a high rate, binary cross-entropy, crops laid anywhere."""
    optim = replace(plan.optim, name="rmsprop", schedule="constant", lr_encoder=0.03, lr_decoder=0.03)
    loss = replace(plan.loss, mix="ce", class_weights=(1.0, 1.0))
    return replace(plan, optim=optim, loss=loss, sampling=replace(plan.sampling, object_share=0.0))


def _random_frozen(plan: Plan) -> Plan:
    return replace(plan, net=replace(plan.net, weights="random"))


def _freeze(bench: Bench) -> None:
    for name, parameter in bench.net.named_parameters():
        if "encoder." in name or ("decoder" in name and "blocks.4" not in name):
            parameter.requires_grad_(False)


def _pairs_of_two(plan: Plan) -> Plan:
    return replace(plan, optim=replace(plan.optim, batch=2), scale=replace(plan.scale, crop_px=64))


def _sigmoid_first(loss: Loss) -> Loss:
    return lambda logits, masks: loss(torch.sigmoid(logits), masks)


def _one_channel_softmax(_loss: Loss) -> Loss:
    def bce(logits: Tensor, masks: Tensor) -> Tensor:
        certain = torch.softmax(logits, dim=1)[:, 0].clamp(1e-6, 1 - 1e-6)
        return functional.binary_cross_entropy(certain, (masks == 1).float())

    return bce


def _wrong_sign(loss: Loss) -> Loss:
    return lambda logits, masks: -loss(logits.clamp(-8, 8), masks)


TRAININGS: tuple[Training, ...] = (
    Training("healthy", (), ("isbi_membrane", "drawn_puzzles", "crackforest")),
    Training("rates x100", ("lr-too-high",), ("isbi_membrane", "drawn_puzzles", "crackforest"), plan=_rates(100)),
    Training("rates /1000", ("lr-too-low",), ("isbi_membrane", "drawn_puzzles", "crackforest"), plan=_rates(1e-3)),
    Training(
        "plain BCE + RMSprop on tiny objects",
        ("training-collapse", "score-collapse", "lr-too-high"),
        ("drawn_coils", "kolektor", "crackforest"),
        plan=_plain_bce_rmsprop,
    ),
    Training(
        "sigmoid twice",
        ("sigmoid-twice",),
        ("isbi_membrane", "drawn_puzzles", "crackforest"),
        loss=_sigmoid_first,
        answer=lambda logits: torch.sigmoid(torch.sigmoid(logits)),
    ),
    Training(
        "softmax over one channel",
        ("softmax-one-channel", "grad-dead"),
        ("isbi_membrane", "drawn_puzzles", "crackforest"),
        loss=_one_channel_softmax,
        answer=lambda logits: torch.softmax(logits, dim=1),
    ),
    Training(
        "loss of the wrong sign",
        ("score-minimised", "pred-inverted"),
        ("isbi_membrane", "drawn_puzzles", "crackforest"),
        loss=_wrong_sign,
    ),
    Training(
        "random weights, nearly all frozen",
        ("underfitting",),
        ("isbi_membrane", "drawn_puzzles", "crackforest"),
        plan=_random_frozen,
        prepare=_freeze,
    ),
    Training(
        "BatchNorm on crops of 64 px, two a batch",
        ("bn-tiny-batch", "validation-stuck"),
        ("isbi_membrane", "drawn_puzzles", "crackforest"),
        plan=_pairs_of_two,
    ),
)


def trained(one: Training, set_name: str, folder: Path) -> list[Finding]:
    """Train with the fault; return what is found, the guards' findings and the diagnosis in one order."""
    parts = parts_for(set_name)
    parts = replace(parts, inner=tuple(s.name for s in parts.train.samples[:: max(1, len(parts.train) // 4)][:4]))
    bench = set_up(parts, one.plan(short_plan(parts.train, steps=STEPS)), 0)
    bench = replace(bench, loss=one.loss(bench.loss))
    one.prepare(bench)
    raised, lines = _train(bench)
    path = folder / f"{set_name}-{one.name.replace(' ', '_').replace('/', 'over')}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["epoch,loss,val_loss,val_iou", *lines]) + "\n")
    evidence = _answers(bench, parts, one.answer)
    found = diagnose(replace(evidence, history=read_history(path)))
    return [*raised, *(f for f in found if f.code not in {r.code for r in raised})]


def _train(bench: Bench) -> tuple[list[Finding], list[str]]:
    """Take the steps; return what the guards say at the end, and the lines of the history."""
    record = fresh_record(bench, 0)
    lines: list[str] = []
    losses: list[float] = []
    inner = pick(bench.parts.train, bench.parts.inner)
    bench.net.train()
    for step, batch in enumerate(batches(bench, range(STEPS))):
        set_rate(bench.optimiser, bench.plan.optim, step)
        losses.append(watched_step(bench, batch, step, record).loss)
        if (step + 1) % (STEPS // EPOCHS) == 0:
            seen = evaluate(averaged(bench), inner, long_side_px=bench.plan.scale.long_side_px)
            enter_validation(record, seen, step)
            lines.append(f"{len(lines)},{np.mean(losses):.6f},{np.mean(losses):.6f},{seen.dataset_iou:.5f}")
            losses.clear()
    return guard(record), lines


@torch.no_grad()
def _answers(bench: Bench, parts: Parts, answer: Callable[[Tensor], Tensor]) -> Evidence:
    """Return the evidence of what the network says of photos held out and learnt from, as the user saves it."""
    net: nn.Module = bench.average
    assert parts.test is not None
    given = []
    for dataset, most in ((parts.test, 10), (parts.train, 6)):
        pairs = []
        for _, photo, truth in photos_of(dataset, most):
            x = torch.from_numpy(photo).permute(2, 0, 1)[None].float()
            pairs.append((truth, answer(net(x))[0, 0].float().numpy()))
        given.append(read_pairs(pairs, classes=parts.train.classes))
    return replace(given[0], train_cases=given[1].cases)
