"""The pulse of a training: what a few of its steps show about gradients, weights, classes and normalisation."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from maskwright.classes import IGNORE

LOOK_EVERY = 10
LOOKS = 60
TINY_BATCH = 4
"""From this batch size on the statistics of a batch are taken as good enough."""
NORM_CLIP = 5.0


@dataclass(frozen=True)
class Taken:
    """What one optimiser step left: its loss, the norm of all gradients before clipping, and the logits (NxCxHxW).

    `stepped` is False where the gradients were no numbers: the weights are then as they were.
    """

    loss: float
    gradient_norm: float
    logits: Tensor
    stepped: bool


@dataclass(frozen=True)
class Look:
    """One step looked at closely.

    `gradients`: length before clipping by layer group, and of "all"; 0 where there is none. `moved`: length of
    the step over the length of the weights, likewise. `truth_classes` and `predicted_classes`: how many classes
    the batch shows, and how many are predicted in it. `rate_share`: the share of the peak rate at `step`.
    """

    gradients: dict[str, float]
    moved: dict[str, float]
    truth_classes: int
    predicted_classes: int
    step: int = 0
    rate_share: float = 1.0


def is_look(step: int, steps: int) -> bool:
    """Tell whether a step is looked at: the 8th, then every tenth, or sixty in a long run."""
    return step == 8 or (step > 8 and step % max(LOOK_EVERY, steps // LOOKS) == 0)


def weights_before(net: nn.Module) -> list[Tensor]:
    """Return a copy of the weights that learn, to compare with after a step."""
    return [p.detach().clone() for _, p in _learning(net)]


def look_at(net: nn.Module, before: list[Tensor], taken: Taken, masks: Tensor) -> Look:
    """Return gradients, movement and classes of the step just taken; `masks` NxHxW class ids, 255 = ignore."""
    names, squares = _squares_by_group(net, before)
    by_group = torch.stack(squares).view(-1, 3)
    lengths = torch.cat([by_group, by_group.sum(dim=0, keepdim=True)]).sqrt().tolist()
    unclipped = max(1.0, taken.gradient_norm / NORM_CLIP) if math.isfinite(taken.gradient_norm) else 1.0
    rows = dict(zip([*names, "all"], lengths, strict=True))
    return Look(
        gradients={name: gradient * unclipped for name, (gradient, _, _) in rows.items()},
        moved={name: moved / (length + 1e-12) for name, (_, moved, length) in rows.items()},
        truth_classes=int(torch.unique(masks[masks != IGNORE]).numel()),
        predicted_classes=int(torch.unique(strongest(taken.logits)).numel()),
    )


def _squares_by_group(net: nn.Module, before: list[Tensor]) -> tuple[list[str], list[Tensor]]:
    """Return the layer groups, and for each in turn the squared lengths of gradient, movement and weights."""
    groups: dict[str, list[tuple[nn.Parameter, Tensor]]] = {}
    for (name, parameter), old in zip(_learning(net), before, strict=True):
        groups.setdefault(layer_group(name), []).append((parameter, old))
    squares = []
    for members in groups.values():
        gradients = [p.grad for p, _ in members if p.grad is not None]
        moved = [p.detach() - old for p, old in members]
        squares += [_square(gradients, like=moved[0]), _square(moved, like=moved[0]), _square([o for _, o in members])]
    return list(groups), squares


def _square(tensors: list[Tensor], *, like: Tensor | None = None) -> Tensor:
    if not tensors:
        assert like is not None
        return torch.zeros((), device=like.device)
    return torch.stack(torch._foreach_norm(tensors)).float().square().sum()


def _learning(net: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
    return ((name, parameter) for name, parameter in net.named_parameters() if parameter.requires_grad)


def layer_group(name: str) -> str:
    """Return the group of a parameter: "encoder", "decoder", "head", or the first word of its name that tells."""
    words = [w for w in name.split(".") if w not in ("_forward_module", "module", "core", "model")]
    return "head" if words[0] == "segmentation_head" else words[0]


def strongest(logits: Tensor) -> Tensor:
    """Return NxHxW class ids of NxCxHxW logits, one channel being the object of two classes."""
    return (logits[:, 0] > 0).long() if logits.shape[1] == 1 else logits.argmax(dim=1)


@torch.no_grad()
def first_not_finite(net: nn.Module, photos: Tensor) -> str:
    """Return the name of the first layer whose output for `photos` is not finite, "" where all are; changes nothing.

    Layers are taken in the order in which they run; only those without layers inside are looked at.
    """
    found: list[str] = []
    kept = {name: buffer.clone() for name, buffer in net.named_buffers()}

    def watch(name: str, output: object) -> None:
        if not found and isinstance(output, Tensor) and not bool(torch.isfinite(output).all()):
            found.append(name)

    handles = [
        layer.register_forward_hook(lambda _layer, _inputs, output, name=name: watch(name, output))
        for name, layer in net.named_modules()
        if not any(True for _ in layer.children())
    ]
    try:
        net(photos)
    finally:
        for handle in handles:
            handle.remove()
        for name, buffer in net.named_buffers():
            buffer.copy_(kept[name])
    return found[0].removeprefix("_forward_module.").removeprefix("core.") if found else ""


@torch.no_grad()
def norm_gap(net: nn.Module, photos: Tensor) -> float:
    """Return the share of pixels whose class changes when the same photos are seen with running statistics.

    Against the network in training mode, which normalises by the batch itself. Changes nothing.
    """
    kept = {name: buffer.clone() for name, buffer in net.named_buffers()}
    norms = [m for m in batch_norms(net) if m.training]
    by_batch = strongest(net(photos))
    for name, buffer in net.named_buffers():
        buffer.copy_(kept[name])
    for layer in norms:
        layer.eval()
    settled = strongest(net(photos))
    for layer in norms:
        layer.train()
    return float((settled != by_batch).float().mean())


def batch_norms(net: nn.Module) -> list[nn.Module]:
    """Return the layers that normalise by the statistics of a batch."""
    return [m for m in net.modules() if isinstance(m, _BatchNorm)]
