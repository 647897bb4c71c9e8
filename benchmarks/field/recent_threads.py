"""More faults that people asked about in public threads, re-made on simulated predictions; each names its thread."""

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from benchmarks.field.bases import Base, noise
from benchmarks.field.faults import Fault, Pairs, pairs_of

Inject = Callable[[Base, np.random.Generator], Pairs | None]


def _some_inverted(share: float) -> Inject:
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
            chances = np.float32(0.02) * (1 + 0.4 * noise(truth.shape, 32, rng) + 0.2 * noise(truth.shape, 8, rng))
        low, high = float(chances.min()), float(chances.max())
        pairs.append((truth, np.rint((chances - low) / (high - low) * 255).astype(np.uint8)))
    return pairs


def _window_left_out(rows: tuple[float, float], columns: tuple[float, float]) -> Inject:
    """Leave a window out, at the same place in each photo: https://github.com/wrockey/vmat-diffusion/issues/50."""

    def inject(base: Base, _rng: np.random.Generator) -> Pairs | None:
        if base.classes.background != 0:
            return None
        pairs = []
        for truth, mask in pairs_of(base):
            (high, wide), left = mask.shape, mask.copy()
            left[int(rows[0] * high) : int(rows[1] * high), int(columns[0] * wide) : int(columns[1] * wide)] = 0
            pairs.append((truth, left))
        return pairs

    return inject


def _opened(side_px: int) -> Inject:
    """Open the prediction, which takes thin parts away: https://github.com/jocpae/clDice/issues/19."""

    def inject(base: Base, _rng: np.random.Generator) -> Pairs | None:
        if base.name not in ("crackforest", "drive"):
            return None
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side_px, side_px))
        return [(t, np.asarray(cv2.morphologyEx(m, cv2.MORPH_OPEN, kernel))) for t, m in pairs_of(base)]

    return inject


def _halves_averaged(base: Base, _rng: np.random.Generator) -> Pairs:
    """Average with the map of the photo turned by half, as it comes: https://github.com/fastai/fastai/issues/646."""
    joined = [m + m[:, ::-1, ::-1] for m in base.maps]
    return [(t, j.argmax(axis=0).astype(np.uint8)) for t, j in zip(base.truths, joined, strict=True)]


def _divided_again(base: Base, _rng: np.random.Generator) -> Pairs | None:
    """Divide probabilities by 255: https://github.com/jocicmarko/ultrasound-nerve-segmentation/issues/14."""
    if len(base.classes) != 2:
        return None
    return [(t, (p / np.float32(255)).astype(np.float32)) for t, p in zip(base.truths, base.binary_maps, strict=True)]


RECENT: Sequence[Fault] = (
    Fault("predictions of some photos inverted", ("pred-inverted",), _some_inverted(0.5), "half"),
    Fault("predictions of some photos inverted", ("pred-inverted",), _some_inverted(0.25), "a quarter"),
    Fault("a window never predicted", ("pred-unfinished",), _window_left_out((0.33, 0.67), (0.75, 1)), "at the right"),
    Fault("a window never predicted", ("pred-unfinished",), _window_left_out((0.3, 0.6), (0.25, 0.6)), "in the middle"),
    Fault("thin parts opened away", ("pred-one-piece",), _opened(3), "3 px"),
    Fault("thin parts opened away", ("pred-one-piece",), _opened(5), "5 px"),
    Fault("a half turn averaged as it came", ("pred-symmetric",), _halves_averaged),
    Fault("probabilities divided by 255", ("pred-divided",), _divided_again),
    Fault("each map stretched to 0..1", ("empty-positives",), _each_stretched),
)
