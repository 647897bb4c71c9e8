"""One optimization step: forward, loss, backward, clip, update. `distributed/group.py` sets the precision."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from maskwright.errors import DeviceMemoryError
from maskwright.training.crops.batches import Batch
from maskwright.training.distributed.collectives import as_first, whole_batch
from maskwright.training.speed.depthwise import fast_depthwise
from maskwright.training.state import TrainingState
from maskwright.training.weight_average import update_average

NORM_CLIP = 5.0
"""Gradients longer than this are scaled down to it."""


@dataclass(frozen=True)
class Taken:
    """Result of one step: its loss, the gradient norm before clipping, the logits (NxCxHxW) and the masks (NxHxW).

    All are those of the whole batch, whatever the number of devices. `stepped` is False if the gradients were NaN or
    infinite; the weights are then unchanged.
    """

    loss: float
    gradient_norm: float
    logits: Tensor
    masks: Tensor
    stepped: bool


def take_step(state: TrainingState, batch: Batch, step: int) -> Taken:
    """Take one optimisation step; NaN or infinite gradients leave the weights unchanged.

    Dropout follows from (seed, step) alone, as the batches do, so that a resumed run equals an uninterrupted one.
    Raises DeviceMemoryError if the GPU's memory is too small.
    """
    _seed_dropout(state, step)
    photos, masks, total = photos_of(state, batch), _on_device(state, batch.masks), state.plan.optim.batch
    state.optimizer.zero_grad(set_to_none=True)
    with _memory_advice(state):
        with fast_depthwise(state.plan.optim.precision, photos.device), state.folded, state.synced:
            logits = whole_batch(state.net(photos), state.ranks, state.group, total=total)
        masks = whole_batch(masks, state.ranks, state.group, total=total)
        loss = state.loss(logits, masks)
        # Each device has the gradient of its own crops' logits; DistributedDataParallel takes the mean, not the sum.
        state.fabric.backward(loss * state.ranks.count if state.group else loss)
    norm = state.fabric.clip_gradients(state.net, state.optimizer, max_norm=NORM_CLIP, error_if_nonfinite=False)
    assert norm is not None
    values = as_first(torch.stack([loss.detach(), norm.to(loss.dtype)]), state.ranks, state.group)
    value, length = values.tolist()  # the only wait for a GPU in a step
    stepped = math.isfinite(value) and math.isfinite(length)
    if stepped:
        state.optimizer.step()
        update_average(state.average, state.net, step=step, decay=state.plan.optim.ema)
    return Taken(value, length, logits.detach(), masks, stepped)


def _seed_dropout(state: TrainingState, step: int) -> None:
    """Seed torch by seed and step, and by the rank, so that each device drops other units."""
    rank = state.ranks.rank
    key = (state.seed, step, rank) if rank else (state.seed, step)
    torch.manual_seed(int(np.random.default_rng(key).integers(2**32)))  # a CPU generator takes 32 bits


def photos_of(state: TrainingState, batch: Batch) -> Tensor:
    """Return the photos of a batch on the device of the training: Nx3xHxW float, 0 to 255."""
    return _on_device(state, batch.photos).permute(0, 3, 1, 2).float()


def _on_device(state: TrainingState, array: NDArray[np.uint8]) -> Tensor:
    """Return the array as a tensor on the device; pinned memory lets a GPU take it while it computes."""
    tensor, device = torch.from_numpy(array), state.fabric.device
    return tensor.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else tensor


@contextmanager
def _memory_advice(state: TrainingState) -> Iterator[None]:
    """Turn torch's out-of-memory error into one line with the setting to change."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        batch, crop_px, devices = state.plan.optim.batch, state.plan.scale.crop_px, state.ranks.count
        less = f"optim.batch={batch // 2}" if batch >= 2 * devices else f"scale.crop_px={max(32, crop_px // 64 * 32)}"
        raise DeviceMemoryError(
            f"the GPU's memory does not hold {len(state.ranks.share(batch))} crops of {crop_px} px: --set {less}, "
            "and another --out"
        ) from error
