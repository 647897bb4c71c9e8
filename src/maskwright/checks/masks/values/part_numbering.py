"""Whether one part numbers its classes otherwise than the other: its masks fit the photos of its classes exchanged."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maskwright.checks.scan import PhotoScan
from maskwright.datasets.dataset import Dataset
from maskwright.findings.finding import Finding, make_finding
from maskwright.imaging.measuring.class_looks import Looks

MIN_PHOTOS = 4
"""Photos of each part that must show a class."""
MIN_CLASSES = 3
"""Classes that each part must show so."""
MIN_EXCHANGED = 2
"""Classes that must look like another one."""
MIN_DEVIATIONS = np.array([0.2, 0.05, 0.25, 0.25, 0.25, 0.15])
"""Deviations from photo to photo are at least so large, by feature."""
MAX_PARTS = 12
"""Parts that are looked at, the largest first."""
MAX_DISTANCE = 4.0
"""Deviations that one feature counts at most."""
MIN_DISTANCE_RATIO = 1.75
"""How many times as far classes must lie as they are numbered than once they are exchanged. At 1.5 one healthy pair
of street recordings in fifty has trees and buildings exchanged, at 1.75 one in a hundred."""
MAX_EXCHANGED_DISTANCE = 2.0
"""How far they may lie once they are exchanged."""
MIN_AGREEING_SHARE = 0.85
"""Share of the photos on which exchanged classes must lie nearer than as they are."""
GREY_VALUES = 256
"""Values of a grey mask; those of colours are higher."""


@dataclass(frozen=True)
class _Part:
    """Looks of the photos of one part, photos x classes x features, and the classes that enough of them show."""

    name: str
    looks: Looks
    shown: NDArray[np.intp]


def part_numbering_findings(dataset: Dataset, scans: Sequence[PhotoScan]) -> list[Finding]:
    """Return a warning where the classes of a part look like others of the largest part do, in both directions.

    Parts are those that are given, then the folders and first words of names, as persons or cameras have them.
    """
    for groups in (_by_part(scans), _by_name(scans)):
        parts = sorted(filter(None, map(_part, groups, groups.values())), key=lambda part: -len(part.looks))
        for part in parts[1:MAX_PARTS]:
            there = _exchanged(parts[0], part)
            back = _exchanged(part, parts[0]) if there else {}
            both = {own: other for own, other in there.items() if back.get(other) == own}
            if len(both) >= MIN_EXCHANGED:
                return [_finding(dataset, both, first=parts[0], second=part)]
    return []


def _by_part(scans: Sequence[PhotoScan]) -> dict[str, list[Looks]]:
    groups: dict[str, list[Looks]] = {}
    for scan in scans:
        if scan.looks is not None and scan.part is not None:
            groups.setdefault(scan.part, []).append(scan.looks)
    return groups


def _by_name(scans: Sequence[PhotoScan]) -> dict[str, list[Looks]]:
    """Return looks by folder and first word of the name: "anna" of "anna_012.png"."""
    groups: dict[str, list[Looks]] = {}
    for scan in scans:
        if scan.looks is not None:
            folder, _, name = scan.name.rpartition("/")
            word = re.split(r"[_\-. ]", name)[0]
            groups.setdefault(f"{folder}/{word}".strip("/"), []).append(scan.looks)
    return groups


def _part(name: str, of_photos: Sequence[Looks]) -> _Part | None:
    looks = np.stack(of_photos)
    shown = np.flatnonzero((~np.isnan(looks[:, :, 0])).sum(axis=0) >= MIN_PHOTOS)
    return _Part(name, looks, shown) if len(shown) >= MIN_CLASSES else None


def _exchanged(first: _Part, second: _Part) -> dict[int, int]:
    """Return the classes of `second` that look like other classes of `first`, with these; empty where none do.

    Each circle of classes that are exchanged is judged by itself.
    """
    from scipy.optimize import linear_sum_assignment  # here, since importing it takes most of a second

    distances = _distances(first, second)
    rows, columns = linear_sum_assignment(np.nanmean(distances, axis=0))
    pairs = {int(second.shown[row]): int(first.shown[column]) for row, column in zip(rows, columns, strict=True)}
    exchanged: dict[int, int] = {}
    for circle in _circles({own: other for own, other in pairs.items() if own != other}):
        if _is_nearer_exchanged(distances, circle, first=first, second=second):
            exchanged |= circle
    return exchanged


def _distances(first: _Part, second: _Part) -> NDArray[np.float64]:
    """Return how far each class of each photo of `second` lies from each class of `first`: photos x own x other."""
    ours = second.looks[:, second.shown]
    return _apart(ours[:, :, None], first.looks[:, first.shown][:, None])


def _apart(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how many deviations looks lie from the middle of others, in the mean of their features, the last axis."""
    middle = np.nanmedian(theirs, axis=0)
    deviations = np.maximum(1.4826 * np.nanmedian(np.abs(theirs - middle), axis=0), MIN_DEVIATIONS)
    apart = np.abs(ours - middle[None]) / deviations[None]
    return np.asarray(np.minimum(apart, MAX_DISTANCE).mean(axis=-1))


