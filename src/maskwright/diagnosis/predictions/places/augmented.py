"""Predictions that each lie in their own way: augmentation that the photos got and the masks did not."""

from collections import Counter
from functools import partial

import numpy as np

from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.hypotheses.by_photo import Explained, best_way_of, explained_by
from maskwright.diagnosis.hypotheses.counterfactual import Hypothesis, Undo, as_given
from maskwright.diagnosis.hypotheses.transforms import moved_by, shift_undoes, turned
from maskwright.findings.finding import make_finding, some

MOVES = {
    "mirrored left-right": (0, True),
    "mirrored top-bottom": (2, True),
    "turned by half": (2, False),
    "turned clockwise": (1, False),
    "turned counter-clockwise": (3, False),
    "transposed": (3, True),
    "transposed over the other diagonal": (1, True),
}
LEAST_SHARE, LEAST_SHIFTED = 0.12, 0.5
"""Share of the photos that must be moved; the second for shifts, of which any photo has one that fits a little."""
SHIFT_GAIN = 0.12


def moved_each(evidence: Evidence) -> list[Hypothesis]:
    """Return the hypothesis that photos are moved each in its own way, with every photo moved back."""
    if len(evidence.cases) < 4:
        return []
    turns: dict[str, Undo] = {name: partial(turned, *move) for name, move in MOVES.items()}
    by_turns = explained_by(evidence, [turns] * len(evidence.cases))
    if by_turns is not None and by_turns.count >= LEAST_SHARE * len(evidence.cases):
        return [_hypothesis(evidence, by_turns)]
    shifts = [_shifts(evidence, place) for place in range(len(evidence.cases))]
    by_shifts = explained_by(evidence, shifts, gain=SHIFT_GAIN)
    shown = sum(bool(case.table[list(evidence.classes.scored)].sum()) for case in evidence.cases)
    if by_shifts is None or by_shifts.count < LEAST_SHIFTED * shown or not _differ(by_shifts):
        return []
    return [_hypothesis(evidence, by_shifts)]


def _shifts(evidence: Evidence, place: int) -> dict[str, Undo]:
    """Return the shifts that fit one photo best, to one px of its small copy: thin objects need that."""
    case = evidence.cases[place]
    undoes = [undo for undo in shift_undoes([(case,)], as_given) if isinstance(undo, partial)]
    steps = np.arange(-2, 3) / case.scale
    coarse, _ = best_way_of(case, {str(i): u for i, u in enumerate(undoes)}, evidence.classes)
    if not coarse:
        return {}
    x, y = undoes[int(coarse)].args[0]
    fine = [partial(moved_by, (x + dx, y + dy)) for dx in steps for dy in steps]
    return {f"shifted by {u.args[0][0]:.0f}, {u.args[0][1]:.0f} px": u for u in fine}


def _differ(explained: Explained) -> bool:
    """Tell whether the shifts differ from photo to photo: one shift for all is another fault."""
    numbers = np.array([[float(v) for v in way[11:-3].split(", ")] for way in explained.ways.values()])
    return bool(np.ptp(numbers, axis=0).max() > 0.5 * np.abs(numbers).max())


def _hypothesis(evidence: Evidence, explained: Explained) -> Hypothesis:
    names = [evidence.cases[i].name for i in explained.ways]
    kinds = Counter(way if not way.startswith("shifted") else "shifted" for way in explained.ways.values())
    moves = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common(4))
    text = (
        f"{explained.count} of {len(evidence.cases)} predictions fit once each is moved back: {moves} ({some(names)}); "
        f"so the mean IoU goes from {explained.before:.3f} to {explained.after:.3f}"
    )
    gain = round(explained.after - explained.before, 4)
    return Hypothesis(make_finding("pred-augmented", text, photos=names, recovered_iou=gain), explained.undone)
