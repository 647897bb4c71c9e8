"""Fixes that ask for another inference: which of the injected faults are taken away by what each fix says."""

from collections.abc import Mapping

import cv2
import numpy as np

from benchmarks.field.bases import Base
from benchmarks.field.faults import Array, Fault, Pairs, pairs_of
from benchmarks.field.suite import named

TAKES_AWAY: Mapping[str, tuple[str, ...]] = {
    "pred-augmented": ("half of the photos", "random "),
    "pred-shuffled": ("a few mispaired", "next photo's mask", "names sorted as texts", "shuffled generator"),
    "pred-symmetric": ("mirroring not undone", "four mirrorings not undone", "a half turn averaged"),
    "pred-seams": ("tile seams", "tiles' borders left blank", "tiles normalised by themselves"),
    "pred-unfinished": ("rest never predicted", "a part never", "a frame never", "a belt never", "a window never"),
    "pred-constant": ("first of each batch for all", "last batch missing"),
    "pred-axis": ("argmax over the rows",),
    "pred-one-piece": ("only the largest piece kept", "small pieces removed", "thin parts opened away"),
    "pred-size-limit": ("cut to a box of fixed size",),
    "pred-filled": ("outer contours drawn full",),
    "orientation-fails": ("photos of one orientation fail",),
    "boundary-coarse": ("scores of a coarse network",),
    "empty-positives": ("each map stretched",),
    "pred-ghosts": ("ids resized smoothly", "masks as JPEG"),
    "pred-checkerboard": ("checkerboard",),
    "pred-outlines": ("only outlines predicted",),
    "class-missing": (
        "a class never predicted",
        "background never predicted",
        "class weights in reverse",
        "background left out of the loss",
        "all classes cut as one",
    ),
    "classes-merged": ("two classes merged", "all classes cut as one"),
    "class-excess": ("a class over-weighted", "class weights in reverse"),
    "probabilities-sum": ("softmax over the wrong axis",),
}
"""By the code of a fix, the beginnings of the names of the faults that are not made once the fix is obeyed."""

BIASES = {"far too much object (x20)": 3.0, "far too much object (x400)": 6.0, "object wherever it is possible": 4.0}
"""Logits added to the object, of the faults of which probabilities can be saved."""

SQUARES_PX = {"blocks (8 px)": 8, "blocks (16 px)": 16}
"""Sides of squares, of the faults whose scores can be enlarged as the fix says."""


def repeated(code: str, fault: Fault, base: Base) -> Pairs | None:
    """Return the pairs of an inference without the cause that the fix names; None where the fix names none.

    Where the cause is not the one that was injected, the pairs are those of the fault again: nothing is cured.
    """
    if code == "boundary-coarse" and named(fault) in SQUARES_PX:
        return _enlarged_smoothly(base, SQUARES_PX[named(fault)])
    if code == "pred-wrapped":  # "apply the sigmoid before saving"
        stored = (np.rint(m * 255).astype(np.uint8) for m in base.binary_maps)
        return list(zip(base.truths, stored, strict=True))
    if code not in TAKES_AWAY:
        return None
    if named(fault).startswith(TAKES_AWAY[code]):
        return pairs_of(base)
    return fault.inject(base, np.random.default_rng(7))


def _enlarged_smoothly(base: Base, side_px: int) -> Pairs:
    """Return what the fix of squares makes: scores of one value a square, enlarged by the line that it prints."""
    pairs = []
    for truth, maps in zip(base.truths, base.maps, strict=True):
        height, width = truth.shape
        size = (max(2, width // side_px), max(2, height // side_px))
        scores = [cv2.resize(one, size, interpolation=cv2.INTER_AREA) for one in maps]
        large = [cv2.resize(one, (width, height), interpolation=cv2.INTER_LINEAR) for one in scores]
        pairs.append((truth, np.argmax(large, axis=0).astype(np.uint8)))
    return pairs


def probabilities(fault: Fault, base: Base) -> list[tuple[Array, Array]] | None:
    """Return the truths with the probabilities of the model that had the fault, as `pred-excess` asks for."""
    bias = BIASES.get(named(fault))
    if bias is None or len(base.classes) != 2:
        return None
    logits = (np.log(m[1] + 1e-4) - np.log(m[0] + 1e-4) + bias for m in base.maps)
    maps = [np.asarray(1 / (1 + np.exp(-x)), dtype=np.float32) for x in logits]
    return list(zip(base.truths, maps, strict=True))
