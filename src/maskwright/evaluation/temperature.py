"""Temperatures: how much a network's logits are divided by, so that 80 % sure is right on 80 of 100 pixels.

A temperature belongs to the class that a pixel is given, so it changes how sure a mask is and never the mask. See Guo
et al. 2017, On calibration of modern neural networks.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from maskwright.classes import IGNORE
from maskwright.imaging.mask_geometry import Mask

Floats = NDArray[np.float32]

LOWEST, HIGHEST = 0.4, 5.0
PRIOR_PHOTOS = 1.0
"""Inner photos that the expectation "no temperature needed" is worth."""
FIT_PIXELS = 20_000
"""Over all photos: a fit takes milliseconds, so that every validation can have its own."""
CLASS_PIXELS, CLASS_PHOTOS, CLASS_GAIN = 300, 4, 0.01
"""A temperature for each class needs so many pixels and photos, and lowers the loss on the other half by 1 %."""


@dataclass(frozen=True)
class PhotoLogits:
    """Some pixels of one photo: `logits` CxN, and the class of each that is true."""

    logits: Floats
    truth: NDArray[np.uint8]


def sampled(logits: Floats, truth: Mask, *, most: int) -> PhotoLogits:
    """Return at most so many evenly spaced pixels of CxHxW logits and their HxW truth, none that is ignored."""
    counted = np.flatnonzero(truth.ravel() != IGNORE)
    chosen = counted[:: max(1, -(-len(counted) // most))]
    return PhotoLogits(logits.reshape(len(logits), -1)[:, chosen], truth.ravel()[chosen])


def tempered(logits: Floats, temperatures: Sequence[float]) -> Floats:
    """Return CxHxW logits divided by the temperature of each pixel's strongest class; as they are without any."""
    if not temperatures or all(t == 1 for t in temperatures):
        return logits
    if len(set(temperatures)) == 1:
        return np.asarray(logits / np.float32(temperatures[0]), dtype=np.float32)
    table = np.array(temperatures, dtype=np.float32)
    return np.asarray(logits / table[logits.argmax(axis=0)], dtype=np.float32)


def fit_temperatures(photos: Sequence[PhotoLogits], classes: int) -> tuple[float, ...]:
    """Return one temperature a class from held-out photos: the same for all, or one each where that is clearly better.

    Few photos move it little: the expectation of 1 counts as one photo.
    """
    photos = [_thinned(photo, FIT_PIXELS // len(photos)) for photo in photos if len(photo.truth)]
    if not photos:
        return ()
    common = _shared(photos)
    if len(photos) < 2 * CLASS_PHOTOS:
        return (common,) * classes
    halves = (photos[::2], photos[1::2])
    shared = [_mean_loss(judged, (_shared(chosen),)) for chosen, judged in (halves, halves[::-1])]
    single = [_mean_loss(judged, _by_class(chosen, classes)) for chosen, judged in (halves, halves[::-1])]
    better = np.mean(single) < np.mean(shared) * (1 - CLASS_GAIN)
    return _by_class(photos, classes) if better else (common,) * classes


def _thinned(photo: PhotoLogits, most: int) -> PhotoLogits:
    step = max(1, -(-len(photo.truth) // max(1, most)))
    return PhotoLogits(photo.logits[:, ::step], photo.truth[::step])


def _mean_loss(photos: Sequence[PhotoLogits], temperatures: Sequence[float]) -> float:
    return float(np.mean([_loss(photo, temperatures) for photo in photos]))


def _by_class(photos: Sequence[PhotoLogits], classes: int) -> tuple[float, ...]:
    common = _shared(photos)
    return tuple(_of_class(photos, c, common) for c in range(classes))


def _of_class(photos: Sequence[PhotoLogits], class_id: int, common: float) -> float:
    given = [(photo, photo.logits.argmax(axis=0) == class_id) for photo in photos]
    of_class = [PhotoLogits(photo.logits[:, on], photo.truth[on]) for photo, on in given if on.any()]
    if sum(len(photo.truth) for photo in of_class) < CLASS_PIXELS or len(of_class) < CLASS_PHOTOS:
        return common
    return _shared(of_class)


def _shared(photos: Sequence[PhotoLogits]) -> float:
    """Return the temperature with the smallest loss, drawn towards 1 where photos are few."""
    logits = np.concatenate([photo.logits for photo in photos], axis=1)
    truth = np.concatenate([photo.truth for photo in photos])
    whole = PhotoLogits(logits, truth)
    bounds = (float(np.log(LOWEST)), float(np.log(HIGHEST)))
    best = minimize_scalar(
        lambda log: _loss(whole, (float(np.exp(log)),)), bounds=bounds, method="bounded", options={"xatol": 0.01}
    )
    return round(float(np.exp(best.x * len(photos) / (len(photos) + PRIOR_PHOTOS))), 4)


def _loss(photo: PhotoLogits, temperatures: Sequence[float]) -> float:
    """Return the mean negative log likelihood of the truth; one temperature stands for all classes."""
    every = tuple(temperatures) * (len(photo.logits) if len(temperatures) == 1 else 1)
    logits = tempered(photo.logits, every)
    logits = logits - logits.max(axis=0)
    own = np.take_along_axis(logits, photo.truth[None].astype(np.int64), axis=0)[0]
    return float(np.mean(np.log(np.exp(logits).sum(axis=0)) - own))
