"""Faults that the loss shows: a rate too high or too low, a loss that is NaN, never moves, or is negative."""

import math
import re

import numpy as np

from maskwright.diagnosis.curves.constant_answers.equal_scores import OF_TWO, equal_scores_findings
from maskwright.diagnosis.curves.constant_answers.second_softmax import second_softmax_findings
from maskwright.diagnosis.curves.score_lost import collapsed_score, in_words, is_flat_at
from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.history.curve import (
    CLIMBED,
    accuracies,
    best_overlap,
    impossible,
    moment,
    overlaps,
    scores,
)
from maskwright.diagnosis.history.history import History
from maskwright.diagnosis.history.trend import (
    Values,
    end,
    has_fallen,
    has_risen,
    known,
    noise,
    rank_correlation,
    second_half,
    smoothed,
    start,
)
from maskwright.findings.finding import Finding, make_finding

FEWEST_ROWS = 4
"""Rows that the training loss must have."""
SMALL_RATE = 1e-5
"""Learning rate up to which a flat loss is laid to it."""
LARGE_RATE = 0.02
"""Learning rate from which on a loss that stays above chance is laid to it."""
GOOD_OVERLAP = 0.5
"""Overlap from which on nothing is wrong with the loss."""
EXPLODED = 3.0
"""A loss of so many times its first level has exploded."""
ERRATIC = 0.3
"""Share of its level by which a loss that does not fall varies from row to row."""
FLAT_SHARE = 0.03
"""Share of its first level by which a flat loss moves, at most."""
SLOW_SHARE = 0.3
"""Share of its first level by which a slow loss falls, at most."""
STEADY = -0.9
"""Rank correlation with time of a loss that falls steadily."""
LEAST_OF_A_NEGATED_SCORE = -1.05
"""Below it lies no negated score, whose least value is -1."""
LEAST_OF_A_NEGATED_SUM = -60.0
"""Below it lies no negated sum of scores, one for each of sixty classes."""
LEVELLED = 0.1
"""Share of the whole fall that a loss which has levelled off may fall in its last quarter."""
ZERO = 1e-4
"""A loss of so little is 0."""
LEARNED = 0.8
"""Overlap from which on a loss near 0 was learned."""
AT_ONCE = 1e-3
"""A loss below this from a row near the first on has not been learned, unless a score says so."""
OF_THE_FIRST = 0.02
"""Share of its first value below which it must lie then."""
SOON = 0.03
"""Share of the rows that come before it."""
ROWS_OF_SOON = 20
"""Rows that the loss must have for that."""
PERFECT = 0.9999
"""An overlap so high is 1: from the first row on it compares a mask with itself."""
SCORE_RISEN = 0.05
"""A score that rises so far shows that something is learned, however small the loss is."""
SUMMED = re.compile(r"total|all[_ ]|sum|deep|(^|[_/ ])ds([_/ ]|$)", re.IGNORECASE)
"""Names of a loss that has several parts, as Detectron2's total_loss, or one for each depth."""


def loss_findings(evidence: Evidence) -> list[Finding]:
    """Return what the curve of the training loss alone shows; nothing without a history."""
    history = evidence.history
    if history is None or not len(history.train_loss):
        return []
    zero = _zero(history)
    if zero:
        return zero
    exploded = _rate_too_high(history, len(evidence.classes))
    equal = equal_scores_findings(history) or second_softmax_findings(history)
    if equal and not any(finding.severity == "error" for finding in exploded):
        return equal
    return [*(exploded or _no_number(history)), *([] if exploded else _does_not_move(history)), *_negative(history)]


def _zero(history: History) -> list[Finding]:
    """A loss of 0 from the first row on has nothing to learn from; where a score rises, something is learned."""
    values = known(history.train_loss)
    if len(values) < FEWEST_ROWS - 1 or (best_overlap(history) >= LEARNED and not _is_perfect_at_once(history)):
        return []
    if any(has_risen(known(curve.values), by=SCORE_RISEN) for curve in (*scores(history), *accuracies(history))):
        return []
    first = max(1, int(SOON * len(values)))
    text = f"the training loss is {values[0]:.2g} in the first row and at most "
    if abs(values).max() <= ZERO:
        return [make_finding("loss-zero", f"{text}{abs(values).max():.2g} in {len(values)}", variant=history.tool)]
    if not _is_small_soon(values, first):
        return []
    rest = values[first:]
    text += f"{rest.max():.2g} in the {len(rest)} rows from row {first + 1} on"
    return [make_finding("loss-zero", text, variant=history.tool)]


