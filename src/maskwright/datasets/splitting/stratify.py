"""Choosing what to hold out: whole groups, drawn by seed, so that every class is on both sides."""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from maskwright.classes import IGNORE
from maskwright.concurrency.thread_pool import in_threads
from maskwright.datasets.dataset import Dataset, Sample
from maskwright.datasets.truth.shapes import Shapes
from maskwright.imaging.mask_geometry import pixel_counts

Group = tuple[str, ...]
NO_OBJECT = -1
"""Stands for a photo without any object, so that such photos are spread like a class."""
OVERSHOOT = 1.25


def classes_by_photo(dataset: Dataset, *, on_photo: Callable[[], None] | None = None) -> dict[str, frozenset[int]]:
    """Return the ids of the object classes in every annotated photo, {NO_OBJECT} where there is none.

    `on_photo` is called after each, from a few threads.
    """
    scored = frozenset(dataset.classes.scored)
    samples = [s for s in dataset.samples if s.truth is not None]

    def shown(sample: Sample) -> frozenset[int]:
        classes = _classes_in(dataset, sample) & scored or frozenset({NO_OBJECT})
        if on_photo is not None:
            on_photo()
        return classes

    classes = in_threads(shown, samples)
    return dict(zip((s.name for s in samples), classes, strict=True))


def _classes_in(dataset: Dataset, sample: Sample) -> frozenset[int]:
    if isinstance(sample.truth, Shapes):
        drawn = {shape.class_id for shape in sample.truth.shapes}
        known = dataset.id_map
        return frozenset(drawn if known is None else (known[i] for i in drawn if i < len(known)))
    return frozenset(int(i) for i in np.flatnonzero(pixel_counts(dataset.mask(sample))[:IGNORE]))


def hold_out(
    groups: Sequence[Group],
    classes: Mapping[str, frozenset[int]],
    photos: int,
    *,
    rng: np.random.Generator,
) -> Group:
    """Return the names of about `photos` photos in whole groups, drawn so that every class is on both sides.

    Iterative stratification (Sechidis et al. 2011): the rarest class is divided first. A class in one group
    only stays with the photos that are kept. With two or more groups at least one is held out and one kept.
    """
    order = [groups[i] for i in rng.permutation(len(groups))]
    order.sort(key=len, reverse=True)
    totals = {group: Counter(c for name in group for c in classes[name]) for group in order}
    share = photos / sum(map(len, order))
    most = math.ceil(OVERSHOOT * photos)
    held, kept = _divided(order, totals, share, most)
    _top_up(held, kept, totals, photos, most)
    if not held and len(kept) > 1:
        held.append(min(kept, key=len))
    return tuple(sorted(name for group in held for name in group))


def _divided(
    order: Sequence[Group], totals: Mapping[Group, Counter[int]], share: float, most: int
) -> tuple[list[Group], list[Group]]:
    everything = sum(totals.values(), Counter[int]())
    held: list[Group] = []
    kept: list[Group] = []
    held_counts, kept_counts = Counter[int](), Counter[int]()
    rest = list(order)
    while rest:
        waiting = Counter(c for group in rest for c in totals[group])
        in_groups = Counter(c for group in rest for c in totals[group])
        rarest = min(waiting, key=lambda c: (in_groups[c], c))
        for group in [g for g in rest if rarest in totals[g]]:
            wish_held = share * everything[rarest] - held_counts[rarest]
            wish_kept = (1 - share) * everything[rarest] - kept_counts[rarest]
            missing = kept_counts[rarest] > 0 and held_counts[rarest] == 0
            fits = sum(map(len, held)) + len(group) <= most
            out = fits and kept_counts[rarest] > 0 and (missing or wish_held > wish_kept)
            (held if out else kept).append(group)
            (held_counts if out else kept_counts).update(totals[group])
        rest = [g for g in rest if rarest not in totals[g]]
    return held, kept


def _top_up(held: list[Group], kept: list[Group], totals: Mapping[Group, Counter[int]], photos: int, most: int) -> None:
    """Move the smallest kept groups over until `photos` are held, none that would take a class from the kept."""
    left = sum((totals[group] for group in kept), Counter[int]())
    count = sum(map(len, held))
    for group in sorted(kept, key=len):
        if count >= photos or count + len(group) > most:
            return
        if all(left[c] > n for c, n in totals[group].items()):
            kept.remove(group)
            held.append(group)
            left -= totals[group]
            count += len(group)
