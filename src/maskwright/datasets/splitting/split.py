"""Dividing photos into parts for training and for an honest score."""

import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Literal

import numpy as np

from maskwright.datasets.dataset import Dataset, pick
from maskwright.datasets.splitting.groups import Grouping, photo_groups, without_guessed_groups
from maskwright.datasets.splitting.stratify import classes_by_photo, hold_out
from maskwright.errors import ConfigError, DataError
from maskwright.findings.finding import Finding, make_finding, some

PHOTOS_FOR_TEST = 60
TEST_SHARE = 0.2
INNER_SHARE = 0.12
INNER_LEAST, INNER_MOST = 2, 40
INNER_FROM_PHOTOS, INNER_FROM_GROUPS = 16, 3


@dataclass(frozen=True)
class Parts:
    """Photos to train on and photos held out for the score; `test` None means there is no honest score.

    `inner` names the photos of `train` that serve inner validation (choices during training); `why` says in
    plain English what decided the division.

        >>> parts = mw.split(mw.open_dataset("photos"))
        >>> parts.test is None
        True
    """

    train: Dataset
    test: Dataset | None
    inner: tuple[str, ...]
    why: tuple[str, ...]


@dataclass(frozen=True)
class _Facts:
    """What every division of one dataset depends on: which photos belong together, and the classes in each."""

    grouping: Grouping
    classes: dict[str, frozenset[int]]
    seed: int


def split(
    dataset: Dataset,
    *,
    test: float | None = None,
    seed: int = 0,
    groups: Path | None = None,
    on_photo: Callable[[], None] | None = None,
) -> Parts:
    """Return the annotated photos in parts: the given ones, else a share `test` of the photos held out by seed.

    `test` None holds out 20 % from 60 photos on, and nothing below that. Photos of a group stay together, and every
    class is in every part where that is possible. `on_photo` is called after each photo that is compared with the
    others or, where a check has compared them, whose mask is read. Raises ConfigError for a share outside [0, 1)
    and DataError where no photo is left for a part that was asked for.

        >>> parts = mw.split(mw.open_dataset("photos"), test=0.34)
        >>> len(parts.train), len(parts.test)
        (4, 2)
    """
    dataset = _annotated(dataset)
    is_compared = dataset.compared is not None
    if test is not None and not 0 <= test < 1:
        raise ConfigError(f"test={test} is no share of the photos: give at least 0 and less than 1, such as 0.2")
    grouping = photo_groups(dataset, groups=groups, on_photo=None if is_compared else on_photo)
    facts = _Facts(grouping, classes_by_photo(dataset, on_photo=on_photo if is_compared else None), seed)
    if any(s.part in ("val", "test") for s in dataset.samples):
        parts = _given_parts(dataset, facts)
        ignored = () if test is None else (f"test={test:g} was not used: the data come with their own parts",)
        return replace(parts, why=parts.why + ignored)
    return _drawn_parts(dataset, facts, test)


def _annotated(dataset: Dataset) -> Dataset:
    chosen = pick(dataset, (s.name for s in dataset.samples if s.truth is not None))
    if not chosen.samples:
        raise DataError(f"no photo in {dataset.root} has an annotation: annotate some before splitting them")
    return chosen


def _given_parts(dataset: Dataset, facts: _Facts) -> Parts:
    val = [s.name for s in dataset.samples if s.part == "val"]
    test = [s.name for s in dataset.samples if s.part == "test"]
    held_out = test or val
    copies = _copies_without_part(held_out, dataset, facts.grouping)
    train = _without(dataset, [*held_out, *copies])
    if not train.samples:
        raise DataError(f"every photo in {dataset.root} is in the given test part: move some to train")
    which = "test" if test else "val (there is no test part)"
    said = f"the {len(held_out)} photos of the given part {which} are held out for the score"
    why = (said, *_left_out(copies))
    if test and val and len(val) < len(train):
        copies = _copies_without_part(val, train, facts.grouping)
        why += (f"the {len(val)} of val serve inner validation", *_left_out(copies))
        return Parts(_without(train, copies), pick(dataset, test), tuple(val), why)
    inner, reason = _inner_validation(train, facts)
    return Parts(train, pick(dataset, held_out), inner, (*why, *facts.grouping.why, reason))


