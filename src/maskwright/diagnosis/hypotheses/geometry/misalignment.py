"""Predictions in the wrong place: mirrored, turned, shifted, at another scale or cropped."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from maskwright.classes import ClassTable
from maskwright.diagnosis.evidence.evidence import Case, Evidence
from maskwright.diagnosis.hypotheses.geometry.shifts import shift_hypothesis
from maskwright.diagnosis.hypotheses.shapes.thickness import by_thickness
from maskwright.diagnosis.undo.fix_commands import as_ids
from maskwright.diagnosis.undo.scale_commands import command_of, named_stretch
from maskwright.diagnosis.undo.search import View, best_undo, confirmed, scored_undo, views
from maskwright.diagnosis.undo.transforms import (
    Chain,
    Map,
    at_own_scale,
    shift_undo_functions,
    shifted_too,
    stretched,
    turned,
    uncropped,
    uncut,
    unpadded,
    zoomed,
)
from maskwright.diagnosis.undo.undone_evidence import Frame, Hypothesis, Undo, applied, as_given, iou_of
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import make_finding
from maskwright.imaging.mask_geometry import resize_mask

ZOOMS = np.exp(np.linspace(np.log(0.4), np.log(2.5), 123))
"""Steps of 1.5 %: fine textures fall out of step with the truth at a few percent."""
STRETCHES = tuple(float(z) for z in np.exp(np.linspace(np.log(0.5), np.log(2), 29)) if abs(z - 1) > 0.04)
"""Steps of 5 % in width or height alone."""
ANCHORS = (0.5, 0.0)
"""What stays in place under a zoom: the centre, or the top left corner."""
LEAST_ZOOM_GAIN = 0.06
"""IoU that another scale must give back."""
THICKNESS_EXTRA = 0.1
"""IoU by which another thickness must beat a shift, for it to be no shift."""
LOOKED_AT = 3
"""All zooms are tried on so many photos."""
LIKELY = 5
"""So many of the best are tried on more."""
ON_MORE = 10
"""Photos that these are tried on."""
OBLONG = 1.08
"""Photos with sides in at least this ratio show padding to a square."""

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


def misalignment_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return the claims that predictions are mirrored, turned, shifted or scaled, each with the evidence undone."""
    claims: list[Hypothesis] = []
    seen = views(evidence)
    for look in (_symmetry, _scale, shift_hypothesis):
        claim = look(evidence, seen)
        if claim is not None:
            assert claim.undone is not None
            if look is shift_hypothesis and by_thickness(evidence) > iou_of(claim.undone) + THICKNESS_EXTRA:
                continue  # what is too thick all around fits better wherever more of it leaves the photo
            claims.append(claim)
            evidence, seen = claim.undone, views(claim.undone)
    return claims


def _symmetry(evidence: Evidence, seen: list[View]) -> Hypothesis | None:
    keys = list(WORDS)
    undo_functions: list[Undo] = [partial(turned, quarters, mirror) for quarters, mirror in keys]
    found = best_undo(seen, undo_functions, evidence.classes)
    if found is None and iou_of(evidence) < 0.5:
        found = best_undo(seen, shifted_too(seen, undo_functions), evidence.classes)
        if found is not None and isinstance(found[0].undo, Chain):
            found = replace(found[0], undo=found[0].undo.first), found[1]
    if found is None or _only_moved(seen, evidence.classes, found[0].iou - 0.05):
        return None
    code, what, command = WORDS[keys[undo_functions.index(found[0].undo)]]
    undone = applied(evidence, found[0].undo)
    values = {"undo": command, "ids": as_ids(evidence)}
    claim = confirmed(code, what, (evidence, undone), found, values)
    return _as_transposed(claim, values) if command.endswith(".T") else claim


def _as_transposed(claim: Hypothesis, values: Mapping[str, object]) -> Hypothesis:
    """Return the claim in the words of exchanged axes: no rotation undoes them."""
    known = claim.finding
    finding = make_finding(
        known.code,
        known.evidence,
        values=values,
        variant="transposed",
        severity=known.severity,
        recovered_iou=known.recovered_iou,
    )
    return replace(claim, finding=finding)


def _only_moved(seen: list[View], classes: ClassTable, iou: float) -> bool:
    """Tell whether a plain shift, undone, already gives back this IoU."""
    shift = best_undo(seen, shift_undo_functions(seen, as_given), classes)
    return shift is not None and shift[0].iou >= iou


