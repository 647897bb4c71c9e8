"""A poor score that no fault explains: what was tried, what is left, and what would tell next."""

import numpy as np

from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.hypotheses.counterfactual import iou_of
from maskwright.findings.finding import Finding, make_finding

POOR = 0.5
TRIED = (
    "other photos' truths, mirroring, turns, shifts, scales and padding, tiles and byte order, parts never predicted, "
    "class ids, the threshold, and the amount of each class"
)


def unexplained(evidence: Evidence) -> list[Finding]:
    """Return a note for a mean IoU under 0.5 that says what was ruled out and what would tell next."""
    if not evidence.cases:
        return []
    iou = float(np.nan_to_num(iou_of(evidence)))
    if iou >= POOR:
        return []
    if not evidence.train_cases:
        following = "predictions of training photos (`--train-truth DIR --train-pred DIR`)"
        left = "too little training, overfitting, or photos unlike the training photos"
    elif evidence.history is None:
        following = "the history of the training (`--history FILE`)"
        left = "too little training, a loss or rate that does not fit, or masks that contradict each other"
    else:
        following = "whether one photo can be learned (`maskwright check DATA --overfit`)"
        left = "masks that contradict each other, or a model too small for these photos"
    text = f"the mean IoU is {iou:.3f}; ruled out: {TRIED}; left: {left}"
    return [make_finding("score-unexplained", text, values={"next": following})]
