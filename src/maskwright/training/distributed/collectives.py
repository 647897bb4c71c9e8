"""Tensors that the processes of a training exchange in each step."""

import torch
from torch import Tensor, distributed

from maskwright.training.distributed.ranks import Ranks


def whole_batch(rows: Tensor, ranks: Ranks, group: distributed.ProcessGroup | None, *, total: int) -> Tensor:
    """Return the rows (N first) of all processes as one batch of `total`, in the order of its slots.

    Gradients reach the rows of this process. Process r has the slots r, r + count, ...: some may have one row less,
    which travels as zeros, so that all exchange the same amount.
    """
    if ranks.count == 1:
        return rows
    most = -(-total // ranks.count)
    missing = rows.new_zeros((most - len(rows), *rows.shape[1:]))
    own = torch.cat([rows, missing]).contiguous() if len(missing) else rows.contiguous()
    pieces = [torch.empty_like(own, requires_grad=False) for _ in range(ranks.count)]
    distributed.all_gather(pieces, own.detach(), group=group)
    pieces[ranks.rank] = own
    return torch.stack(pieces, dim=1).flatten(0, 1)[:total]


def as_first(values: Tensor, ranks: Ranks, group: distributed.ProcessGroup | None) -> Tensor:
    """Return the values of the first process, so that all decide alike."""
    if ranks.count > 1:
        distributed.broadcast(values, src=0, group=group)
    return values
