"""Predictions in the wrong place: mirrored, turned, shifted, at another scale or cropped."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from maskwright.classes import ClassTable
from maskwright.diagnosis.evidence.evidence import Evidence, mean_iou, spread
from maskwright.diagnosis.hypotheses.class_mapping import best_lookup
from maskwright.diagnosis.hypotheses.counterfactual import Frame, Hypothesis, Undo, applied, as_given, iou_of, moved
from maskwright.diagnosis.hypotheses.search import View, best_way, confirmed, tried_way, views
from maskwright.diagnosis.hypotheses.transforms import (
    Chain,
    Map,
    at_own_scale,
    moved_by,
    shift_undoes,
    shifted_too,
    turned,
    zoomed,
)
from maskwright.evaluation.metrics import value_counts

ZOOMS = np.exp(np.linspace(np.log(0.4), np.log(2.5), 123))
"""Steps of 1.5 %: fine textures fall out of step with the truth at a few percent."""
LEAST_ZOOM_GAIN = 0.06
LOOKED_AT, LIKELY, ON_MORE = 3, 5, 10
"""All zooms are tried on so many photos, and the best so many of them on so many more."""
SMALL_GAIN = 0.02
"""A shift that nearly every photo gains by need give back no more than this."""

WORDS = {
    (0, True): ("pred-flipped", "left and right are exchanged", "np.fliplr(prediction)"),
    (2, True): ("pred-flipped", "top and bottom are exchanged", "np.flipud(prediction)"),
    (1, False): ("pred-turned", "turned by a quarter clockwise", "np.rot90(prediction)"),
    (2, False): ("pred-turned", "turned by half", "np.rot90(prediction, 2)"),
    (3, False): ("pred-turned", "turned by a quarter counter-clockwise", "np.rot90(prediction, 3)"),
    (1, True): ("pred-turned", "turned and mirrored over the other diagonal", "np.rot90(prediction, 2).T"),
    (3, True): ("pred-turned", "transposed: rows and columns are exchanged", "prediction.T"),
}
"""What was done to the prediction where `turned(quarters, mirror)` undoes it, and what undoes it in numpy."""


def misplaced(evidence: Evidence) -> list[Hypothesis]:
    """Return the claims that predictions are mirrored, turned, shifted or scaled, each with the evidence undone."""
    claims: list[Hypothesis] = []
    seen = views(evidence)
    for look in (_symmetry, _scale, _shift):
        claim = look(evidence, seen)
        if claim is not None:
            claims.append(claim)
            assert claim.undone is not None
            evidence, seen = claim.undone, views(claim.undone)
    return claims


def _symmetry(evidence: Evidence, seen: list[View]) -> Hypothesis | None:
    keys = list(WORDS)
    undoes: list[Undo] = [partial(turned, quarters, mirror) for quarters, mirror in keys]
    found = best_way(seen, undoes, evidence.classes)
    if found is None and iou_of(evidence) < 0.5:
        found = best_way(seen, shifted_too(seen, undoes), evidence.classes)
        if found is not None and isinstance(found[0].undo, Chain):
            found = replace(found[0], undo=found[0].undo.first), found[1]
    if found is None or _only_moved(seen, evidence.classes, found[0].iou - 0.05):
        return None
    code, what, command = WORDS[keys[undoes.index(found[0].undo)]]
    undone = applied(evidence, found[0].undo)
    return confirmed(code, what, (evidence, undone), found, {"undo": command})


def _only_moved(seen: list[View], classes: ClassTable, iou: float) -> bool:
    """Tell whether a plain shift, undone, already gives back this IoU."""
    shift = best_way(seen, shift_undoes(seen, as_given), classes)
    return shift is not None and shift[0].iou >= iou


def _shift(evidence: Evidence, seen: list[View]) -> Hypothesis | None:
    found = best_way(seen, shift_undoes(seen, as_given), evidence.classes, least=SMALL_GAIN)
    if found is None:
        return None
    assert isinstance(found[0].undo, partial)
    dx, dy = _refined(evidence, found[0].undo.args[0])
    undone = applied(evidence, partial(moved_by, (dx, dy)))
    what = (
        f"they lie {abs(dx):.0f} px {'right' if dx >= 0 else 'left'} of and {abs(dy):.0f} px "
        f"{'below' if dy >= 0 else 'above'} the truth"
    )
    values = {"down": -dy, "right": -dx}
    return confirmed("pred-shifted", what, (evidence, undone), found, values)


def _refined(evidence: Evidence, shift_xy: tuple[float, float]) -> tuple[float, float]:
    """Return the shift in whole px of full size that scores best on some photos, found by halving steps."""
    pairs = [case.reread() for case in spread(evidence.cases, 4)]
    scales = [p.truth.shape[1] / c.size_hw[1] for p, c in zip(pairs, spread(evidence.cases, 4), strict=True)]
    count, classes = len(evidence.classes), evidence.classes

    def worth(xy: tuple[float, float]) -> float:
        total = np.zeros((count, 256), dtype=np.int64)
        for pair, scale in zip(pairs, scales, strict=True):
            frame = Frame((pair.truth.shape[0], pair.truth.shape[1]), scale)
            total += value_counts(pair.truth, np.asarray(moved_by(xy, pair.prediction, frame)), count)
        return float(np.nan_to_num(mean_iou(moved(total, best_lookup(total, classes).lookup), classes)))

    x, y = round(shift_xy[0]), round(shift_xy[1])
    best, step = worth((x, y)), max(1, round(2 / evidence.cases[0].scale / 2))
    while step >= 1:
        for dx, dy in ((step, 0), (-step, 0), (0, step), (0, -step)):
            score = worth((x + dx, y + dy))
            if score > best:
                best, x, y = score, x + dx, y + dy
        step //= 2
    return x, y


def _scale(evidence: Evidence, seen: list[View]) -> Hypothesis | None:
    own: list[Undo] = []
    if any(case.predicted_hw != case.size_hw for case in evidence.cases):
        own = [partial(at_own_scale, a, fit) for fit in ("crop", "letterbox") for a in (0.5, 0.0)]
    classes, few = evidence.classes, [spread(view, ON_MORE) for view in seen]
    found = best_way(few, [*own, *_likely_zooms(seen, classes)], classes)
    if found is None or found[0].iou - found[1].iou < LEAST_ZOOM_GAIN:
        return None
    undo = found[0].undo
    assert isinstance(undo, partial)
    undo, what = _named(undo, few[0], classes)
    if _only_moved(few, classes, tried_way(few[0], undo, classes).iou - 0.005):
        return None
    undone = applied(evidence, undo)
    return confirmed("pred-scaled", what, (evidence, undone), found, {})


def _likely_zooms(seen: list[View], classes: ClassTable) -> list[Undo]:
    """Return the zooms that score best on a few photos, in any view."""
    every: list[Undo] = [partial(zoomed, float(z), a) for z in ZOOMS if abs(z - 1) > 0.02 for a in (0.5, 0.0)]
    found: list[Undo] = []
    for view in seen:
        few = spread(view, LOOKED_AT)
        found += sorted(every, key=lambda undo: -tried_way(few, undo, classes).iou)[:LIKELY]
    return found


def _named(undo: "partial[Map]", few: View, classes: ClassTable) -> tuple[Undo, str]:
    if undo.func is at_own_scale:
        how = "cropped" if undo.args[1] == "crop" else "padded to another ratio of the sides"
        at = "around the centre" if undo.args[0] else "at the top left corner"
        (h, w), (th, tw) = few[0].predicted_hw, few[0].size_hw
        return undo, f"they are {how} {at}: {w}x{h} px for photos of {tw}x{th} px"
    zoom, anchor = undo.args
    finer: list[Callable[[Map, Frame], Map]] = [
        partial(zoomed, zoom * f, anchor) for f in np.linspace(0.975, 1.025, 11)
    ]
    best = max(finer, key=lambda one: tried_way(few, one, classes).iou)
    assert isinstance(best, partial)
    at = "around the centre" if anchor else "from the top left corner"
    return best, f"what they show is {best.args[0]:.2f} times as large as in the truth, {at}"
