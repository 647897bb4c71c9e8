"""From a loss expression to one function: every loss by name, and the weighted sum of several."""

from collections.abc import Callable

import torch
from torch import Tensor

from maskwright.classes import IGNORE
from maskwright.losses.border import border_cross_entropy
from maskwright.losses.catalogue import parse_mix
from maskwright.losses.keras_as_written import (
    jaccard_distance,
    jaccard_distance_keras_contrib,
    mean_iou_as_written,
    mean_iou_maximised,
)
from maskwright.losses.lovasz import lovasz
from maskwright.losses.overlap import dice, dice_by_sample, focal_tversky, generalised_dice, jaccard, tversky
from maskwright.losses.pixelwise import (
    cross_entropy,
    focal,
    inverse_frequency,
    median_frequency,
    squared_error,
    weighted_cross_entropy,
)
from maskwright.losses.soft_areas import as_float
from maskwright.losses.spec import LossSpec

Loss = Callable[[Tensor, Tensor], Tensor]
"""Logits NxCxHxW and target NxHxW -> a scalar to minimise."""

FUNCTIONS: dict[str, Callable[..., Tensor]] = {
    "ce": cross_entropy,
    "plain-ce": cross_entropy,
    "wce-inverse": weighted_cross_entropy,
    "wce-median": weighted_cross_entropy,
    "border": border_cross_entropy,
    "l2": squared_error,
    "focal": focal,
    "dice": dice,
    "dice-sample": dice_by_sample,
    "gdice": generalised_dice,
    "jaccard": jaccard,
    "lovasz": lovasz,
    "tversky": tversky,
    "focal-tversky": focal_tversky,
    "jaccard-distance": jaccard_distance,
    "jaccard-distance-keras-contrib": jaccard_distance_keras_contrib,
    "mean-iou-as-written": mean_iou_as_written,
    "mean-iou-maximised": mean_iou_maximised,
}
"""Each of catalogue.LOSSES by name: (logits, target, *, ignore, weights) -> scalar."""


def make_loss(spec: LossSpec, device: torch.device) -> Loss:
    """Return the weighted sum of the expression's losses as one function; its constants live on `device`."""
    terms = [(term.factor, FUNCTIONS[term.loss], _weights(term.loss, spec, device)) for term in parse_mix(spec.mix)]

    def loss(logits: Tensor, target: Tensor) -> Tensor:
        planes = as_float(logits)  # once for all terms
        first, *others = (
            factor * function(planes, target, ignore=IGNORE, weights=weights) for factor, function, weights in terms
        )
        return sum(others, start=first)

    return loss


def _weights(loss: str, spec: LossSpec, device: torch.device) -> Tensor | None:
    """Return the class weights of a loss: the spec's, or made from the classes' shares, or none."""
    match loss:
        case "ce" | "border":
            return torch.tensor(spec.class_weights, device=device)
        case "wce-inverse":
            return inverse_frequency(torch.tensor(spec.class_shares, device=device))
        case "wce-median":
            return median_frequency(torch.tensor(spec.class_shares, device=device))
        case _:
            return None
