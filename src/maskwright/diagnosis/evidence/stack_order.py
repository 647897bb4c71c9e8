"""The order of the pictures in a stack: names sorted as text (1, 10, 2), or by the numbers in them (1, 2, 10)."""

import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

from maskwright.diagnosis.evidence.evidence import Evidence, as_evaluation
from maskwright.natural_order import natural_key

Order = Callable[[Iterable[str]], list[str]]
CLEARLY = 0.05
"""IoU by which the order of the numbers must agree better with the truth before it is taken."""
CHANCE = 2.33
"""Standard deviations that chance passes once in a hundred, by which photos that gain outnumber those that lose."""


def by_numbers(names: Iterable[str]) -> list[str]:
    """Return names in the order of the numbers in them.

    >>> by_numbers(["10", "2", "1"])
    ['1', '2', '10']
    """
    return sorted(names, key=partial(natural_key, case=True))


def in_better_order(read: Callable[[Order], Evidence]) -> Evidence:
    """Return the evidence in the order of names that agrees with the truth; names as text where both are alike."""
    as_text = read(sorted)
    names = [case.name for case in as_text.cases]
    if sorted(names) == by_numbers(names):
        return as_text
    numbered = read(by_numbers)
    if not (_iou(numbered) >= _iou(as_text) + CLEARLY and _most_gain(as_text, numbered)):  # NaN keeps names as text
        return as_text
    return replace(numbered, paired_by="the order of the numbers in the names (1, 2, 10), which the stack follows")


def _most_gain(before: Evidence, after: Evidence) -> bool:
    """Tell whether more photos agree better with the truth than chance lets (sign test)."""
    first, second = _iou_by_name(before), _iou_by_name(after)
    changes = [second[name] - first[name] for name in first if name in second and second[name] != first[name]]
    changes = [change for change in changes if not math.isnan(change)]
    gains = len([change for change in changes if change > 0])
    return 2 * gains - len(changes) >= CHANCE * math.sqrt(len(changes))


def _iou_by_name(evidence: Evidence) -> dict[str, float]:
    return {case.name: as_evaluation((case,), evidence.classes).dataset_iou for case in evidence.cases}


def _iou(evidence: Evidence) -> float:
    return as_evaluation(evidence.cases, evidence.classes).dataset_iou
