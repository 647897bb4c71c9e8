"""Predictions that fail on photos of one orientation: upright ones among lying ones, or the other way round."""

from collections.abc import Sequence

import numpy as np
from scipy.stats import mannwhitneyu

from maskwright.diagnosis.evidence.evidence import Case, Evidence
from maskwright.evaluation.metrics import iou
from maskwright.findings.finding import Finding, make_finding, some

SQUARE = 1.05
"""Sides whose ratio is below this make a square, which has no orientation."""
FEWEST, FEWEST_SHOWN = 4, 2
"""Photos of each orientation, and of those that show a class of which both are judged."""
WORSE, GOOD, CHANCE = 0.2, 0.5, 0.001
"""The median IoU differs by so much, is so good on the others, and chance gives such ranks so rarely."""
SIZES_APART = 3.0
"""Objects of both groups are of one size up to this factor: else smaller objects may be what is hard."""


def fails_on_one_orientation(evidence: Evidence) -> list[Finding]:
    """Return the finding that the photos of one orientation are much worse than those of the other.

    Only classes that both groups show are compared.
    """
    upright = [case for case in evidence.cases if case.size_hw[0] > SQUARE * case.size_hw[1]]
    lying = [case for case in evidence.cases if case.size_hw[1] > SQUARE * case.size_hw[0]]
    classes = _shown_by_both(upright, lying, evidence)
    if not classes:
        return []
    scores = {name: _scores(group, classes) for name, group in (("upright", upright), ("lying", lying))}
    bad, good = sorted(scores, key=lambda name: float(np.median(list(scores[name].values()) or [0.0])))
    worse, better = (np.array(list(scores[name].values())) for name in (bad, good))
    if min(len(worse), len(better)) < FEWEST or np.median(better) < GOOD:
        return []
    if np.median(better) - np.median(worse) < WORSE:
        return []
    if mannwhitneyu(worse, better, alternative="less").pvalue > CHANCE or not _sizes_alike(upright, lying, classes):
        return []
    text = (
        f"the median IoU of the {len(worse)} {bad} photos is {np.median(worse):.3f}, that of the {len(better)} {good} "
        f"ones {np.median(better):.3f}; the best {bad} photo has {worse.max():.3f}, the worst {good} one "
        f"{better.min():.3f}; {bad}: {some(scores[bad])}"
    )
    values = {"bad": bad}
    return [make_finding("orientation-fails", text, photos=tuple(scores[bad]), values=values)]


def _shown_by_both(first: Sequence[Case], second: Sequence[Case], evidence: Evidence) -> list[int]:
    """Return the scored classes that enough photos of both groups show."""
    scored = evidence.classes.scored
    return [c for c in scored if all(sum(x.table[c].sum() > 0 for x in g) >= FEWEST_SHOWN for g in (first, second))]


def _scores(cases: Sequence[Case], classes: Sequence[int]) -> dict[str, float]:
    """Return the mean IoU over the classes of each photo that shows one of them."""
    scores = {}
    for case in cases:
        shown = [c for c in classes if case.table[c].sum()]
        if shown:
            scores[case.name] = float(np.nan_to_num(iou(case.table))[shown].mean())
    return scores


def _sizes_alike(first: Sequence[Case], second: Sequence[Case], classes: Sequence[int]) -> bool:
    """Tell whether the objects of two groups cover about as much of their photos."""
    shares = [
        [c.table[list(classes)].sum() / c.table.sum() for c in group if c.table.sum()] for group in (first, second)
    ]
    low, high = sorted(float(np.median([share for share in group if share > 0] or [0.0])) for group in shares)
    return high <= SIZES_APART * low