def _copies_without_part(held_out: Iterable[str], dataset: Dataset, grouping: Grouping) -> list[str]:
    """Return the photos of no part that are in one group with photos held out, as their copies are."""
    held, free = set(held_out), {s.name for s in dataset.samples if s.part is None}
    return sorted(name for group in grouping.groups if held & set(group) for name in group if name in free)


def _left_out(copies: Sequence[str]) -> tuple[str, ...]:
    """Return the sentence on photos of no part that are not trained on; none where there are none."""
    if not copies:
        return ()
    of_them = f"{len(copies)} photos of no part are copies of these or of one group with them, as {copies[0]}"
    return (f"{of_them}: they are not trained on",)


def _drawn_parts(dataset: Dataset, facts: _Facts, test: float | None) -> Parts:
    photos = len(dataset)
    share = test if test is not None else (TEST_SHARE if photos >= PHOTOS_FOR_TEST else 0.0)
    if share and len(facts.grouping.groups) < 2 and test is not None:
        raise DataError(
            f"the {photos} photos of {dataset.root} form one group: none can be held out; train without test"
        )
    held_out: tuple[str, ...] = ()
    if share and len(facts.grouping.groups) > 1:
        rng = np.random.default_rng((facts.seed, 0))
        held_out = hold_out(facts.grouping.groups, facts.classes, max(1, round(share * photos)), rng=rng)
    train = _without(dataset, held_out)
    inner, reason = _inner_validation(train, facts)
    if not held_out:
        return Parts(train, None, inner, (_why_no_test(photos, test), *facts.grouping.why, reason))
    asked = f"from {PHOTOS_FOR_TEST} photos on {TEST_SHARE:.0%}" if test is None else f"{test:.0%}"
    why = f"{len(held_out)} of {photos} photos are held out for the score ({asked}), drawn with seed {facts.seed}"
    return Parts(train, pick(dataset, held_out), inner, (why, *facts.grouping.why, reason))


def _why_no_test(photos: int, test: float | None) -> str:
    if test == 0:
        reason = "test=0 was asked for"
    elif photos < PHOTOS_FOR_TEST:
        reason = f"{photos} photos are fewer than {PHOTOS_FOR_TEST}"
    else:
        reason = "all photos form one group"
    return f"{reason}: every photo is trained on and there is no honest score; --folds K gives one (K more trainings)"


def folds(
    dataset: Dataset,
    k: int,
    *,
    interleaved: bool = False,
    seed: int = 0,
    groups: Path | None = None,
    dealt: bool | None = None,
) -> list[Parts]:
    """Return `k` divisions of the annotated photos, each photo held out in exactly one of them.

    By default a fold is a block of whole groups in name order, of about as many photos as the others. `interleaved`
    takes every k-th photo in name order instead, and so splits groups. Photos of a given test part stay out. Raises
    ConfigError where k does not fit.

        >>> [len(parts.test) for parts in mw.folds(mw.open_dataset("photos"), 3)]
        [2, 2, 2]
    """
    if dealt is not None:
        warnings.warn("folds(dealt=...) is called folds(interleaved=...) now", FutureWarning, stacklevel=2)
        interleaved = dealt
    if interleaved and groups is not None:
        raise ConfigError(f"split.folds=interleaved would split the groups of {groups}: give one or the other")
    dataset = _annotated(dataset)
    dataset = pick(dataset, [s.name for s in dataset.samples if s.part != "test"])
    _require_photos(dataset, k)
    facts = _Facts(_groups_for(dataset, k, groups, interleaved=interleaved), classes_by_photo(dataset), seed)
    if interleaved:
        blocks, how = _interleaved(sorted(s.name for s in dataset.samples), k), "every k-th photo, groups divided"
    else:
        blocks, how = _contiguous(facts.grouping.groups, k), "whole groups in name order"
    return [
        _fold(dataset, facts, block, (f"fold {i} of {k}: {how}; {len(block)} photos held out",))
        for i, block in enumerate(blocks, start=1)
    ]


