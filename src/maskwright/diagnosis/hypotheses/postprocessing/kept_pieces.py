"""Filters after the network that take whole objects away: one piece is kept, or small pieces are removed."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.stats import fisher_exact

from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.hypotheses.postprocessing.pieces import (
    LEAST_GAIN,
    MOST_REREAD,
    Pieces,
    missed_whole,
    pieces_of,
    without,
)
from maskwright.diagnosis.undo.undone_evidence import Hypothesis, gain_of, iou_of, severity_of
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import make_finding

Flags = NDArray[np.bool_]
FOUND = 0.5
"""Share of a true piece that is predicted where it is found."""
FEWEST_PHOTOS = 5
"""Photos in which one piece is predicted and several objects are true."""
OF_THE_LARGEST = 0.1
"""Share of the largest true piece's area that another one must have to count."""
LEAST_PX = 20
"""Pixels that it must have."""
TOGETHER = 0.05
"""Share of the true area that smaller pieces which are missed must have together to count: twigs beside a tree."""
FEWEST_MISSED = 2
"""Pieces that they must be."""
MANY_MISSED = 8
"""Pieces that are no specks which a good model misses."""
COVERED = 0.7
"""Share of the largest true piece below which it is found badly, so that fewer are enough."""
ON_TRUTH = 0.5
"""Share of the one piece that is true."""
ON_THE_LARGEST = 0.7
"""Share of the photos in which the largest true piece is the one that is hit."""
FEWEST_PREDICTED = 20
"""Predicted pieces."""
FEWEST_TRUE = 8
"""True pieces below the smallest of them, and above it."""
NEAR_THE_LIMIT = 3
"""Predicted pieces of less than twice its area."""
FOUND_ABOVE = 0.6
"""Share of the true pieces of one to four times the smallest predicted area that are found."""
FOUND_BELOW = 0.1
"""Share of the smaller ones that are found, against it, at most."""
CHANCE = 0.005
"""How often chance gives such shares, at most."""
BELOW = 0.75
"""True pieces up to this share of the smallest predicted area are below the limit: others may be drawn above it."""


def kept_piece_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return the claim that a filter removed whole objects, with the evidence in which they are not counted."""
    if len(evidence.cases) < FEWEST_PHOTOS or not evidence.classes.scored:
        return []
    ways = pieces_of(evidence, spread_evenly(evidence.cases, MOST_REREAD))
    return _one_piece(evidence, ways) or _small_removed(evidence, ways)


def _one_piece(evidence: Evidence, ways: Sequence[Sequence[Pieces]]) -> list[Hypothesis]:
    """Look for photos with one piece each, none with two, though other objects are missed whole."""
    each, whole = (ways[:-1], ways[-1]) if len(ways) > 1 else (ways, ways[0])
    of_classes = [photo for way in each for photo in way]
    for photos, words in ((of_classes, "each class has"), (list(whole), "each photo has")):
        drawn = [photo for photo in photos if len(photo.areas)]
        short = [photo for photo in drawn if _others_missed(photo)]
        if max((len(photo.areas) for photo in drawn), default=0) != 1 or len(short) < FEWEST_PHOTOS:
            continue
        on_largest = np.mean([_is_on_the_largest(photo) for photo in short])
        sound = np.mean([photo.sound[0] for photo in short])
        if on_largest >= ON_THE_LARGEST and sound >= ON_TRUTH:
            return _kept_one(evidence, drawn, short, "" if len(evidence.classes) == 2 else f", {words} one")
    return []


def _others_missed(photo: Pieces) -> bool:
    if len(photo.true_areas) < 2:
        return False
    large = photo.true_areas >= max(LEAST_PX, OF_THE_LARGEST * photo.true_areas.max())
    if large.sum() >= 2 and (photo.missed & large).any():
        return True
    small = photo.true_areas[photo.missed]
    together = bool(len(small) >= FEWEST_MISSED and small.sum() >= TOGETHER * photo.true_areas.sum())
    return together and (len(small) >= MANY_MISSED or photo.hit[int(np.argmax(photo.true_areas))] < COVERED)


def _is_on_the_largest(photo: Pieces) -> bool:
    """Tell whether the piece hits the largest object, or is as large: several objects that are joined are one piece."""
    largest = int(np.argmax(photo.true_areas))
    return bool(not photo.missed[largest] or photo.areas[0] >= photo.true_areas[largest])


def _kept_one(evidence: Evidence, drawn: list[Pieces], short: list[Pieces], words: str) -> list[Hypothesis]:
    left_out = partial(missed_whole, evidence.classes.scored, 0, np.inf)
    undone = without(evidence, left_out)
    gain = gain_of(evidence, undone)
    if gain < LEAST_GAIN:
        return []
    true = int(np.median([len(photo.true_areas) for photo in drawn]))
    text = (
        f"all {len(drawn)} predictions that were looked at have exactly one piece{words}; the truth has {true} "
        f"(median), and in {len(short)} of them other objects are missed whole; with the missed objects left out of "
        f"the truth the IoU goes from {iou_of(evidence):.3f} to {iou_of(undone):.3f}"
    )
    finding = make_finding("pred-one-piece", text, severity=severity_of(gain), recovered_iou=round(gain, 4))
    return [Hypothesis(finding, undone)]


def _small_removed(evidence: Evidence, ways: Sequence[Sequence[Pieces]]) -> list[Hypothesis]:
    """Look for an area below which nothing is predicted, while just above it many pieces are, and most are found."""
    photos = [photo for way in (ways[:-1] if len(ways) > 1 else ways) for photo in way]
    areas = np.concatenate([photo.areas for photo in photos])
    true, hit = (np.concatenate([getattr(photo, key) for photo in photos]) for key in ("true_areas", "hit"))
    if len(areas) < FEWEST_PREDICTED or areas.min() < LEAST_PX:
        return []
    limit = int(areas.min())
    small = true < BELOW * limit
    above = (true >= limit) & (true < 4 * limit)
    near = int((areas < 2 * limit).sum())
    if min(small.sum(), above.sum()) < FEWEST_TRUE or near < NEAR_THE_LIMIT or not _is_a_limit(hit, small, above):
        return []
    found, found_below = (float((hit[part] >= FOUND).mean()) for part in (above, small))
    undone = without(evidence, partial(missed_whole, evidence.classes.scored, 0, limit))
    gain = gain_of(evidence, undone)
    text = (
        f"the smallest of {len(areas)} predicted pieces has {limit} px, and {near} have less than twice as many; the "
        f"truth has {int(small.sum())} pieces clearly below that, of which {found_below:.0%} are found, and "
        f"{found:.0%} of those just above; without the small ones in the truth the IoU goes from "
        f"{iou_of(evidence):.3f} to {iou_of(undone):.3f}"
    )
    recovered = round(max(gain, 0.0), 4)
    finding = make_finding(
        "pred-one-piece", text, variant="small", severity="warning", values={"limit": limit}, recovered_iou=recovered
    )
    return [Hypothesis(finding, undone)]


def _is_a_limit(hit: NDArray[np.float64], small: Flags, above: Flags) -> bool:
    """Tell whether true pieces above the limit are found, and those below it are not, more clearly than by chance."""
    found, found_below = int((hit[above] >= FOUND).sum()), int((hit[small] >= FOUND).sum())
    shares = found / above.sum(), found_below / small.sum()
    if shares[0] < FOUND_ABOVE or shares[1] > FOUND_BELOW * shares[0]:
        return False
    counts = [[found, int(above.sum()) - found], [found_below, int(small.sum()) - found_below]]
    return float(fisher_exact(counts, alternative="greater").pvalue) <= CHANCE
