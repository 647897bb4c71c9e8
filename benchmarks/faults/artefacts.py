"""Faults of predictions, injected into what healthy models predict: each gives pairs (truth, stored prediction)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.faults.bases import Base, Shown
from maskwright.imaging.mask_geometry import Mask

Array = NDArray[Any]
Pairs = Sequence[tuple[Mask, Array]]


def stored(one: Shown, *, as_ids: bool) -> Array:
    """Return what a user's program would have saved: class ids, or HxW (binary) or CxHxW probabilities."""
    if as_ids:
        return one.prediction
    return one.probabilities[1] if len(one.probabilities) == 2 else one.probabilities


def healthy(base: Base, *, as_ids: bool) -> Pairs:
    """Return the answers as they are."""
    return [(one.truth, stored(one, as_ids=as_ids)) for one in base.held_out]


@dataclass(frozen=True)
class Fault:
    """A fault by the code that should be named, and how it is injected; None where a base cannot have it."""

    code: str
    inject: Callable[[Base], Pairs | None]
    variant: str = ""

    @property
    def name(self) -> str:
        """The code with its variant."""
        return f"{self.code}{f' ({self.variant})' if self.variant else ''}"


def _each(change: Callable[[Array], Array], *, as_ids: bool) -> Callable[[Base], Pairs | None]:
    return lambda base: [(truth, np.ascontiguousarray(change(a))) for truth, a in healthy(base, as_ids=as_ids)]


def _binary(change: Callable[[Array], Array]) -> Callable[[Base], Pairs | None]:
    whole = _each(change, as_ids=False)
    return lambda base: whole(base) if base.classes.is_binary else None


def _many(inject: Callable[[Base], Pairs | None]) -> Callable[[Base], Pairs | None]:
    return lambda base: None if base.classes.is_binary else inject(base)


def shifted(array: Array, share_x: float, share_y: float) -> Array:
    """Return an HxW or CxHxW array moved by shares of its sides, edges repeated."""
    height, width = array.shape[-2:]
    x = np.clip(np.arange(width) - round(share_x * width), 0, width - 1)
    y = np.clip(np.arange(height) - round(share_y * height), 0, height - 1)
    return array[..., y[:, None], x[None, :]]


def zoomed(array: Array, factor: float) -> Array:
    """Return an HxW or CxHxW array drawn larger (factor above 1) or smaller around its corner, edges repeated."""
    height, width = array.shape[-2:]
    x = np.clip((np.arange(width) / factor).astype(int), 0, width - 1)
    y = np.clip((np.arange(height) / factor).astype(int), 0, height - 1)
    return array[..., y[:, None], x[None, :]]


def logit(p: Array) -> NDArray[np.float32]:
    """Return log-odds of probabilities."""
    clipped = np.clip(np.asarray(p, np.float32), 1e-4, 1 - 1e-4)
    return np.asarray(np.log(clipped / (1 - clipped)), np.float32)


def sigmoid(z: Array) -> NDArray[np.float32]:
    """Return the probabilities of log-odds."""
    return np.asarray(1 / (1 + np.exp(-np.asarray(z, np.float32))), np.float32)


def _shuffled(base: Base) -> Pairs | None:
    pairs = list(healthy(base, as_ids=True))
    others = pairs[2:] + pairs[:2]
    return [(truth, _resized(p, truth)) for (truth, _), (_, p) in zip(pairs, others, strict=True)]


def _turned(base: Base) -> Pairs | None:
    """Return predictions made on photos stored turned by a quarter, as EXIF leaves them, and saved that way."""
    return [(truth, np.ascontiguousarray(np.rot90(p))) for truth, p in healthy(base, as_ids=True)]


def _transposed(base: Base) -> Pairs | None:
    """Return predictions whose rows and columns were exchanged and that were then resized to the photo."""
    return [(truth, _resized(np.ascontiguousarray(p.T), truth)) for truth, p in healthy(base, as_ids=True)]


def _resized(mask: Array, like: Mask) -> Mask:
    size_wh = (like.shape[1], like.shape[0])
    return np.asarray(cv2.resize(np.asarray(mask, np.uint8), size_wh, interpolation=cv2.INTER_NEAREST), np.uint8)


def _commonest(base: Base) -> tuple[int, int]:
    held = np.concatenate([one.prediction.ravel()[::7] for one in base.held_out])
    counts = np.bincount(held, minlength=len(base.classes))
    scored = sorted(base.classes.scored, key=lambda c: -counts[c])
    return scored[0], scored[1]


def _swapped(base: Base) -> Pairs | None:
    one, other = _commonest(base)
    table = np.arange(256, dtype=np.uint8)
    table[[one, other]] = other, one
    return [(truth, table[np.asarray(p)]) for truth, p in healthy(base, as_ids=True)]


def _offset(base: Base) -> Pairs | None:
    return [(truth, np.asarray(p, np.uint8) + np.uint8(1)) for truth, p in healthy(base, as_ids=True)]


def _smoothed(base: Base) -> Pairs | None:
    pairs = []
    for truth, p in healthy(base, as_ids=True):
        small = cv2.resize(np.asarray(p, np.uint8), None, fx=0.4, fy=0.4, interpolation=cv2.INTER_LINEAR)
        pairs.append((truth, cv2.resize(small, truth.shape[::-1], interpolation=cv2.INTER_LINEAR)))
    return pairs