def _scale(evidence: Evidence, seen: list[View]) -> Hypothesis | None:
    own: list[Undo] = []
    if any(case.predicted_hw != case.size_hw for case in evidence.cases):
        own = [partial(at_own_scale, a, fit) for fit in ("crop", "letterbox") for a in (0.5, 0.0)]
    if any(max(case.size_hw) > OBLONG * min(case.size_hw) for case in evidence.cases):
        own += [partial(uncropped)]
        own += [*(partial(unpadded, anchor) for anchor in (0.5, 0.0, 1.0)), partial(uncut, 1), partial(uncut, -1)]
    classes, few = evidence.classes, [tuple(spread_evenly(view, ON_MORE)) for view in seen]
    found = best_undo(few, [*own, *_likely_zooms(seen, classes), *_likely_stretches(seen, classes)], classes)
    if found is None or found[0].iou - found[1].iou < LEAST_ZOOM_GAIN or by_thickness(evidence) > found[0].iou:
        return None
    undo = found[0].undo
    assert isinstance(undo, partial)
    undo, what = _named(undo, few[0], classes)
    if _only_moved(few, classes, scored_undo(few[0], undo, classes).iou - 0.005):
        return None
    undone = applied(evidence, undo)
    values = {"undo": as_ids(evidence) + command_of(undo, few[0][0])}
    assert isinstance(undo, partial)
    if undo.func is uncropped or (undo.func is stretched and max(undo.args[0]) > 1):
        values["what"] = "the middle square" if undo.func is uncropped else "the middle"
        return confirmed("pred-scaled", what, (evidence, undone), found, values, variant="cropped")
    return confirmed("pred-scaled", what, (evidence, undone), found, values)


def _likely_zooms(seen: list[View], classes: ClassTable) -> list[Undo]:
    """Return the zooms that score best on a few photos, in any view: every second one, then those beside the best."""
    found: list[Undo] = []
    for view in seen:
        few = [_halved(case) for case in spread_evenly(view, LOOKED_AT)]
        scores = {key: _zoom_iou(few, key, classes) for key in itertools.product(range(0, len(ZOOMS), 2), ANCHORS)}
        best = sorted(scores, key=lambda key: -scores[key])[:LIKELY]
        beside = {(i + step, anchor) for i, anchor in best for step in (-1, 1) if 0 <= i + step < len(ZOOMS)}
        scores |= {key: _zoom_iou(few, key, classes) for key in beside}
        best = sorted(scores, key=lambda key: -scores[key])[:LIKELY]
        found += [partial(zoomed, float(ZOOMS[i]), anchor) for i, anchor in best]
    return found


def _likely_stretches(seen: list[View], classes: ClassTable) -> list[Undo]:
    """Return the stretches of one side alone that score best on a few photos, in any view."""
    found: list[Undo] = []
    for view in seen:
        few = [_halved(case) for case in spread_evenly(view, LOOKED_AT)]
        ways = [partial(stretched, zoom) for z in STRETCHES for zoom in ((z, 1.0), (1.0, z))]
        scores = {way: scored_undo(few, way, classes).iou for way in ways}
        found += sorted(ways, key=lambda way: -scores[way])[:2]
    return found


def _zoom_iou(few: Sequence[Case], key: tuple[int, float], classes: ClassTable) -> float:
    """Return the IoU on a few photos without a zoom; 0 for those of 2 % and less, which are shifts as well."""
    zoom = float(ZOOMS[key[0]])
    return scored_undo(few, partial(zoomed, zoom, key[1]), classes).iou if abs(zoom - 1) > 0.02 else 0.0


def _halved(case: Case) -> Case:
    """Return the case with copies of half their size, on which many ways are compared quickly."""
    halves = (resize_mask(m, (max(1, m.shape[0] // 2), max(1, m.shape[1] // 2))) for m in (case.truth, case.prediction))
    truth, prediction = halves
    return replace(case, truth=truth, prediction=prediction)


def _named(undo: "partial[Map]", few: View, classes: ClassTable) -> tuple[Undo, str]:
    if undo.func is at_own_scale:
        how = "cropped" if undo.args[1] == "crop" else "padded to another ratio of the sides"
        at = "around the centre" if undo.args[0] else "at the top left corner"
        (h, w), (th, tw) = few[0].predicted_hw, few[0].size_hw
        return undo, f"they are {how} {at}: {w}x{h} px for photos of {tw}x{th} px"
    if undo.func is unpadded:
        place = {0.5: "around the photo", 0.0: "right or below", 1.0: "left or above"}[undo.args[0]]
        return undo, f"padding to a square was not cut off ({place}) before they were stretched to the photo"
    if undo.func is uncut:
        padded, cut = ("in the middle", "at the corner") if undo.args[0] > 0 else ("at the corner", "in the middle")
        return undo, f"photos were padded to a square {padded} and their predictions cut {cut}"
    if undo.func is uncropped:
        return undo, "the middle square of each photo was predicted, and stretched to the whole photo"
    if undo.func is stretched:
        return named_stretch(undo, few, classes)
    zoom, anchor = undo.args
    finer: list[Callable[[Map, Frame], Map]] = [
        partial(zoomed, zoom * f, anchor) for f in np.linspace(0.975, 1.025, 11)
    ]
    best = max(finer, key=lambda one: scored_undo(few, one, classes).iou)
    assert isinstance(best, partial)
    at = "around the centre" if anchor else "from the top left corner"
    return best, f"what they show is {best.args[0]:.2f} times as large as in the truth, {at}"
