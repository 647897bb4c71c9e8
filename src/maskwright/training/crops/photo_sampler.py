"""Which photo each crop of a batch is cut from: photo by photo in shuffled rounds, or class by class."""

from dataclasses import dataclass

import numpy as np

from maskwright.training.crops.photo_cache import PhotoCache

ROUND_SALT = 7
"""Third number of the seed that shuffles a round over all photos."""
CLASS_SALT = 11
"""Fourth number of the seed that chooses a class, so that the crop itself stays what it was."""


@dataclass(frozen=True)
class Slot:
    """One crop of a batch: the photo, and the class that it must show, None for any."""

    name: str
    class_id: int | None = None


def slots_in_batch(cache: PhotoCache, names: tuple[str, ...], *, seed: int, step: int) -> list[Slot]:
    """Return what the crops of a step's batch are cut from; it follows from names, plan, seed and step alone.

    The share `sampling.class_share` of them is drawn by class: each class that the photos show as often as the others,
    and of its photos any. The others take photo after photo.
    """
    count = cache.plan.optim.batch
    return [_slot(cache, names, seed=seed, step=step, number=number, count=count) for number in range(count)]


def _slot(cache: PhotoCache, names: tuple[str, ...], *, seed: int, step: int, number: int, count: int) -> Slot:
    share = cache.plan.sampling.class_share
    by_class = cache.names_by_class(names) if share else {}
    rng = np.random.default_rng([seed, step, number, CLASS_SALT])
    if by_class and rng.random() < share:
        class_id = list(by_class)[int(rng.integers(len(by_class)))]
        shown_by = by_class[class_id]
        return Slot(shown_by[int(rng.integers(len(shown_by)))], class_id)
    return Slot(name_at(names, seed, step * count + number))


def name_at(names: tuple[str, ...], seed: int, position: int) -> str:
    """Return the photo at a position of the endless sequence of shuffled rounds over all names."""
    turn, place = divmod(position, len(names))
    return names[int(np.random.default_rng([seed, turn, ROUND_SALT]).permutation(len(names))[place])]
