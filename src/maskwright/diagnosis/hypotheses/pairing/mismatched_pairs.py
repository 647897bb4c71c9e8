"""Pairs that do not belong together: unreadable files, names without a partner, shuffled predictions."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from maskwright.classes import IGNORE
from maskwright.diagnosis.evidence.evidence import Case, Evidence, Pair, shows_a_class
from maskwright.diagnosis.hypotheses.pairing.constant_predictions import ALL_ALIKE, TINY_PX, constant_share, tiny_copy
from maskwright.diagnosis.undo.fix_commands import reordering
from maskwright.diagnosis.undo.search import views
from maskwright.diagnosis.undo.undone_evidence import Hypothesis, gain_of, iou_of, iou_or_zero
from maskwright.evaluation.metrics import iou_of_areas, ratio, value_counts
from maskwright.findings.finding import Severity, make_finding, some
from maskwright.imaging.mask_geometry import resize_mask
from maskwright.natural_order import natural_key

FEW_CASES = 60
"""Photos up to which copies of twice the side are compared: small objects need it."""
MOST_CROSSED = 300
"""Photos up to which each prediction is compared with each truth."""
LEAST_GAIN = 0.1
"""IoU that other pairs must give back."""
LEAST_RULED_GAIN = 0.03
"""IoU that is enough where a plain rule explains them all, which chance does not."""
LEAST_MOVED = 0.3
"""Share of the photos whose prediction must fit another photo better before pairs are called mixed up."""
LEAST_SINGLE_GAIN = 0.2
"""IoU that few photos must gain on average, each of them half of it."""
REACHED = 0.6
"""What half of these must reach, each of them half of it, as a share of what photos with their own truth have."""
LEAST_UNDONE_GAIN = 0.05
"""IoU that all cases must gain once they are paired again; the gains above are those of tiny copies."""
SAME_RULE = 0.8
"""Share of the photos that must follow a rule: photos that look alike may have changed places besides."""
MOST_VIEWED = 48
"""Photos up to which what hides the pairs, such as a threshold far off, is undone first."""


def unpaired_file_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return what is wrong with files before anything is compared: some cannot be read, or names stand alone."""
    return [*_unread(evidence), *_alone(evidence), *_named_otherwise(evidence)]


def _unread(evidence: Evidence) -> list[Hypothesis]:
    if not evidence.unread:
        return []
    count = len(evidence.unread)
    text = f"{count} of {count + len(evidence.cases)} pairs: {evidence.unread[0]}"
    return [Hypothesis(make_finding("pred-unreadable", text))]


def _alone(evidence: Evidence) -> list[Hypothesis]:
    if not evidence.unmatched:
        return []
    count, paired = len(evidence.unmatched), len(evidence.cases)
    text = f"{count} names stand alone ({some(evidence.unmatched)}), {paired} pair up and are scored"
    severity: Severity = "warning" if count > paired else "note"
    return [Hypothesis(make_finding("pairs-unmatched", text, severity=severity))]


def _named_otherwise(evidence: Evidence) -> list[Hypothesis]:
    """Say how names that differ were paired."""
    if not evidence.paired_by:
        return []
    text = f"{len(evidence.cases)} predictions are named otherwise and were paired by {evidence.paired_by}"
    return [Hypothesis(make_finding("pairs-unmatched", text, severity="note", variant="renamed"))]


def mixed_up_pair_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return the claim that predictions belong to other photos, with the evidence paired again."""
    cases = evidence.cases
    if not 4 <= len(cases) <= MOST_CROSSED or constant_share(cases) > ALL_ALIKE:
        return []
    fit = _cross_iou(evidence)
    _, order = linear_sum_assignment(np.nan_to_num(fit) + 1e-6 * np.eye(len(cases)), maximize=True)
    here = np.arange(len(cases))
    changed = order != here
    if not changed.any():
        return []
    if changed.mean() < LEAST_MOVED:
        return _few_mixed_up(evidence, fit, order)
    own, other = np.nan_to_num(fit[here, here]), np.nan_to_num(fit[here, order])
    pattern = _pattern(cases, order)
    least = LEAST_RULED_GAIN if pattern else LEAST_GAIN
    if (other - own)[changed].mean() < least:
        return _few_mixed_up(evidence, fit, order)
    # Predictions that fit anything (large patches in the middle) also fit others: the new pairs must stand out.
    rest = np.nan_to_num(np.where(np.eye(len(cases)) > 0, np.nan, fit)).mean(axis=1)
    if (other - rest)[changed].mean() < least:
        return []
    undone = _paired_again(evidence, order)
    gain = gain_of(evidence, undone)
    if gain < (LEAST_RULED_GAIN if pattern else LEAST_UNDONE_GAIN):
        return []
    text = (
        f"{changed.sum()} of {len(cases)} predictions fit another photo's truth better than their own"
        f"{pattern}, such as that of {cases[int(order[changed][0])].name} with "
        f"{cases[int(here[changed][0])].name}; "
        f"paired so, the IoU goes from {iou_or_zero(evidence):.3f} to {iou_of(undone):.3f}"
    )
    return [_shuffled(text, order, gain, undone)]


def _few_mixed_up(evidence: Evidence, fit: NDArray[np.float64], order: NDArray[np.int64]) -> list[Hypothesis]:
    """Return the claim for a few photos: each gains much, to nearly what the photos with their own truth have.

    Photos that changed places among themselves are judged together, and those that changed by chance keep theirs.
    """
    cases, here = evidence.cases, np.arange(len(order))
    shown = np.array([shows_a_class(c, evidence.classes) for c in cases])
    settled = (order == here) & shown
    if not settled.any():
        return []
    own, other = np.nan_to_num(fit[here, here]), np.nan_to_num(fit[here, order])
    usual = float(np.median(own[settled]))
    changed = np.zeros(len(order), dtype=np.bool_)
    for ring in _rings(order):
        judged = ring[shown[ring]]
        gains = (other - own)[judged]
        sure = gains >= LEAST_SINGLE_GAIN / 2
        # In a long ring one may gain nothing: its prediction, or its small object, is empty.
        if sure.sum() < max(2, len(judged) - 1) or gains.min() < 0 or gains[sure].mean() < LEAST_SINGLE_GAIN:
            continue
        reached = other[judged][sure]
        changed[ring] = np.median(reached) >= REACHED * usual and reached.min() >= 0.5 * REACHED * usual
    if not changed.any():
        return []
    order = np.where(changed, order, here)
    undone = _paired_again(evidence, order)
    gain = gain_of(evidence, undone)
    if gain <= 0:
        return []
    names = [cases[i].name for i in np.flatnonzero(changed)]
    text = (
        f"{changed.sum()} of {len(cases)} predictions fit another photo's truth better than their own ({some(names)}); "
        f"paired so, the IoU goes from {iou_or_zero(evidence):.3f} to {iou_of(undone):.3f}"
    )
    return [_shuffled(text, order, gain, undone, photos=names)]


def _shuffled(
    text: str, order: NDArray[np.int64], gain: float, undone: Evidence, *, photos: Sequence[str] = ()
) -> Hypothesis:
    # Places count in the user's whole list: where cases are missing here, no list of places is printed.
    undo = "" if undone.unmatched or undone.unread else reordering(order)
    values, variant = ({"undo": undo}, "") if undo else ({}, "many")
    recovered = round(gain, 4)
    finding = make_finding(
        "pred-shuffled", text, values=values, variant=variant, photos=photos, recovered_iou=recovered
    )
    return Hypothesis(finding, undone)


def _rings(order: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Return the photos that change places among themselves, ring by ring."""
    left, rings = set(np.flatnonzero(order != np.arange(len(order))).tolist()), []
    while left:
        ring = [left.pop()]
        while (following := int(order[ring[-1]])) != ring[0]:
            ring.append(following)
        left -= set(ring)
        rings.append(np.array(ring))
    return rings


