"""Faults of optimisation, really trained for half a minute each, and what guards and diagnosis say of them."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.faults.bases import parts_for, photos_of, short_plan
from benchmarks.faults.keys import training_code
from maskwright.datasets.dataset import pick
from maskwright.datasets.splitting.split import Parts
from maskwright.diagnosis.diagnose import diagnose
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.diagnosis.history.reading import read_history
from maskwright.evaluation.evaluate import evaluate
from maskwright.files import write_json, write_text
from maskwright.findings.finding import Finding
from maskwright.imaging.mask_geometry import Mask
from maskwright.losses.build import Loss
from maskwright.planning.plan import Plan
from maskwright.training.health.guards import run_guards
from maskwright.training.health.monitor import add_validation, fresh_record, monitored_step
from maskwright.training.health.record import Record, record_as_tree, record_from_tree
from maskwright.training.optimizer import set_rate
from maskwright.training.state import TrainingState, averaged, batches, set_up

STEPS = 110
HEALTHY_STEPS = 200
"""As many as the bases have: with half of them cracks are not yet learnt, and that is rightly said."""
EPOCHS = 10
COMMON = ("isbi_membrane", "drawn_puzzles", "crackforest")
"""Sets on which most faults are trained: a texture, large objects, thin ones."""

Answers = tuple[Mask, NDArray[np.float32]]
"""A photo's truth and what the model's user saved for it."""


@dataclass(frozen=True)
class Training:
    """A fault of optimisation: which codes name it, the sets it is trained on, and what it changes."""

    name: str
    codes: tuple[str, ...]
    sets: tuple[str, ...]
    plan: Callable[[Plan], Plan] = lambda plan: plan
    loss: Callable[[Loss], Loss] = lambda loss: loss
    prepare: Callable[[TrainingState], None] = lambda _bench: None
    answer: Callable[[Tensor], Tensor] = torch.sigmoid
    """From one logit a pixel to what the user's program saves."""
    steps: int = STEPS


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


def _freeze(state: TrainingState) -> None:
    for name, parameter in state.net.named_parameters():
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
    Training("healthy", (), COMMON, steps=HEALTHY_STEPS),
    Training("rates x100", ("lr-too-high",), COMMON, plan=_rates(100)),
    Training("rates /1000", ("lr-too-low",), COMMON, plan=_rates(1e-3)),
    Training(
        "plain BCE + RMSprop on tiny objects",
        ("training-collapse", "score-collapse", "lr-too-high"),
        ("drawn_coils", "kolektor", "crackforest"),
        plan=_plain_bce_rmsprop,
    ),
    Training(
        "sigmoid twice",
        ("sigmoid-twice",),
        COMMON,
        loss=_sigmoid_first,
        answer=lambda logits: torch.sigmoid(torch.sigmoid(logits)),
    ),
    Training(
        "softmax over one channel",
        ("softmax-one-channel", "grad-dead"),
        COMMON,
        loss=_one_channel_softmax,
        answer=lambda logits: torch.softmax(logits, dim=1),
    ),
    Training(
        "loss of the wrong sign",
        ("score-minimised", "pred-inverted"),
        COMMON,
        loss=_wrong_sign,
    ),
    Training(
        "random weights, nearly all frozen",
        ("underfitting",),
        COMMON,
        plan=_random_frozen,
        prepare=_freeze,
    ),
    Training(
        "BatchNorm on crops of 64 px, two a batch",
        ("bn-tiny-batch", "validation-stuck"),
        ("isbi_membrane", "drawn_puzzles", "futoshiki"),
        plan=_pairs_of_two,
    ),
)


@dataclass(frozen=True)
class Left:
    """What a training with a fault left: what the guards saw, its history, and what its model says of photos."""

    record: Record
    history: Path
    held_out: list[Answers]
    learnt: list[Answers]


