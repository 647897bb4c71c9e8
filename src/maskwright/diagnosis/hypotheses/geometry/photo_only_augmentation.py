"""Predictions that each lie in their own way: augmentation that the photos got and the masks did not."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from maskwright.classes import ClassTable
from maskwright.diagnosis.evidence.evidence import Case, Evidence, shows_a_class
from maskwright.diagnosis.hypotheses.geometry.rotations_and_crops import crops, moves, rotations
from maskwright.diagnosis.hypotheses.shapes.thickness import by_thickness
from maskwright.diagnosis.undo.fix_commands import as_ids
from maskwright.diagnosis.undo.per_photo_search import (
    Explained,
    best_undo_of,
    explained_by,
    iou_as_given,
    surpasses_chance,
)
from maskwright.diagnosis.undo.transforms import moved_by, shift_undo_functions, turned
from maskwright.diagnosis.undo.undone_evidence import Hypothesis, Undo, as_given
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import make_finding, some
from maskwright.imaging.mask_geometry import resize_mask

MOVES = {
    "mirrored left-right": (0, True),
    "mirrored top-bottom": (2, True),
    "turned by half": (2, False),
    "turned clockwise": (1, False),
    "turned counter-clockwise": (3, False),
    "transposed": (3, True),
    "transposed over the other diagonal": (1, True),
}
COMMANDS = {
    "mirrored left-right": "prediction = np.fliplr(prediction)",
    "mirrored top-bottom": "prediction = np.flipud(prediction)",
    "turned by half": "prediction = np.rot90(prediction, 2)",
}
"""What undoes a move that is the same on all photos named, in numpy."""
LEAST_SHARE = 0.12
"""Share of the photos with an object that must be turned or mirrored."""
LEAST_OF_POOR = 0.5
"""Share of the photos that score poorly that shifts, rotations and crops must explain: any photo has one of them that
fits a little."""
LEAST_MOVED = 0.25
"""Share of all photos that they must explain."""
LEAST_TOGETHER = 0.05
"""IoU that all photos together must gain by them."""
FEWEST_MOVED = 4
"""So many photos at least: two small objects that fit after some rotation prove nothing."""
POOR = 0.75
"""Share of the good photos' IoU (the third quartile) below which a photo needs an explanation."""
BAD = 0.35
"""IoU of the good photos below which all do."""
CLEARLY = 0.03
"""IoU by which they must surpass growing or shrinking all objects alike."""
LEAST_SPREAD = 4
"""Numbers of a move (px, degrees, percent) must differ by more from photo to photo."""
FEWEST_SURE = 2
"""So many are enough where each fits its own truth far better than a move brings it onto any other truth."""
SURE_REACHED = 0.85
"""IoU that these few reach, as a share of the other photos' (medians)."""
SURE_ABOVE_CHANCE = 0.1
"""IoU by which their own truth must fit better than the best other one."""
TRUTHS_FOR_CHANCE = 4
"""Other truths that are tried for that."""
PROBED = 12
"""Costly moves are tried on so many photos, the worst."""
LEAST_PROBED = 0.35
"""They are tried on the others only if they explain this share of them."""


@dataclass(frozen=True)
class _Search:
    """Moves of one photo by name, and the IoU that it must gain by one of them.

    All photos together must reach `share` of the other photos' IoU, and `reached`, and gain `together`. Where `few` is
    true, a few photos are believed if their moves fit no other truth.
    """

    ways: Callable[[Case, ClassTable], dict[str, Undo]]
    gain: float
    share: float
    reached: float = 0.0
    few: bool = False
    together: float = LEAST_TOGETHER


def photo_only_augmentation_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return the hypothesis that photos are moved each in its own way, with every photo moved back."""
    if len(evidence.cases) < 4:
        return []
    turns: dict[str, Undo] = {name: partial(turned, *move) for name, move in MOVES.items()}
    by_turns = _turned(evidence, turns)
    if by_turns is not None:
        return [_hypothesis(evidence, by_turns)]
    explained = [e for search in SEARCHES if (e := _searched(evidence, search)) is not None]
    best = max(explained, key=lambda e: e.after, default=None)
    return [_hypothesis(evidence, best)] if best is not None and best.after > by_thickness(evidence) + CLEARLY else []


def _turned(evidence: Evidence, turns: dict[str, Undo]) -> Explained | None:
    """Return the photos that only a turn or a mirroring explains: it fits them better than it fits other photos."""
    cases = evidence.cases
    first = explained_by(evidence, [turns] * len(cases))
    if first is None:
        return None
    surely = {i for i in first.ways if surpasses_chance(evidence, i, turns)}
    explained = explained_by(evidence, [turns if i in surely else {} for i in range(len(cases))])
    return explained if explained and explained.count >= LEAST_SHARE * len(_shown(evidence)) else None


def _searched(evidence: Evidence, search: _Search) -> Explained | None:
    """Return what the best move of each photo explains; None where that is too little, or the same for all."""
    cases, classes = evidence.cases, evidence.classes
    scores = {i: iou_as_given(cases[i], classes) for i in _shown(evidence)}
    open_to_gain = sorted((i for i in scores if scores[i] < 1 - 2 * search.gain), key=scores.__getitem__)
    if len(open_to_gain) < max(2, LEAST_SHARE * len(scores)):
        return None
    first = {i: search.ways(cases[i], classes) for i in open_to_gain[:PROBED]}
    if np.mean([_gain(cases[i], ways, classes) >= search.gain for i, ways in first.items()]) < LEAST_PROBED:
        return None
    ways = {i: first.get(i) or search.ways(cases[i], classes) for i in open_to_gain}
    of_each = [ways.get(i, {}) for i in range(len(cases))]
    explained = explained_by(evidence, of_each, gain=search.gain, share=search.share)
    if explained is None or explained.after - explained.before < search.together or not _differ(explained):
        return None
    if explained.reached < search.reached:
        return None
    of_poor = LEAST_OF_POOR * _poor_count(list(scores.values()))
    if explained.count >= max(of_poor, LEAST_MOVED * len(scores), FEWEST_MOVED):
        return explained
    are_sure = search.few and explained.count >= max(of_poor, FEWEST_SURE) and _are_sure(evidence, explained, search)
    return explained if are_sure else None


def _are_sure(evidence: Evidence, explained: Explained, search: _Search) -> bool:
    """Tell whether few photos surely were moved: their moves restore nearly the others' IoU, and fit no other truth."""
    classes = evidence.classes
    others = [i for i in _shown(evidence) if i not in explained.ways]
    if len(others) < TRUTHS_FOR_CHANCE:
        return False
    if explained.reached < SURE_REACHED * np.median([iou_as_given(evidence.cases[i], classes) for i in others]):
        return False
    return all(_fits_no_other_truth(evidence, place, others, search) for place in explained.ways)


