"""The bench: everything that a training step touches, its batches, and one step on it."""

import logging
import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace

import numpy as np
import torch
from lightning_fabric import Fabric
from torch import nn

from maskwright.datasets.content_hash import Digests, digests_of
from maskwright.datasets.split import Parts
from maskwright.errors import ConfigError, DeviceMemoryError
from maskwright.inference.segmenter import Segmenter
from maskwright.losses.build import Loss, make_loss
from maskwright.models.build import build_model
from maskwright.models.catalogue import largest_tile_px
from maskwright.planning.machine import this_machine
from maskwright.planning.plan import Plan
from maskwright.planning.pretrained import with_weights_at_hand
from maskwright.training.batches import Batch, Pages, draw_batch
from maskwright.training.health.probes import NORM_CLIP, Taken
from maskwright.training.optimizer import copy_for_average, make_optimiser, update_average
from maskwright.training.speed.depthwise import fast_depthwise
from maskwright.training.speed.folded_batchnorm import folded_norms


@dataclass(frozen=True)
class Bench:
    """The network and the moving average of its weights, optimiser and loss, the photos, and how they are learnt.

    `folded`: within it the network's frozen stages run faster; `learnt`: the digests of what is learnt from, taken at
    the beginning.
    """

    fabric: Fabric
    net: nn.Module
    average: nn.Module
    folded: AbstractContextManager[object]
    optimiser: torch.optim.Optimizer
    loss: Loss
    pages: Pages
    parts: Parts
    plan: Plan
    seed: int
    weights: str
    learnt: Digests


def set_up(parts: Parts, plan: Plan, seed: int, *, bare: bool = False) -> Bench:
    """Return a fresh bench, on the GPU where there is one; `bare`: without pretrained weights, saved ones will follow.

    Raises ConfigError where the plan does not fit the classes, WeightsError where its weights cannot be had.
    """
    plan = with_weights_at_hand(plan)
    class_count = len(parts.train.classes)
    for key, numbers in (("class_weights", plan.loss.class_weights), ("class_shares", plan.loss.class_shares)):
        if len(numbers) != class_count:
            raise ConfigError(
                f"loss.{key} has {len(numbers)} numbers, but there are {class_count} classes: give one a class"
            )
    torch.manual_seed(seed)
    torch.backends.cudnn.deterministic = True
    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)
    accelerator = "cuda" if this_machine().gpu else "cpu"  # what the plan was made for: never a Mac's GPU unasked
    fabric = Fabric(accelerator=accelerator, devices=1, precision=plan.optim.precision)
    built = build_model(replace(plan.net, weights="random") if bare else plan.net, class_count)
    module = built.module.to(memory_format=torch.channels_last)
    average = copy_for_average(module).to(fabric.device)
    net, optimiser = fabric.setup(module, make_optimiser(module, plan.optim))
    folded = folded_norms(module, plan.net.encoder)
    loss = make_loss(plan.loss, fabric.device)
    pages = Pages(parts.train, plan)
    learnt = digests_of(parts.train)
    return Bench(fabric, net, average, folded, optimiser, loss, pages, parts, plan, seed, built.weights, learnt)


def names_at(bench: Bench, step: int) -> tuple[str, ...]:
    """Return the photos learnt from at a step: the inner validation photos join for the last part of the run."""
    names = tuple(s.name for s in bench.parts.train.samples)
    steps = bench.plan.optim.steps
    if steps and step >= bench.plan.sampling.inner_until * steps:
        return names
    inner = set(bench.parts.inner)
    return tuple(name for name in names if name not in inner)


def centred_at(bench: Bench, step: int) -> bool:
    """Tell whether a step belongs to the first stage, of crops with one object centred."""
    return step < bench.plan.sampling.centred_until * bench.plan.optim.steps


def batches(bench: Bench, steps: range) -> Iterator[Batch]:
    """Yield the batch of each step, always drawing two ahead in another thread."""
    with ThreadPoolExecutor(1) as drawer:

        def draw(step: int) -> Batch:
            centred = centred_at(bench, step)
            return draw_batch(bench.pages, names_at(bench, step), seed=bench.seed, step=step, centred=centred)

        ahead = [drawer.submit(draw, step) for step in steps[:2]]
        for step in steps:
            batch = ahead.pop(0).result()
            if step + 2 < steps.stop:
                ahead.append(drawer.submit(draw, step + 2))
            yield batch


def one_step(bench: Bench, batch: Batch, step: int) -> Taken:
    """Take one optimiser step; where the gradients are no numbers, leave the weights as they are.

    What a network draws itself, dropout, follows from (seed, step) alone, as the batches do: resumed = uninterrupted.
    """
    torch.manual_seed(int(np.random.default_rng((bench.seed, step)).integers(2**32)))  # a CPU's generator takes 32 bits
    photos = torch.from_numpy(batch.photos).to(bench.fabric.device, non_blocking=True).permute(0, 3, 1, 2).float()
    masks = torch.from_numpy(batch.masks).to(bench.fabric.device, non_blocking=True)
    bench.optimiser.zero_grad(set_to_none=True)
    with _memory_told(bench.plan):
        with fast_depthwise(bench.plan.optim.precision, photos.device), bench.folded:
            logits = bench.net(photos)
        loss = bench.loss(logits, masks)
        bench.fabric.backward(loss)
    norm = bench.fabric.clip_gradients(bench.net, bench.optimiser, max_norm=NORM_CLIP, error_if_nonfinite=False)
    assert norm is not None
    value, length = torch.stack([loss.detach(), norm.to(loss.dtype)]).tolist()  # the one wait for a GPU in a step
    stepped = math.isfinite(value) and math.isfinite(length)
    if stepped:
        bench.optimiser.step()
        update_average(bench.average, bench.net, step=step, decay=bench.plan.optim.ema)
    return Taken(value, length, logits.detach(), stepped)


@contextmanager
def _memory_told(plan: Plan) -> Iterator[None]:
    """Say in one line what to do where a GPU's memory does not suffice."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        batch, crop_px = plan.optim.batch, plan.scale.crop_px
        less = f"optim.batch={batch // 2}" if batch > 1 else f"scale.crop_px={max(32, crop_px // 64 * 32)}"
        raise DeviceMemoryError(
            f"the GPU's memory does not hold {batch} crops of {crop_px} px: --set {less}, and another --out"
        ) from error


def averaged(bench: Bench) -> Segmenter:
    """Return the averaged network at one scale: what validation during training looks through."""
    plan = bench.plan
    single = replace(plan.predict, zooms=(1.0,), flip=False, windows="tiles")
    bf16 = plan.optim.precision == "bf16-mixed"
    classes = bench.parts.train.classes
    tile_px = largest_tile_px(plan.net.name, plan.scale.crop_px)
    return Segmenter(bench.average, classes, single, plan.scale.long_side_px, tile_px, bf16=bf16)
