"""More faults that people asked about in public threads, re-made on simulated predictions; each names its thread."""

from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.field.bases import Base, noise
from benchmarks.field.faults import Fault, Pairs, pairs_of


def _some_inverted(share: float) -> Callable[[Base, np.random.Generator], Pairs | None]:
    """Take the other side of the cut on some photos: https://github.com/aliaksandr960/segment-anything-eo/issues/4."""

    def inject(base: Base, rng: np.random.Generator) -> Pairs | None:
        if len(base.classes) != 2:
            return None
        chosen = set(rng.permutation(len(base.truths))[: round(share * len(base.truths))].tolist())
        return [(t, (1 - m).astype(np.uint8) if i in chosen else m) for i, (t, m) in enumerate(pairs_of(base))]

    return inject


def _each_stretched(base: Base, rng: np.random.Generator) -> Pairs | None:
    """Stretch each map to 0..1, where some photos show no object: https://github.com/xuebinqin/U-2-Net/issues/65."""
    if len(base.classes) != 2 or sum(not t.any() for t in base.truths) < 3:
        return None
    pairs = []
    for truth, chances in zip(base.truths, base.binary_maps, strict=True):
        if not truth.any():
            chances = 0.02 * (1 + 0.4 * noise(truth.shape, 32, rng) + 0.2 * noise(truth.shape, 8, rng))
        low, high = float(chances.min()), float(chances.max())
        pairs.append((truth, np.rint((chances - low) / (high - low) * 255).astype(np.uint8)))
    return pairs


RECENT: Sequence[Fault] = (
    Fault("predictions of some photos inverted", ("pred-inverted",), _some_inverted(0.5), "half"),
    Fault("predictions of some photos inverted", ("pred-inverted",), _some_inverted(0.25), "a quarter"),
    Fault("each map stretched to 0..1", ("empty-positives",), _each_stretched),
)
