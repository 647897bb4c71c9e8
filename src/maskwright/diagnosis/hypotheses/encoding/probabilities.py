"""Faults that probabilities show: squashed twice, softmax over one channel, sums other than 1, the threshold."""

from dataclasses import replace
from functools import partial
from math import e

import numpy as np
from numpy.typing import NDArray

from maskwright.diagnosis.evidence.evidence import BINS, Case, Evidence, Histogram, Pair
from maskwright.diagnosis.evidence.one_id_too_many import SUMS_TO_ONE
from maskwright.diagnosis.undo.fix_commands import cutting
from maskwright.diagnosis.undo.undone_evidence import Hypothesis, gain_of, hypotheses_in_turn, iou_of, iou_or_zero
from maskwright.evaluation.metrics import constant_mean_iou, iou_of_areas
from maskwright.findings.finding import Severity, make_finding

LEAST_GAIN = 0.05
"""IoU that another threshold must give back to be named."""
LEAST_HARM = 0.06
"""IoU that it must give back to be a warning: healthy models may gain 0.06."""
LEAST_TOP = 0.7
"""What probabilities that were divided by 255 reach at least, times 255."""
ABOVE_CONSTANT = 0.1
"""IoU by which they then say more than one class everywhere: a model of no use does not."""
NARROW = 0.003
"""How far the ends of probabilities that went through a sigmoid twice may lie outside of what that leaves."""
ONCE_TWICE = 1 / (1 + e**-0.5)
"""What a second sigmoid makes of a probability of one half: 0.622."""
TOO_SMALL = 0.5
"""Largest value of all maps below which no threshold of probabilities finds anything."""


def probability_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return the claims about probabilities, each with the evidence undone where it can be."""
    return hypotheses_in_turn(evidence, (_one_channel, _divided, _twice, _sums))


def _binary(evidence: Evidence) -> bool:
    return bool(evidence.cases) and all(case.histogram is not None for case in evidence.cases)


def _ends(evidence: Evidence) -> tuple[float, float]:
    return min(c.low for c in evidence.cases), max(c.high for c in evidence.cases)


def _one_channel(evidence: Evidence) -> Hypothesis | None:
    fractions = evidence.storage.kind == "probabilities" or evidence.storage.channels == 1
    if not evidence.cases or not fractions or evidence.storage.suffix not in ("", ".npy", ".npz", ".png"):
        return None
    low, high = _ends(evidence)
    stored = evidence.cases[0].reread().stored
    if evidence.storage.suffix == "" and stored is not None and stored.dtype.kind in "bui":
        return None  # class ids in memory, and no probabilities
    if not (low == high == 1.0) or evidence.table[:, 0].sum() > 0 or evidence.table[0].sum() == 0:
        return None
    share = f"{_share(evidence):.1%}"
    text = f"every pixel of {len(evidence.cases)} predictions is exactly 1; in the truth {share} are object"
    return Hypothesis(make_finding("softmax-one-channel", text))


def _divided(evidence: Evidence) -> Hypothesis | None:
    """Recognise probabilities divided by 255 once too often: times 255 they reach nearly 1, and fit the truth."""
    if not _binary(evidence) or evidence.storage.kind != "probabilities" or len(evidence.classes) != 2:
        return None
    low, high = _ends(evidence)
    if low < 0 or not LEAST_TOP <= 255 * high <= 1 + SUMS_TO_ONE:
        return None
    undone = rethresholded(evidence, 0.5 / 255)
    gain = gain_of(evidence, undone)
    constant = float(np.nan_to_num(constant_mean_iou(undone.counts, undone.classes.scored)))
    if gain < LEAST_GAIN or iou_of(undone) < constant + ABOVE_CONSTANT:
        return None
    text = (
        f"probabilities lie in {low:.4f} to {high:.4f}, up to {255 * high:.3f} times 255; so the IoU goes from "
        f"{iou_of(evidence):.3f} to {iou_of(undone):.3f}"
    )
    values, recovered = {"undo": "prediction = prediction * 255"}, round(gain, 4)
    finding = make_finding("pred-divided", text, values=values, variant="probabilities", recovered_iou=recovered)
    return Hypothesis(finding, undone)


def _share(evidence: Evidence) -> float:
    table = evidence.table
    return float(table[1:].sum() / max(table.sum(), 1))


def _twice(evidence: Evidence) -> Hypothesis | None:
    """Recognise a second sigmoid or softmax by the band of its values: 0.5 to 0.731 for a sigmoid."""
    if not evidence.cases or evidence.storage.kind != "probabilities":
        return None
    low, high = _ends(evidence)
    channels = evidence.storage.channels
    floor, ceiling = (0.5, e / (1 + e)) if channels == 1 else (1 / (e + channels - 1), e / (e + channels - 1))
    slack = NARROW if evidence.storage.suffix != ".png" else 0.006
    if low < floor - slack or high > ceiling + slack or high - low < 0.02 or high == low:
        return None
    name = "sigmoid" if channels == 1 else "softmax"
    text = f"probabilities lie in {low:.3f} to {high:.3f}; a second {name} can give {floor:.3f} to {ceiling:.3f} only"
    values = {"name": name}
    if not _binary(evidence) or channels > 1:
        return Hypothesis(make_finding("sigmoid-twice", text, values=values, severity="warning"))
    undone = rethresholded(evidence, ONCE_TWICE)
    gain = gain_of(evidence, undone)
    text += (
        f"; cut at {ONCE_TWICE:.3f}, where a half lands, the IoU goes from {iou_of(evidence):.3f} to "
        f"{iou_of(undone):.3f}"
    )
    cut = values | {"undo": cutting(evidence, ONCE_TWICE)}
    finding = make_finding("sigmoid-twice", text, values=cut, variant="maps", recovered_iou=round(gain, 4))
    return Hypothesis(finding, undone)


def _sums(evidence: Evidence) -> Hypothesis | None:
    storage = evidence.storage
    if not evidence.cases or storage.kind != "probabilities" or storage.channels < 2:
        return None
    low, high = min(c.sum_low for c in evidence.cases), max(c.sum_high for c in evidence.cases)
    slack = SUMS_TO_ONE if storage.suffix != ".png" else 0.02 + storage.channels / 255
    if storage.channels == len(evidence.classes) - 1 or max(1 - low, high - 1) <= slack:
        return None
    text = f"over the {storage.channels} channels of a pixel they sum to {low:.3f} to {high:.3f}"
    return Hypothesis(make_finding("probabilities-sum", text))


def threshold_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return the claim that another threshold than the one used is much better, with the evidence cut there."""
    if not _binary(evidence) or len(evidence.classes) != 2:
        return []
    histograms = [c.histogram for c in evidence.cases if c.histogram is not None]
    total = np.sum(histograms, axis=0)
    now, best = _as_cut(evidence), best_threshold(total)
    gain = _honest(histograms, total) - (now - iou_at(total, 0.5))
    if not gain >= LEAST_GAIN:  # no number where no photo shows the object
        return []
    undone = rethresholded(evidence, best)
    text = (
        f"as cut, at 0.5, the IoU is {now:.3f}, at {best:.3f} it is {iou_at(total, best):.3f}; "
        f"chosen on one half of the photos and scored on the other it gains {gain:.3f}"
    )
    severity: Severity = "error" if gain >= 0.1 else "warning" if gain >= LEAST_HARM else "note"
    values, recovered, variant = {"undo": cutting(evidence, best)}, round(gain, 4), ""
    largest = max(c.high for c in evidence.cases)
    if evidence.storage.kind == "probabilities" and largest < TOO_SMALL:
        variant, text = "small", f"the largest value in all maps is {largest:.3g}; {text}"
    finding = make_finding(
        "threshold-off", text, values=values, severity=severity, variant=variant, recovered_iou=recovered
    )
    return [Hypothesis(finding, undone)]


