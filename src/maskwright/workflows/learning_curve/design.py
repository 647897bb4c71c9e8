"""The design of a learning curve: how many folds, which nested subsets of photos, and how long each training takes."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from maskwright.datasets.dataset import Dataset
from maskwright.datasets.splitting.split import Parts, split
from maskwright.datasets.splitting.stratify import classes_by_photo
from maskwright.errors import DataError

LEAST_PHOTOS = 4
LEAST_SUBSET = 2
LEAST_SCORED = 12
"""Held-out photos that are scored with each subset, over all folds, at least."""
MOST_SCORED = 120
"""Held-out photos that are scored with each subset, over all folds, at most."""
SCORING_SHARE = 0.15
"""Of the minutes, for scoring."""
PHOTO_S = 0.2
"""What scoring a photo takes, whatever its size."""
MEGAPIXEL_S = 0.1
"""What scoring takes more for each megapixel."""
SHAPES = ((4, 5), (4, 4), (3, 4), (3, 3), (2, 3), (2, 2))
"""Folds and subsets, the best first; the first that leaves GOOD_MINUTES for each training is taken."""
GOOD_MINUTES = 1.25
TRAINING_SHARE = 0.8
"""Of the minutes; the rest is for reading and scoring photos."""
MINUTES_FACTOR = 3
SCALE_FACTOR = 1.5

Group = tuple[str, ...]


@dataclass(frozen=True)
class Fold:
    """One fold: the held-out photos, and the training groups in the order in which subsets take them."""

    held_out: tuple[str, ...]
    order: tuple[Group, ...]


@dataclass(frozen=True)
class Shape:
    """How many folds, how many subsets at most, and how many held-out photos are scored over all folds."""

    folds: int
    subsets: int
    scored: int


@dataclass(frozen=True)
class Design:
    """Folds, numbers of photos in the subsets (ascending), and the minutes of one training."""

    folds: tuple[Fold, ...]
    sizes: tuple[int, ...]
    minutes: float
    shape: Shape


@dataclass(frozen=True)
class Training:
    """One training of a design: `arm` is "main" or an optional arm, `fold` and `size` are indices."""

    arm: str
    fold: int
    size: int


def design_of(dataset: Dataset, groups: Sequence[Group], *, minutes: float, arms: Sequence[str], seed: int) -> Design:
    """Return the design for the photos of `dataset`, whose `groups` stay together, within `minutes` in all.

    Raises DataError where there are fewer than four groups of photos.
    """
    if len(groups) < LEAST_PHOTOS:
        together = len(dataset) > len(groups)
        what = f"photos in {len(groups)} groups that belong together" if together else "photos"
        advice = "; --set split.folds=interleaved takes each photo by itself" if together else ""
        have = f"{dataset.root} has {len(dataset)} {what}"
        raise DataError(f"{have}: a learning curve needs {LEAST_PHOTOS} at least, better 8{advice}")
    for folds, count in SHAPES:
        most = most_scored(dataset, minutes=minutes, subsets=count)
        design = designed(dataset, groups, Shape(folds, count, most), seed=seed)
        each = minutes * TRAINING_SHARE / sum(weight(training) for training in trainings(design, arms))
        if each >= GOOD_MINUTES:
            break
    return replace(design, minutes=round(each, 3))


def most_scored(dataset: Dataset, *, minutes: float, subsets: int) -> int:
    """Return how many held-out photos can be scored with each of the subsets in their share of the minutes."""
    sizes = [sample.size_hw for sample in dataset.samples if sample.size_hw]
    megapixels = sum(height * width for height, width in sizes) / max(1, len(sizes)) / 1e6
    possible = SCORING_SHARE * minutes * 60 / (subsets * (PHOTO_S + MEGAPIXEL_S * megapixels))
    return int(min(max(possible, LEAST_SCORED), MOST_SCORED))


def designed(dataset: Dataset, groups: Sequence[Group], shape: Shape, *, seed: int) -> Design:
    """Return the folds and subsets of this shape; the minutes of a training are left at 0."""
    shown = classes_by_photo(dataset)
    blocks = _dealt(groups, shown, shape.folds, rng=np.random.default_rng((seed, 3)))
    rng = np.random.default_rng((seed, 4))
    made = [
        Fold(
            held_out=_thinned([name for group in block for name in group], max(1, shape.scored // shape.folds)),
            order=_in_order([g for other in blocks if other is not block for g in other], shown, rng=rng),
        )
        for block in blocks
    ]
    largest = min(sum(map(len, fold.order)) for fold in made)
    return Design(tuple(made), _halved(largest, shape.subsets), 0.0, shape)


def _halved(largest: int, count: int) -> tuple[int, ...]:
    """Return the largest number of photos, its half, its quarter ..., ascending and at least two photos."""
    sizes = [largest]
    while len(sizes) < count and sizes[-1] // 2 >= LEAST_SUBSET:
        sizes.append(round(sizes[-1] / 2))
    if len(sizes) == 1 and largest > LEAST_SUBSET:
        sizes.append(LEAST_SUBSET)
    return tuple(reversed(sizes))


def _dealt(
    groups: Sequence[Group], shown: dict[str, frozenset[int]], folds: int, *, rng: np.random.Generator
) -> list[list[Group]]:
    """Deal the shuffled groups to folds so that each class, the rarest first, is spread evenly over them."""
    classes = {group: frozenset(c for name in group for c in shown[name]) for group in groups}
    often = Counter(c for group in groups for c in classes[group])
    shuffled = [groups[i] for i in rng.permutation(len(groups))]
    blocks: list[list[Group]] = [[] for _ in range(folds)]
    for group in sorted(shuffled, key=lambda g: min((often[c] for c in classes[g]), default=len(groups) + 1)):
        rarest = min(classes[group], key=lambda c: often[c], default=-1)

        def load(block: list[Group], rarest: int = rarest) -> tuple[int, int]:
            return sum(rarest in classes[g] for g in block), sum(map(len, block))

        min(blocks, key=load).append(group)
    return blocks


def _in_order(
    groups: Sequence[Group], shown: dict[str, frozenset[int]], *, rng: np.random.Generator
) -> tuple[Group, ...]:
    """Return the groups shuffled, the first one with each class moved to the front, the rarest class first."""
    shuffled = [groups[i] for i in rng.permutation(len(groups))]
    often = Counter(c for group in groups for c in {c for name in group for c in shown[name]})
    front = [
        next(g for g in shuffled if any(c in shown[name] for name in g)) for c in sorted(often, key=often.__getitem__)
    ]
    return tuple(dict.fromkeys([*front, *shuffled]))


def _thinned(names: list[str], most: int) -> tuple[str, ...]:
    """Return at most so many of the names, evenly spaced."""
    names = sorted(names)
    if len(names) <= most:
        return tuple(names)
    return tuple(names[round(i * (len(names) - 1) / (most - 1))] for i in range(most))


def trainings(design: Design, arms: Sequence[str]) -> list[Training]:
    """Return all trainings: the folds of the largest subset first, then smaller ones, then the optional arms.

    "scratch" trains on every subset; "minutes" and "scale" on the largest.
    """
    folds, largest = range(len(design.folds)), len(design.sizes) - 1
    sizes = range(largest, -1, -1)
    wanted = [("main", size) for size in sizes]
    wanted += [("scratch", size) for size in sizes if "scratch" in arms]
    wanted += [(arm, largest) for arm in ("minutes", "scale") if arm in arms]
    return [Training(arm, fold, size) for arm, size in wanted for fold in folds]


def weight(training: Training) -> float:
    """Return how much longer than the others a training is."""
    return MINUTES_FACTOR if training.arm == "minutes" else 1.0


def parts_of(dataset: Dataset, design: Design, training: Training) -> Parts:
    """Return the training photos of a subset and the held-out photos of its fold; inner photos as in any training."""
    fold, wanted = design.folds[training.fold], design.sizes[training.size]
    names: list[str] = []
    for group in fold.order:
        if len(names) >= wanted:
            break
        names += group
    chosen, held_out = set(names), set(fold.held_out)
    samples = tuple(
        replace(sample, part="test" if sample.name in held_out else "train")
        for sample in dataset.samples
        if sample.name in chosen or sample.name in held_out
    )
    return split(replace(dataset, samples=samples))
