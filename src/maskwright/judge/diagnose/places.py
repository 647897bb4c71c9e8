"""Predictions in the wrong place: mirrored, turned, shifted, at another scale or cropped."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.findings import Finding
from maskwright.judge.diagnose.cases import Case, Evidence, Table, mean_iou, spread, table_of
from maskwright.judge.diagnose.labels import best_lookup
from maskwright.judge.diagnose.undo import (
    Claim,
    Frame,
    Undo,
    applied,
    as_given,
    gain_of,
    iou_of,
    moved,
    share_better,
    stretched,
    tried,
    tried_cases,
)
from maskwright.pixels import Mask, boundary

LEAST_GAIN = 0.04
"""IoU that undoing must give back before a place is called wrong."""
MOST_PHOTOS = 0.6
"""Share of the photos that must get better by it."""
PLANE_PX, LINES_PX = 256, 128
"""Boundaries are compared on copies of at most 128 px, with as much room around them, lest shifts wrap around."""
ZOOMS = np.exp(np.linspace(np.log(0.4), np.log(2.5), 31))
LEAST_ZOOM_GAIN = 0.06

Map = NDArray[Any]
WORDS = {
    (0, True): ("pred-flipped", "left and right are exchanged", "np.fliplr(prediction)"),
    (2, True): ("pred-flipped", "top and bottom are exchanged", "np.flipud(prediction)"),
    (1, False): ("pred-turned", "turned by a quarter clockwise", "np.rot90(prediction)"),
    (2, False): ("pred-turned", "turned by half", "np.rot90(prediction, 2)"),
    (3, False): ("pred-turned", "turned by a quarter counter-clockwise", "np.rot90(prediction, 3)"),
    (1, True): ("pred-turned", "turned and mirrored over the other diagonal", "np.rot90(prediction, 2).T"),
    (3, True): ("pred-turned", "transposed: rows and columns are exchanged", "prediction.T"),
}
"""What was done to the prediction where `_turned(quarters, mirror)` undoes it, and what undoes it in numpy."""


@dataclass(frozen=True)
class Try:
    """One way of undoing, tried on some cases: their counts and the IoU under the best reading of the values."""

    undo: Undo
    tables: list[Table]
    iou: float


def misplaced(evidence: Evidence) -> list[Claim]:
    """Return the claims that predictions are mirrored, turned, shifted or scaled, each with the evidence undone."""
    claims: list[Claim] = []
    for look in (_symmetry, _scale, _shift):
        claim = look(evidence)
        if claim is not None:
            claims.append(claim)
            assert claim.undone is not None
            evidence = claim.undone
    return claims


def views(evidence: Evidence) -> list[tuple[Case, ...]]:
    """Return the cases to try on: as given, and where there are probabilities cut where the object's share is right.

    A threshold far off hides every other fault: the second view shows them.
    """
    cases = tried_cases(evidence)
    if not cases or any(case.histogram is None or case.probability is None for case in cases):
        return [cases]
    histogram = sum((c.histogram for c in cases if c.histogram is not None), np.zeros((1, 1), dtype=np.int64))
    above = histogram.sum(axis=0)[::-1].cumsum()[::-1]
    wanted = histogram[1:].sum()
    cut = int(np.argmin(np.abs(above - wanted))) / histogram.shape[1] * 255
    matched = tuple(replace(c, prediction=(c.probability >= max(cut, 0.5)).astype(np.uint8)) for c in cases)
    return [cases, matched]


def _tried(cases: Sequence[Case], undo: Undo, evidence: Evidence) -> Try:
    tables = tried(cases, undo, len(evidence.classes))
    total = np.sum(tables, axis=0)
    lookup = best_lookup(total, evidence.classes).lookup
    return Try(undo, tables, float(np.nan_to_num(mean_iou(moved(total, lookup), evidence.classes))))


def _best(evidence: Evidence, undoes: Sequence[Undo]) -> tuple[Try, Try] | None:
    """Return the best way of undoing and the view as it is, where it is good enough to be claimed."""
    found: tuple[Try, Try] | None = None
    for cases in views(evidence):
        plain = _tried(cases, as_given, evidence)
        for undo in undoes:
            one = _tried(cases, undo, evidence)
            gain = one.iou - plain.iou
            if (
                gain >= LEAST_GAIN
                and (found is None or one.iou > found[0].iou + 0.01)
                and _mostly(plain, one, evidence)
            ):
                found = one, plain
    return found


def _mostly(plain: Try, one: Try, evidence: Evidence) -> bool:
    lookups = [best_lookup(np.sum(t.tables, axis=0), evidence.classes).lookup for t in (plain, one)]
    before, after = ([moved(t, k) for t in x.tables] for x, k in zip((plain, one), lookups, strict=True))
    return share_better(before, after, evidence) >= MOST_PHOTOS


def _turned(quarters: int, mirror: bool, mask: Map, frame: Frame) -> Map:
    turned = np.rot90(mask, quarters)
    return stretched(np.ascontiguousarray(turned[:, ::-1] if mirror else turned), frame.size_hw)


def _symmetry(evidence: Evidence) -> Claim | None:
    keys = list(WORDS)
    undoes: list[Undo] = [partial(_turned, quarters, mirror) for quarters, mirror in keys]
    found = _best(evidence, undoes)
    if found is None and iou_of(evidence) < 0.5:
        found = _best(evidence, _shifted_too(evidence, undoes))
        if found is not None and isinstance(found[0].undo, _Chain):
            plain_shift = _best(evidence, _shift_undoes(evidence, as_given))
            if plain_shift is not None and plain_shift[0].iou >= found[0].iou - 0.05:
                return None
            found = replace(found[0], undo=found[0].undo.first), found[1]
    if found is None:
        return None
    code, what, command = WORDS[keys[undoes.index(found[0].undo)]]
    undone = applied(evidence, found[0].undo)
    title = "Predictions are mirrored" if code == "pred-flipped" else "Predictions are turned"
    fix = f"undo it before saving: prediction = {command}; then look for a transform given to the photo but not undone"
    return _claim(code, title, what, (evidence, undone), found, fix)


@dataclass(frozen=True)
class _Chain:
    """One way of undoing after another."""

    first: Undo
    second: Undo

    def __call__(self, mask: Map, frame: Frame) -> Map:
        return self.second(self.first(mask, frame), frame)


def _shifted_too(evidence: Evidence, undoes: Sequence[Undo]) -> list[Undo]:
    return [_Chain(undo, shift) for undo in undoes for shift in _shift_undoes(evidence, undo)]


def _moved_by(shift_xy: tuple[float, float], mask: Map, frame: Frame) -> Map:
    """Undo a shift given in px at full size."""
    dx, dy = (round(v * frame.scale) for v in shift_xy)
    return _warped(stretched(mask, frame.size_hw), np.array([[1, 0, dx], [0, 1, dy]], dtype=np.float64), frame.size_hw)


def _warped(mask: Map, to_source: NDArray[np.float64], size_hw: tuple[int, int]) -> Map:
    flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    out = cv2.warpAffine(
        np.ascontiguousarray(mask), to_source, size_hw[::-1], flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(out, dtype=mask.dtype)


def _shift_undoes(evidence: Evidence, before: Undo) -> list[Undo]:
    """Return undoes of the shifts at which boundaries of prediction and truth fall together best, in any view."""
    found: list[Undo] = []
    for cases in views(evidence):
        sizes = [case.size_hw for case in cases]
        common = max(set(sizes), key=sizes.count)
        chosen = spread(tuple(case for case in cases if case.size_hw == common), 12)
        surface = np.zeros((PLANE_PX, PLANE_PX))
        for case in chosen:
            frame = Frame((case.truth.shape[0], case.truth.shape[1]), case.scale)
            surface += _correlation(case.truth, np.asarray(before(case.prediction, frame)))
        px = chosen[0].scale * _lines_factor(chosen[0].truth)
        found += [partial(_moved_by, (x / px, y / px)) for x, y in _peaks(surface)]
    return found


def _correlation(truth: Mask, prediction: Mask) -> NDArray[np.float64]:
    """Return how well boundaries agree by shift; element [dy, dx] for the prediction moved by -dy, -dx."""
    waves = [np.fft.rfft2(_lines(mask), (PLANE_PX, PLANE_PX)) for mask in (truth, prediction)]
    return np.asarray(np.fft.irfft2(np.conj(waves[0]) * waves[1], (PLANE_PX, PLANE_PX)))


def _lines_factor(mask: Mask) -> float:
    return float(min(1.0, LINES_PX / max(mask.shape)))


def _lines(mask: Mask) -> NDArray[np.float32]:
    factor = _lines_factor(mask)
    drawn = boundary(mask).astype(np.float32)
    lines = cv2.resize(drawn, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA) if factor < 1 else drawn
    soft = cv2.GaussianBlur(lines, (0, 0), 1.0)
    return np.asarray(soft - soft.mean(), dtype=np.float32)


def _peaks(surface: NDArray[np.float64], most: int = 3) -> list[tuple[int, int]]:
    surface = surface.copy()
    found = []
    for _ in range(most):
        y, x = np.unravel_index(int(np.argmax(surface)), surface.shape)
        dy, dx = (int(v) - PLANE_PX if v > PLANE_PX // 2 else int(v) for v in (y, x))
        rows, columns = np.arange(dy - 4, dy + 5) % PLANE_PX, np.arange(dx - 4, dx + 5) % PLANE_PX
        surface[np.ix_(rows, columns)] = -np.inf
        if (dx, dy) != (0, 0):
            found.append((dx, dy))
    return found


def _shift(evidence: Evidence) -> Claim | None:
    found = _best(evidence, _shift_undoes(evidence, as_given))
    if found is None:
        return None
    assert isinstance(found[0].undo, partial)
    dx, dy = _refined(evidence, found[0].undo.args[0])
    undone = applied(evidence, partial(_moved_by, (dx, dy)))
    what = (
        f"they lie {abs(dx):.0f} px {'right' if dx >= 0 else 'left'} and {abs(dy):.0f} px "
        f"{'below' if dy >= 0 else 'above'}"
    )
    fix = (
        f"prediction = np.roll(prediction, ({-dy:.0f}, {-dx:.0f}), axis=(0, 1)) shows it; then mend the padding or "
        "cropping that moved it: cut the same margin off the output that was padded to the input"
    )
    return _claim("pred-shifted", "Predictions lie beside the truth", what, (evidence, undone), found, fix)


def _refined(evidence: Evidence, shift_xy: tuple[float, float]) -> tuple[float, float]:
    """Return the shift in whole px of full size that scores best on some photos, found by halving steps."""
    pairs = [case.reread() for case in spread(evidence.cases, 4)]
    scales = [p.truth.shape[1] / c.size_hw[1] for p, c in zip(pairs, spread(evidence.cases, 4), strict=True)]
    count, classes = len(evidence.classes), evidence.classes

    def worth(xy: tuple[float, float]) -> float:
        total = np.zeros((count, 256), dtype=np.int64)
        for pair, scale in zip(pairs, scales, strict=True):
            frame = Frame((pair.truth.shape[0], pair.truth.shape[1]), scale)
            total += table_of(pair.truth, np.asarray(_moved_by(xy, pair.prediction, frame)), count)
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


def _zoomed(zoom: float, anchor: float, mask: Map, frame: Frame) -> Map:
    """Undo a zoom about the corner (anchor 0) or the centre (0.5) of the canvas."""
    height, width = frame.size_hw
    offset = [(1 - zoom) * anchor * side + (zoom - 1) / 2 for side in (width, height)]
    matrix = np.array([[zoom, 0, offset[0]], [0, zoom, offset[1]]])
    return _warped(stretched(mask, frame.size_hw), matrix, frame.size_hw)


def _at_own_scale(anchor: float, fit: str, mask: Map, frame: Frame) -> Map:
    """Undo a crop (px for px) or a letterbox (one factor for both sides, the rest padding)."""
    high, wide = mask.shape[0] / frame.size_hw[0], mask.shape[1] / frame.size_hw[1]
    factor = 1.0 if fit == "crop" else min(high, wide)
    x, y = (
        anchor * (own - side * factor)
        for own, side in ((mask.shape[1], frame.size_hw[1]), (mask.shape[0], frame.size_hw[0]))
    )
    half = (factor - 1) / 2
    return _warped(mask, np.array([[factor, 0, x + half], [0, factor, y + half]]), frame.size_hw)


def _scale(evidence: Evidence) -> Claim | None:
    zooms = [partial(_zoomed, float(z), a) for z in ZOOMS if abs(z - 1) > 0.02 for a in (0.5, 0.0)]
    own: list[Undo] = []
    if any(case.predicted_hw != case.size_hw for case in evidence.cases):
        own = [partial(_at_own_scale, a, fit) for fit in ("crop", "letterbox") for a in (0.5, 0.0)]
    undoes: list[Undo] = [*own, *zooms]
    few = replace(evidence, cases=spread(evidence.cases, 10))
    found = _best(few, undoes)
    if found is None or found[0].iou - found[1].iou < LEAST_ZOOM_GAIN:
        return None
    undo = found[0].undo
    assert isinstance(undo, partial)
    undo, what = _named(undo, few, evidence.cases[0])
    moved_only = _best(few, _shift_undoes(few, as_given))
    if moved_only is not None and moved_only[0].iou >= _tried(few.cases, undo, few).iou - 0.02:
        return None
    undone = applied(evidence, undo)
    fix = (
        "resize predictions to the photo with the same rule that resized the photo, backwards: "
        "cv2.resize(prediction, (width, height), interpolation=cv2.INTER_NEAREST), after cutting off what"
        " was padded"
    )
    return _claim(
        "pred-scaled", "Predictions are at another scale than the truth", what, (evidence, undone), found, fix
    )


def _named(undo: "partial[Map]", few: Evidence, case: Case) -> tuple[Undo, str]:
    if undo.func is _at_own_scale:
        how = "cropped" if undo.args[1] == "crop" else "padded to another ratio of the sides"
        at = "around the centre" if undo.args[0] else "at the top left corner"
        (h, w), (th, tw) = case.predicted_hw, case.size_hw
        return undo, f"they are {how} {at}: {w}x{h} px for photos of {tw}x{th} px"
    zoom, anchor = undo.args
    finer: list[Callable[[Map, Frame], Map]] = [
        partial(_zoomed, zoom * f, anchor) for f in np.linspace(0.975, 1.025, 11)
    ]
    best = max(finer, key=lambda one: _tried(few.cases, one, few).iou)
    assert isinstance(best, partial)
    at = "around the centre" if anchor else "from the top left corner"
    return best, f"what they show is {best.args[0]:.2f} times as large as in the truth, {at}"


def _claim(
    code: str, title: str, what: str, states: tuple[Evidence, Evidence], found: tuple[Try, Try], fix: str
) -> Claim:
    before, after = states
    gain = max(gain_of(before, after), found[0].iou - found[1].iou)
    text = f"{what}; undone, the mean IoU goes from {found[1].iou:.3f} to {found[0].iou:.3f}"
    severity = "error" if gain >= 0.1 else "warning"
    return Claim(Finding(code, severity, title, text, fix, recovered_iou=round(gain, 4)), after)  # type: ignore[arg-type]
