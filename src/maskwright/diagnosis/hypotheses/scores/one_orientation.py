"""Predictions that fail on photos of one orientation: upright ones among lying ones, or the other way round."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import mannwhitneyu

from maskwright.diagnosis.evidence.evidence import Case, Evidence
from maskwright.evaluation.metrics import iou
from maskwright.findings.finding import Finding, make_finding, some

SQUARE = 1.05
"""Sides whose ratio is below this make a square, which has no orientation."""
FEWEST = 4
"""Photos of one orientation, and of the others."""
FEWEST_SHOWN = 2
"""Photos of each that show a class by which both are judged."""
GOOD = 0.5
"""Median IoU of the others."""
CHANCE = 0.003
"""How often chance gives such ranks, at most."""
WORSE = 0.2
"""Difference of the median IoUs. Of 16 000 random groups of healthy photos (the four threshold sets and the drawn ones,
four qualities) none differed so."""
ERRORS = 2.0
"""A smaller difference is enough where so many times as much is missing to an IoU of 1."""
LEAST_WORSE = 0.05
"""That smaller difference."""
POOR = 0.7
"""A group fails whose median IoU is at most this."""
CLEARLY_WORSE = 0.1
"""It fails too where its median IoU is so much lower; of two good medians a note is enough."""
SIZES_APART = 3.0
"""Objects of both groups are of one size up to this factor: else smaller objects may be what is hard."""


def one_orientation_findings(evidence: Evidence) -> list[Finding]:
    """Return the finding that the photos of one orientation are much worse than all others.

    Only classes that both groups show are compared.
    """
    upright, lying = (
        [case for case in evidence.cases if case.size_hw[axis] > SQUARE * case.size_hw[1 - axis]] for axis in (0, 1)
    )
    if not upright or not lying:
        return []
    found = [_worse(evidence, group, name) for name, group in (("upright", upright), ("lying", lying))]
    return [finding for finding in found if finding is not None]


def _worse(evidence: Evidence, group: list[Case], name: str) -> Finding | None:
    """Return the finding that a group is much worse than the photos that are not in it; None where it is not."""
    names = {case.name for case in group}
    rest = [case for case in evidence.cases if case.name not in names]
    classes = _shown_by_both(group, rest, evidence)
    if not classes:
        return None
    scores, others = _scores(group, classes), _scores(rest, classes)
    worse, better = (np.array(list(of.values())) for of in (scores, others))
    if min(len(worse), len(better)) < FEWEST or not _is_much_worse(worse, better):
        return None
    if not _sizes_alike(group, rest, classes):
        return None
    text = (
        f"the median IoU of the {len(worse)} {name} photos is {np.median(worse):.3f}, that of the {len(better)} "
        f"others {np.median(better):.3f}; the best {name} photo has {worse.max():.3f}, the worst of the others "
        f"{better.min():.3f}; {name}: {some(scores)}"
    )
    fails = np.median(worse) <= POOR or np.median(better) - np.median(worse) >= CLEARLY_WORSE
    variant = "" if fails else "worse"
    return make_finding("orientation-fails", text, photos=tuple(scores), values={"bad": name}, variant=variant)


def _is_much_worse(worse: NDArray[np.float64], better: NDArray[np.float64]) -> bool:
    low, high = float(np.median(worse)), float(np.median(better))
    by_errors = high - low >= LEAST_WORSE and 1 - low >= ERRORS * (1 - high)
    if high < GOOD or not (high - low >= WORSE or by_errors):
        return False
    return float(mannwhitneyu(worse, better, alternative="less").pvalue) <= CHANCE


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
