"""One optimisation step: forward, loss, backward, clip, update."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from maskwright.errors import DeviceMemoryError
from maskwright.planning.plan import Plan
from maskwright.training.batches import Batch
from maskwright.training.optimizer import update_average
from maskwright.training.speed.depthwise import fast_depthwise
from maskwright.training.state import TrainingState

NORM_CLIP = 5.0
"""Gradients longer than this are scaled down to it."""


@dataclass(frozen=True)
class Taken:
    """Result of one step: its loss, the gradient norm before clipping, and the logits (NxCxHxW).

    `stepped` is False if the gradients were NaN or infinite; the weights are then unchanged.
    """

    loss: float
    gradient_norm: float
    logits: Tensor
    stepped: bool


def take_step(state: TrainingState, batch: Batch, step: int) -> Taken:
    """Take one optimisation step; NaN or infinite gradients leave the weights unchanged.

    Dropout follows from (seed, step) alone, as the batches do, so that a resumed run equals an uninterrupted one.
    Raises DeviceMemoryError if the GPU's memory is too small.
    """
    torch.manual_seed(int(np.random.default_rng((state.seed, step)).integers(2**32)))  # a CPU generator takes 32 bits
    photos = photos_of(state, batch)
    masks = torch.from_numpy(batch.masks).to(state.fabric.device, non_blocking=True)
    state.optimizer.zero_grad(set_to_none=True)
    with _memory_advice(state.plan):
        with fast_depthwise(state.plan.optim.precision, photos.device), state.folded:
            logits = state.net(photos)
        loss = state.loss(logits, masks)
        state.fabric.backward(loss)
    norm = state.fabric.clip_gradients(state.net, state.optimizer, max_norm=NORM_CLIP, error_if_nonfinite=False)
    assert norm is not None
    value, length = torch.stack([loss.detach(), norm.to(loss.dtype)]).tolist()  # the only wait for a GPU in a step
    stepped = math.isfinite(value) and math.isfinite(length)
    if stepped:
        state.optimizer.step()
        update_average(state.average, state.net, step=step, decay=state.plan.optim.ema)
    return Taken(value, length, logits.detach(), stepped)


def photos_of(state: TrainingState, batch: Batch) -> Tensor:
    """Return the photos of a batch on the device of the training: Nx3xHxW float, 0 to 255."""
    return torch.from_numpy(batch.photos).to(state.fabric.device, non_blocking=True).permute(0, 3, 1, 2).float()


@contextmanager
def _memory_advice(plan: Plan) -> Iterator[None]:
    """Turn torch's out-of-memory error into one line with the setting to change."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        batch, crop_px = plan.optim.batch, plan.scale.crop_px
        less = f"optim.batch={batch // 2}" if batch > 1 else f"scale.crop_px={max(32, crop_px // 64 * 32)}"
        raise DeviceMemoryError(
            f"the GPU's memory does not hold {batch} crops of {crop_px} px: --set {less}, and another --out"
        ) from error
