"""Predictions that show each object again at its mirrored place, though not as an exact image of it.

A network does not predict exactly the mirror image for a mirrored photo. What was averaged as it came is then no exact
image of itself, and its objects are as strong at their mirrored places as at their own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maskwright.classes import IGNORE
from maskwright.diagnosis.evidence.evidence import Case, Evidence
from maskwright.diagnosis.undo.undone_evidence import Hypothesis
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import make_finding
from maskwright.imaging.mask_geometry import Bools, resize_mask

MOST_PHOTOS = 16
"""Photos that are looked at."""
FEWEST_PHOTOS = 4
"""Photos that must show objects apart from their mirrored places."""
MOST_OF_PHOTOS = 0.75
"""Share of these photos that must each show ghosts."""
LEAST_STRENGTH = 0.75
"""Height of what is predicted where only the mirrored object lies, against where only the object lies: the median."""
MOST_STRENGTH = 1.33
"""The same at most: the inverse of LEAST_STRENGTH, since averaging makes both places alike."""
LEAST_STRENGTH_OF_ONE = 0.5
"""The same in a single photo, at least."""
LEAST_LIKENESS = 0.35
"""Correlation of predictions with their mirror images: the median."""
LEAST_LIKENESS_OF_ONE = LEAST_LIKENESS / 2
"""The same in a single photo, at least."""
CLEARER_THAN_TRUTH = 0.25
"""How far the correlation of the truths with their mirror images must lie below that of predictions."""
FEWEST_PX = 20
"""Pixels of the small copy that must show an object alone, its mirrored place alone, and neither."""
LEAST_HEIGHT = 0.05
"""Height of what is predicted of an object above its surroundings, 0 to 1."""

Heights = NDArray[np.float32]
Move = Callable[[NDArray[Any]], NDArray[Any]]
MIRRORED: Mapping[str, Move] = {"left-right": np.fliplr, "top-bottom": np.flipud}


def mirror_ghost_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return the hypothesis that predictions were joined with those of mirrored photos."""
    commonest = int(evidence.table.sum(axis=1).argmax())
    cases = [c for c in spread_evenly(evidence.cases, MOST_PHOTOS) if (c.truth != IGNORE).any()]
    if len(cases) < FEWEST_PHOTOS:
        return []
    heights = _without_common(cases, commonest)
    truths = [resize_mask(c.truth, h.shape) for c, h in zip(cases, heights, strict=True)]
    shown = [np.asarray((truth != commonest) & (truth != IGNORE)) for truth in truths]
    for name, move in MIRRORED.items():
        ghosts = _ghosts(heights, shown, move)
        if ghosts is not None:
            text = (
                f"predictions are {ghosts.strength:.0%} as strong at the mirrored places of objects ({name}) as at "
                f"their own, and correlate with their own mirror image by {ghosts.likeness:.2f}, the truth by "
                f"{ghosts.likeness_of_truth:.2f}"
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


@dataclass(frozen=True)
class _Ghosts:
    """How strong mirrored objects are against the objects, and correlations with the mirror image, of one or all."""

    strength: float
    likeness: float
    likeness_of_truth: float


def _ghosts(heights: list[Heights], shown: list[Bools], move: Move) -> _Ghosts | None:
    """Return what is typical of all photos (medians); None where most show no ghosts."""
    of_photos = [one for h, t in zip(heights, shown, strict=True) if (one := _of_photo(h, t, move)) is not None]
    if len(of_photos) < max(FEWEST_PHOTOS, len(heights) / 2):
        return None
    usual = _Ghosts(
        float(np.median([one.strength for one in of_photos])),
        float(np.median([one.likeness for one in of_photos])),
        float(np.median([one.likeness_of_truth for one in of_photos])),
    )
    if not LEAST_STRENGTH <= usual.strength <= MOST_STRENGTH or usual.likeness < LEAST_LIKENESS:
        return None
    if usual.likeness_of_truth > usual.likeness - CLEARER_THAN_TRUTH:
        return None
    clear = [one.strength >= LEAST_STRENGTH_OF_ONE and one.likeness >= LEAST_LIKENESS_OF_ONE for one in of_photos]
    return usual if np.mean(clear) >= MOST_OF_PHOTOS else None


def _of_photo(height: Heights, shown: Bools, move: Move) -> _Ghosts | None:
    """Return what one photo shows; None where object and mirrored object lie on each other, or nothing is predicted."""
    image = move(shown)
    own, ghost, other = shown & ~image, image & ~shown, ~(shown | image)
    if min(own.sum(), ghost.sum(), other.sum()) < FEWEST_PX or not height.std():
        return None
    level = float(height[other].mean())
    above = float(height[own].mean()) - level
    if above < LEAST_HEIGHT:
        return None
    strength = (float(height[ghost].mean()) - level) / above
    return _Ghosts(strength, _correlation(height, move(height)), _correlation(shown, image))


def _correlation(first: NDArray[Any], second: NDArray[Any]) -> float:
    return float(np.corrcoef(first.ravel(), second.ravel())[0, 1])
