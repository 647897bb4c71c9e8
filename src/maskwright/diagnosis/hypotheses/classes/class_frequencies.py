"""Classes that are never predicted, merged into another, or predicted far too often."""

from collections.abc import Sequence

import numpy as np

from maskwright.diagnosis.evidence.evidence import Evidence, mean_iou, mean_iou_or_zero
from maskwright.diagnosis.hypotheses.classes.classes_that_matter import (
    FEWEST_PHOTOS,
    LEAST_AREA,
    NEVER,
    classes_that_matter,
    photos_with,
)
from maskwright.diagnosis.hypotheses.encoding.palette_values import palette_hypotheses
from maskwright.diagnosis.undo.fix_commands import as_ids, renumbering
from maskwright.diagnosis.undo.undone_evidence import Hypothesis, iou_of, iou_or_zero, moved
from maskwright.evaluation.metrics import Confusion, iou
from maskwright.findings.finding import Severity, make_finding, some

HARDLY = 0.1
"""Share of a class that is found, below which hardly anything of it is."""
SEVERAL = 2
"""Classes found so rarely, from which on a model is weak at all rare classes."""
WEAK = 0.35
"""Mean IoU of the other classes below which a missing one is no fault of its own."""
LEARNED = 0.5
"""IoU of a class that is drawn well: where it is rarer than a missing one, too little training is no reason. Where a
missing class is drawn on some pixels, the others must reach it on average: the model knows the class."""
MERGED = 0.75
"""Share of a missing class's pixels that one other class takes."""
FOUND = 0.5
"""Share of a class that is found where it works."""
EXCESS = 2.0
"""Predicted area of a class against its true area."""
OF_ERRORS = 0.5
"""Its share of all wrong pixels."""
OF_ERRORS_ALONE = 0.25
"""The same share where no other class is predicted too often."""
ALONE = 1.3
"""Predicted area of the others against their true area, at most, for it to be alone."""


