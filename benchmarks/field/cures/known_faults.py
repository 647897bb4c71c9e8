"""The usual faults of predictions, as the older suite has them, put into simulated predictions of real sets."""

from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.field.bases import Base
from benchmarks.field.faults import Array, Fault, Pairs, moved, pairs_of
from maskwright.imaging.mask_geometry import resize_mask

Inject = Callable[[Base, np.random.Generator], Pairs | None]


def _each(change: Callable[[Array], Array]) -> Inject:
    return lambda base, _rng: [(t, np.ascontiguousarray(change(m))) for t, m in pairs_of(base)]


def _many(change: Callable[[Array, int], Array]) -> Inject:
    """Change the ids of sets with more than two classes."""

    def inject(base: Base, _rng: np.random.Generator) -> Pairs | None:
        return [(t, change(m, len(base.classes))) for t, m in pairs_of(base)] if len(base.classes) > 2 else None

    return inject


def _maps(change: Callable[[Array], Array]) -> Inject:
    """Change the object's probabilities of binary sets."""

    def inject(base: Base, _rng: np.random.Generator) -> Pairs | None:
        if len(base.classes) != 2:
            return None
        return [(t, change(np.asarray(m))) for t, m in zip(base.truths, base.binary_maps, strict=True)]

    return inject


def _ids(change: Callable[[Array], Array]) -> Inject:
    whole = _each(change)
    return lambda base, rng: whole(base, rng) if len(base.classes) == 2 else None


def _swapped(mask: Array, count: int) -> Array:
    table = np.arange(256, dtype=np.uint8)
    table[[count - 1, count - 2]] = [count - 2, count - 1]
    return np.asarray(table[mask])


def _biased(bias: float) -> Callable[[Array], Array]:
    def change(chances: Array) -> Array:
        logits = np.log(np.clip(chances, 1e-5, 1 - 1e-5) / (1 - np.clip(chances, 1e-5, 1 - 1e-5)))
        return np.asarray(1 / (1 + np.exp(-(logits + bias))), dtype=np.float32)

    return change


def _salted(mask: Array) -> Array:
    """Specks and holes of 2 x 2 px over 4 % of the photo."""
    rng = np.random.default_rng(3)
    spots = resize_mask((rng.random([-(-s // 2) for s in mask.shape]) < 0.04).astype(np.uint8), mask.shape) > 0
    values = np.unique(mask)
    return np.where(spots, values[rng.integers(0, len(values), mask.shape)], mask).astype(np.uint8)


def _smaller(mask: Array) -> Array:
    """What was predicted at 0.8 of the size lies at the corner."""
    out = np.zeros_like(mask)
    small = resize_mask(mask, (round(0.8 * mask.shape[0]), round(0.8 * mask.shape[1])))
    out[: small.shape[0], : small.shape[1]] = small
    return out


def _half_size(mask: Array) -> Array:
    """A shift of 5 % in predictions stored at half the size."""
    small = resize_mask(mask, (max(1, mask.shape[0] // 2), max(1, mask.shape[1] // 2)))
    return moved(small, round(0.05 * small.shape[1]), round(0.04 * small.shape[0]))


def _bytes(change: Callable[[Array], Array]) -> Callable[[Array], Array]:
    return lambda chances: np.round(change(chances) * 255).astype(np.uint8)


KNOWN: Sequence[Fault] = (
    Fault("all mirrored", ("pred-flipped",), _each(lambda m: m[:, ::-1])),
    Fault("all upside down", ("pred-flipped",), _each(lambda m: m[::-1])),
    Fault("all turned", ("pred-turned",), _each(lambda m: np.rot90(m)), "a quarter"),
    Fault("all turned", ("pred-turned",), _each(lambda m: np.rot90(m, 2)), "half"),
    Fault("all transposed", ("pred-turned",), _each(lambda m: m.T)),
    Fault("all shifted", ("pred-shifted",), _each(lambda m: moved(m, round(0.05 * m.shape[1]), -4)), "5 %"),
    Fault("all shifted", ("pred-shifted",), _each(lambda m: moved(m, -12, 9)), "12 and 9 px"),
    Fault("all shifted", ("pred-shifted",), _each(_half_size), "stored at half the size"),
    Fault("all smaller", ("pred-scaled",), _each(_smaller), "0.8, at the corner"),
    Fault("ids one too high", ("classes-offset",), _many(lambda m, _n: m + np.uint8(1))),
    Fault("ids one too low", ("classes-offset",), _many(lambda m, _n: np.maximum(m, 1) - np.uint8(1))),
    Fault("last two classes swapped", ("classes-swapped",), _many(_swapped)),
    Fault("object and background swapped", ("pred-inverted",), _ids(lambda m: 1 - m)),
    Fault("object and background swapped", ("pred-inverted",), _ids(lambda m: (1 - m) * np.uint8(255)), "0 and 255"),
    Fault("object and background swapped", ("pred-inverted",), _maps(lambda p: 1 - p), "probabilities"),
    Fault("divided by 255", ("pred-divided",), _ids(lambda m: (m / 255).astype(np.float32))),
    Fault("sigmoid twice", ("sigmoid-twice",), _maps(lambda p: (1 / (1 + np.exp(-p))).astype(np.float32))),
    Fault("threshold too high", ("threshold-off",), _maps(_biased(-3.0))),
    Fault("threshold too low", ("threshold-off",), _maps(_biased(3.0))),
    Fault("threshold far too high", ("threshold-off",), _maps(_biased(-6.0))),
    Fault("threshold too high", ("threshold-off",), _maps(_bytes(_biased(-3.0))), "maps of 0 to 255"),
    Fault("full of specks", ("pred-speckled",), _each(_salted)),
)