def _coarse(base: Base) -> Pairs | None:
    """Return what a network that decodes at a 32nd of a photo of some 500 px can draw.

    None where that is next to nothing: what is left of small objects then is a collapse, not a coarse boundary.
    """
    pairs = []
    for one in base.held_out:
        height, width = one.truth.shape
        small = (max(1, width // 32), max(1, height // 32))
        maps = [
            cv2.resize(cv2.resize(c, small, interpolation=cv2.INTER_AREA), (width, height)) for c in one.probabilities
        ]
        pairs.append((one.truth, np.stack(maps).argmax(axis=0).astype(np.uint8)))
    drawn, before = (
        sum(int((p != 0).sum()) for _, p in pairs),
        sum(int((o.prediction != 0).sum()) for o in base.held_out),
    )
    return pairs if drawn > 0.25 * before else None


def _independent(base: Base) -> Pairs | None:
    return [(one.truth, sigmoid(logit(one.probabilities) + 0.7)) for one in base.held_out]


def _constant(base: Base) -> Pairs | None:
    busiest = max((one.prediction for one in base.held_out), key=lambda p: int((p != 0).sum()))
    return [(one.truth, _resized(busiest, one.truth)) for one in base.held_out]


def _speckled(base: Base) -> Pairs | None:
    rng = np.random.default_rng(0)
    pairs = []
    for truth, p in healthy(base, as_ids=True):
        noise = rng.random(truth.shape) < 0.06
        other = rng.integers(0, len(base.classes), truth.shape).astype(np.uint8)
        pairs.append((truth, np.where(noise, other, p).astype(np.uint8)))
    return pairs


def _distant(base: Base) -> Pairs | None:
    """Return predictions with false patches far from the object; None unless every truth shows one small object."""
    pairs, rng = [], np.random.default_rng(0)
    if not base.classes.is_binary:
        return None
    for truth, p in healthy(base, as_ids=True):
        object_ = truth == 1
        if not 0 < object_.mean() < 0.25 or cv2.connectedComponents(object_.astype(np.uint8))[0] > 3:
            return None
        far = cv2.distanceTransform((~object_).astype(np.uint8), cv2.DIST_L2, 5)
        drawn = np.array(p, np.uint8)
        places = np.argwhere(far > 0.25 * max(truth.shape))
        for y, x in places[rng.integers(0, len(places), 3)] if len(places) else []:
            cv2.circle(drawn, (int(x), int(y)), round(0.35 * np.sqrt(object_.sum())), (1,), -1)
        pairs.append((truth, drawn))
    return pairs


def _on_empty(base: Base) -> Pairs | None:
    """Return predictions with an object on every photo that shows none; None unless a third of the photos are so."""
    empty = [not (one.truth == 1).any() for one in base.held_out]
    if not base.classes.is_binary or np.mean(empty) < 0.3 or all(empty):
        return None
    pairs = []
    for one, nothing in zip(base.held_out, empty, strict=True):
        drawn = one.prediction.copy()
        if nothing:
            cv2.circle(drawn, (one.truth.shape[1] // 3, one.truth.shape[0] // 2), 14, (1,), -1)
        pairs.append((one.truth, drawn))
    return pairs


FAULTS: tuple[Fault, ...] = (
    Fault("pred-shifted", _each(lambda a: shifted(a, 0.04, 0.03), as_ids=True), "ids"),
    Fault("pred-shifted", _each(lambda a: shifted(a, -0.06, 0.0), as_ids=False), "maps"),
    Fault("pred-flipped", _each(lambda a: a[..., ::-1], as_ids=True), "left-right"),
    Fault("pred-flipped", _each(lambda a: a[..., ::-1, :], as_ids=False), "upside down"),
    Fault("pred-turned", _turned, "quarter"),
    Fault("pred-turned", _transposed, "transposed"),
    Fault("pred-scaled", _each(lambda a: zoomed(a, 1.25), as_ids=True), "larger"),
    Fault("pred-scaled", _each(lambda a: zoomed(a, 0.8), as_ids=True), "smaller"),
    Fault("pred-shuffled", _shuffled),
    Fault("pred-inverted", _binary(lambda p: np.float32(1) - np.asarray(p, np.float32))),
    Fault("classes-swapped", _many(_swapped)),
    Fault("classes-offset", _many(_offset)),
    Fault("pred-divided", _each(lambda a: np.asarray(a, np.float32) / np.float32(255), as_ids=True)),
    Fault("pred-ghosts", _many(_smoothed)),
    Fault("softmax-one-channel", _binary(lambda p: np.ones(p.shape, np.float32))),
    Fault("sigmoid-twice", _binary(sigmoid)),
    Fault("probabilities-sum", _many(_independent)),
    Fault("threshold-off", _binary(lambda p: sigmoid(logit(p) - 3)), "too low"),
    Fault("threshold-off", _binary(lambda p: sigmoid(logit(p) + 3)), "too high"),
    Fault("pred-constant", _constant),
    Fault("patches-distant", _distant),
    Fault("pred-speckled", _speckled),
    Fault("empty-positives", _on_empty),
    Fault("boundary-coarse", _coarse),
    Fault("score-collapse", _each(lambda a: np.zeros(a.shape[-2:], np.uint8), as_ids=True)),
)
