"""The tables of a report, from an evaluation."""

import math

import numpy as np

from maskwright.evaluation import metrics
from maskwright.evaluation.bootstrap import bootstrap_dataset_iou
from maskwright.evaluation.evaluate import Evaluation
from maskwright.report.report_data import ClassScores, ScoreTable


def class_rows(evaluation: Evaluation) -> tuple[ClassScores, ...]:
    counts, classes = evaluation.counts, evaluation.classes
    spans = bootstrap_dataset_iou(np.array([p.counts for p in evaluation.photos]))
    columns = (
        metrics.dice(counts),
        metrics.precision(counts),
        metrics.recall(counts),
        counts.sum(axis=1) / max(counts.sum(), 1),
    )
    order = [*classes.scored, *(c for c in range(len(classes)) if c not in classes.scored)]
    return tuple(
        ClassScores(
            classes.names[c],
            classes.colours[c],
            spans[c].value,
            spans[c].low,
            spans[c].high,
            *(float(v[c]) for v in columns),
        )
        for c in order
    )


MOST_CONFUSED = 20


def confusion_table(evaluation: Evaluation) -> ScoreTable | None:
    """Return what part of each true class was predicted as which; None for one object or over 20 classes."""
    names = evaluation.classes.names
    if len(evaluation.classes.scored) < 2 or len(names) > MOST_CONFUSED:
        return None
    counts = evaluation.counts
    shares = metrics.ratio(counts, np.repeat(counts.sum(axis=1, keepdims=True), len(names), axis=1))
    rows = [
        (name, *(None if math.isnan(v) else v for v in row.tolist())) for name, row in zip(names, shares, strict=True)
    ]
    return ScoreTable(("truth", *names), tuple(rows))


def photo_table(evaluation: Evaluation) -> ScoreTable:
    names = [evaluation.classes.names[c] for c in evaluation.classes.scored]
    folded = any(p.fold is not None for p in evaluation.photos)
    columns = ("photo", *(("fold",) if folded else ()), "IoU", *(names if len(names) > 1 else ()))
    rows = []
    for photo, mean in zip(evaluation.photos, evaluation.photo_ious, strict=True):
        by_class = [float(v) for v in metrics.iou(photo.counts)[list(evaluation.classes.scored)]]
        fold = (photo.fold,) if folded else ()
        rows.append((photo.name, *fold, float(mean), *(by_class if len(names) > 1 else ())))
    return ScoreTable(columns, tuple(rows))


def fold_table(evaluation: Evaluation) -> ScoreTable | None:
    folds = sorted({p.fold for p in evaluation.photos if p.fold is not None})
    if not folds:
        return None
    ious = evaluation.photo_ious
    rows = []
    for fold in folds:
        inside = [i for i, p in enumerate(evaluation.photos) if p.fold == fold]
        rows.append(
            (fold, len(inside), float(np.nanmean(ious[inside])) if not np.isnan(ious[inside]).all() else math.nan)
        )
    return ScoreTable(("fold", "photos", "mean IoU per photo"), tuple(rows))


def size_table(evaluation: Evaluation) -> ScoreTable | None:
    """Return scores by the area of objects, None where all objects are of one size."""
    bins = [one for one in evaluation.object_sizes if one.objects]
    if len(bins) < 2:
        return None
    rows = [(one.words, one.objects, one.recall, one.iou) for one in bins]
    return ScoreTable(("objects by area", "how many", "found pixels", "IoU"), tuple(rows))


def confused_most(evaluation: Evaluation) -> str:
    """Return which object class is taken for another object class most often; "" where none is, or there is but one."""
    classes, counts = evaluation.classes, evaluation.counts
    pairs = [(t, p) for t in classes.scored for p in classes.scored if t != p and counts[t].sum()]
    if not pairs:
        return ""
    true, predicted = max(pairs, key=lambda pair: float(counts[pair] / counts[pair[0]].sum()))
    share = float(counts[true, predicted] / counts[true].sum())
    if share < LEAST_CONFUSED:
        return "No class is taken for another on more than 1 % of its pixels."
    return f"Most often, {classes.names[true]} is taken for {classes.names[predicted]}: {share:.0%} of its pixels."


LEAST_CONFUSED = 0.01
