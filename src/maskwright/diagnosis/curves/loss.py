"""Faults that the loss shows: a rate too high or too low, a loss that is no number, never moves, or is negative."""

import math

import numpy as np

from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.history.history import History
from maskwright.diagnosis.history.series import accuracies, best_overlap, moment, overlaps
from maskwright.diagnosis.history.trend import Values, end, has_risen, known, noise, rank_correlation, smoothed, start
from maskwright.findings.finding import Finding

FEWEST_ROWS = 4
SMALL_RATE, LARGE_RATE = 1e-5, 0.02
GOOD_OVERLAP = 0.5
EXPLODED, ERRATIC = 3.0, 0.3
FLAT_SHARE, SLOW_SHARE = 0.03, 0.3
STEADY = -0.9
CLIMBED = 0.1
"""A score that climbs this far shows that the steps are long enough."""
LEAST_OF_A_NEGATED_SCORE = -1.05
READ_RATES = "Smith 2017, Cyclical Learning Rates (the learning-rate range test), arXiv:1506.01186"
READ_NAN = "Micikevicius et al. 2018, Mixed Precision Training, arXiv:1710.03740"


def loss_findings(evidence: Evidence) -> list[Finding]:
    """Return what the curve of the training loss alone gives away; nothing without a history."""
    history = evidence.history
    if history is None or not len(history.train_loss):
        return []
    exploded = _rate_too_high(history, len(evidence.classes))
    return [*(exploded or _no_number(history)), *([] if exploded else _does_not_move(history)), *_negative(history)]


