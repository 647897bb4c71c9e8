"""Predictions that are shifted: by any amount on small copies, by 1 to 3 px at full size."""

from functools import partial

import numpy as np

from maskwright.diagnosis.evidence.evidence import Evidence, Pair, mean_iou_or_zero
from maskwright.diagnosis.undo.class_mapping import best_lookup
from maskwright.diagnosis.undo.fix_commands import shifting
from maskwright.diagnosis.undo.search import NEARLY_ALL, View, best_undo, confirmed
from maskwright.diagnosis.undo.transforms import moved_by, shift_undo_functions
from maskwright.diagnosis.undo.undone_evidence import (
    Frame,
    Hypothesis,
    applied,
    as_given,
    moved,
    severity_of,
    share_better,
)
from maskwright.evaluation.metrics import ValueCounts, value_counts
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import make_finding

SMALL_GAIN = 0.02
"""IoU that a shift must give back which nearly every photo gains by."""
FINE_PHOTOS = 6
"""Photos at full size on which shifts of 1 to 3 px are looked for."""
FINE_GAIN = 0.03
"""IoU that such a shift must give back."""
FINE_REACHED = 0.35
"""IoU that must be reached."""
SURE_GAIN = 0.015
"""IoU that is enough for a shift of 2 px or more by which each of many photos gains."""
SURE_PHOTOS = 6
"""Photos that must be there for that."""
STEPS = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, -1), (1, -1), (-1, 1))
"""Right and down in px: shifts at full size are followed by these from one to the next that scores better."""


def shift_hypothesis(evidence: Evidence, seen: list[View]) -> Hypothesis | None:
    """Return the claim that predictions lie beside the truth; `seen` are the cases to try on."""
    found = best_undo(seen, shift_undo_functions(seen, as_given), evidence.classes, least=SMALL_GAIN)
    if found is None:
        return _fine_shift(evidence)
    assert isinstance(found[0].undo, partial)
    dx, dy = _refined(evidence, found[0].undo.args[0])
    undone = applied(evidence, partial(moved_by, (dx, dy)))
    values = {"undo": shifting(evidence, (dx, dy))}
    return confirmed("pred-shifted", _where(dx, dy), (evidence, undone), found, values)


def _fine_shift(evidence: Evidence) -> Hypothesis | None:
    """Look at full size for a shift of 1 to 3 px: small copies hide it, and thin objects lose much by it."""
    cases = spread_evenly(evidence.cases, FINE_PHOTOS)
    pairs = [case.reread() for case in cases]
    if len(pairs) < 3 or any(
        p.truth.shape != c.size_hw or p.prediction.shape != c.size_hw for p, c in zip(pairs, cases, strict=True)
    ):
        return None
    count, classes = len(evidence.classes), evidence.classes
    tables = {xy: _moved_tables(pairs, xy, count) for xy in ((0, 0), *STEPS)}
    worth = {xy: mean_iou_or_zero(np.sum(t, axis=0), classes) for xy, t in tables.items()}
    best, visited = max(worth, key=worth.__getitem__), set()
    while best not in visited and max(map(abs, best)) < 3:
        visited.add(best)
        for step in STEPS:
            xy = best[0] + step[0], best[1] + step[1]
            if xy not in worth:
                tables[xy] = _moved_tables(pairs, xy, count)
                worth[xy] = mean_iou_or_zero(np.sum(tables[xy], axis=0), classes)
        best = max(worth, key=worth.__getitem__)
    gain, nearly_all = worth[best] - worth[0, 0], share_better(tables[0, 0], tables[best], classes)
    surely = nearly_all == 1 and len(pairs) >= SURE_PHOTOS and max(map(abs, best)) >= 2
    if gain < (SURE_GAIN if surely else FINE_GAIN) or worth[best] < FINE_REACHED or nearly_all < NEARLY_ALL:
        return None
    text = (
        f"{_where(*best)}; looked for at full size and undone, the mean IoU goes from {worth[0, 0]:.3f} "
        f"to {worth[best]:.3f}"
    )
    values = {"undo": shifting(evidence, best)}
    finding = make_finding(
        "pred-shifted", text, values=values, severity=severity_of(gain), recovered_iou=round(gain, 4)
    )
    return Hypothesis(finding, applied(evidence, partial(moved_by, best)))


def _where(dx: float, dy: float) -> str:
    return (
        f"they lie {abs(dx):.0f} px {'right' if dx >= 0 else 'left'} of and {abs(dy):.0f} px "
        f"{'below' if dy >= 0 else 'above'} the truth"
    )


def _moved_tables(pairs: list[Pair], xy: tuple[int, int], count: int) -> list[ValueCounts]:
    frames = (Frame((p.truth.shape[0], p.truth.shape[1]), 1.0) for p in pairs)
    return [
        value_counts(p.truth, np.asarray(moved_by(xy, p.prediction, frame)), count)
        for p, frame in zip(pairs, frames, strict=True)
    ]


def _refined(evidence: Evidence, shift_xy: tuple[float, float]) -> tuple[float, float]:
    """Return the shift in whole px of full size that scores best on some photos, found by halving steps."""
    pairs = [case.reread() for case in spread_evenly(evidence.cases, 4)]
    scales = [p.truth.shape[1] / c.size_hw[1] for p, c in zip(pairs, spread_evenly(evidence.cases, 4), strict=True)]
    count, classes = len(evidence.classes), evidence.classes

    def worth(xy: tuple[float, float]) -> float:
        total = np.zeros((count, 256), dtype=np.int64)
        for pair, scale in zip(pairs, scales, strict=True):
            frame = Frame((pair.truth.shape[0], pair.truth.shape[1]), scale)
            total += value_counts(pair.truth, np.asarray(moved_by(xy, pair.prediction, frame)), count)
        return mean_iou_or_zero(moved(total, best_lookup(total, classes).lookup), classes)

    x, y = round(shift_xy[0]), round(shift_xy[1])
    best, step = worth((x, y)), max(1, round(2 / evidence.cases[0].scale / 2))
    while step >= 1:
        for dx, dy in ((step, 0), (-step, 0), (0, step), (0, -step)):
            score = worth((x + dx, y + dy))
            if score > best:
                best, x, y = score, x + dx, y + dy
        step //= 2
    return x, y