def class_amount_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return classes that are never predicted, merged, or predicted far too often."""
    if len(evidence.classes) < 3:
        return palette_hypotheses(evidence)
    missing = _missing_classes(evidence)
    return (
        palette_hypotheses(evidence)
        or _one_too_low(evidence)
        or _all_as_one(evidence)
        or [*_missing(evidence, missing), *_excess(evidence)]
    )


def _all_as_one(evidence: Evidence) -> list[Hypothesis]:
    """Recognise masks cut as if there were one class: one value beside 0 covers the pixels of all other classes."""
    counts, count = evidence.table, len(evidence.classes)
    true, held = counts.sum(axis=1), np.flatnonzero(counts.sum(axis=0))
    shown = [c for c in classes_that_matter(evidence) if c != 0]
    if len(held) != 2 or held[0] != 0 or len(shown) < 2 or true[0] == 0:
        return []
    value = int(held[1])
    found = [float(counts[c, value] / true[c]) for c in shown]
    if np.median(found) < MERGED or min(found) < FOUND or counts[0, 0] < MERGED * true[0]:
        return []
    name = evidence.classes.names[value] if value < count else value
    text = (
        f"predictions hold 0 and {value} alone; {min(found):.0%} or more of each of {len(shown)} classes is predicted "
        f"as {name!r}, and {counts[0, 0] / true[0]:.0%} of {evidence.classes.names[0]!r} is right"
    )
    apart = [c for c in evidence.cases if np.count_nonzero(c.table[shown].sum(axis=1)) < len(shown)]
    if len(shown) == 2 and len(apart) == len(evidence.cases):
        rarer = min(shown, key=lambda c: photos_with(evidence)[c])
        names = [c.name for c in evidence.cases if c.table[rarer].any()]
        text += (
            f"; no truth shows both: if they are one class, some masks number it otherwise ({some(names)}): give them "
            "the id of the others and diagnose again"
        )
    return [Hypothesis(make_finding("classes-merged", text, variant="all"))]


def _one_too_low(evidence: Evidence) -> list[Hypothesis]:
    """Recognise ids taken from the object channels alone: each object is one too low, and background has no id left."""
    counts, count = evidence.table, len(evidence.classes)
    true, predicted = counts.sum(axis=1), counts.sum(axis=0)
    shown = [c for c in range(1, count) if true[c] > 0]
    if evidence.classes.background != 0 or len(shown) < 2 or predicted[count - 1] > NEVER * true[count - 1]:
        return []
    lowered = [float(counts[c, c - 1] / true[c]) for c in shown]
    raised = np.arange(256, dtype=np.uint8)
    raised[: count - 1] += 1
    gain = float(mean_iou(moved(counts, raised), evidence.classes) - iou_of(evidence))
    if min(lowered) < MERGED or not gain > 0:
        return []
    text = (
        f"{min(lowered):.0%} or more of each object class is predicted with the id below its own, and nothing with the "
        "last id: the argmax left out the background's channel, or ids were counted from 0"
    )
    values, recovered = {"undo": as_ids(evidence) + renumbering(raised)}, round(gain, 4)
    return [Hypothesis(make_finding("classes-offset", text, values=values, recovered_iou=recovered))]


def _missing_classes(evidence: Evidence) -> list[int]:
    """Return the classes that the truth shows and that are never predicted, where the others are."""
    counts = evidence.table
    count = len(counts)
    true, predicted = counts.sum(axis=1), counts[:, :count].sum(axis=0)
    missing = [c for c in classes_that_matter(evidence) if predicted[c] < NEVER * true[c]]
    working = [c for c in range(count) if c not in missing and true[c] > 0]
    few = len(missing) <= 0.5 * np.count_nonzero(true)
    return missing if few and _work(counts, working) else []


def _missing(evidence: Evidence, missing: list[int]) -> list[Hypothesis]:
    counts, names = evidence.table, evidence.classes.names
    count, true = len(names), counts.sum(axis=1)
    shown = photos_with(evidence)
    if not missing:
        return []
    merged = [(c, int(counts[c, :count].argmax())) for c in missing]
    certain = [(c, d) for c, d in merged if counts[c, d] >= MERGED * true[c] and d != evidence.classes.background]
    if certain and len(certain) == len(missing) and evidence.classes.background not in missing:
        text = "; ".join(
            f"{counts[c, d] / true[c]:.0%} of {names[c]!r} is predicted as {names[d]!r}, and {names[c]!r} never"
            for c, d in certain
        )
        return [Hypothesis(make_finding("classes-merged", text))]
    text = some(
        [
            f"{names[c]!r} ({true[c] / true.sum():.1%} of the true pixels, in {shown[c]} "
            f"{'photo' if shown[c] == 1 else 'photos'}; "
            f"mostly predicted as {names[d]!r})"
            for c, d in merged
        ],
        most=4,
    )
    gain = _background_gain(evidence) if evidence.classes.background in missing else 0.0
    weak = "" if gain or _rarer_is_learned(evidence, missing) else _weakness(evidence, missing)
    severity: Severity = "note" if weak else "warning"
    variant = "background" if evidence.classes.background in missing else ""
    finding = make_finding(
        "class-missing", text + weak, severity=severity, variant=variant, recovered_iou=round(gain, 4) or None
    )
    return [Hypothesis(finding)]


def _rarer_is_learned(evidence: Evidence, missing: Sequence[int]) -> bool:
    """Tell whether a class is drawn well that is rarer than a missing one: too little training misses the rare ones."""
    true, level = evidence.counts.sum(axis=1), np.nan_to_num(iou(evidence.counts))
    learned = (true > 0) & (level >= LEARNED)
    return bool(learned.any()) and int(true[learned].min()) < int(true[list(missing)].max())


def _weakness(evidence: Evidence, missing: Sequence[int]) -> str:
    """Return in words what shows that the model is weak at other classes too; "" where it is not."""
    names = evidence.classes.names
    if len(hardly := _hardly_found(evidence)) >= SEVERAL:
        return f"; of others hardly anything is found: {some([repr(names[c]) for c in hardly])}"
    level, drawn = _level_of_others(evidence, missing), int(evidence.counts[:, list(missing)].sum())
    known = f", and {drawn} pixels are predicted so: a weak model" if drawn else ""
    return f"; the others have a mean IoU of {level:.2f}{known}" if level < (LEARNED if drawn else WEAK) else ""


def _level_of_others(evidence: Evidence, missing: Sequence[int]) -> float:
    """Return the mean IoU of the other scored classes that are predicted; 1 where there is none."""
    counts = evidence.counts
    true, predicted = counts.sum(axis=1), counts.sum(axis=0)
    shown = [c for c in evidence.classes.scored if c not in missing and true[c] > 0]
    others = [c for c in shown if predicted[c] >= NEVER * true[c]]
    return float(np.nan_to_num(iou(counts)[others]).mean()) if others else 1.0


def _hardly_found(evidence: Evidence) -> list[int]:
    """Return the classes that are predicted, on few of their pixels: a sign of too little training, not of a fault."""
    counts = evidence.counts
    true, predicted = counts.sum(axis=1), counts.sum(axis=0)
    recall = np.diag(counts) / np.maximum(true, 1)
    shown = photos_with(evidence)
    fair = [c for c in range(len(true)) if shown[c] >= FEWEST_PHOTOS and predicted[c] >= NEVER * true[c]]
    return [c for c in fair if recall[c] < HARDLY]


def _background_gain(evidence: Evidence) -> float:
    """Return the IoU gained if pixels of the background were all predicted as background."""
    background = evidence.classes.background or 0
    counts = evidence.table.copy()
    counts[background] = np.where(np.arange(counts.shape[1]) == background, counts[background].sum(), 0)
    return max(0.0, mean_iou(counts, evidence.classes) - iou_or_zero(evidence))


def _work(counts: Confusion, classes: Sequence[int]) -> bool:
    """Tell whether a class is drawn well, or several are found: a class that takes all others' pixels has a low IoU."""
    recall = np.diag(counts[:, : len(counts)])[classes] / np.maximum(counts.sum(axis=1)[classes], 1)
    return bool((np.nan_to_num(iou(counts))[classes] > 0.3).any() or (recall > FOUND).sum() >= 2)


