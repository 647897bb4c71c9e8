"""Scores that overflowed 8 bits when they were stored: 256 became 0, or raw scores went around many times."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from maskwright.diagnosis.evidence.evidence import Case, Evidence, Pair, Probabilities
from maskwright.diagnosis.evidence.pair_to_case import histogram_of
from maskwright.diagnosis.undo.undone_evidence import Hypothesis, gain_of, iou_of
from maskwright.evaluation.metrics import value_counts
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import make_finding
from maskwright.imaging.mask_geometry import Bools, resize_mask

MOST_REREAD = 8
"""Maps that are looked at."""
LOWEST = (0, 5)
"""Values up to one of these are taken for 0: up to the second where more than 256 was the factor."""
AROUND = 128
"""A piece of them has overflowed where most of its pixels beside others have only neighbours from this value on; a few
are low where scores are steep."""
NO_NEIGHBOUR = 256
"""Stands for a pixel that has no neighbour outside of its piece; above every value."""
STEEP = 240
"""Neighbours of such pieces have about the highest value (the median), and those of other zeros have not."""
LEAST_SHARE = 0.02
"""Share of an object's pixels that must have overflowed."""
LEAST_OF_PHOTOS = 0.5
"""Share of the photos with an object in which that many have."""
LEAST_GAIN = 0.03
"""IoU that undoing must give."""
PARTS = 16
"""Ranges of values whose pixels are counted."""
EVEN = 1.5
"""Values are spread evenly where no range holds so many times as many pixels as another."""
JUMP = 200
"""Difference of two neighbours that is a jump from end to end."""
LEAST_JUMPS = 0.02
"""Share of the neighbours that must jump; in random noise 5 % do."""


def wrapped_value_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return the claim that stored scores went around at 255, with the evidence undone where that can be had."""
    if not evidence.storage.shades or not evidence.cases or any(case.histogram is None for case in evidence.cases):
        return []
    stored = [case.reread().stored for case in spread_evenly(evidence.cases, MOST_REREAD)]
    maps = [np.squeeze(one) for one in stored if one is not None and one.dtype == np.uint8]
    if len(maps) < min(3, len(evidence.cases)) or any(one.ndim != 2 for one in maps):
        return []
    return _many_times(maps) or _once(evidence, maps)


def _many_times(maps: list[NDArray[np.uint8]]) -> list[Hypothesis]:
    """Recognise raw scores that were multiplied and cast: values as even as noise, and jumps from end to end."""
    counts = np.sum([np.bincount(one.ravel(), minlength=256) for one in maps], axis=0).reshape(PARTS, -1).sum(axis=1)
    jumps = float(np.mean([(np.abs(np.diff(one.astype(np.int16), axis=1)) >= JUMP).mean() for one in maps]))
    if counts.max() > EVEN * counts.min() or jumps < LEAST_JUMPS:
        return []
    text = (
        f"each sixteenth of the values 0 to 255 holds {counts.min() / counts.sum():.1%} to "
        f"{counts.max() / counts.sum():.1%} of the pixels, and {jumps:.1%} of the neighbouring pixels differ by {JUMP} "
        "or more: probabilities pile up at 0 and 255, and change smoothly"
    )
    return [Hypothesis(make_finding("pred-wrapped", text))]


def _once(evidence: Evidence, maps: list[NDArray[np.uint8]]) -> list[Hypothesis]:
    """Recognise probabilities times 256: the surest pixels are 0, and lie amid 255."""
    claims = [claim for lowest in LOWEST if (claim := _once_up_to(evidence, maps, lowest)) is not None]
    return [max(claims, key=lambda claim: claim.finding.recovered_iou or 0.0)] if claims else []


def _once_up_to(evidence: Evidence, maps: list[NDArray[np.uint8]], lowest: int) -> Hypothesis | None:
    shown = [one for one in maps if (one >= AROUND).any()]
    wrapped = [share for one in shown if (share := _overflow(one, lowest)) >= LEAST_SHARE]
    if len(wrapped) < max(2, LEAST_OF_PHOTOS * len(shown)):
        return None
    undone = replace(evidence, cases=tuple(_refilled(case, lowest) for case in evidence.cases))
    gain = gain_of(evidence, undone)
    if gain < LEAST_GAIN:
        return None
    text = (
        f"in {len(wrapped)} of {len(shown)} photos looked at, values jump from 255 to 0 nearly all around pieces "
        f"inside of objects ({np.mean(wrapped):.0%} of their pixels), while they fall off gradually outside; with "
        f"these at 255 the IoU goes from {iou_of(evidence):.3f} to {iou_of(undone):.3f}"
    )
    values = {"lowest": lowest}
    finding = make_finding("pred-wrapped", text, variant="once", values=values, recovered_iou=round(gain, 4))
    return Hypothesis(finding, undone)


def _overflow(stored: NDArray[np.uint8], lowest: int) -> float:
    """Return the share of an object in zeros amid the highest values; 0 where other zeros border on them as well."""
    pieces = overflowed_pieces(stored, lowest)
    low = stored <= lowest
    beside = [_neighbours(stored, part) for part in (pieces, low & ~pieces)]
    inside, outside = (float(np.median(values)) if len(values) else 0.0 for values in beside)
    share = pieces.sum() / max(pieces.sum() + (stored >= AROUND).sum(), 1)
    return float(share) if inside >= STEEP > outside else 0.0


def _neighbours(stored: NDArray[np.uint8], part: Bools) -> NDArray[np.uint8]:
    """Return the values that border on a part, those of other pieces like it aside."""
    return np.asarray(stored[ndimage.binary_dilation(part) & (stored > stored[part].max(initial=0))])


def overflowed_pieces(stored: NDArray[np.uint8], lowest: int) -> Bools:
    """Return the pieces of zeros that most neighbours of are high: what the command of the fix fills."""
    low = stored <= lowest
    zero, count = ndimage.label(low)
    edge = ndimage.minimum_filter(np.where(low, NO_NEIGHBOUR, stored.astype(np.int64)), 3)
    votes = np.where(edge < AROUND, -1, edge < NO_NEIGHBOUR)
    return np.asarray(np.append(False, ndimage.sum_labels(votes, zero, np.arange(1, count + 1)) > 0)[zero])


def _refilled(case: Case, lowest: int) -> Case:
    """Return the case with overflowed pieces taken for the object, counted at full size."""
    pair = _refilled_pair(case, lowest)
    chances = pair.probabilities
    assert chances is not None
    count = len(case.table)
    small = resize_mask(np.rint(chances * 255).astype(np.uint8), case.prediction.shape)
    return replace(
        case,
        table=value_counts(pair.truth, resize_mask(pair.prediction, pair.truth.shape), count),
        prediction=resize_mask(pair.prediction, case.prediction.shape),
        probability=small,
        histogram=histogram_of(pair.truth, chances, count),
        reread=lambda: _refilled_pair(case, lowest),
    )


def _refilled_pair(case: Case, lowest: int) -> Pair:
    pair = case.reread()
    assert pair.probabilities is not None
    stored = np.rint(pair.probabilities * 255).astype(np.uint8)
    filled: Probabilities = pair.probabilities.astype(np.float32)
    filled[overflowed_pieces(stored, lowest)] = 1
    return replace(pair, prediction=(filled >= 0.5).astype(np.uint8), probabilities=filled)
