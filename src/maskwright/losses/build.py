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

PIXELWISE = ("ce", "plain-ce", "wce-inverse", "wce-median", "border", "focal", "l2")
"""Those that add up over pixels, so that a class's weight moves its probability."""


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


def used_class_weights(spec: LossSpec) -> tuple[float, ...]:
    """Return how much each class weighs in the expression's pixelwise losses: all 1 where none of them has weights.

    Of several with weights it is the geometric mean by their factors; one without counts as 1. The other losses have
    none. A class without training pixels weighs 1, whatever the loss would give it.
    """
    ones = torch.ones(len(spec.class_weights), dtype=torch.float64)
    terms = [term for term in parse_mix(spec.mix) if term.loss in PIXELWISE]
    log_weights = torch.zeros_like(ones)
    for term in terms:
        weights = _weights(term.loss, spec, torch.device("cpu"))
        weights = ones if weights is None else weights.double()
        log_weights += term.factor * torch.where(weights > 0, weights, ones).log()
    factors = sum(term.factor for term in terms)
    return tuple((log_weights / max(factors, 1e-12)).exp().tolist())


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