def _pattern(cases: tuple[Case, ...], order: NDArray[np.int64]) -> str:
    """Say by which rule the predictions are mixed up, where it is one of the usual ones."""
    count = len(cases)
    steps = np.bincount((order - np.arange(count)) % count, minlength=count)
    step = int(steps.argmax())
    if step and steps[step] > SAME_RULE * count:
        by = min(step, count - step)
        return f" (off by {'one' if by == 1 else by} in the order of names)"
    if np.mean(order == np.arange(count)[::-1]) > SAME_RULE:
        return " (in reverse order)"
    names = [case.name for case in cases]
    by_text = sorted(range(count), key=lambda i: names[i])
    by_number = sorted(range(count), key=lambda i: natural_key(names[i], case=True))
    if by_text != by_number and np.mean(order[by_text] == by_number) > SAME_RULE:
        return " (predictions made in the order of names as texts, 1, 10, 11, 2, lie under names in that of numbers)"
    if by_text != by_number and np.mean(order[by_number] == by_text) > SAME_RULE:
        return " (predictions made in the order of numbers lie under names in that of texts, 1, 10, 11, 2)"
    return ""


def _cross_iou(evidence: Evidence) -> NDArray[np.float64]:
    """Return NxN: how well the prediction of column's photo fits the truth of row's, by tiny copies.

    The mean over the scored classes that the row's truth shows.
    """
    cases = evidence.cases
    matched = views(evidence)[-1] if len(cases) <= MOST_VIEWED else cases
    side_px = TINY_PX if len(cases) > FEW_CASES else 2 * TINY_PX  # small objects need it
    truths = np.stack([tiny_copy(c.truth, side_px).ravel() for c in cases])
    guesses = np.stack([tiny_copy(c.prediction, side_px).ravel() for c in matched])
    counted = (truths != IGNORE).astype(np.float32)
    total, shown = np.zeros((len(cases),) * 2), np.zeros((len(cases), 1))
    for class_id in evidence.classes.scored:
        drawn = (truths == class_id).astype(np.float32)
        guessed = (guesses == class_id).astype(np.float32)
        has = drawn.any(axis=1)[:, None]
        ious = iou_of_areas(drawn @ guessed.T, drawn.sum(axis=1)[:, None], counted @ guessed.T)
        total += np.where(has, np.nan_to_num(ious), 0)
        shown += has
    return ratio(total, np.broadcast_to(shown, total.shape))


def _paired_again(evidence: Evidence, order: NDArray[np.int64]) -> Evidence:
    count = len(evidence.classes)
    cases = [_joined(case, evidence.cases[int(j)], count) for case, j in zip(evidence.cases, order, strict=True)]
    return replace(evidence, cases=tuple(cases))


def _joined(truth: Case, guess: Case, count: int) -> Case:
    if truth is guess:
        return truth
    size_hw = (truth.truth.shape[0], truth.truth.shape[1])
    prediction = np.asarray(resize_mask(guess.prediction, size_hw), dtype=np.uint8)
    times = max(1, round(truth.size_hw[0] * truth.size_hw[1] / truth.truth.size))

    def reread() -> Pair:
        one, other = truth.reread(), guess.reread()
        fitted = np.asarray(resize_mask(other.prediction, (one.truth.shape[0], one.truth.shape[1])), dtype=np.uint8)
        return replace(one, prediction=fitted, probabilities=other.probabilities, stored=other.stored)

    return replace(
        truth,
        table=value_counts(truth.truth, prediction, count) * times,
        prediction=prediction,
        predicted_hw=guess.predicted_hw,
        probability=None,
        histogram=None,
        reread=reread,
    )
