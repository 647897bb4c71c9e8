"""Which of the common definitions the user's own number is, and how it stands to dataset IoU."""

import re
from collections.abc import Sequence

import cv2
import numpy as np

from maskwright.diagnosis.evidence.evidence import Case, Evidence, Probabilities
from maskwright.evaluation.definitions.compute_all import Definition, every_definition
from maskwright.evaluation.definitions.counts import PhotoTally, tally_photo
from maskwright.evaluation.definitions.match import Reported, nearest_definitions, reported, which_definition
from maskwright.evaluation.metrics import Confusion, ValueCounts
from maskwright.findings.finding import Finding, Severity, make_finding
from maskwright.imaging.mask_geometry import resize_mask

MOST_NAMED = 4
"""Definitions that are named."""
DISTINCT = 1e-4
"""Spread of the scores of the definitions that fit, beyond which it is not certain which one was meant."""
KINDS = (r"dice|f1", r"acc", r"iou|io_u|jaccard")
MISLEADS = 0.05
"""A number this far above dataset IoU gives a better picture than the masks do."""


def reported_findings(evidence: Evidence) -> list[Finding]:
    """Return what the user's number is; nothing where none was given, or no pair to compute it from."""
    if evidence.user_score is None or not evidence.cases:
        return []
    score = evidence.user_score
    number = reported(score.text or repr(score.value))
    tallies = [tally_of(case, len(evidence.classes)) for case in evidence.cases]
    dataset = every_definition(tallies, evidence.classes)[0]
    called = f"{score.name or 'the number'} {number.text}"
    matching = _likeliest_first(score.name, which_definition(tallies, number, evidence.classes))
    if not matching:
        return [_unknown(called, dataset, nearest_definitions(tallies, number, evidence.classes))]
    open_about_it = (
        _kind(score.name) in KINDS[:-1]
    )  # a number that is called accuracy or Dice does not pretend to be IoU
    return [_named(called, number, dataset, matching, open_about_it=open_about_it)]


def _likeliest_first(called: str, matching: Sequence[Definition]) -> list[Definition]:
    """Where several definitions give the number, the kind that its name speaks of comes first."""
    return sorted(matching, key=lambda d: not re.search(_kind(called), d.name, re.IGNORECASE))


def _kind(called: str) -> str:
    return next((pattern for pattern in KINDS if re.search(pattern, called, re.IGNORECASE)), "")


def tally_of(case: Case, class_count: int) -> PhotoTally:
    """Return the tally of a case, read again; a prediction of another size is stretched to the truth's."""
    pair = case.reread()
    height, width = pair.truth.shape
    if (height, width) != case.size_hw:  # only small copies were kept; the counts are exact all the same
        return PhotoTally(with_strays(case.table, class_count), np.zeros(class_count, dtype=np.int64))
    prediction = resize_mask(pair.prediction, (height, width))
    prediction = np.where(prediction < class_count, prediction, 0).astype(np.uint8)
    probabilities = None if pair.probabilities is None else _stretched(pair.probabilities, (height, width))
    if probabilities is not None and probabilities.ndim == 3 and len(probabilities) not in (1, class_count):
        probabilities = None  # channels that are no classes: what is known then are the masks
    if probabilities is not None and probabilities.ndim == 2 and class_count != 2:
        probabilities = None
    return tally_photo(pair.truth, prediction, class_count, probabilities=probabilities)


def with_strays(table: ValueCounts, class_count: int) -> Confusion:
    """Return the CxC counts; predicted values that no class has count as class 0."""
    counts = table[:, :class_count].copy()
    counts[:, 0] += table[:, class_count:].sum(axis=1)
    return counts


def _stretched(probabilities: Probabilities, size_hw: tuple[int, int]) -> Probabilities:
    channels = probabilities[None] if probabilities.ndim == 2 else probabilities
    if channels.shape[1:] == size_hw:
        return probabilities
    stretched = [cv2.resize(c, (size_hw[1], size_hw[0]), interpolation=cv2.INTER_LINEAR) for c in channels]
    return np.asarray(stretched[0] if probabilities.ndim == 2 else np.stack(stretched), dtype=np.float32)


def _named(
    called: str, number: Reported, dataset: Definition, matching: Sequence[Definition], *, open_about_it: bool
) -> Finding:
    first = matching[0]
    away = number.value - dataset.value
    if number.is_(dataset.value):
        relation = "it is dataset IoU"
    else:
        relation = f"dataset IoU of the same masks is {dataset.value:.3f}, {abs(away):.3f} {_side(away)}"
    apart = max(d.value for d in matching) - min(d.value for d in matching)
    verb = "may be" if apart > DISTINCT else "is"
    text = f"{called} {verb} {first.name} ({first.relates}); {relation}{_others(matching[1:])}"
    text += "; more of its digits would show which" if apart > DISTINCT else ""
    severity: Severity = "warning" if away > MISLEADS and not open_about_it else "note"
    return make_finding("metric-named", text, values={"iou": dataset.value}, severity=severity)


def _side(away: float) -> str:
    return "lower" if away > 0 else "higher"


def _others(matching: Sequence[Definition]) -> str:
    if not matching:
        return ""
    names = "; ".join(d.name for d in matching[:MOST_NAMED])
    rest = f"; {len(matching) - MOST_NAMED} more" if len(matching) > MOST_NAMED else ""
    return f" (as printed, these give it too: {names}{rest})"


def _unknown(called: str, dataset: Definition, nearest: Sequence[Definition]) -> Finding:
    near = "; ".join(f"{d.name} {d.value:.4f}" for d in nearest[:3])
    text = f"{called} does not come out of these masks; dataset IoU is {dataset.value:.3f}, nearest are: {near}"
    return make_finding("metric-unknown", text)