def _groups_for(dataset: Dataset, k: int, groups: Path | None, *, interleaved: bool) -> Grouping:
    """Return the groups for `k` folds; where guessed ones are too few for that, the photos count one by one."""
    grouping = photo_groups(dataset, groups=groups)
    guessed_from = dataset.facts.groups_by
    if interleaved or groups is not None or not guessed_from or k <= len(grouping.groups):
        return grouping
    loose = photo_groups(without_guessed_groups(dataset))
    why = (
        f"the {len(grouping.groups)} groups by their {guessed_from} are too few for {k} folds and are divided; "
        f"--folds {max(2, len(grouping.groups))} keeps them whole"
    )
    return replace(loose, why=(why, *loose.why))


def _require_photos(dataset: Dataset, k: int) -> None:
    if k < 2:
        raise ConfigError(f"{k} folds cannot be made: give at least 2")
    count = len(dataset)
    if count < 2:
        raise DataError(f"{dataset.root} has {count} photos to divide, and folds need 2: train without --folds")
    if k > count:
        raise ConfigError(f"{k} folds need at least {k} photos and there are {count}: give --folds {count} or less")


def divided_groups(
    parts: Iterable[Parts], grouping: Grouping, *, variant: Literal["folds", "copies"] = "folds"
) -> list[Finding]:
    """Return a finding if photos that belong together are in several folds, so that the score is too high.

    `variant` "copies": the user's own groups separate copies of a photo.
    """
    fold_of = {s.name: fold for fold, one in enumerate(parts) for s in (one.test.samples if one.test else ())}
    divided = [group for group in grouping.groups if len({fold_of[name] for name in group if name in fold_of}) > 1]
    if not divided:
        return []
    names = tuple(name for group in divided for name in group)
    evidence = f"{len(names)} photos of {len(divided)} groups (copies, bursts) are in several folds: {some(names)}"
    return [make_finding("split-leak", evidence, photos=names, variant=variant)]


def _interleaved(names: list[str], k: int) -> list[tuple[str, ...]]:
    return [tuple(names[index::k]) for index in range(k)]


def _contiguous(groups: tuple[tuple[str, ...], ...], k: int) -> list[tuple[str, ...]]:
    """Return k blocks of neighbouring groups, each cut where the photos so far come nearest to their share."""
    if k > len(groups):
        raise ConfigError(
            f"{k} folds of whole groups need {k} groups and the photos form {len(groups)}: "
            f"give --folds {max(2, len(groups))} or less, other groups, or --set split.folds=interleaved"
        )
    before = [0, *accumulate(len(group) for group in groups)]
    cuts = [0]
    for index in range(1, k):
        possible = range(cuts[-1] + 1, len(groups) - (k - index) + 1)
        cuts.append(min(possible, key=lambda cut: abs(before[cut] - index * before[-1] / k)))
    cuts.append(len(groups))
    return [tuple(name for group in groups[a:b] for name in group) for a, b in pairwise(cuts)]


def _fold(dataset: Dataset, facts: _Facts, block: tuple[str, ...], why: tuple[str, ...]) -> Parts:
    train = _without(dataset, block)
    inner, reason = _inner_validation(train, facts)
    return Parts(train, pick(dataset, block), inner, (*why, *facts.grouping.why, reason))


def _without(dataset: Dataset, names: Iterable[str]) -> Dataset:
    taken = set(names)
    return pick(dataset, (s.name for s in dataset.samples if s.name not in taken))


def _inner_validation(train: Dataset, facts: _Facts) -> tuple[tuple[str, ...], str]:
    """Return the photos of `train` for inner validation, none where there are too few, and the reason."""
    names = {s.name for s in train.samples}
    groups = [inside for group in facts.grouping.groups if (inside := tuple(n for n in group if n in names))]
    if len(names) < INNER_FROM_PHOTOS or len(groups) < INNER_FROM_GROUPS:
        have = f"{len(names)} photos in {len(groups)} groups"
        return (), f"no inner validation: {have} are too few (from {INNER_FROM_PHOTOS} in {INNER_FROM_GROUPS} on)"
    photos = min(max(round(INNER_SHARE * len(names)), INNER_LEAST), INNER_MOST)
    inner = hold_out(groups, facts.classes, photos, rng=np.random.default_rng((facts.seed, 1)))
    if not INNER_LEAST <= len(inner) <= min(INNER_MOST, len(names) // 4):
        return (), "no inner validation: the groups are too large to take a few photos from"
    return inner, f"{len(inner)} of the {len(names)} training photos serve inner validation"
