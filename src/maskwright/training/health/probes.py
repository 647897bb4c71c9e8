"""Probes: statistics of gradients, weight updates and predicted classes at a few training steps."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from maskwright.classes import IGNORE
from maskwright.training.step import NORM_CLIP, Taken

PROBE_EVERY = 10
MOST_PROBES = 60
TINY_BATCH = 4
"""Batches smaller than this have statistics that BatchNorm should not rely on."""


@dataclass(frozen=True)
class Probe:
    """Statistics of one step.

    `gradients`: gradient norm before clipping, by layer group and of "all"; 0 where there is none.
    `moved`: norm of the update divided by the norm of the weights, likewise.
    `truth_classes`, `predicted_classes`: number of classes in the batch's masks and in the predictions.
    `rate_share`: the learning rate at `step` as a share of its peak.
    """

    gradients: dict[str, float]
    moved: dict[str, float]
    truth_classes: int
    predicted_classes: int
    step: int = 0
    rate_share: float = 1.0


def is_probed(step: int, steps: int) -> bool:
    """Return True for the steps that are probed: step 8, then every tenth; about sixty in a long run."""
    return step == 8 or (step > 8 and step % max(PROBE_EVERY, steps // MOST_PROBES) == 0)


def weights_before(net: nn.Module) -> list[Tensor]:
    """Return a copy of the trainable weights, to compare with after a step."""
    return [p.detach().clone() for _, p in _trainable(net)]


def probe(net: nn.Module, before: list[Tensor], taken: Taken) -> Probe:
    """Return the statistics of the step just taken."""
    names, squares = _squares_by_group(net, before)
    by_group = torch.stack(squares).view(-1, 3)
    lengths = torch.cat([by_group, by_group.sum(dim=0, keepdim=True)]).sqrt().tolist()
    unclipped = max(1.0, taken.gradient_norm / NORM_CLIP) if math.isfinite(taken.gradient_norm) else 1.0
    rows = dict(zip([*names, "all"], lengths, strict=True))
    masks = taken.masks
    return Probe(
        gradients={name: gradient * unclipped for name, (gradient, _, _) in rows.items()},
        moved={name: moved / (length + 1e-12) for name, (_, moved, length) in rows.items()},
        truth_classes=int(torch.unique(masks[masks != IGNORE]).numel()),
        predicted_classes=int(torch.unique(strongest(taken.logits)).numel()),
    )


def _squares_by_group(net: nn.Module, before: list[Tensor]) -> tuple[list[str], list[Tensor]]:
    """Return the layer groups, and for each in turn the squared norms of gradient, update and weights."""
    groups: dict[str, list[tuple[nn.Parameter, Tensor]]] = {}
    for (name, parameter), old in zip(_trainable(net), before, strict=True):
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


def _trainable(net: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
    return ((name, parameter) for name, parameter in net.named_parameters() if parameter.requires_grad)


def layer_group(name: str) -> str:
    """Return the group of a parameter: "encoder", "decoder", "head", or the first telling word of its name."""
    words = [w for w in name.split(".") if w not in ("_forward_module", "module", "core", "model")]
    return "head" if words[0] == "segmentation_head" else words[0]


def strongest(logits: Tensor) -> Tensor:
    """Return NxHxW class ids of NxCxHxW logits; one channel is the object's, for two classes."""
    return (logits[:, 0] > 0).long() if logits.shape[1] == 1 else logits.argmax(dim=1)


@torch.no_grad()
def norm_gap(net: nn.Module, photos: Tensor) -> float:
    """Return the share of pixels whose class differs between batch statistics and running statistics.

    The network, in training mode, is left as it was.
    """
    before = {name: buffer.clone() for name, buffer in net.named_buffers()}
    norms = [m for m in batch_norms(net) if m.training]
    by_batch = strongest(net(photos))
    for name, buffer in net.named_buffers():
        buffer.copy_(before[name])
    for layer in norms:
        layer.eval()
    by_running = strongest(net(photos))
    for layer in norms:
        layer.train()
    return float((by_running != by_batch).float().mean())


def batch_norms(net: nn.Module) -> list[nn.Module]:
    """Return the BatchNorm layers."""
    return [m for m in net.modules() if isinstance(m, _BatchNorm)]
