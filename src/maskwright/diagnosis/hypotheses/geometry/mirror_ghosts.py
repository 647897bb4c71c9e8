"""Predictions that show each object again at its mirrored place, though not as an exact image of it.

A network does not predict exactly the mirror image for a mirrored photo. What was averaged as it came is then no exact
image of itself, and its objects are as strong at their mirrored places as at their own.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from maskwright.classes import IGNORE
from maskwright.diagnosis.evidence.evidence import Case, Evidence
from maskwright.diagnosis.undo.undone_evidence import Hypothesis
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import make_finding
from maskwright.imaging.mask_geometry import Bools, Mask, resize_mask

MOST_PHOTOS, FEWEST_PHOTOS, MOST_OF_PHOTOS = 16, 4, 0.75
AS_STRONG, STRONGEST = 0.75, 1.33
"""Height of what is predicted where only the mirrored object lies, against where only the object itself lies."""
OWN_IMAGE, CLEARER_THAN_TRUTH = 0.35, 0.25
"""Correlation of predictions with their mirror images, and how far that of the truths must lie below it."""
FEWEST_PX, LEAST_HEIGHT = 20, 0.05
"""Pixels of the small copies that must show an object alone, and its height above its surroundings."""

Heights = NDArray[np.float32]
Move = Callable[[Heights], Heights]
MIRRORED: Mapping[str, Move] = {"left-right": np.fliplr, "top-bottom": np.flipud}


def mirror_ghost_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return the hypothesis that predictions were joined with those of mirrored photos."""
    commonest = int(evidence.table.sum(axis=1).argmax())
    cases = [c for c in spread_evenly(evidence.cases, MOST_PHOTOS) if (c.truth != IGNORE).any()]
    if len(cases) < FEWEST_PHOTOS:
        return []
    heights = _without_common(cases, commonest)
    shown = [resize_mask(c.truth, _shape(h)) for c, h in zip(cases, heights, strict=True)]
    for name, move in MIRRORED.items():
        found = _ghosts(heights, [np.asarray((t != commonest) & (t != IGNORE)) for t in shown], move)
        if found is not None:
            text = (
                f"predictions are {found[0]:.0%} as strong at the mirrored places of objects ({name}) as at their own, "
                f"and correlate with their own mirror image by {found[1]:.2f}, the truth by {found[2]:.2f}"
            )
            return [Hypothesis(make_finding("pred-symmetric", text, variant="ghosts"))]
    return []


def _without_common(cases: list[Case], commonest: int) -> list[Heights]:
    """Return what is predicted of objects less its mean over the photos of a size, which any photo would get."""
    heights = [_height(case, commonest) for case in cases]
    means = {shape: np.mean([h for h in heights if h.shape == shape], axis=0) for shape in {h.shape for h in heights}}
    alone = len(means) > len(heights) / FEWEST_PHOTOS
    return [h - (np.float32(h.mean()) if alone else means[h.shape]) for h in heights]


def _height(case: Case, commonest: int) -> Heights:
    """Return how much each pixel of the small copy is predicted as something else than the commonest class."""
    if case.probability is None:
        return np.asarray(case.prediction != commonest, dtype=np.float32)
    chances = np.asarray(case.probability / 255, dtype=np.float32)
    return 1 - chances if commonest == 1 else chances


def _ghosts(heights: list[Heights], shown: list[Bools], move: Move) -> tuple[float, float, float] | None:
    """Return the height of ghosts, and the correlations of predictions and truths; None where there are no ghosts."""
    rows = [row for h, t in zip(heights, shown, strict=True) if (row := _row(h, t, move)) is not None]
    if len(rows) < max(FEWEST_PHOTOS, len(heights) / 2):
        return None
    strong, ours, theirs = (float(value) for value in np.median(rows, axis=0))
    are_ghosts = [row[0] >= AS_STRONG - 0.25 and row[1] >= OWN_IMAGE / 2 for row in rows]
    if not AS_STRONG <= strong <= STRONGEST or ours < OWN_IMAGE or theirs > ours - CLEARER_THAN_TRUTH:
        return None
    return (strong, ours, theirs) if np.mean(are_ghosts) >= MOST_OF_PHOTOS else None


def _row(height: Heights, shown: Bools, move: Move) -> tuple[float, float, float] | None:
    image = np.asarray(move(shown.astype(np.float32)) > 0)
    own, ghost, other = shown & ~image, image & ~shown, ~(shown | image)
    if min(own.sum(), ghost.sum(), other.sum()) < FEWEST_PX or not height.std():
        return None
    level = float(height[other].mean())
    above = float(height[own].mean()) - level
    if above < LEAST_HEIGHT:
        return None
    moved = np.asarray(move(height))
    ours = float(np.corrcoef(height.ravel(), moved.ravel())[0, 1])
    theirs = float(np.corrcoef(shown.ravel(), image.ravel())[0, 1])
    return (float(height[ghost].mean()) - level) / above, ours, theirs


def _shape(mask: Heights | Mask) -> tuple[int, int]:
    return mask.shape[0], mask.shape[1]
