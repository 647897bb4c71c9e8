"""Faults of the truth that predictions reveal: some masks inverted, some numbered from 1, instances as classes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from maskwright.classes import IGNORE
from maskwright.diagnosis.evidence.evidence import Evidence, mean_iou_or_zero
from maskwright.diagnosis.hypotheses.classes.missing_annotations import missing_annotation_hypotheses
from maskwright.diagnosis.hypotheses.classes.which_side_is_swapped import which_side_is_swapped
from maskwright.diagnosis.undo.fix_commands import inversion, lifted
from maskwright.diagnosis.undo.undone_evidence import Hypothesis, iou_or_zero, moved, relabelled_some
from maskwright.evaluation.metrics import ValueCounts, iou
from maskwright.findings.finding import make_finding, some
from maskwright.imaging.mask_geometry import components

GAIN = 0.2
"""IoU that a photo must gain by another reading."""
REACHED = 0.5
"""IoU that these photos must reach, as a share of the others' (medians)."""
LEAST_SHARE = 0.12
"""Share of the photos whose truth differs, at least."""
MOST_SHARE = 0.88
"""The same at most: all of them is a fault of the predictions."""

SHOWN = 0.01
"""Share of a photo that a class must cover to count."""
SHOWN_OF_OBJECTS = 0.1
"""Share of a photo's objects that is enough too."""
MOST_PHOTOS = 0.6
"""Share of these photos in which most classes must gain."""
MUCH = 0.2
"""Share of a photo's predicted objects from which a class is no false patch."""