def _excess(evidence: Evidence) -> list[Hypothesis]:
    """Return the class that is predicted far too often.

    Pixels of classes that are never predicted, however rare, must go somewhere: they are left aside.
    """
    count = len(evidence.classes)
    counts = evidence.table[:, :count].copy()
    counts[counts.sum(axis=0) < NEVER * counts.sum(axis=1)] = 0
    true, predicted = counts.sum(axis=1), counts.sum(axis=0)
    wrong = predicted - np.diag(counts)
    worst = int(np.where(true > 0, wrong, -1).argmax())
    if not wrong.sum() or not true[worst] or worst == evidence.classes.background:
        return []
    share = wrong[worst] / wrong.sum()
    recall = counts[worst, worst] / true[worst]
    ratios = predicted / np.maximum(true, 1)
    alone = all(ratios[c] < ALONE for c in range(count) if c != worst and true[c] > LEAST_AREA * true.sum())
    if predicted[worst] < EXCESS * true[worst] or share < (OF_ERRORS_ALONE if alone else OF_ERRORS) or recall < 0.7:
        return []
    without = counts.copy().astype(np.float64)
    without[:, worst] = np.where(np.arange(count) == worst, without[:, worst], 0)
    gain = mean_iou_or_zero(without.astype(np.int64), evidence.classes) - iou_or_zero(evidence)
    text = (
        f"{evidence.classes.names[worst]!r} is predicted on {predicted[worst] / true[worst]:.1f} times its true area "
        f"and makes {share:.0%} of all wrong pixels; {recall:.0%} of it is found"
    )
    values = {"name": evidence.classes.names[worst]}
    return [Hypothesis(make_finding("class-excess", text, values=values, recovered_iou=round(max(gain, 0.0), 4)))]
