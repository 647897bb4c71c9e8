"""Whether one part numbers its classes otherwise than the other: its masks fit the photos of its classes exchanged."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maskwright.checks.scan import PhotoScan
from maskwright.datasets.dataset import Dataset
from maskwright.findings.finding import Finding, make_finding
from maskwright.imaging.mask_reader import COLOUR_BIT
from maskwright.imaging.measuring.class_looks import Looks

PHOTOS_LEAST, CLASSES_LEAST, MOVED_LEAST = 4, 3, 2
"""Photos that must show a class in each part, classes that both must have, and those that must have moved."""
FLOORS = np.array([0.2, 0.05, 0.25, 0.25, 0.25, 0.15])
"""Deviations from photo to photo are at least so large, by feature."""
MOST_PARTS = 12
"""Parts that are looked at, the largest first."""
FAR = 4.0
"""No feature counts more deviations than this."""
WORSE, NEAR = 1.5, 2.0
"""How many times as far classes lie as they are numbered, and how far at most once they are exchanged."""
AGREE = 0.85
"""Share of the photos on which exchanged classes must lie nearer than as they are."""


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
        for part in parts[1:MOST_PARTS]:
            to = _renumbered(parts[0], part)
            back = _renumbered(part, parts[0]) if to else {}
            sure = {own: other for own, other in to.items() if back.get(other) == own}
            if len(sure) >= MOVED_LEAST:
                return [_finding(dataset, parts[0], part, sure)]
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
    shown = np.flatnonzero((~np.isnan(looks[:, :, 0])).sum(axis=0) >= PHOTOS_LEAST)
    return _Part(name, looks, shown) if len(shown) >= CLASSES_LEAST else None


def _renumbered(first: _Part, second: _Part) -> dict[int, int]:
    """Return the classes of `second` that look like other classes of `first`, with these; empty where none do.

    Each circle of classes that are exchanged is judged by itself.
    """
    from scipy.optimize import linear_sum_assignment  # here, since importing it takes most of a second

    far = _distances(first, second)
    costs = np.nanmean(far, axis=0)
    rows, columns = linear_sum_assignment(costs)
    pairs = {int(second.shown[row]): int(first.shown[column]) for row, column in zip(rows, columns, strict=True)}
    moved = {own: other for own, other in pairs.items() if own != other}
    found: dict[int, int] = {}
    for circle in _circles(moved):
        if _is_believed(far, first, second, circle):
            found |= circle
    return found


def _distances(first: _Part, second: _Part) -> NDArray[np.float64]:
    """Return how far each class of each photo of `second` lies from each class of `first`: photos x own x other."""
    theirs = first.looks[:, first.shown]
    middle = np.nanmedian(theirs, axis=0)
    scatter = np.maximum(1.4826 * np.nanmedian(np.abs(theirs - middle), axis=0), FLOORS)
    ours = second.looks[:, second.shown]
    apart = np.abs(ours[:, :, None] - middle[None, None]) / scatter[None, None]
    return np.asarray(np.minimum(apart, FAR).mean(axis=3))


def _circles(moved: Mapping[int, int]) -> list[dict[int, int]]:
    """Return the exchanged classes in groups that are exchanged among themselves."""
    groups: list[dict[int, int]] = []
    for own, other in moved.items():
        joined = {own: other}
        for group in [g for g in groups if {own, other} & {*g, *g.values()}]:
            groups.remove(group)
            joined |= group
        groups.append(joined)
    return groups


def _is_believed(far: NDArray[np.float64], first: _Part, second: _Part, circle: Mapping[int, int]) -> bool:
    """Tell whether classes lie nearer exchanged than as they are, in the mean and on nearly all photos."""
    own = [int(np.flatnonzero(second.shown == i)[0]) for i in circle]
    other = [int(np.flatnonzero(first.shown == i)[0]) for i in circle.values()]
    same = [np.flatnonzero(first.shown == i) for i in circle]
    exchanged = far[:, own, other]
    apart = [far[:, o, s[0]] if len(s) else np.full(len(far), FAR) for o, s in zip(own, same, strict=True)]
    as_they_are = np.stack(apart, axis=1)
    as_they_are = np.where(np.isnan(exchanged), np.nan, as_they_are)
    shows = (~np.isnan(exchanged)).sum(axis=1) >= min(MOVED_LEAST, len(circle))
    if len(circle) < MOVED_LEAST or shows.sum() < PHOTOS_LEAST:
        return False
    now, then = np.nanmean(as_they_are[shows], axis=1), np.nanmean(exchanged[shows], axis=1)
    return bool(np.mean(then) <= NEAR and np.mean(now) >= WORSE * np.mean(then) and (then < now).mean() >= AGREE)


def _finding(dataset: Dataset, first: _Part, second: _Part, sure: Mapping[int, int]) -> Finding:
    names = dataset.classes.names
    told = ", ".join(f"{names[own]!r} as {names[other]!r}" for own, other in sorted(sure.items()))
    evidence = (
        f"by place, size, colour and texture the classes of {second.name} look like others of {first.name}: {told}; "
        f"{len(second.looks)} photos of {second.name} and {len(first.looks)} of {first.name} were compared"
    )
    values = _values(dataset, sure)
    if values is None:
        return make_finding("mask-values", evidence, severity="warning", variant="parts-named")
    own, other = values
    filling = {"part": second.name, "own": own, "other": other}
    return make_finding("mask-values", evidence, severity="warning", variant="parts", values=filling)


def _values(dataset: Dataset, sure: Mapping[int, int]) -> tuple[list[int], list[int]] | None:
    """Return the values of mask files of exchanged classes, and those of what they look like; None of colours."""
    if dataset.mask_rule is None:
        return None
    value_of = {class_id: value for value, class_id in dataset.mask_rule.values}
    pairs = [(value_of.get(own), value_of.get(other)) for own, other in sorted(sure.items())]
    own, other = [first for first, _ in pairs if first is not None], [last for _, last in pairs if last is not None]
    if len(own) < len(sure) or len(other) < len(sure) or max(*own, *other) >= min(COLOUR_BIT, 256):
        return None
    return own, other
