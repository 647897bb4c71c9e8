"""Undoing a fault: the same evidence as it would be without it, and what that gives back."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maskwright.classes import ClassTable
from maskwright.diagnosis.evidence.evidence import BINS, Case, Evidence, Pair, mean_iou, mean_iou_or_zero
from maskwright.evaluation.metrics import ValueCounts, constant_mean_iou, value_counts
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import Finding, Severity
from maskwright.imaging.mask_geometry import Mask, resize_mask

FEWEST_CHANGED = 3
"""Photos whose score must change for the share of those that rise to be known."""
CONSTANT = 0.1
"""Undone masks are one class everywhere where all other values cover less than this share of what the truth's other
classes cover."""
NO_BETTER = 0.01
"""IoU by which they may beat the best constant class then."""
LARGE_GAIN = 0.1
"""IoU given back from which on a fault is an error."""
MOST_TRIED = 48
"""So many cases, evenly spaced, try out what a fault might have been."""


@dataclass(frozen=True)
class Frame:
    """Where an undone prediction must fit: the truth's size here, and px here for one px at full size."""

    size_hw: tuple[int, int]
    scale: float


Undo = Callable[[NDArray[Any], Frame], NDArray[Any]]
"""A map or mask hxw as it was given, and its frame -> the map or mask at the frame's size, the fault undone."""


@dataclass(frozen=True)
class Hypothesis:
    """A finding that evidence shows; `undone` is the evidence without the fault, None where that cannot be had.

    `usual` tells one of a few usual ways from the best of very many.
    """

    finding: Finding
    undone: Evidence | None = None
    usual: bool = False


def hypotheses_in_turn(
    evidence: Evidence, detectors: Iterable[Callable[[Evidence], Hypothesis | None]]
) -> list[Hypothesis]:
    """Return what detectors find, each looking at the evidence without the faults that those before it found."""
    hypotheses: list[Hypothesis] = []
    for detector in detectors:
        hypothesis = detector(evidence)
        if hypothesis is not None:
            hypotheses.append(hypothesis)
            evidence = hypothesis.undone or evidence
    return hypotheses


def is_constant(hypothesis: Hypothesis) -> bool:
    """Tell whether undoing leaves one class everywhere, or nearly so: that is no cure, however it scores."""
    undone = hypothesis.undone
    if undone is None or not undone.cases or not hypothesis.finding.recovered_iou:
        return False
    table, classes = undone.table, undone.classes
    true, predicted = table.sum(axis=1), table.sum(axis=0)
    rest, true_rest = (1 - counts.max() / max(counts.sum(), 1) for counts in (predicted, true))
    constant = float(np.nan_to_num(constant_mean_iou(undone.counts, classes.scored)))
    return bool(rest <= CONSTANT * true_rest and iou_of(undone) <= constant + NO_BETTER)


def applied(evidence: Evidence, undo: Undo) -> Evidence:
    """Return the evidence with `undo` applied to every held-out prediction; counts then follow from small copies."""
    count = len(evidence.classes)
    return replace(evidence, cases=tuple(undone_case(case, undo, count) for case in evidence.cases))


def undone_case(case: Case, undo: Undo, class_count: int) -> Case:
    """Return the case with its prediction undone."""
    frame = Frame((case.truth.shape[0], case.truth.shape[1]), case.scale)
    prediction = np.ascontiguousarray(undo(case.prediction, frame), dtype=np.uint8)
    chances = None if case.probability is None else np.ascontiguousarray(undo(case.probability, frame), dtype=np.uint8)
    times = max(1, round(case.size_hw[0] * case.size_hw[1] / case.truth.size))
    histogram = case.histogram
    if chances is not None and histogram is not None:
        histogram = _stretched(value_counts(case.truth, chances, class_count)) * times
    return replace(
        case,
        predicted_hw=case.size_hw,
        table=value_counts(case.truth, prediction, class_count) * times,
        prediction=prediction,
        probability=chances,
        histogram=histogram,
        reread=_rereader(case, undo),
    )


def _stretched(table: ValueCounts) -> ValueCounts:
    """Return Cx256 counts of probabilities times 255 as a CxBINS histogram."""
    wide = np.zeros((len(table), BINS), dtype=np.int64)
    wide[:, np.minimum((np.arange(256) / 255 * BINS).astype(int), BINS - 1)] = table
    return wide


def _rereader(case: Case, undo: Undo) -> Callable[[], Pair]:
    def reread() -> Pair:
        pair = case.reread()
        size_hw = (pair.truth.shape[0], pair.truth.shape[1])
        frame = Frame(size_hw, size_hw[1] / case.size_hw[1])
        chances = pair.probabilities
        if chances is not None:
            planes = chances[None] if chances.ndim == 2 else chances
            done = np.stack([undo(plane, frame) for plane in planes]).astype(np.float32)
            chances = done[0] if chances.ndim == 2 else done
        return replace(pair, prediction=undo(pair.prediction, frame).astype(np.uint8), probabilities=chances)

    return reread