def _is_small_soon(values: Values, first: int) -> bool:
    """Tell whether the loss is about 0 or stays at one small level from a row on; one that keeps falling is learned."""
    rest = values[first:]
    small = len(values) >= ROWS_OF_SOON and 0 <= rest.min() <= rest.max() <= min(AT_ONCE, OF_THE_FIRST * values[0])
    return small and (rest.max() <= ZERO or not has_fallen(rest, by=SLOW_SHARE * start(rest)))


def _is_perfect_at_once(history: History) -> bool:
    """Tell whether every overlap score is 1 from its first row on: nothing can be wrong in what it compares."""
    curves = overlaps(history, "validation") or overlaps(history, "train")
    return bool(curves) and all(known(curve.values).min() >= PERFECT for curve in curves)


def _rate_too_high(history: History, class_count: int) -> list[Finding]:
    collapse = collapsed_score(history)
    if collapse is not None and is_flat_at(collapse, history):
        text = f"{in_words(collapse, history)}, what empty masks cost an overlap loss"
        return [make_finding("training-collapse", text, variant="overlap")]
    collapsed = in_words(collapse, history) if collapse is not None else ""
    symptom = _exploded(history) or collapsed or _erratic(history) or _stuck_above_chance(history, class_count)
    if not symptom:
        return []
    fatal = "NaN" in symptom or "rose" in symptom
    return [
        make_finding(
            "lr-too-high",
            symptom + _rate_in_words(history),
            severity="error" if fatal else "warning",
            variant=history.tool,
        )
    ]


def _exploded(history: History) -> str:
    values = known(history.train_loss)
    if len(values) < 3 or min(values) < 0:
        return ""
    levels = smoothed(values)
    top = int(np.argmax(levels))
    before = float(levels[: top + 1].min())
    rose = levels[top] > EXPLODED * max(levels[0], 2 * before) and end(values) > 2 * before
    if not rose or levels[top] - before < 4 * noise(values):
        return ""
    then = "; then it was NaN or infinite" if np.isinf(history.train_loss).any() else ""
    return f"the training loss rose from {before:.3g} to {levels[top]:.3g} and ends at {end(values):.3g}{then}"


def _erratic(history: History) -> str:
    values = known(history.train_loss)
    level = float(np.median(values)) if len(values) else 0.0
    if len(values) < 8 or level <= 0 or best_overlap(history) > GOOD_OVERLAP:
        return ""
    fell = rank_correlation(values, np.arange(len(values), dtype=float)) < -0.6
    if noise(values) < ERRATIC * level or fell:
        return ""
    return f"the training loss varies by {noise(values):.3g} around {level:.3g} from row to row and does not fall"


def _stuck_above_chance(history: History, class_count: int) -> str:
    """Tell of a cross-entropy far above that of guessing; a sum of several losses has no such mark."""
    values, chance = known(history.train_loss), math.log(max(class_count, 2))
    if not history.loss_name or SUMMED.search(history.loss_name):
        return ""
    if len(values) < FEWEST_ROWS or best_overlap(history) > GOOD_OVERLAP:
        return ""
    late = second_half(values)
    stuck = start(late) - end(late) < max(0.05 * abs(start(late)), 2 * noise(late)) and end(values) > 0.9 * chance
    began_high = values[0] > 10 * chance
    large = bool(len(known(history.rate))) and float(known(history.rate).max()) >= LARGE_RATE
    if not stuck or not (began_high or large):
        return ""
    return f"the training loss began at {values[0]:.3g} and stays at {end(values):.3g}; guessing costs {chance:.2f}"


def _no_number(history: History) -> list[Finding]:
    rows = np.flatnonzero(np.isinf(history.train_loss))
    if not len(rows):
        return _no_number_in_validation(history)
    before = known(history.train_loss[: rows[0]])
    last = f"the last finite one was {before[-1]:.4g}" if len(before) else "none was finite before"
    when = moment(history, int(rows[0]))
    evidence = f"the training loss of {when} is NaN or infinite; {last}{_rate_in_words(history)}"
    if len(before):
        return [make_finding("loss-not-finite", evidence, variant=history.tool)]
    if len(known(history.train_loss)):
        return []  # numbers follow: a row before the first step, as of a check of the validation, has no loss
    if not history.has_infinite_weights:
        variant = "first-ultralytics" if history.tool == "ultralytics" else "first"
        return [make_finding("loss-not-finite", evidence, variant=variant)]
    evidence += "; the text shows class weights with Inf among them"
    return [make_finding("loss-not-finite", evidence, variant="weights")]


