"""The search for the layer whose output is the first NaN or infinite one."""

import math
from functools import reduce

import torch
from torch import Tensor, nn

from maskwright.findings.finding import Finding, make_finding, some
from maskwright.training.crops.batches import Batch
from maskwright.training.crops.photo_sampler import slots_in_batch
from maskwright.training.distributed.group import from_all
from maskwright.training.health.record import Record
from maskwright.training.state import TrainingState, names_at
from maskwright.training.step import Taken, photos_of

MOST_SKIPPED = 5
"""Steps in a row with NaN or infinite gradients after which the training counts as broken."""


def is_broken(record: Record, taken: Taken) -> bool:
    """Return True if the loss is NaN or infinite, or the gradients were for five steps in a row."""
    last = record.skipped[-MOST_SKIPPED:]
    in_a_row = len(last) == MOST_SKIPPED and last[-1] - last[0] == MOST_SKIPPED - 1 and not taken.stepped
    return not math.isfinite(taken.loss) or in_a_row


def what_broke(state: TrainingState, batch: Batch, step: int, taken: Taken) -> Finding:
    """Return the finding that names the first layer with a NaN or infinite output, and the photos of the batch."""
    with state.synced:
        layers = from_all(state.ranks, first_not_finite(state.net, photos_of(state, batch)))
    layer = next(filter(None, layers), "")
    if layer:
        where = f"layer {layer} is the first whose output is not finite"
    elif not math.isfinite(taken.loss):
        where = "every layer's output is finite, but the loss is not"
    else:
        where = f"the loss is finite, but its gradients were not for {MOST_SKIPPED} steps"
    slots = slots_in_batch(state.cache, names_at(state, step), seed=state.seed, step=step)
    optim = state.plan.optim
    return make_finding(
        "loss-not-finite",
        f"at step {step + 1} {where}; the batch: {some([slot.name for slot in slots])}",
        values={"decoder": optim.lr_decoder / 2, "encoder": optim.lr_encoder / 2},
        variant="guard",
    )


@torch.no_grad()
def first_not_finite(net: nn.Module, photos: Tensor) -> str:
    """Return the name of the first layer whose output for `photos` is NaN or infinite; "" if there is none.

    Layers count in the order in which they run; only layers without inner layers count. The network is left as it was.
    """
    names: list[str] = []
    before = {name: buffer.clone() for name, buffer in net.named_buffers()}

    def inspect(name: str, output: object) -> None:
        if not names and isinstance(output, Tensor) and not bool(torch.isfinite(output).all()):
            names.append(name)

    handles = [
        layer.register_forward_hook(lambda _layer, _inputs, output, name=name: inspect(name, output))
        for name, layer in net.named_modules()
        if not any(True for _ in layer.children())
    ]
    try:
        net(photos)
    finally:
        for handle in handles:
            handle.remove()
        for name, buffer in net.named_buffers():
            buffer.copy_(before[name])
    prefixes = ("_forward_module.", "module.", "core.")  # of Fabric, DistributedDataParallel and PaddedNet
    return reduce(str.removeprefix, prefixes, names[0]) if names else ""
