"""The training state: network, optimizer, loss and photos, and the batches drawn from them."""

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

import torch
from lightning_fabric import Fabric
from torch import nn
from torch.distributed import ProcessGroup

from maskwright.datasets.content_hash import Digests
from maskwright.datasets.splitting.split import Parts
from maskwright.errors import ConfigError
from maskwright.inference.segmenter import Segmenter
from maskwright.losses.build import Loss, make_loss
from maskwright.models.build import build_model
from maskwright.models.catalogue import largest_tile_px
from maskwright.planning.plan import Plan
from maskwright.training.crops.batches import Batch, draw_batch
from maskwright.training.crops.photo_cache import CACHE_BYTES, PhotoCache
from maskwright.training.distributed.group import agreed, current_ranks, make_fabric, training_group
from maskwright.training.distributed.ranks import Ranks
from maskwright.training.distributed.same_data import same_digests
from maskwright.training.distributed.sync_batchnorm import synced_batchnorm
from maskwright.training.optimizer import make_optimizer
from maskwright.training.speed.folded_batchnorm import folded_norms
from maskwright.training.weight_average import copy_for_average


@dataclass(frozen=True)
class TrainingState:
    """Everything that a training step uses.

    `average`: moving average of the weights of `net`; `folded`: context in which the frozen stages of `net` run
    faster; `synced`: context in which BatchNorm spans the batch of all devices; `cache`: decoded photos; `weights`:
    where the first weights came from; `digests`: content hashes of the training photos and masks, taken at the start;
    `ranks`, `group`: the processes that train together.
    """

    fabric: Fabric
    net: nn.Module
    average: nn.Module
    folded: AbstractContextManager[object]
    optimizer: torch.optim.Optimizer
    loss: Loss
    cache: PhotoCache
    parts: Parts
    plan: Plan
    seed: int
    weights: str
    digests: Digests
    ranks: Ranks
    group: ProcessGroup | None
    synced: AbstractContextManager[object]


def set_up(parts: Parts, plan: Plan, seed: int, *, bare: bool = False) -> TrainingState:
    """Return a fresh state, on the GPU if there is one; `bare`: skip pretrained weights, a checkpoint is loaded next.

    Raises ConfigError if the plan does not fit the classes, WeightsError if its weights are not available.
    """
    class_count, ranks = len(parts.train.classes), current_ranks()
    _require_one_a_class(plan, class_count)
    torch.manual_seed(seed)
    torch.backends.cudnn.deterministic = True
    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)
    with agreed(ranks):
        built = build_model(replace(plan.net, weights="random") if bare else plan.net, class_count)
        digests = same_digests(parts.train, ranks)
    group = training_group(ranks)
    fabric = make_fabric(ranks, group, precision=plan.optim.precision)
    module = built.module.to(memory_format=torch.channels_last)
    average = copy_for_average(module).to(fabric.device)
    net, optimizer = fabric.setup(module, make_optimizer(module, plan.optim))
    folded = folded_norms(module, plan.net.encoder)
    loss = make_loss(plan.loss, fabric.device)
    cache = PhotoCache(parts.train, plan, cache_bytes=CACHE_BYTES // ranks.local_count)
    return TrainingState(
        fabric,
        net,
        average,
        folded,
        optimizer,
        loss,
        cache,
        parts,
        plan,
        seed,
        built.weights,
        digests,
        ranks,
        group,
        synced_batchnorm(group),
    )


def _require_one_a_class(plan: Plan, class_count: int) -> None:
    for key, numbers in (("class_weights", plan.loss.class_weights), ("class_shares", plan.loss.class_shares)):
        if len(numbers) != class_count:
            raise ConfigError(
                f"loss.{key} has {len(numbers)} numbers, but there are {class_count} classes: give one a class"
            )


def with_plan(state: TrainingState, plan: Plan) -> TrainingState:
    """Return the state with another plan and its loss; the rates of the optimizer stay as they are."""
    return replace(state, plan=plan, loss=make_loss(plan.loss, state.fabric.device))


def names_at(state: TrainingState, step: int) -> tuple[str, ...]:
    """Return the photos trained on at a step: the inner validation photos join for the last part of the run."""
    names = tuple(sample.name for sample in state.parts.train.samples)
    steps = state.plan.optim.steps
    if steps and step >= state.plan.sampling.inner_until * steps:
        return names
    inner = set(state.parts.inner)
    return tuple(name for name in names if name not in inner)


def centred_at(state: TrainingState, step: int) -> bool:
    """Return True if a step belongs to the first stage, of crops with one object centred."""
    return step < state.plan.sampling.centred_until * state.plan.optim.steps


def batches(state: TrainingState, steps: range) -> Iterator[Batch]:
    """Yield this process's crops of each step, always drawing two ahead in another thread."""
    with ThreadPoolExecutor(1) as drawer:

        def draw(step: int) -> Batch:
            centred = centred_at(state, step)
            own = state.ranks.share(state.plan.optim.batch)
            names = names_at(state, step)
            return draw_batch(state.cache, names, seed=state.seed, step=step, centred=centred, numbers=own)

        ahead = [drawer.submit(draw, step) for step in steps[:2]]
        for step in steps:
            batch = ahead.pop(0).result()
            if step + 2 < steps.stop:
                ahead.append(drawer.submit(draw, step + 2))
            yield batch


def averaged(state: TrainingState) -> Segmenter:
    """Return the averaged network at one scale, which validation during training uses."""
    plan = state.plan
    single = replace(plan.predict, zooms=(1.0,), flip=False, windows="tiles")
    bf16 = plan.optim.precision == "bf16-mixed"
    classes = state.parts.train.classes
    tile_px = largest_tile_px(plan.net.name, plan.scale.crop_px)
    return Segmenter(state.average, classes, single, plan.scale.long_side_px, tile_px, bf16=bf16)
