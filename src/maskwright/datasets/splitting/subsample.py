"""Training on less: fewer photos, fewer pixels of each mask. The photos that are scored stay whole."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from maskwright.datasets.dataset import Dataset, pick
from maskwright.datasets.splitting.split import INNER_FROM_PHOTOS, Parts
from maskwright.datasets.splitting.stratify import classes_by_photo
from maskwright.errors import ConfigError


def take_photos(parts: Parts, count: int | None, *, seed: int) -> Parts:
    """Return the parts with only `count` training photos, drawn by `seed`; None takes all.

    A smaller count takes some of the photos of a larger one, and the first of them show every class that they
    can. Raises ConfigError where there are fewer.
    """
    if count is None:
        return parts
    if count > len(parts.train):
        have = len(parts.train)
        raise ConfigError(f"data.photos={count}: the training part has {have} photos: give {have} or less")
    chosen = pick(parts.train, _in_order(parts.train, seed)[:count])
    names = {sample.name for sample in chosen.samples}
    inner = tuple(name for name in parts.inner if name in names)[: count // 4] if count >= INNER_FROM_PHOTOS else ()
    why = f"{count} of the {len(parts.train)} training photos are used, drawn with seed {seed}"
    return replace(parts, train=chosen, inner=inner, why=(*parts.why, why))


def _in_order(dataset: Dataset, seed: int) -> list[str]:
    """Return the names shuffled by seed, each class's first photo moved to the front."""
    shown = classes_by_photo(dataset)
    names = [sample.name for sample in dataset.samples]
    shuffled = [names[i] for i in np.random.default_rng((seed, 2)).permutation(len(names))]
    front = list(dict.fromkeys(_first_with(class_id, shuffled, shown) for class_id in _rarest_first(shown, dataset)))
    return [*front, *(name for name in shuffled if name not in front)]


def _rarest_first(shown: Mapping[str, frozenset[int]], dataset: Dataset) -> list[int]:
    photos = {c: sum(c in classes for classes in shown.values()) for c in dataset.classes.scored}
    return sorted((c for c in photos if photos[c]), key=lambda c: photos[c])


def _first_with(class_id: int, names: list[str], shown: Mapping[str, frozenset[int]]) -> str:
    return next(name for name in names if class_id in shown[name])


def keep_pixels(parts: Parts, share: float, *, seed: int) -> Parts:
    """Return the parts whose training masks keep each pixel by the chance `share` (0..1) and ignore the others.

    The same pixels are kept in every epoch. Inner validation, whose photos are training photos, uses the same
    ones; the test part is scored whole.
    """
    if share >= 1:
        return parts
    why = f"{share:.3g} of the pixels of each training mask are kept, the others are ignored"
    return replace(parts, train=replace(parts.train, keep_pixels=share, keep_seed=seed), why=(*parts.why, why))


def whole(dataset: Dataset) -> Dataset:
    """Return the dataset with every pixel of its masks."""
    return replace(dataset, keep_pixels=1.0)
