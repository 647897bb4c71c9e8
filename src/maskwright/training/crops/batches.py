"""Batches of augmented crops. Each follows from (seed, step, slot) alone, so that a resumed run sees the same ones."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maskwright.training.crops.draw_crop import draw_centred_crop, draw_crop
from maskwright.training.crops.photo_cache import PhotoCache
from maskwright.training.crops.photo_sampler import slots_in_batch


@dataclass(frozen=True)
class Batch:
    """`photos` NxHxWx3 uint8 RGB (NHWC is channels-last memory), `masks` NxHxW uint8 class ids."""

    photos: NDArray[np.uint8]
    masks: NDArray[np.uint8]


def draw_batch(
    cache: PhotoCache,
    names: tuple[str, ...],
    *,
    seed: int,
    step: int,
    centred: bool = False,
    numbers: Iterable[int] | None = None,
) -> Batch:
    """Return the batch of a training step: always the same for the same names, plan, seed and step.

    With `centred` each crop shows one object in its middle, the others as background. With `numbers` only these
    crops of the batch are drawn.
    """
    slots = slots_in_batch(cache, names, seed=seed, step=step)
    crops = []
    for number in range(len(slots)) if numbers is None else numbers:
        slot, rng = slots[number], np.random.default_rng([seed, step, number])
        if centred:
            crops.append(draw_centred_crop(cache, slot.name, rng))
        else:
            crops.append(draw_crop(cache, slot.name, rng, class_id=slot.class_id))
    return Batch(np.stack([photo for photo, _ in crops]), np.stack([mask for _, mask in crops]))