def _as_cut(evidence: Evidence) -> float:
    """Return the IoU of the object in the masks as they are: at 0.5, or where an undone fault has cut them."""
    return iou_or_zero(evidence)


def _honest(histograms: list[Histogram], total: Histogram) -> float:
    """Return the IoU gained by thresholds that are each chosen on the photos they are not judged on."""
    if len(histograms) < 4:
        return iou_at(total, best_threshold(total)) - iou_at(total, 0.5)
    halves = [np.sum(histograms[i::2], axis=0) for i in (0, 1)]
    crossed = [iou_at(halves[i], best_threshold(halves[1 - i])) - iou_at(halves[i], 0.5) for i in (0, 1)]
    return float(np.nan_to_num(np.mean(crossed)))


def iou_at(histogram: Histogram, threshold: float) -> float:
    """Return the IoU of the object when probabilities of at least `threshold` are taken for it."""
    return float(_curve(histogram)[_bin(threshold)])


def best_threshold(histogram: Histogram) -> float:
    """Return the threshold in 0..1 of the greatest IoU of the object, the middle of those that reach it."""
    curve = _curve(histogram)
    top = np.flatnonzero(curve >= np.nanmax(curve) - 1e-4) if not np.isnan(curve).all() else np.array([BINS // 2])
    return float(top[len(top) // 2] / BINS)


def _bin(threshold: float) -> int:
    return min(BINS - 1, max(0, round(threshold * BINS)))


def _curve(histogram: Histogram) -> NDArray[np.float64]:
    """Return the IoU of the object at each lower edge of a bin."""
    above = histogram[:, ::-1].cumsum(axis=1)[:, ::-1]
    return iou_of_areas(above[1], histogram[1].sum(), above.sum(axis=0))


def rethresholded(evidence: Evidence, threshold: float) -> Evidence:
    """Return binary evidence with another threshold than 0.5: exact counts, by the histograms."""
    return replace(evidence, cases=tuple(_cut(case, threshold) for case in evidence.cases))


def _cut(case: Case, threshold: float) -> Case:
    assert case.histogram is not None
    assert case.probability is not None
    edge = _bin(threshold)
    table = np.zeros((len(case.histogram), 256), dtype=np.int64)
    table[:, 0], table[:, 1] = case.histogram[:, :edge].sum(axis=1), case.histogram[:, edge:].sum(axis=1)
    return replace(
        case,
        table=table,
        prediction=(case.probability >= threshold * 255).astype(np.uint8),
        reread=partial(_recut, case, threshold),
    )


def _recut(case: Case, threshold: float) -> Pair:
    pair = case.reread()
    assert pair.probabilities is not None
    return replace(pair, prediction=(pair.probabilities >= threshold).astype(np.uint8))