def _no_number_in_validation(history: History) -> list[Finding]:
    """A validation loss alone that is no number: the weights are sound."""
    values = history.validation_loss
    rows = np.flatnonzero(np.isinf(values))
    if not len(rows):
        return []
    evidence = (
        f"the validation loss is NaN or infinite in {len(rows)} of {np.count_nonzero(~np.isnan(values))} rows, "
        f"from {moment(history, int(rows[0]))} on; the training loss is finite in all"
    )
    return [make_finding("loss-not-finite", evidence, variant="validation")]


def _does_not_move(history: History) -> list[Finding]:
    values = known(history.train_loss)
    if len(values) < FEWEST_ROWS or np.isinf(history.train_loss).any() or not _is_bad(history, values):
        return []
    fell, level = start(values) - end(values), max(abs(start(values)), 1e-12)
    rates = known(history.rate)
    steady = len(values) >= 6 and rank_correlation(values, np.arange(len(values), dtype=float)) <= STEADY
    if fell > SLOW_SHARE * level or (not (steady and _straight(values)) and abs(fell) > FLAT_SHARE * level):
        return []
    symptom = f"the training loss went from {start(values):.4g} to {end(values):.4g} in {len(values)} rows"
    if steady and _straight(values):
        symptom += f", steadily and far too slowly: at this pace it takes {_rows_to_halve(values):.0f} rows to halve"
        return [_rate_too_low(symptom + _rate_in_words(history), history.tool)]
    if len(rates) and rates.max() <= SMALL_RATE:
        return [_rate_too_low(symptom + _rate_in_words(history), history.tool)]
    is_equal = bool(np.abs(values - math.log(2)).max() < OF_TWO)
    return [_flat(symptom + _rate_in_words(history), "equal" if is_equal else history.tool)]


def _is_bad(history: History, values: Values) -> bool:
    """A flat loss is a fault only where little was learned: a poor score, or without scores a loss like guessing's."""
    if any(has_risen(known(c.values), by=CLIMBED) for c in (*accuracies(history), *overlaps(history))):
        return False
    best = best_overlap(history)
    return best < GOOD_OVERLAP if not math.isnan(best) else start(values) >= 0.8 * math.log(2)


def _straight(values: Values) -> bool:
    half = len(values) // 2
    first, second = start(values[: half + 1]) - end(values[: half + 1]), start(values[half:]) - end(values[half:])
    return first > 0 and second >= 0.5 * first


def _rows_to_halve(values: Values) -> float:
    return 0.5 * start(values) / max((start(values) - end(values)) / len(values), 1e-12)


def _rate_too_low(symptom: str, tool: str) -> Finding:
    return make_finding("lr-too-low", symptom, variant=tool)


def _flat(symptom: str, tool: str) -> Finding:
    return make_finding("loss-flat", symptom, variant=tool)


def _negative(history: History) -> list[Finding]:
    """A negated sum of scores is healthy: it rises with the scores, or levels off at the number of classes."""
    values = known(history.train_loss)
    if not len(values) or values.min() >= LEAST_OF_A_NEGATED_SCORE or _is_negated_sum(history, values):
        return []
    evidence = (
        f"the training loss falls to {values.min():.4g}; cross-entropy cannot fall below 0, a negated "
        "score not below -1"
    )
    return [make_finding("loss-negative", evidence)]


def _is_negated_sum(history: History, values: Values) -> bool:
    if impossible(history) or values.min() < LEAST_OF_A_NEGATED_SUM:
        return False
    curves = [*accuracies(history), *overlaps(history)]
    if curves:
        return best_overlap(history) >= GOOD_OVERLAP or any(has_risen(known(c.values), by=CLIMBED) for c in curves)
    late = values[len(values) * 3 // 4 :]
    return len(values) >= 8 and start(late) - end(late) <= LEVELLED * (start(values) - end(values))


def _rate_in_words(history: History) -> str:
    rates = known(history.rate)
    return f" (learning rate at most {rates.max():.1e})" if len(rates) else ""
