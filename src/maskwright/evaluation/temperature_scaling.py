"""Temperatures and shifts: what makes logits believable, so that 80 % sure is right on 80 of 100 pixels.

A temperature divides logits that are too sure of themselves: Guo et al. 2017, On calibration of modern neural networks.
A shift takes out what the class weights of the loss have put in: a class that weighs five times as much is named
from a sixth of a probability on. Masks are made from the logits as they are, so that neither changes them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from maskwright.classes import IGNORE
from maskwright.imaging.mask_geometry import Mask
from maskwright.runs.confidence import MOST_SHIFT, NO_CORRECTION, Correction

Floats = NDArray[np.float32]

LOWEST = 0.4
"""The temperature that is fitted, at least."""
HIGHEST = 5.0
"""The temperature that is fitted, at most."""
MOST_SHARE = 1.5
"""Of the logarithm of a class weight, at most, that a shift takes away."""
USUAL_TEMPERATURE = 1.4
"""What short trainings need."""
USUAL_SHARE = 0.6
"""Of the logarithms of the class weights: what short trainings need."""
USUAL_PHOTOS = 4.0
"""How many inner photos the experience of the usual values is worth."""
FIT_PIXELS = 20_000
"""Over all photos: a fit takes a tenth of a second, so that every validation can have its own."""


@dataclass(frozen=True)
class PhotoLogits:
    """Some pixels of one photo: `logits` CxN, and the class of each that is true."""

    logits: Floats
    truth: NDArray[np.uint8]


def sample_pixels(logits: Floats, truth: Mask, *, most: int) -> PhotoLogits:
    """Return at most so many evenly spaced pixels of CxHxW logits and their HxW truth, none that is ignored."""
    counted = np.flatnonzero(truth.ravel() != IGNORE)
    chosen = counted[:: max(1, -(-len(counted) // most))]
    return PhotoLogits(logits.reshape(len(logits), -1)[:, chosen], truth.ravel()[chosen])


def corrected_logits(logits: Floats, correction: Correction) -> Floats:
    """Return CxHxW or CxN logits divided by the temperature of each pixel's strongest class, and lowered by shifts."""
    divided = _divided_by_temperatures(logits, correction.temperatures)
    if not any(correction.shifts):
        return divided
    shifts = np.array(correction.shifts, dtype=np.float32).reshape(-1, *(1,) * (logits.ndim - 1))
    return np.asarray(divided - shifts, dtype=np.float32)


def _divided_by_temperatures(logits: Floats, temperatures: Sequence[float]) -> Floats:
    if not temperatures or all(t == 1 for t in temperatures):
        return logits
    if len(set(temperatures)) == 1:
        return np.asarray(logits / np.float32(temperatures[0]), dtype=np.float32)
    table = np.array(temperatures, dtype=np.float32)
    return np.asarray(logits / table[logits.argmax(axis=0)], dtype=np.float32)


def fit_correction(photos: Sequence[PhotoLogits], class_weights: Sequence[float]) -> Correction:
    """Return one temperature for all classes, and shifts in proportion to the logarithms of the loss's class weights.

    `class_weights`: those that the loss really used; where they are equal, nothing is shifted. Few held-out photos move
    both little from what is usual. Without photos nothing is corrected.
    """
    photos = [_thinned(photo, FIT_PIXELS // len(photos)) for photo in photos if len(photo.truth)]
    if not photos:
        return NO_CORRECTION
    log_weights = np.log(np.array(class_weights, dtype=np.float64))
    fitted = np.array(_fitted(photos, log_weights))
    usual = np.array([np.log(USUAL_TEMPERATURE), USUAL_SHARE])
    both = (fitted * len(photos) + usual * USUAL_PHOTOS) / (len(photos) + USUAL_PHOTOS)
    temperature = round(float(np.exp(both[0])), 4)
    shifts = tuple(round(float(shift), 4) for shift in np.clip(both[1] * log_weights, -MOST_SHIFT, MOST_SHIFT))
    return Correction((temperature,) * len(log_weights), shifts)


def _thinned(photo: PhotoLogits, most: int) -> PhotoLogits:
    step = max(1, -(-len(photo.truth) // max(1, most)))
    return PhotoLogits(photo.logits[:, ::step], photo.truth[::step])


def _fitted(photos: Sequence[PhotoLogits], log_weights: NDArray[np.float64]) -> tuple[float, float]:
    """Return the logarithm of the temperature, and the share of the log weights, with the smallest loss."""
    logits = np.concatenate([photo.logits for photo in photos], axis=1).astype(np.float64)
    truth = np.concatenate([photo.truth for photo in photos]).astype(np.int64)[None]

    def loss(both: NDArray[np.float64]) -> float:
        z = logits / np.exp(both[0]) - both[1] * log_weights[:, None]
        z -= z.max(axis=0)
        return float(np.mean(np.log(np.exp(z).sum(axis=0)) - np.take_along_axis(z, truth, axis=0)[0]))

    bounds = [(float(np.log(LOWEST)), float(np.log(HIGHEST))), (-MOST_SHARE, MOST_SHARE)]
    start = np.array([[0.0, 0.0], [0.4, 0.0], [0.0, 0.5]])
    options = {"initial_simplex": start, "maxiter": 120, "xatol": 0.01, "fatol": 1e-5}
    best = minimize(loss, start[0], method="Nelder-Mead", bounds=bounds, options=options)
    return float(best.x[0]), float(best.x[1]) if log_weights.std() > 0 else USUAL_SHARE