def _fits_no_other_truth(evidence: Evidence, place: int, others: list[int], search: _Search) -> bool:
    """Tell whether the best moves onto other photos' truths stay well below the one onto the photo's own truth."""
    case, classes = evidence.cases[place], evidence.classes
    truths = [resize_mask(evidence.cases[i].truth, case.truth.shape) for i in spread_evenly(others, TRUTHS_FOR_CHANCE)]
    cases = [case, *(replace(case, truth=truth) for truth in truths)]
    own, *chance = [best_undo_of(one, search.ways(one, classes), classes)[1] for one in cases]
    return own >= float(np.nanmax(chance)) + SURE_ABOVE_CHANCE


def _shown(evidence: Evidence) -> list[int]:
    """Return the places of the photos whose truth shows a scored class."""
    return [i for i, case in enumerate(evidence.cases) if shows_a_class(case, evidence.classes)]


def _poor_count(scores: list[float]) -> int:
    """Count the photos that score poorly beside the good ones; all of them where even the good ones are bad."""
    good = float(np.quantile(scores, 0.75))
    return len(scores) if good < BAD else sum(score < POOR * good for score in scores)


def _gain(case: Case, ways: dict[str, Undo], classes: ClassTable) -> float:
    _, iou = best_undo_of(case, ways, classes)
    return float(np.nan_to_num(iou)) - iou_as_given(case, classes)


def _shifts(case: Case, classes: ClassTable) -> dict[str, Undo]:
    """Return the shifts that fit one photo best, to one px of its small copy: thin objects need that."""
    undo_functions = [undo for undo in shift_undo_functions([(case,)], as_given) if isinstance(undo, partial)]
    steps = np.arange(-2, 3) / case.scale
    coarse, _ = best_undo_of(case, {str(i): u for i, u in enumerate(undo_functions)}, classes)
    if not coarse:
        return {}
    x, y = undo_functions[int(coarse)].args[0]
    fine = [partial(moved_by, (x + dx, y + dy)) for dx in steps for dy in steps]
    return {f"shifted by {u.args[0][0]:.0f}, {u.args[0][1]:.0f} px": u for u in fine}


SEARCHES = (
    _Search(_shifts, gain=0.12, share=0.5),
    _Search(rotations, gain=0.15, share=0.5),
    _Search(crops, gain=0.15, share=0.35, together=0.1),
    _Search(moves, gain=0.15, share=0.6, reached=0.6, few=True),
)
"""Of a crop only the part that was kept comes back; some photos of a weak model fit after a crop by chance, and
gain less together. The four free numbers of a move in one fit any weak mask better."""


def _differ(explained: Explained) -> bool:
    """Tell whether the moves differ from photo to photo: one move for all is another fault."""
    kinds = {_kind(way) for way in explained.ways.values()}
    numbers = [_numbers(way) for way in explained.ways.values()]
    lengths = {len(row) for row in numbers}
    if len(kinds) > 1 or len(lengths) > 1:
        return True
    table = np.array(numbers)
    return bool((np.ptp(table, axis=0) > np.maximum(LEAST_SPREAD, 0.5 * np.abs(table).max(axis=0))).any())


def _numbers(way: str) -> list[float]:
    """Return the numbers of a move, degrees clockwise below 0."""
    sign = -1.0 if way.endswith(" clockwise") else 1.0
    return [sign * float(number) for number in re.findall(r"-?\d+", way)]


def _kind(way: str) -> str:
    """Return the move without its numbers, so that moves can be counted."""
    return way.split(" by ")[0] if way.startswith(("shifted", "rotated")) else way.split(" to ")[0]


def _hypothesis(evidence: Evidence, explained: Explained) -> Hypothesis:
    names = [evidence.cases[i].name for i in explained.ways]
    kinds = Counter(_kind(way) for way in explained.ways.values())
    moves = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common(4))
    example = next(iter(explained.ways.items()))
    text = (
        f"{explained.count} of {len(evidence.cases)} predictions fit once each is moved back: {moves} "
        f"({evidence.cases[example[0]].name} is {example[1]}; {some(names)}); "
        f"so the mean IoU goes from {explained.before:.3f} to {explained.after:.3f}"
    )
    gain = round(explained.after - explained.before, 4)
    undo = COMMANDS.get(next(iter(kinds)), "") if len(kinds) == 1 else ""
    values, variant = ({"undo": as_ids(evidence) + undo}, "one") if undo else ({}, "")
    finding = make_finding("pred-augmented", text, values=values, variant=variant, photos=names, recovered_iou=gain)
    return Hypothesis(finding, explained.undone)
