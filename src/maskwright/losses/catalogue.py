"""The losses by name, and loss expressions such as "0.5*focal + jaccard". Nothing here imports torch."""

import math
from dataclasses import dataclass
from difflib import get_close_matches

from maskwright.errors import ConfigError

LOSSES: dict[str, str] = {
    "ce": "cross-entropy (binary for two classes), each pixel weighted by loss.class_weights of its class",
    "plain-ce": "cross-entropy, all pixels alike",
    "wce-inverse": "cross-entropy weighted by 1 / the class's share of the pixels",
    "wce-median": "cross-entropy weighted by the median share / the class's share, Eigen and Fergus 2015",
    "border": "cross-entropy that weighs narrow gaps between objects most, as in the U-Net paper of 2015",
    "l2": "squared error of the probabilities: its gradient fades where the network is sure and wrong",
    "focal": "cross-entropy that fades where the network is right, Lin et al. 2017",
    "dice": "soft Dice over the whole batch, Milletari et al. 2016",
    "dice-sample": "soft Dice of each photo, averaged",
    "gdice": "generalised Dice: classes weighted by 1 / size^2, Sudre et al. 2017",
    "jaccard": "soft IoU over the whole batch, Rahman and Wang 2016",
    "lovasz": "Lovász hinge (two classes) or softmax: IoU made convex, Berman et al. 2018",
    "tversky": "overlap in which missed pixels cost most, Salehi et al. 2017",
    "focal-tversky": "Tversky to the power 0.75, Abraham and Khan 2019",
    "jaccard-distance": "a tutorial's smoothed form, one ratio over the batch, times 10",
    "jaccard-distance-keras-contrib": "keras-contrib's smoothed form, a ratio for each pixel: an absolute error",
    "mean-iou-as-written": "a score whose union is a sum, minimised: the mask moves away from the object",
    "mean-iou-maximised": "the same score maximised, as it should be",
}
"""Every loss by name; losses/build.py has the functions."""


@dataclass(frozen=True)
class Term:
    """One loss of an expression and its factor."""

    factor: float
    loss: str


def parse_mix(mix: str) -> tuple[Term, ...]:
    """Return the terms of a loss expression such as "ce + 2*dice"; ConfigError names the wrong part."""
    return tuple(_term(text.strip(), mix) for text in mix.split("+"))


def _term(text: str, mix: str) -> Term:
    factor, times, loss = text.rpartition("*")
    loss = loss.strip()
    if loss not in LOSSES:
        near = get_close_matches(loss.lower(), LOSSES, n=1, cutoff=0.5)
        meant = f"did you mean {near[0]}? " if near else ""
        raise ConfigError(f"loss.mix: {mix!r} has no loss at {text!r}: {meant}known are {', '.join(LOSSES)}")
    try:
        value = float(factor) if times else 1.0
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise ConfigError(f"loss.mix: {mix!r} has no number above 0 at {text!r}: write it as 0.5*{loss}")
    return Term(value, loss)
