"""Weights that were kept at the lowest score, since a checkpoint watches for the smallest value."""

import numpy as np

from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.history.column_names import LOSS, plain_name
from maskwright.diagnosis.history.curve import TOP, Curve, accuracies, scores
from maskwright.diagnosis.history.history import History, KeptWeights
from maskwright.diagnosis.history.trend import known, rank_correlation, together
from maskwright.findings.finding import Finding, make_finding

FEWEST_ROWS = 5
"""Evaluations that must be known."""
HARM = 0.02
"""Below the best logged score, from which on the kept weights are not the best."""


def checkpoint_findings(evidence: Evidence) -> list[Finding]:
    """Return that weights were kept at the lowest score; nothing without lines that say when they were saved."""
    history = evidence.history
    for kept in history.kept if history is not None else ():
        curve = _curve_of(history, kept) if history is not None else None
        if history is None or curve is None or not _seeks_the_smallest(kept) or not _is_a_score(curve, history):
            continue
        best, last = float(known(curve.values).max()), _as_share(kept.values[-1])
        if best - last < HARM:
            continue
        start = "improved from inf" if np.isinf(kept.before) else f"saved at {', '.join(map(str, kept.values[:3]))}"
        text = (
            f"{kept.name} {start}: the weights were kept at its lowest value, {last:.3f}; it reached {best:.3f} in "
            f"the same training"
        )
        return [make_finding("score-minimised", text, variant="checkpoint", values={"monitor": kept.name})]
    return []


def _seeks_the_smallest(kept: KeptWeights) -> bool:
    """Tell whether the first value was compared with infinity, or every save was at a lower value than the last."""
    falls = len(kept.values) + kept.passed >= FEWEST_ROWS and bool((np.diff(kept.values) < 0).all())
    return min(kept.values) >= 0 and (kept.before == np.inf or falls)


def _as_share(value: float) -> float:
    return value / 100 if value > TOP else value


def _curve_of(history: History, kept: KeptWeights) -> Curve | None:
    """Return the logged curve of the watched score, that of validation first."""
    if LOSS.search(kept.name):
        return None
    curves = [c for c in (*scores(history), *accuracies(history)) if plain_name(c.name) == plain_name(kept.name)]
    curves = [c for c in curves if len(known(c.values)) >= FEWEST_ROWS]
    return min(curves, key=lambda c: c.side != "validation", default=None)


def _is_a_score(curve: Curve, history: History) -> bool:
    """Tell a score from a distance of the same name: it is higher where the loss is lower."""
    for loss in (history.validation_loss, history.train_loss):
        losses, values = together(loss, curve.values)
        if len(losses) >= FEWEST_ROWS:
            return rank_correlation(losses, values) < 0
    return False
