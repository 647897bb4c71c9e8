"""Faults of a second inference or of saving, re-made on simulated predictions; each names its thread."""

from collections.abc import Callable

import numpy as np

from benchmarks.field.bases import Base, noise, predicted
from benchmarks.field.faults import Fault, Pairs, pairs_of

Inject = Callable[[Base, np.random.Generator], Pairs | None]
QUALITY, FEWEST_CLASSES = 0.8, 3


def _mirrored_run_kept(axis: int, *, as_maps: bool) -> Inject:
    """Average with what the network predicts of the mirrored photo, which is not the mirror image of its first
    prediction: https://github.com/fastai/fastai/issues/646."""

    def inject(base: Base, rng: np.random.Generator) -> Pairs | None:
        if as_maps and len(base.classes) != 2:
            return None
        pairs = []
        for truth, maps in zip(base.truths, base.maps, strict=True):
            mean = (maps + np.flip(predicted(truth, len(base.classes), QUALITY, rng), axis)) / 2
            pairs.append((truth, mean[1] if as_maps else np.asarray(mean.argmax(axis=0), dtype=np.uint8)))
        return pairs

    return inject


def _stretched_by_each(base: Base, _rng: np.random.Generator) -> Pairs | None:
    """Stretch ids from each picture's least to its greatest: https://stackoverflow.com/questions/79158479."""
    if len(base.classes) < FEWEST_CLASSES or len({int(mask.max()) for mask in base.masks}) < 2:
        return None
    pairs = []
    for truth, mask in pairs_of(base):
        low, high = int(mask.min()), max(int(mask.max()), int(mask.min()) + 1)
        pairs.append((truth, np.rint((mask.astype(np.float32) - low) / (high - low) * 255).astype(np.uint8)))
    return pairs


def _every_tile_full(side_px: int) -> Inject:
    """Draw grain of an amount of its own in each tile: https://github.com/MouseLand/cellpose/issues/608."""

    def inject(base: Base, rng: np.random.Generator) -> Pairs | None:
        if len(base.classes) != 2 or base.classes.background != 0:
            return None
        pairs = []
        for truth, mask in pairs_of(base):
            (high, wide), drawn = mask.shape, mask.copy()
            for y in range(0, high, side_px):
                for x in range(0, wide, side_px):
                    tile = np.s_[y : y + side_px, x : x + side_px]
                    if not truth[tile].any():
                        grain = noise(mask[tile].shape, 4, rng)
                        drawn[tile] = grain > np.quantile(grain, rng.uniform(0.4, 0.9))
            pairs.append((truth, drawn))
        return pairs

    return inject


def _argmax_of_one_channel(base: Base, _rng: np.random.Generator) -> Pairs | None:
    """Take the argmax of one channel: https://github.com/open-mmlab/mmsegmentation/issues/1774."""
    if len(base.classes) != 2 or base.classes.background != 0:
        return None
    return [(truth, np.zeros_like(mask)) for truth, mask in pairs_of(base)]


SECOND = (
    Fault("the mirrored run averaged as it came", ("pred-symmetric",), _mirrored_run_kept(2, as_maps=True), "maps"),
    Fault("the mirrored run averaged as it came", ("pred-symmetric",), _mirrored_run_kept(2, as_maps=False), "ids"),
    Fault(
        "the mirrored run averaged as it came", ("pred-symmetric",), _mirrored_run_kept(1, as_maps=True), "upside down"
    ),
    Fault("ids stretched in each picture", ("pred-palette",), _stretched_by_each),
    Fault("tiles normalised by themselves", ("pred-seams",), _every_tile_full(64), "64 px, all bare tiles"),
    Fault("tiles normalised by themselves", ("pred-seams",), _every_tile_full(80), "80 px, all bare tiles"),
    Fault("an argmax over one channel", ("score-collapse",), _argmax_of_one_channel),
)
