"""Copies among photos: the same file twice, near copies, and the groups that both form."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path

from maskwright.datasets.compared_photos import Duplicates, NearPair, Thumbnail
from maskwright.datasets.copies.near_copies import near_pairs, thumbnails
from maskwright.datasets.copies.union_find import group_size_most, union_groups
from maskwright.datasets.dataset import Dataset, Sample
from maskwright.progress_counter import StartCounting, no_counting


def photo_files(samples: Iterable[Sample]) -> dict[str, Path]:
    """Return the photo file of each sample by its name; of the pictures of a stack, which is one file, the first."""
    return {sample.name: sample.photo for sample in samples if sample.page is None or not sample.page.index}


def duplicate_groups(
    dataset: Dataset,
    thumbs: Mapping[str, Thumbnail] | None = None,
    *,
    on_photo: Callable[[], None] | None = None,
    count: StartCounting = no_counting,
) -> Duplicates:
    """Return the copies among the photos of the dataset; `thumbs`, or an earlier comparison, saves decoding them.

    `on_photo` is called after each that is decoded, from a few threads; `count` shows how many are compared.
    """
    names, known = tuple(sample.name for sample in dataset.samples), dataset.compared
    if thumbs is None and known is not None:
        if known.names == names:
            return known.copies
        thumbs = {name: known.thumbs[name] for name in names if name in known.thumbs}
    exact = same_files(photo_files(dataset.samples))
    near = near_pairs(thumbnails(dataset, on_photo=on_photo) if thumbs is None else thumbs, count=count)
    return join_copies(names, exact, near)


def join_copies(names: Sequence[str], exact: Sequence[tuple[str, ...]], near: Sequence[NearPair]) -> Duplicates:
    """Return the copies joined into groups; near pairs join from the most alike down, while groups stay small."""
    twins = {frozenset(p) for group in exact for p in _pairs_of(group)}
    near = tuple(pair for pair in near if frozenset((pair.first, pair.second)) not in twins)
    most = group_size_most(len(names))
    sure = [pair for group in exact for pair in pairwise(group)]
    joined, cut = union_groups(names, sure, [(p.first, p.second) for p in near], most=most)
    groups = tuple(group for group in joined if len(group) > 1)
    return Duplicates(tuple(exact), near, groups, most, cut)


def _pairs_of(group: Sequence[str]) -> Iterable[tuple[str, str]]:
    return ((a, b) for i, a in enumerate(group) for b in group[i + 1 :])


def same_files(paths: Mapping[str, Path]) -> tuple[tuple[str, ...], ...]:
    """Return the names whose files are byte for byte the same; only files of one size are read."""
    sizes: dict[int, list[str]] = {}
    for name, path in paths.items():
        if path.is_file():
            sizes.setdefault(path.stat().st_size, []).append(name)
    by_content: dict[bytes, list[str]] = {}
    for names in sizes.values():
        for name in names if len(names) > 1 else ():
            by_content.setdefault(_digest(paths[name]), []).append(name)
    return tuple(tuple(group) for group in by_content.values() if len(group) > 1)


def _digest(path: Path) -> bytes:
    return blake2b(path.read_bytes(), digest_size=16).digest()