def _as_numbered(first: _Part, second: _Part, classes: Sequence[int]) -> NDArray[np.float64]:
    """Return how far classes of each photo of `second` lie from the same ones of `first`, which few photos may show.

    A class that no photo of `first` shows lies as far as can be.
    """
    columns = []
    for i in classes:
        theirs = first.looks[~np.isnan(first.looks[:, i, 0]), i]
        far = np.full(len(second.looks), MAX_DISTANCE)
        columns.append(_apart(second.looks[:, i], theirs) if len(theirs) else far)
    return np.stack(columns, axis=1)


def _shows_any(part: _Part, classes: Collection[int]) -> bool:
    return bool((~np.isnan(part.looks[:, sorted(classes), 0])).any())


def _circles(exchanged: Mapping[int, int]) -> list[dict[int, int]]:
    """Return the exchanged classes in groups that are exchanged among themselves."""
    groups: list[dict[int, int]] = []
    for own, other in exchanged.items():
        joined = {own: other}
        for group in [g for g in groups if {own, other} & {*g, *g.values()}]:
            groups.remove(group)
            joined |= group
        groups.append(joined)
    return groups


def _is_nearer_exchanged(
    distances: NDArray[np.float64], circle: Mapping[int, int], *, first: _Part, second: _Part
) -> bool:
    """Tell whether classes of `second` lie nearer exchanged than as they are, in the mean and on nearly all photos.

    A chain whose ends are classes that the other part shows in a few photos says nothing.
    """
    begins, ends = circle.keys() - set(circle.values()), set(circle.values()) - circle.keys()
    if len(circle) < MIN_EXCHANGED or _shows_any(first, begins) or _shows_any(second, ends):
        return False
    own = [int(np.flatnonzero(second.shown == i)[0]) for i in circle]
    other = [int(np.flatnonzero(first.shown == i)[0]) for i in circle.values()]
    exchanged = distances[:, own, other]
    shows_enough = (~np.isnan(exchanged)).sum(axis=1) >= MIN_EXCHANGED
    if shows_enough.sum() < MIN_PHOTOS:
        return False
    as_they_are = np.where(np.isnan(exchanged), np.nan, _as_numbered(first, second, list(circle)))
    before, after = (np.nanmean(table[shows_enough], axis=1) for table in (as_they_are, exchanged))
    is_near = np.mean(after) <= MAX_EXCHANGED_DISTANCE and np.mean(before) >= MIN_DISTANCE_RATIO * np.mean(after)
    return bool(is_near and (after < before).mean() >= MIN_AGREEING_SHARE)


def _finding(dataset: Dataset, exchanged: Mapping[int, int], *, first: _Part, second: _Part) -> Finding:
    names = dataset.classes.names
    texts = ", ".join(f"{names[own]!r} as {names[other]!r}" for own, other in sorted(exchanged.items()))
    evidence = (
        f"by place, size, colour and texture the classes of {second.name} look like others of {first.name}: {texts}; "
        f"{len(second.looks)} photos of {second.name} and {len(first.looks)} of {first.name} were compared"
    )
    values = _values(dataset, exchanged)
    if values is None:
        return make_finding("mask-values", evidence, severity="warning", variant="parts-named")
    own_values, other_values = values
    filling = {"part": second.name, "own": own_values, "other": other_values}
    return make_finding("mask-values", evidence, severity="warning", variant="parts", values=filling)


def _values(dataset: Dataset, exchanged: Mapping[int, int]) -> tuple[list[int], list[int]] | None:
    """Return the grey values of exchanged classes, and those of what they look like; None where one has none."""
    rule = dataset.mask_rule
    grey = {class_id: value for value, class_id in rule.values if value < GREY_VALUES} if rule is not None else {}
    if not exchanged.keys() | set(exchanged.values()) <= grey.keys():
        return None
    return [grey[own] for own in sorted(exchanged)], [grey[exchanged[own]] for own in sorted(exchanged)]