def without_photos(evidence: Evidence, names: Collection[str]) -> Evidence:
    """Return the evidence without the cases of these names, which then stand among the unmatched ones."""
    chosen = set(names)
    left = tuple(case for case in evidence.cases if case.name not in chosen)
    return replace(evidence, cases=left, unmatched=(*evidence.unmatched, *names))


def severity_of(gain: float) -> Severity:
    """Return how severe a fault is whose undoing gives back so much IoU."""
    return "error" if gain >= LARGE_GAIN else "warning"


def relabelled(evidence: Evidence, lookup: Mask) -> Evidence:
    """Return the evidence with every predicted value v read as lookup[v]; exact at full size."""
    return relabelled_each(evidence, [lookup] * len(evidence.cases))


def relabelled_each(evidence: Evidence, lookups: Sequence[Mask]) -> Evidence:
    """Return the evidence with every case's predicted value v read as v of its own lookup; exact at full size."""
    pairs = zip(evidence.cases, lookups, strict=True)
    return replace(evidence, cases=tuple(_relabelled(case, lookup) for case, lookup in pairs))


def relabelled_some(evidence: Evidence, lookups: Mapping[int, Mask]) -> Evidence:
    """Return the evidence with the predictions of some cases, by their places, read by lookups of their own."""
    cases = (_relabelled(c, lookups[i]) if i in lookups else c for i, c in enumerate(evidence.cases))
    return replace(evidence, cases=tuple(cases))


def _relabelled(case: Case, lookup: Mask) -> Case:
    def reread() -> Pair:
        pair = case.reread()
        return replace(pair, prediction=lookup[pair.prediction])

    return replace(case, table=moved(case.table, lookup), prediction=lookup[case.prediction], reread=reread)


def moved(table: ValueCounts, lookup: Mask) -> ValueCounts:
    """Return the counts with every predicted value v counted as lookup[v]."""
    out = np.zeros_like(table)
    np.add.at(out.T, lookup.astype(np.int64), table.T)
    return out


def tried(cases: Iterable[Case], undo: Undo, class_count: int) -> list[ValueCounts]:
    """Return the counts of the small copies with `undo` applied, one a case."""
    tables = []
    for case in cases:
        frame = Frame((case.truth.shape[0], case.truth.shape[1]), case.scale)
        done = np.ascontiguousarray(undo(case.prediction, frame), dtype=np.uint8)
        tables.append(value_counts(case.truth, done, class_count))
    return tables


def as_given(mask: NDArray[Any], frame: Frame) -> NDArray[Any]:
    """Undo nothing: stretch to the frame."""
    return resize_mask(mask, frame.size_hw)


def gain_of(before: Evidence, after: Evidence) -> float:
    """Return the mean IoU gained from one evidence to the other; a score that is NaN counts as 0."""
    return iou_or_zero(after) - iou_or_zero(before)


def iou_of(evidence: Evidence) -> float:
    """Return the mean IoU over the scored classes of all held-out cases taken together."""
    return mean_iou(evidence.table, evidence.classes)


def iou_or_zero(evidence: Evidence) -> float:
    """Return the mean IoU as `iou_of` does, and 0 where the truths show no scored class."""
    return mean_iou_or_zero(evidence.table, evidence.classes)


def share_better(before: Iterable[ValueCounts], after: Iterable[ValueCounts], classes: ClassTable) -> float:
    """Return in which share of the photos with objects the second counts score higher than the first."""
    pairs = [(mean_iou(b, classes), mean_iou(a, classes)) for b, a in zip(before, after, strict=True)]
    known = [(b, a) for b, a in pairs if not (np.isnan(b) or np.isnan(a))]
    return float(np.mean([a > b for b, a in known])) if known else 0.0


def share_better_of_changed(
    before: Iterable[ValueCounts], after: Iterable[ValueCounts], classes: ClassTable, *, least: float = 0.0
) -> float:
    """Return in which share of the photos whose score changes by more than `least` it rises; 0 for fewer than 3."""
    pairs = [(mean_iou(b, classes), mean_iou(a, classes)) for b, a in zip(before, after, strict=True)]
    changed = [a > b for b, a in pairs if abs(a - b) > least]  # none of a score that is NaN
    return float(np.mean(changed)) if len(changed) >= FEWEST_CHANGED else 0.0


def tried_cases(evidence: Evidence) -> tuple[Case, ...]:
    """Return the cases on which hypotheses are tried."""
    return tuple(spread_evenly(evidence.cases, MOST_TRIED))
