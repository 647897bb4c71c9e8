"""A poor score that no fault explains: what was tried, what is left, and what would tell next."""

from dataclasses import replace
from functools import partial
from itertools import pairwise

from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.history.curve import best_overlap
from maskwright.diagnosis.hypotheses.geometry.misalignment import WORDS
from maskwright.diagnosis.hypotheses.scores.error_kinds import kinds_of_errors
from maskwright.diagnosis.hypotheses.scores.where_errors_lie import gatherings, said
from maskwright.diagnosis.undo.search import scored_undo
from maskwright.diagnosis.undo.transforms import shift_undo_functions, turned
from maskwright.diagnosis.undo.undone_evidence import Undo, as_given, iou_or_zero
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import Finding, make_finding
from maskwright.imaging.mask_geometry import resize_mask

POOR = 0.5
"""Mean IoU over the given pairs below which something must be wrong."""
FAIR = 0.75
"""Mean IoU from which on nobody asks why."""
POOR_IN_TRAINING = 0.35
"""Best score in a history below which something must be wrong."""
TRIED = (
    "other photos' truths, mirroring, turns, shifts, scales and padding, each photo moved in its own way, tiles and "
    "byte order, parts never predicted, class ids, the threshold, thickness, and the amount of each class"
)
MOST_PHOTOS = 12
"""Photos that are looked at."""
ODDS = "of 427 such faults in the field suite, 15 left no warning"
"""From DOCTOR.md: how far the absence of a warning can be trusted."""
FIND_SKEW = "maskwright.find_skew"
TRIED_IN_CURVES = (
    "a loss that is NaN, 0, negative or flat, rates too high or too low, overfitting, a validation that stands still, "
    "and scores that are blind or out of range"
)


def unexplained_findings(evidence: Evidence) -> list[Finding]:
    """Return a note for a poor score that says what was ruled out, what is left, and what would tell next."""
    if not evidence.cases:
        return _of_history(evidence)
    iou = iou_or_zero(evidence)
    if iou >= FAIR:
        return []
    if not evidence.train_cases:
        following = (
            "predictions of training photos by the same program (`--train-truth DIR --train-pred DIR`); if they are as "
            f"poor, `{FIND_SKEW}` tries which input or weights differ"
        )
        left = (
            "too little training, overfitting, photos unlike the training photos, or an input or weights that differ "
            "between training and prediction (order of colours, scaling of values, size, evaluation mode)"
        )
    elif evidence.history is None:
        following = "the history of the training (`--history FILE`)"
        left = "too little training, a loss or rate that does not fit, or masks that contradict each other"
    else:
        following = "whether one photo can be learned (`maskwright check DATA --overfit`)"
        left = "masks that contradict each other, or a model too small for these photos"
    found = gatherings(evidence)
    variant = found[0].variant if found else "" if iou < POOR else "fair"
    reached = f"; {moves_reach(evidence)}" if iou < POOR else ""
    text = (
        f"the mean IoU is {iou:.3f}{said(found)}; {kinds_of_errors(evidence)}{reached}; ruled out: {TRIED} ({ODDS}); "
        f"left: {left}"
    )
    return [make_finding("score-unexplained", text, values={"next": following}, variant=variant)]


def moves_reach(evidence: Evidence) -> str:
    """Return in words the IoU on some photos as they are, turned, shifted, and with other photos' truths."""
    cases, classes = tuple(spread_evenly(evidence.cases, MOST_PHOTOS)), evidence.classes
    turns: list[Undo] = [partial(turned, quarters, mirror) for quarters, mirror in WORDS]
    ways: dict[str, list[Undo]] = {
        "as they are": [as_given],
        "mirrored or turned": turns,
        "shifted": shift_undo_functions([cases], as_given),
    }
    best = {
        name: max((scored_undo(cases, undo, classes).iou for undo in undo_functions), default=0.0)
        for name, undo_functions in ways.items()
    }
    others = [replace(case, truth=resize_mask(other.truth, case.truth.shape)) for case, other in pairwise(cases)]
    if others:
        best["with the next photo's truth"] = scored_undo(others, as_given, classes).iou
    return f"on {len(cases)} of the photos predictions reach " + ", ".join(
        f"{v:.3f} {name}" for name, v in best.items()
    )


def _of_history(evidence: Evidence) -> list[Finding]:
    best = best_overlap(evidence.history) if evidence.history is not None else float("nan")
    if not best < POOR_IN_TRAINING:
        return []
    text = (
        f"the best overlap score in the history is {best:.3f}; ruled out: {TRIED_IN_CURVES}; left: too little "
        "training, masks of other photos, or predictions in another place, size or numbering"
    )
    following = "masks and predictions of some photos (`--truth DIR --pred DIR`)"
    return [make_finding("score-unexplained", text, values={"next": following})]
