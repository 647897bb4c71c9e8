"""Mirrored copies of photos whose classes of left and right were not exchanged."""

import re
from collections.abc import Iterator

import numpy as np

from maskwright.datasets.compared_photos import Duplicates
from maskwright.datasets.dataset import Dataset
from maskwright.errors import DataError
from maskwright.findings.finding import Finding, make_finding, some
from maskwright.imaging.mask_geometry import Mask, resize_mask

WORDS = (("left", "right"), ("links", "rechts"), ("gauche", "droite"), ("izquierda", "derecha"), ("l", "r"))
"""Left and right in names of classes, in a few languages; single letters too, as words of their own."""
MIRRORED = "mirrored left to right"
MIN_COPIES = 2
"""Mirrored copies that must show a class of a side."""
MAX_COPIES = 24
"""Copies that are looked at."""
MIN_AGREEMENT = 0.7
"""Intersection over union with the mirrored mask, ids as they are, from which on they were not exchanged."""
MAX_EXCHANGED_AGREEMENT = 0.3
"""The same once they are exchanged, up to which that is sure."""


def mirrored_class_findings(dataset: Dataset, copies: Duplicates) -> list[Finding]:
    """Return a warning where masks of mirrored copies still call left what is right there, in most of the copies."""
    sides = _sides([str(name) for name in dataset.classes.names])
    pairs = [(p.first, p.second) for p in copies.near if p.turned == MIRRORED][:MAX_COPIES]
    if not sides or len(pairs) < MIN_COPIES:
        return []
    kept, judged = [], 0
    for first, second in pairs:
        agreement = _agreement(dataset, first, second, sides)
        if agreement is None:
            continue
        judged += 1
        plain, exchanged = agreement
        kept += [(first, second)] if plain >= MIN_AGREEMENT and exchanged <= MAX_EXCHANGED_AGREEMENT else []
    if len(kept) < max(MIN_COPIES, judged / 2):
        return []
    names = [dataset.classes.names[i] for pair in sides.items() for i in pair if pair[0] < pair[1]]
    text = (
        f"in {len(kept)} of {judged} pairs of a photo and its mirrored copy the masks are mirrored with the same ids; "
        f"{' and '.join(names[:2])} change sides so: {some([f'{a} ~ {b}' for a, b in kept])}"
    )
    return [make_finding("mask-mirrored-classes", text, photos=[name for pair in kept for name in pair])]


def _sides(names: list[str]) -> dict[int, int]:
    """Return the id of the class on the other side for each class of a side: "ear_left" is that of "ear_right"."""
    lower = [re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower() for name in names]
    found: dict[int, int] = {}
    for left, right in WORDS:
        for i, name in enumerate(lower):
            other = re.sub(rf"(?<![a-z]){left}(?![a-z])", right, name)
            if other != name and other in lower:
                j = lower.index(other)
                found |= {i: j, j: i}
    return found


def _agreement(dataset: Dataset, first: str, second: str, sides: dict[int, int]) -> tuple[float, float] | None:
    """Return how well the mirrored mask of a photo fits that of its copy, ids as they are and exchanged."""
    masks = list(_masks(dataset, first, second))
    if len(masks) < 2:
        return None
    ours, theirs = masks[0][:, ::-1], masks[1]
    if ours.shape != theirs.shape:
        ours = resize_mask(ours, theirs.shape)
    table = np.arange(256, dtype=np.uint8)
    for own, other in sides.items():
        table[own] = other
    ids = sorted(sides)
    if not np.isin(theirs, ids).any() or not np.isin(ours, ids).any():
        return None
    return _iou(ours, theirs, ids), _iou(table[ours], theirs, ids)


def _iou(ours: Mask, theirs: Mask, ids: list[int]) -> float:
    either = np.isin(ours, ids) | np.isin(theirs, ids)
    return float((ours == theirs)[either].mean())


def _masks(dataset: Dataset, *names: str) -> Iterator[Mask]:
    samples = {sample.name: sample for sample in dataset.samples if sample.name in names}
    for name in names:
        try:
            yield dataset.mask(samples[name])
        except (DataError, KeyError, ValueError):
            return
