"""Classes whose own score stays at 0 in a history: never learned, or taken out of the labels that are scored."""

import re

import numpy as np

from maskwright.diagnosis.curves.constant_answers.rare_class import rare_class
from maskwright.diagnosis.history.curve import NOTHING_FOUND, of_classes, side_word
from maskwright.diagnosis.history.history import History
from maskwright.diagnosis.history.trend import known, smoothed
from maskwright.findings.finding import Finding, make_finding, some

FEWEST_ROWS = 8
"""Rows of a class in the history of a training; the table of one evaluation has one."""
OTHERS_FOUND = 0.3
"""Best score of another class, without which the model has learned none."""
OVERLAP_WORD = re.compile(r"iou|io_u|jaccard|dice|f_?1|fscore", re.IGNORECASE)
"""Metrics of which a class has an overlap."""
RECALL_WORD = re.compile(r"accuracy|acc|recall|sensitivity", re.IGNORECASE)
"""Shares of a class's true pixels that are found: without a true pixel they are 0 / 0."""


def lost_class_findings(history: History) -> list[Finding]:
    """Name classes whose own score stays at 0 while that of others rises."""
    every = of_classes(history)
    # The table of one evaluation, after the training: each class has one value, in one line or in a line of its own.
    alone = not len(known(history.train_loss)) and all(len(known(c.values)) == 1 for c in every)
    scored = [c for c in every if len(known(c.values))]
    best = {c.name: float(smoothed(known(c.values)).max()) for c in scored}
    without = [name for name, value in best.items() if value <= NOTHING_FOUND and _has_no_true_pixel(name, history)]
    if without and max(best.values()) >= OTHERS_FOUND:
        return [_left_out(without, best)]
    fewest = 1 if alone else FEWEST_ROWS
    curves = [c for c in scored if len(known(c.values)) >= fewest]
    names = {c.name: best[c.name] for c in curves}
    lost = [name for name, value in names.items() if value <= NOTHING_FOUND]
    if not lost or max(names.values()) < OTHERS_FOUND:
        return []
    top = max(names, key=names.__getitem__)
    if len(lost) == 1 and len(names) == 2:
        rare = rare_class(history, lost[0], next(c for c in curves if c.name == top))
        if rare is not None:
            return [rare]
    if alone:
        text = f"{some(lost)} {'is' if len(lost) == 1 else 'are'} 0, while {top} is {names[top]:.2f}"
    else:
        verb = "stays" if len(lost) == 1 else "stay"
        text = f"{some(lost)} {verb} at 0 in {side_word(curves[0].side)}, while {top} reaches {names[top]:.2f}"
    return [make_finding("class-missing", text, variant="history")]


def _has_no_true_pixel(overlap: str, history: History) -> bool:
    """Tell whether the accuracy of a class was logged as NaN in every evaluation, and that of another class was not."""
    recalls = {_class_word(n, RECALL_WORD): m for n, m in history.metrics.items() if RECALL_WORD.search(n)}
    own = recalls.get(_class_word(overlap, OVERLAP_WORD))
    others = [n for n in history.metrics if OVERLAP_WORD.search(n) and n != overlap]
    counted = [m for n in others if (m := recalls.get(_class_word(n, OVERLAP_WORD))) is not None]
    if own is None or not any(len(known(np.append(m.train, m.validation))) for m in counted):
        return False
    return not len(known(np.append(own.train, own.validation)))


def _class_word(name: str, metric: re.Pattern[str]) -> str:
    """Return the name without the word of the metric: ".road" of "IoU.road" and "Acc.road"."""
    return metric.sub("", name).lower()


def _left_out(without: list[str], best: dict[str, float]) -> Finding:
    rest = [value for name, value in best.items() if name not in without]
    one = len(without) == 1
    text = (
        f"{some(without)} {'is' if one else 'are'} 0 in every evaluation, and {'its' if one else 'their'} accuracy is "
        f"NaN: {'it is' if one else 'they are'} predicted, and no true pixel of {'it' if one else 'them'} is counted; "
        f"the mean over the other {len(rest)} {'class' if len(rest) == 1 else 'classes'} reaches "
        f"{sum(rest) / len(rest):.2f} at best"
    )
    return make_finding("class-missing", text, variant="ignored")
