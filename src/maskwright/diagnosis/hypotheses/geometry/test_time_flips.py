"""Predictions that equal their own mirrored or turned image: test-time copies that were averaged as they came."""

from collections.abc import Mapping

import numpy as np

from maskwright.classes import IGNORE
from maskwright.diagnosis.evidence.evidence import Evidence, Pair
from maskwright.diagnosis.hypotheses.geometry.mirror_ghosts import MIRRORED, Move, mirror_ghost_hypotheses
from maskwright.diagnosis.undo.undone_evidence import Hypothesis
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import make_finding
from maskwright.imaging.mask_geometry import Mask, resize_mask

MOST_PHOTOS = 8
"""Photos that are looked at, at full size."""
OWN_IMAGE = 0.985
"""Agreement of a prediction with its mirror image, by the pixels of objects; healthy ones have 0.44 to 0.96."""
CLEARER_THAN_TRUTH = 0.08
"""How far the agreement of the truths with their images must lie below that of predictions."""

TURNED: Mapping[str, Move] = {
    "turned by half": lambda mask: np.rot90(mask, 2),
    "transposed": np.transpose,
    "transposed along the other diagonal": lambda mask: np.rot90(mask, 2).T,
}
"""Moves whose images a mask may equal; those that exchange rows and columns are for square photos only."""


def flip_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return the hypothesis that predictions were joined with their mirror images."""
    pairs = [case.reread() for case in spread_evenly(evidence.cases, MOST_PHOTOS)]
    if len(pairs) < 3:
        return []
    for moves, variant in ((MIRRORED, ""), (TURNED, "turned")):
        for name, move in moves.items():
            agreed = _agreed(pairs, move)
            if agreed is not None:
                kind = f"turned image ({name})" if variant else f"mirror image ({name})"
                text = f"predictions are {agreed[0]:.1%} their own {kind}, the truth {agreed[1]:.0%}"
                return [Hypothesis(make_finding("pred-symmetric", text, variant=variant))]
    return mirror_ghost_hypotheses(evidence)


def _agreed(pairs: list[Pair], move: Move) -> tuple[float, float] | None:
    """Return how much predictions and truths agree with their moved images, None where that shows no averaging."""
    if any(move(pair.prediction).shape != pair.prediction.shape for pair in pairs):
        return None
    drawn = [_agreement(pair.prediction, move) for pair in pairs]
    true = [_agreement(resize_mask(pair.truth, pair.prediction.shape), move) for pair in pairs]
    known = [(d, t) for d, t in zip(drawn, true, strict=True) if not (np.isnan(d) or np.isnan(t))]
    if len(known) < 3:
        return None
    ours, theirs = (float(np.median(values)) for values in zip(*known, strict=True))
    share = float(np.mean([d >= OWN_IMAGE for d, _ in known]))
    return (ours, theirs) if ours >= OWN_IMAGE and share >= 0.8 and theirs <= ours - CLEARER_THAN_TRUTH else None


def _agreement(mask: Mask, move: Move) -> float:
    """Return the IoU of what is not the commonest value with its moved image, value by value; NaN if empty."""
    values, counts = np.unique(mask[mask != IGNORE], return_counts=True)
    if len(values) < 2:
        return float("nan")
    image = move(mask)
    other = [v for v in values if v != values[counts.argmax()]]
    hits = sum(int(((mask == v) & (image == v)).sum()) for v in other)
    union = sum(int(((mask == v) | (image == v)).sum()) for v in other)
    return hits / union
