"""Predictions that are copies of another photo's: one of a batch saved for all, or the last one over and over."""

from collections import defaultdict
from dataclasses import replace

import numpy as np

from maskwright.diagnosis.evidence.evidence import Case, Evidence, mean_iou
from maskwright.diagnosis.hypotheses.counterfactual import Hypothesis, iou_of
from maskwright.findings.finding import make_finding, some

FEWEST_COPIES, FEWEST_LEFT = 2, 2
LEAST_VALUES = 2
"""Values that a mask must hold to be a copy: empty ones are alike by themselves."""
FEWEST_PX = 30
"""Drawn pixels of the small copy from which on no two photos give the same mask."""


def repeated(evidence: Evidence) -> list[Hypothesis]:
    """Return the hypothesis that photos got the prediction of another one; the others are the evidence without it."""
    groups: dict[bytes, list[Case]] = defaultdict(list)
    for case in evidence.cases:
        if _shows_something(case):
            groups[_key(case)].append(case)
    groups = {key: cases for key, cases in groups.items() if len(cases) > 1 and _differ(cases)}
    first_ids = {id(_best_of(cases, evidence)) for cases in groups.values()}
    copies = [c for cases in groups.values() for c in cases if id(c) not in first_ids]
    left = tuple(c for c in evidence.cases if not any(c is copy for copy in copies))
    if len(copies) < FEWEST_COPIES or len(left) < FEWEST_LEFT:
        return []
    kept = replace(evidence, cases=left)
    before, after = (float(np.nan_to_num(iou_of(e))) for e in (evidence, kept))
    names = sorted(c.name for c in copies)
    text = (
        f"{len(copies)} of {len(evidence.cases)} predictions are copies of another photo's ({some(names)}); "
        f"the IoU is {before:.3f}, {after:.3f} without them"
    )
    gain = round(max(0.0, after - before), 4)
    finding = make_finding("pred-constant", text, variant="repeated", photos=names, recovered_iou=gain)
    return [Hypothesis(finding, kept)]


def _shows_something(case: Case) -> bool:
    values, counts = np.unique(case.prediction, return_counts=True)
    return len(values) >= LEAST_VALUES and int(counts.sum() - counts.max()) >= FEWEST_PX


def _key(case: Case) -> bytes:
    return case.prediction.tobytes() + bytes(str(case.predicted_hw), "ascii")


def _differ(cases: list[Case]) -> bool:
    """Tell whether the truths differ: copies of one photo may have one prediction."""
    return len({case.truth.tobytes() for case in cases}) > 1


def _best_of(cases: list[Case], evidence: Evidence) -> Case:
    return max(cases, key=lambda case: float(np.nan_to_num(mean_iou(case.table, evidence.classes))))
