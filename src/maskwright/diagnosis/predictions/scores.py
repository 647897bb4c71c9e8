"""What the scores say beyond their value: a model that is of no use, and a score that proves nothing."""

import math

import numpy as np

from maskwright.evaluation import metrics
from maskwright.evaluation.evaluate import Evaluation
from maskwright.findings.finding import Finding

FEW_PHOTOS = 5
WIDE = 0.15
"""A 95 % interval of IoU wider than this cannot tell good from mediocre."""
NEARLY_NONE = 0.02
"""A model that paints less than this of what it should beside its one class has collapsed."""


def score_findings(evaluation: Evaluation) -> list[Finding]:
    """Return findings about an evaluation: collapse to one class, no better than a constant, no honest score."""
    return [*_collapse(evaluation), *_no_better_than_constant(evaluation), *_not_honest(evaluation)]


def _collapse(evaluation: Evaluation) -> list[Finding]:
    counts, names = evaluation.counts, evaluation.classes.names
    predicted = counts.sum(axis=0)
    only = int(np.argmax(predicted))
    others, true_others = predicted.sum() - predicted[only], counts.sum() - counts[only].sum()
    if (counts.sum(axis=1) > 0).sum() < 2 or others > NEARLY_NONE * true_others:
        return []
    share = "every pixel" if others == 0 else f"all but {others / predicted.sum():.2%} of the pixels"
    evidence = f"{share} is {names[only]!r}; in truth that class covers {counts[only].sum() / counts.sum():.1%}"
    fix = (
        "look at the masks first (`maskwright check`); then an overlap or weighted loss (Dice, IoU), a pretrained "
        "encoder and a tenth of the rate: `maskwright compare DATA --recipe documents/coils --out compare` shows "
        "what each is worth"
    )
    return [Finding("score-collapse", "error", "the model predicts one class only", evidence, fix)]


def _no_better_than_constant(evaluation: Evaluation) -> list[Finding]:
    constant = metrics.constant_mean_iou(evaluation.counts, evaluation.classes.scored)
    reached = evaluation.dataset_iou
    if not reached <= constant:
        return []
    evidence = f"IoU {reached:.3f}; painting everything with the best single class gives {constant:.3f}"
    fix = "train longer (--minutes) or label more photos; `maskwright check` may name the reason"
    return [Finding("score-constant", "warning", "no better than one constant class", evidence, fix)]


def _not_honest(evaluation: Evaluation) -> list[Finding]:
    count = evaluation.scored_photos
    folded = any(photo.fold is not None for photo in evaluation.photos)
    more = "label more photos" if folded else "train with --folds 5, so that every photo is held out once"
    if not evaluation.held_out:
        evidence = f"the {len(evaluation.photos)} photos scored were all learnt from, so the score flatters"
        fix = "train with --folds 5 for a cross-validated score, or hold photos out with --set split.test=0.2"
        return [Finding("score-none", "warning", "there is no honest score", evidence, fix)]
    if count < FEW_PHOTOS:
        empty = len(evaluation.photos) - count
        evidence = f"the score stands on {count} photo{'s' if count != 1 else ''}"
        evidence += f", as {empty} show no object and had none predicted" if empty else ""
        return [Finding("photos-few", "note", "the score may be off by a lot", evidence, more)]
    spread = evaluation.mean_iou_per_photo
    if spread.high - spread.low > WIDE:
        wanted = math.ceil(count * ((spread.high - spread.low) / WIDE) ** 2)
        evidence = (
            f"IoU {spread.value:.3f} on {count} photos, 95 % interval {spread.low:.3f} to {spread.high:.3f}: another "
            f"{count} photos could as well have given either end"
        )
        fix = f"claim no difference smaller than that, or judge about {wanted} photos: {more}"
        return [Finding("photos-few", "note", "The score is too uncertain for fine claims", evidence, fix)]
    return []
