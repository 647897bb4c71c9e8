"""Fixes that ask for another inference: which of the injected faults are taken away by what each fix says."""

from collections.abc import Mapping

import numpy as np

from benchmarks.field.bases import Base
from benchmarks.field.faults import Array, Fault, Pairs, pairs_of
from benchmarks.field.suite import named

TAKES_AWAY: Mapping[str, tuple[str, ...]] = {
    "pred-augmented": ("half of the photos", "random "),
    "pred-shuffled": ("a few mispaired", "next photo's mask", "names sorted as texts"),
    "pred-symmetric": ("mirroring not undone", "four mirrorings not undone"),
    "pred-seams": ("tile seams", "tiles' borders left blank"),
    "pred-unfinished": ("rest never predicted", "a part never predicted", "a frame never", "a belt never"),
    "pred-checkerboard": ("checkerboard",),
    "pred-outlines": ("only outlines predicted",),
    "class-missing": ("a class never predicted", "background never predicted", "class weights in reverse"),
    "classes-merged": ("two classes merged",),
    "class-excess": ("a class over-weighted", "class weights in reverse"),
    "probabilities-sum": ("softmax over the wrong axis",),
}
"""By the code of a fix, the beginnings of the names of the faults that are not made once the fix is obeyed."""

BIASES = {"far too much object (x20)": 3.0, "far too much object (x400)": 6.0, "object wherever it is possible": 4.0}
"""Logits added to the object, of the faults of which probabilities can be saved."""


def repeated(code: str, fault: Fault, base: Base) -> Pairs | None:
    """Return the pairs of an inference without the cause that the fix names; None where the fix names none.

    Where the cause is not the one that was injected, the pairs are those of the fault again: nothing is cured.
    """
    if code not in TAKES_AWAY:
        return None
    if named(fault).startswith(TAKES_AWAY[code]):
        return pairs_of(base)
    return fault.inject(base, np.random.default_rng(7))


def probabilities(fault: Fault, base: Base) -> list[tuple[Array, Array]] | None:
    """Return the truths with the probabilities of the model that had the fault, as `pred-excess` asks for."""
    bias = BIASES.get(named(fault))
    if bias is None or len(base.classes) != 2:
        return None
    logits = (np.log(m[1] + 1e-4) - np.log(m[0] + 1e-4) + bias for m in base.maps)
    maps = [np.asarray(1 / (1 + np.exp(-x)), dtype=np.float32) for x in logits]
    return list(zip(base.truths, maps, strict=True))