def _rate_too_high(history: History, class_count: int) -> list[Finding]:
    told = _exploded(history) or _erratic(history) or _stuck_above_chance(history, class_count)
    if not told:
        return []
    fatal = "no number" in told or "rose" in told
    return [
        Finding(
            "lr-too-high",
            "error" if fatal else "warning",
            "the learning rate is too high",
            told + _rate_told(history),
            "divide the learning rate by 10 (--set optim.lr_decoder=...), warm it up over the first epochs, "
            "clip gradients at 1",
            mechanism="Each step jumps over the valley it should walk into, and the next gradient is larger still. "
            "What was learnt is lost, often for good: weights so large that every output is saturated "
            "have no gradient.",
            read_more=READ_RATES,
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
    then = "; then it was no number" if np.isinf(history.train_loss).any() else ""
    return f"the training loss rose from {before:.3g} to {levels[top]:.3g} and ends at {end(values):.3g}{then}"


def _erratic(history: History) -> str:
    values = known(history.train_loss)
    level = float(np.median(values)) if len(values) else 0.0
    if len(values) < 8 or level <= 0 or best_overlap(history) > GOOD_OVERLAP:
        return ""
    fell = rank_correlation(values, np.arange(len(values), dtype=float)) < -0.6
    if noise(values) < ERRATIC * level or fell:
        return ""
    return f"the training loss leaps by {noise(values):.3g} around {level:.3g} from row to row and does not fall"


def _stuck_above_chance(history: History, class_count: int) -> str:
    values, chance = known(history.train_loss), math.log(max(class_count, 2))
    if len(values) < FEWEST_ROWS or best_overlap(history) > GOOD_OVERLAP:
        return ""
    late = values[len(values) // 2 :]
    stuck = start(late) - end(late) < max(0.05 * abs(start(late)), 2 * noise(late)) and end(values) > 0.9 * chance
    began_high = values[0] > 10 * chance
    large = bool(len(known(history.rate))) and float(known(history.rate).max()) >= LARGE_RATE
    if not stuck or not (began_high or large):
        return ""
    return f"the training loss began at {values[0]:.3g} and stays at {end(values):.3g}; guessing costs {chance:.2f}"


def _no_number(history: History) -> list[Finding]:
    for name, values in (("training", history.train_loss), ("validation", history.validation_loss)):
        rows = np.flatnonzero(np.isinf(values))
        if len(rows):
            before = known(values[: rows[0]])
            last = f"the last finite one was {before[-1]:.4g}" if len(before) else "none was finite before"
            evidence = (
                f"the {name} loss of {moment(history, int(rows[0]))} is NaN or infinite; {last}{_rate_told(history)}"
            )
            return [
                Finding(
                    "loss-not-finite",
                    "error",
                    "the loss is no number",
                    evidence,
                    "train in float32 with a tenth of the learning rate; use a loss on logits (no log "
                    "of a probability), "
                    "leave out batches that are ignored from edge to edge",
                    mechanism="One NaN spreads through the gradients into every weight, and nothing after "
                    "it is learnt. "
                    "It comes from log(0) or 0/0 in the loss, an overflow in half precision, or too large a step.",
                    read_more=READ_NAN,
                )
            ]
    return []


def _does_not_move(history: History) -> list[Finding]:
    values = known(history.train_loss)
    if len(values) < FEWEST_ROWS or np.isinf(history.train_loss).any() or not _is_bad(history, values):
        return []
    fell, level = start(values) - end(values), max(abs(start(values)), 1e-12)
    rates = known(history.rate)
    steady = len(values) >= 6 and rank_correlation(values, np.arange(len(values), dtype=float)) <= STEADY
    if fell > SLOW_SHARE * level or (not (steady and _straight(values)) and abs(fell) > FLAT_SHARE * level):
        return []
    told = f"the training loss went from {start(values):.4g} to {end(values):.4g} in {len(values)} rows"
    if steady and _straight(values):
        told += f", steadily and far too slowly: at this pace it takes {_rows_to_halve(values):.0f} rows to halve"
        return [_rate_too_low(told + _rate_told(history))]
    if len(rates) and rates.max() <= SMALL_RATE:
        return [_rate_too_low(told + _rate_told(history))]
    return [_flat(told + _rate_told(history))]


def _is_bad(history: History, values: Values) -> bool:
    """A flat loss is a fault only where little was learnt: a poor score, or, without scores, a loss like guessing's."""
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


def _rate_too_low(told: str) -> Finding:
    return Finding(
        "lr-too-low",
        "warning",
        "the learning rate is too low",
        told,
        "multiply the learning rate by 10 (--set optim.lr_decoder=...) until one epoch lowers the loss by a tenth",
        mechanism="Every step goes the right way and is too short: the budget ends long before the valley. "
        "More epochs of the same would help as little as they cost much.",
        read_more=READ_RATES,
    )


def _flat(told: str) -> Finding:
    return Finding(
        "loss-flat",
        "warning",
        "the loss does not move",
        told,
        "try ten times the learning rate, then a tenth; see that the optimiser was given the weights "
        "and that none is frozen; "
        "`maskwright check DATA --overfit` says whether one photo can be learnt",
        mechanism="No gradient that matters reaches the weights: the rate is off by orders of magnitude, "
        "layers are frozen "
        "or dead, or masks carry nothing that could be learnt. Which one, the loss alone cannot tell.",
        read_more=READ_RATES,
    )


def _negative(history: History) -> list[Finding]:
    values = known(history.train_loss)
    if not len(values) or values.min() >= LEAST_OF_A_NEGATED_SCORE:
        return []
    evidence = (
        f"the training loss falls to {values.min():.4g}; cross-entropy cannot fall below 0, a negated "
        "score not below -1"
    )
    return [
        Finding(
            "loss-negative",
            "error",
            "the loss is negative: masks hold values above 1",
            evidence,
            "divide masks of 0/255 by 255, or make them class ids: mask = (mask > 127).astype('float32')",
            mechanism="Cross-entropy of a target t and a probability p has no lower end once t is above 1. "
            "The network then drives every output to the same end, and the loss falls for ever while "
            "nothing is learnt.",
            read_more="torch.nn.BCEWithLogitsLoss: targets must be between 0 and 1",
        )
    ]


def _rate_told(history: History) -> str:
    rates = known(history.rate)
    return f" (learning rate at most {rates.max():.1e})" if len(rates) else ""
