"""Truths of some photos whose classes are numbered in another order than those of the others."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from maskwright.classes import IGNORE
from maskwright.diagnosis.evidence.evidence import Case, Evidence, mean_iou_or_zero, shows_a_class
from maskwright.diagnosis.undo.class_mapping import as_they_are, one_to_one
from maskwright.diagnosis.undo.undone_evidence import Hypothesis, iou_or_zero, moved, relabelled_some
from maskwright.evaluation.metrics import ValueCounts, iou, iou_of_areas
from maskwright.findings.finding import make_finding, some
from maskwright.imaging.mask_geometry import Bools, Mask

FEWEST_PHOTOS = 3
"""Photos of each order."""
FEWEST_CLASSES = 3
"""Classes that change places."""
ROUNDS = 3
"""Rounds in which photos choose their order."""
LEAST_SHARE = 0.12
"""Share of the photos with the other order, at least."""
MOST_SHARE = 0.6
"""The same at most."""
GAIN = 0.2
"""IoU that these photos must gain on average."""
OF_THE_OTHERS = 0.6
"""IoU that they must reach, as a share of the others' (medians)."""
GOOD = 0.4
"""Median IoU of the others."""
EACH = 0.1
"""IoU that each class with another number must reach in these photos."""
TOGETHER = 0.3
"""IoU that all of them must reach on average."""
MORE_PHOTOS = 2
"""Photos beyond the number of such classes, without which any order fits."""
FEWEST_RIGHT = 2
"""Such classes that must be right in the other photos."""


def class_order_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return the hypothesis that some truths have another order of classes: one exchange of ids mends all of them.

    Photos that score poorly propose the exchange; each photo then chooses the order that fits it better.
    """
    classes = evidence.classes
    if len(classes) < FEWEST_CLASSES + 1 or classes.background != 0:
        return []
    shown = [c for c in evidence.cases if shows_a_class(c, classes)]
    plain = np.array([mean_iou_or_zero(c.table, evidence.classes) for c in shown])
    if len(shown) < 2 * FEWEST_PHOTOS:
        return []
    chosen = plain < 0.5 * np.quantile(plain, 0.75)
    lookup = as_they_are()
    for _ in range(ROUNDS):
        if not FEWEST_PHOTOS <= chosen.sum() <= len(shown) - FEWEST_PHOTOS:
            return []
        lookup = _best_order([c for c, one in zip(shown, chosen, strict=True) if one], len(classes))
        read = np.array([mean_iou_or_zero(moved(c.table, lookup), evidence.classes) for c in shown])
        chosen = read > plain + 0.05
    return _believed(evidence, (shown, chosen, lookup), (plain, read))


def _believed(
    evidence: Evidence,
    claim: tuple[Sequence[Case], Bools, Mask],
    scores: tuple[NDArray[np.float64], ...],
) -> list[Hypothesis]:
    shown, chosen, lookup = claim
    plain, read = scores
    if not max(FEWEST_PHOTOS, LEAST_SHARE * len(shown)) <= chosen.sum() <= MOST_SHARE * len(shown):
        return []
    others, reached = float(np.median(plain[~chosen])), float(np.median(read[chosen]))
    if others < GOOD or reached < OF_THE_OTHERS * others or (read - plain)[chosen].mean() < GAIN:
        return []
    theirs = _sum(shown, chosen)
    renamed = _renamed(theirs, lookup)
    right, as_it_is = (np.nan_to_num(iou(table)) for table in (moved(theirs, lookup), _sum(shown, ~chosen)))
    if not FEWEST_CLASSES <= len(renamed) <= chosen.sum() - MORE_PHOTOS or min(right[c] for c in renamed) < EACH:
        return []
    if np.mean([right[c] for c in renamed]) < TOGETHER or sum(as_it_is[c] >= TOGETHER for c in renamed) < FEWEST_RIGHT:
        return []
    names = [c.name for c, one in zip(shown, chosen, strict=True) if one]
    theirs_only = set(names)
    undone = relabelled_some(evidence, {i: lookup for i, c in enumerate(evidence.cases) if c.name in theirs_only})
    before, after = (iou_or_zero(e) for e in (evidence, undone))
    pairs = ", ".join(f"{c} for {v}" for c, v in renamed.items())
    text = (
        f"{len(names)} of {len(shown)} photos fit only if their classes are numbered otherwise, {pairs}"
        f"{_common_prefix(evidence, names)} ({some(names)}); read so, the mean IoU goes from {before:.3f} to "
        f"{after:.3f}"
    )
    undo = (
        f"lookup = np.arange(256, dtype=np.uint8); lookup[{list(renamed)}] = {list(renamed.values())}; "
        "mask = lookup[mask]"
    )
    gain = round(after - before, 4)
    finding = make_finding(
        "truth-numbering", text, variant="order", values={"undo": undo}, photos=names, recovered_iou=gain
    )
    return [Hypothesis(finding, undone)]


def _sum(cases: Sequence[Case], chosen: Bools) -> ValueCounts:
    return np.asarray(sum(case.table for case, one in zip(cases, chosen, strict=True) if one))


def _best_order(cases: Sequence[Case], count: int) -> Mask:
    """Return the one-to-one reading of predicted object ids with the greatest sum of IoU over these photos."""
    table = np.asarray(sum(case.table for case in cases))[:, :count]
    worth = iou_of_areas(table, table.sum(axis=1)[:, None], table.sum(axis=0)[None])
    worth[0, :] = worth[:, 0] = 0
    worth[0, 0] = 1  # the background stays
    lookup = as_they_are()
    lookup[one_to_one(worth)] = np.arange(count)
    return lookup


def _renamed(table: ValueCounts, lookup: Mask) -> Mapping[int, int]:
    """Return which id the truth must get for each of its ids that these photos show and that has another number."""
    true = table.sum(axis=1)
    back = {int(lookup[v]): v for v in range(len(table)) if v != IGNORE}
    return {c: back[c] for c in range(len(table)) if true[c] and back.get(c, c) != c}


def _common_prefix(evidence: Evidence, names: Sequence[str]) -> str:
    """Say that the photos are those, and only those, whose names begin alike."""
    prefix = names[0]
    for name in names[1:]:
        while not name.startswith(prefix):
            prefix = prefix[:-1]
    prefix = prefix.rstrip("0123456789")
    others = [c.name for c in evidence.cases if c.name not in set(names)]
    if not prefix or sum(name.startswith(prefix) for name in others) > 0.5 * len(others):
        return ""
    return f"; their names begin with {prefix}"