def trained(one: Training, set_name: str, folder: Path) -> list[Finding]:
    """Train with the fault, once for the same code; return the diagnosis, what the guards saw included."""
    left = _kept(one, set_name, folder / f"{set_name}-{one.name.replace(' ', '_').replace('/', 'over')}")
    classes = parts_for(set_name).train.classes
    held_out, learnt = (read_pairs(pairs, classes=classes) for pairs in (left.held_out, left.learnt))
    raised, history = tuple(run_guards(left.record)), read_history(left.history)
    return diagnose(replace(held_out, train_cases=learnt.cases, history=history, raised=raised))


def _kept(one: Training, set_name: str, folder: Path) -> Left:
    """Return what the training left, from disk where the same code trained it."""
    stamp, history, answers = folder / "record.json", folder / "history.csv", folder / "answers.npz"
    kept: dict[str, Any] = json.loads(stamp.read_text(encoding="utf-8")) if stamp.exists() else {"code": ""}
    if kept["code"] != training_code():
        kept = _train_and_keep(one, set_name, folder)
    with np.load(answers, allow_pickle=False) as held:
        arrays = {key: held[key] for key in held.files}
    pairs: dict[str, list[Answers]] = {"held_out": [], "learnt": []}
    for key in sorted(k.removesuffix("/truth") for k in arrays if k.endswith("/truth")):
        pairs[key.partition("/")[0]].append((arrays[f"{key}/truth"], arrays[f"{key}/answer"].astype(np.float32)))
    return Left(record_from_tree(kept["record"]), history, pairs["held_out"], pairs["learnt"])


def _train_and_keep(one: Training, set_name: str, folder: Path) -> dict[str, Any]:
    parts = parts_for(set_name)
    parts = replace(parts, inner=tuple(s.name for s in parts.train.samples[:: max(1, len(parts.train) // 4)][:4]))
    state = set_up(parts, one.plan(short_plan(parts.train, steps=one.steps)), 0)
    state = replace(state, loss=one.loss(state.loss))
    one.prepare(state)
    record, lines = _train(state)
    write_text(folder / "history.csv", "\n".join(["epoch,loss,val_iou", *lines]) + "\n")
    np.savez_compressed(folder / "answers.npz", allow_pickle=False, **_answers(state, parts, one.answer))
    kept = {"code": training_code(), "record": record_as_tree(record)}
    write_json(folder / "record.json", kept)
    return kept


def _train(state: TrainingState) -> tuple[Record, list[str]]:
    """Take the steps; return what the guards saw, and the lines of the history."""
    steps = state.plan.optim.steps
    record = fresh_record(state, 0)
    lines: list[str] = []
    losses: list[float] = []
    inner = pick(state.parts.train, state.parts.inner)
    state.net.train()
    for step, batch in enumerate(batches(state, range(steps))):
        set_rate(state.optimizer, state.plan.optim, step, photos=len(state.parts.train))
        losses.append(monitored_step(state, batch, step, record).loss)
        if (step + 1) % (steps // EPOCHS) == 0:
            seen = evaluate(averaged(state), inner, long_side_px=state.plan.scale.long_side_px)
            add_validation(record, seen, step)
            lines.append(f"{len(lines)},{np.mean(losses):.6f},{seen.dataset_iou:.5f}")
            losses.clear()
    return record, lines


@torch.no_grad()
def _answers(state: TrainingState, parts: Parts, answer: Callable[[Tensor], Tensor]) -> dict[str, NDArray[np.generic]]:
    """Return truth and what the network says of photos held out and learnt from, as the user saves it."""
    net: nn.Module = state.average
    assert parts.test is not None
    arrays: dict[str, NDArray[np.generic]] = {}
    for kind, dataset, most in (("held_out", parts.test, 10), ("learnt", parts.train, 6)):
        for index, (_, photo, truth) in enumerate(photos_of(dataset, most)):
            x = torch.from_numpy(photo).permute(2, 0, 1)[None].float()
            arrays[f"{kind}/{index:03d}/truth"] = truth
            arrays[f"{kind}/{index:03d}/answer"] = answer(net(x))[0, 0].float().numpy()
    return arrays
