"""What scores show beyond their value: a model that is no use, and a score that proves nothing."""

import math

import numpy as np

from maskwright.evaluation import metrics
from maskwright.evaluation.evaluate import Evaluation
from maskwright.findings.finding import Finding, make_finding

FEW_PHOTOS = 5
"""With fewer scored photos it is noted that the score rests on few."""
WIDE = 0.15
"""A 95 % interval of IoU wider than this cannot tell good from mediocre."""
NEARLY_NONE = 0.02
"""A model that paints less than this of what it should beside its one class has collapsed."""


def score_findings(evaluation: Evaluation, *, may_lack_channels: bool = False) -> list[Finding]:
    """Return findings about an evaluation: collapse to one class, no better than a constant, no honest score.

    `may_lack_channels` says that masks of two classes came from an unknown program, which may take the argmax of one.
    """
    return [
        *_collapse(evaluation, may_lack_channels=may_lack_channels),
        *_no_better_than_constant(evaluation),
        *_not_honest(evaluation),
    ]


def _collapse(evaluation: Evaluation, *, may_lack_channels: bool) -> list[Finding]:
    counts, names = evaluation.counts, evaluation.classes.names
    predicted = counts.sum(axis=0)
    only = int(np.argmax(predicted))
    others, true_others = predicted.sum() - predicted[only], counts.sum() - counts[only].sum()
    if (counts.sum(axis=1) > 0).sum() < 2 or others > NEARLY_NONE * true_others:
        return []
    share = "every pixel" if others == 0 else f"all but {others / predicted.sum():.2%} of the pixels"
    evidence = f"{share} is {names[only]!r}; in the truth that class covers {counts[only].sum() / counts.sum():.1%}"
    empty = may_lack_channels and others == 0 and only == evaluation.classes.background
    return [make_finding("score-collapse", evidence, variant="one-channel" if empty else "")]


def _no_better_than_constant(evaluation: Evaluation) -> list[Finding]:
    constant = metrics.constant_mean_iou(evaluation.counts, evaluation.classes.scored)
    reached = evaluation.dataset_iou
    if not reached <= constant:
        return []
    return [make_finding("score-constant", f"IoU {reached:.3f}; the best single class everywhere gives {constant:.3f}")]


def _not_honest(evaluation: Evaluation) -> list[Finding]:
    count = evaluation.scored_photos
    if not evaluation.held_out:
        return [make_finding("score-none", f"the {len(evaluation.photos)} photos scored were all training photos")]
    if count < FEW_PHOTOS:
        empty = len(evaluation.photos) - count
        evidence = f"the score rests on {count} photo{'s' if count != 1 else ''}"
        evidence += f", as {empty} show no object and had none predicted" if empty else ""
        return [make_finding("photos-few", evidence, severity="note", variant="score")]
    interval = evaluation.mean_iou_per_photo
    if interval.high - interval.low <= WIDE:
        return []
    wanted = math.ceil(count * ((interval.high - interval.low) / WIDE) ** 2)
    evidence = (
        f"IoU {interval.value:.3f} on {count} photos, 95 % interval {interval.low:.3f} to {interval.high:.3f}: another "
        f"{count} photos could have given either end; about {wanted} photos would narrow it to {WIDE}"
    )
    return [make_finding("photos-few", evidence, severity="note", variant="score")]