def annotation_fault_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return what predictions show to be wrong with some of the truths."""
    if len(evidence.cases) < 4:
        return []
    return [
        *_inverted(evidence),
        *_numbered(evidence),
        *_instances(evidence),
        *missing_annotation_hypotheses(evidence),
    ]


def _lookup(change: Callable[[NDArray[np.int64]], NDArray[np.int64]]) -> NDArray[np.uint8]:
    return np.clip(change(np.arange(256)), 0, 255).astype(np.uint8)


def _inverted(evidence: Evidence) -> list[Hypothesis]:
    if not evidence.classes.is_binary:
        return []
    flipped = _lookup(lambda v: np.where(v < 2, 1 - v, v))
    return _mixed(evidence, (flipped,), "truth-inverted")


def _numbered(evidence: Evidence) -> list[Hypothesis]:
    if len(evidence.classes) < 3:
        return []
    up = _lookup(lambda v: v + 1)
    down = _lookup(lambda v: np.where(v > 0, v - 1, IGNORE))
    lowered = _lookup(lambda v: np.where(v > 0, v - 1, 0))  # the first class became background
    raised = _lookup(lambda v: np.where(v > 0, v + 1, 0))  # objects are one too high, the background is not
    readings = (up, down, lowered, raised)
    return _mixed(evidence, readings, "truth-numbering")


def _mixed(evidence: Evidence, lookups: tuple[NDArray[np.uint8], ...], code: str) -> list[Hypothesis]:
    """Name the photos whose prediction fits their truth only when it is read by one of the lookups."""
    known = [(i, case) for i, case in enumerate(evidence.cases) if case.table.sum()]
    plain = {i: mean_iou_or_zero(case.table, evidence.classes) for i, case in known}
    chosen: dict[int, NDArray[np.uint8]] = {}
    convincing = 0
    for lookup in lookups:
        gains = {i: mean_iou_or_zero(moved(case.table, lookup), evidence.classes) - plain[i] for i, case in known}
        group = {i: lookup for i, gain in gains.items() if gain >= GAIN}
        sure = sum(_most_gain(evidence.cases[i].table, lookup, evidence) for i in group)
        if (sure, len(group)) > (convincing, len(chosen)):
            chosen, convincing = group, sure
    share = len(chosen) / max(len(known), 1)
    if len(chosen) < 2 or not LEAST_SHARE <= share <= MOST_SHARE or convincing < MOST_PHOTOS * len(chosen):
        return []
    if code == "truth-numbering" and (_only_classes(evidence, chosen) or _is_one_confusion(evidence, chosen)):
        return []
    others = [plain[i] for i in plain if i not in chosen]
    reached = [mean_iou_or_zero(moved(evidence.cases[i].table, chosen[i]), evidence.classes) for i in chosen]
    if float(np.median(reached)) < REACHED * float(np.median(others)) or float(np.median(reached)) < 0.3:
        return []
    undone = relabelled_some(evidence, chosen)
    before, after = (iou_or_zero(e) for e in (evidence, undone))
    names = [evidence.cases[i].name for i in chosen]
    fault = _numbering(evidence, chosen) if code == "truth-numbering" else _swapped(evidence, chosen, plain)
    text = (
        f"{len(chosen)} of {len(known)} photos fit only if {fault.what} ({some(names)}); read so, the mean IoU goes "
        f"from {before:.3f} to {after:.3f}"
    )
    recovered = round(after - before, 4)
    finding = make_finding(
        fault.code, text, values=fault.values, variant=fault.variant, photos=names, recovered_iou=recovered
    )
    return [Hypothesis(finding, undone)]


@dataclass(frozen=True)
class _Fault:
    """The code, its variant and values, and what was done to some masks in words."""

    code: str
    what: str
    variant: str = ""
    values: Mapping[str, object] = field(default_factory=dict)


def _numbering(evidence: Evidence, chosen: Mapping[int, NDArray[np.uint8]]) -> _Fault:
    """Tell which way the ids of some truths are moved, and whether their first class became background."""
    lookup = next(iter(chosen.values()))
    too_high, from_id = lookup[1] > 1, 2 if lookup[0] == 0 and lookup[1] > 1 else 0
    first_lost = not too_high and _hold_background(evidence, list(chosen))
    variant, from_id = ("first-lost", 1) if first_lost else ("", from_id)
    what = "class ids of the truth are one too high or too low"
    return _Fault("truth-numbering", what, variant, {"undo": lifted(-1 if too_high else 1, from_id=from_id)})


def _swapped(evidence: Evidence, chosen: Mapping[int, NDArray[np.uint8]], known: Mapping[int, float]) -> _Fault:
    """Tell whether truth or prediction is swapped in some photos, where the other photos show it."""
    others = [evidence.cases[i] for i in known if i not in chosen]
    side = which_side_is_swapped([evidence.cases[i] for i in chosen], others)
    if side == "prediction":
        what = "object and background of the prediction are swapped"
        return _Fault("pred-inverted", what, "some", {"undo": inversion(evidence.storage)})
    if side == "truth":
        return _Fault("truth-inverted", "object and background of the truth are swapped")
    return _Fault("truth-inverted", "object and background are swapped in one of the two masks", "either")


def _only_classes(evidence: Evidence, chosen: Mapping[int, NDArray[np.uint8]]) -> bool:
    """Tell whether merged or exchanged classes explain the photos as well as their own numbers do.

    They do where most of the photos show no class that is read otherwise in them than in the other photos.
    """
    background = evidence.classes.background
    others = [c.table for i, c in enumerate(evidence.cases) if i not in chosen]
    as_it_is = {c for table in others for c in _right(table) if c != background}
    contradicting = [i for i, lookup in chosen.items() if as_it_is & _shown_otherwise(evidence.cases[i].table, lookup)]
    return 2 * len(contradicting) < len(chosen)


def _is_one_confusion(evidence: Evidence, chosen: Mapping[int, NDArray[np.uint8]]) -> bool:
    """Tell whether one class alone is read otherwise, over the same background: a model may call it another one.

    Two classes that move by the same step, or a value that no class has, are a numbering.
    """
    moved_values: set[int] = set()
    for i, lookup in chosen.items():
        table = evidence.cases[i].table
        drawn = table.sum(axis=0)[:IGNORE]
        large = [int(v) for v in np.flatnonzero(drawn >= MUCH * max(drawn[1:].sum(), 1)) if lookup[v] != v]
        if lookup[0] != 0 or any(v >= len(table) for v in large):
            return False
        moved_values |= {v for v in large if lookup[v] < len(table) and 2 * table[lookup[v], v] >= drawn[v]}
    return len(moved_values) < 2


def _right(table: ValueCounts) -> set[int]:
    """Return the classes of which half of the pixels or more have their own id."""
    true, hits = table.sum(axis=1), np.diag(table[:, : len(table)])
    return set(np.flatnonzero((true > 0) & (2 * hits >= true)).tolist())


def _shown_otherwise(table: ValueCounts, lookup: NDArray[np.uint8]) -> set[int]:
    """Return the classes whose pixels hold another id in a photo, right by the lookup."""
    fewer = np.flatnonzero(table.sum(axis=1))
    values = table[fewer].argmax(axis=1)
    return {int(c) for c, v in zip(fewer, values, strict=True) if v != c and lookup[v] == c}


def _hold_background(evidence: Evidence, chosen: list[int]) -> bool:
    """Tell whether id 0 of truths that are one too low is the background: predictions have it there, not id 1."""
    row = np.asarray(sum(evidence.cases[i].table[0] for i in chosen))
    return evidence.classes.background == 0 and bool(row[0] > row[1])


def _most_gain(table: ValueCounts, lookup: NDArray[np.uint8], evidence: Evidence) -> bool:
    """Tell whether most of the classes that a truth shows gain by the reading: one alone may be a confusion."""
    before, after = np.nan_to_num(iou(table)), np.nan_to_num(iou(moved(table, lookup)))
    background, true = evidence.classes.background, table.sum(axis=1)
    objects = true.sum() - (0 if background is None else true[background])
    shown = true > min(SHOWN * true.sum(), SHOWN_OF_OBJECTS * objects)
    if background is not None and lookup[background] == background:  # it keeps its number
        shown[background] = False
    return bool(shown.any() and (after > before)[shown].mean() > 0.5)


def _instances(evidence: Evidence) -> list[Hypothesis]:
    """Recognise numbered objects: every id is one patch, ids run on from 1, and one class is predicted."""
    predicted = np.flatnonzero(evidence.table.sum(axis=0))
    if len(evidence.classes) < 5 or len(predicted) > 3 or predicted.max(initial=0) > 2:
        return []
    single, ids = 0, 0
    for case in evidence.cases[:12]:
        truth = case.reread().truth  # small copies break thin objects into several patches
        held = [int(v) for v in np.unique(truth) if v not in (0, IGNORE)]
        single += sum(components(truth == v)[1] == 1 for v in held)
        ids += len(held)
    if ids < 5 or single < 0.8 * ids:
        return []
    objects = evidence.table[1:].sum(axis=0)
    background = evidence.table[0]
    found = int(objects[1:].sum())
    union = int(objects.sum() + background[1:].sum())
    text = (
        f"the truth has {len(evidence.classes) - 1} ids, each of them one patch, and predictions have "
        f"{len(predicted)} values; taken as one class, the IoU is {found / max(union, 1):.3f}"
    )
    gain = max(0.0, found / max(union, 1) - iou_or_zero(evidence))
    return [Hypothesis(make_finding("instance-ids", text, recovered_iou=round(gain, 4)))]
