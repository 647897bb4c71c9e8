"""Probability maps that were each stretched to run from 0 to 1: photos without an object get one."""

from dataclasses import replace

import numpy as np

from maskwright.diagnosis.evidence.evidence import BINS, Case, Evidence, Pair
from maskwright.diagnosis.undo.undone_evidence import Hypothesis, gain_of, iou_of
from maskwright.findings.finding import make_finding, some

FEWEST_EMPTY = 3
"""Photos without an object that must be there."""
NEARLY_ALL = 0.95
"""Share of all maps that must run from 0 to 1."""
EXACT = 1e-6
"""How near to 0 and 1 their ends must lie."""
MOST_SATURATED = 0.2
"""Share of what is drawn on an empty photo that reaches 1: a stretched map reaches it at its peak only, a sure model on
most of an object."""


def stretched_map_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return the claim that each map was stretched by its own least and greatest value.

    Without the fault, photos that show no object get none; what the maps of other photos were cannot be told.
    """
    cases = evidence.cases
    if evidence.storage.kind != "probabilities" or any(c.histogram is None or c.probability is None for c in cases):
        return []
    empty = [c for c in cases if c.table[0].sum() and not c.table[1:].sum()]
    whole = [c for c in cases if c.low <= EXACT and c.high >= 1 - EXACT]
    if len(empty) < FEWEST_EMPTY or len(whole) < NEARLY_ALL * len(cases):
        return []
    drawn = [c for c in empty if _reached(c, 0.5)]
    if len(drawn) < FEWEST_EMPTY or len(drawn) < 0.5 * len(empty):
        return []
    if np.median([_reached(c, 1.0) / _reached(c, 0.5) for c in drawn]) > MOST_SATURATED:
        return []
    undone = replace(evidence, cases=tuple(_emptied(c) if c in drawn else c for c in cases))
    gain = gain_of(evidence, undone)
    text = (
        f"all {len(whole)} maps run from exactly 0 to exactly 1, also those of {len(drawn)} photos without an object "
        f"({some([c.name for c in drawn])}), where only a peak reaches 1; with these left empty the IoU goes from "
        f"{iou_of(evidence):.3f} to {iou_of(undone):.3f}"
    )
    names, recovered = [c.name for c in drawn], round(max(0.0, gain), 4)
    finding = make_finding("empty-positives", text, variant="stretched", photos=names, recovered_iou=recovered)
    return [Hypothesis(finding, undone)]


def _reached(case: Case, least: float) -> int:
    """Return how many pixels have at least this probability."""
    assert case.histogram is not None
    return int(case.histogram[:, min(BINS - 1, round(least * BINS)) :].sum())


def _emptied(case: Case) -> Case:
    """Return the case with a probability of 0 everywhere."""
    assert case.histogram is not None
    assert case.probability is not None
    histogram, table = np.zeros_like(case.histogram), np.zeros_like(case.table)
    histogram[:, 0], table[:, 0] = case.histogram.sum(axis=1), case.table.sum(axis=1)

    def reread() -> Pair:
        pair = case.reread()
        chances = None if pair.probabilities is None else np.zeros_like(pair.probabilities)
        return replace(pair, prediction=np.zeros_like(pair.prediction), probabilities=chances)

    nothing = np.zeros_like(case.probability)
    return replace(
        case,
        table=table,
        histogram=histogram,
        prediction=np.zeros_like(case.prediction),
        probability=nothing,
        reread=reread,
    )
