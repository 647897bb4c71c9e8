"""The border-weighted cross-entropy of U-Net: narrow gaps between objects count most. Ronneberger et al. 2015."""

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from maskwright.classes import IGNORE
from maskwright.imaging.mask_geometry import Mask
from maskwright.losses.soft_areas import as_float

Weights = NDArray[np.float32]
W0 = 10.0
SIGMA_PX = 5.0


def border_weights(mask: Mask, *, w0: float = W0, sigma_px: float = SIGMA_PX) -> Weights:
    """Return HxW weights w0 exp(-(d1 + d2)^2 / (2 sigma^2)) of the background (class 0), 0 elsewhere.

    d1 and d2 are the distances in px to the nearest and the second nearest object (a connected patch of any other
    class). With fewer than two objects all weights are 0. Ignored pixels are not an object.
    """
    nearest, second = _two_distances(mask)
    weights = w0 * np.exp(-((nearest + second) ** 2) / (2 * sigma_px**2))
    return np.where(mask == 0, weights, 0.0).astype(np.float32)


def _two_distances(mask: Mask) -> tuple[Weights, Weights]:
    """Return the distances to the nearest two objects; infinite where there is none."""
    nearest = np.full(mask.shape, np.inf, dtype=np.float32)
    second = nearest.copy()
    for class_id in np.unique(mask[(mask != 0) & (mask != IGNORE)]):
        count, labels = cv2.connectedComponents((mask == class_id).astype(np.uint8), connectivity=8)
        for label in range(1, count):
            distance = cv2.distanceTransform((labels != label).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
            second = np.minimum(second, np.maximum(nearest, distance))
            nearest = np.minimum(nearest, distance)
    return nearest, second


def border_cross_entropy(
    logits: Tensor, target: Tensor, *, ignore: int = IGNORE, weights: Tensor | None = None
) -> Tensor:
    """Return the mean over the counted pixels of (class weight + border weight) times the cross-entropy.

    Arguments as in pixelwise.py; `weights` are the paper's w_c. Divided by the number of pixels, not by their weights:
    narrow gaps add to the loss, as in the paper.
    """
    logits = as_float(logits)
    counted = target != ignore
    safe = torch.where(counted, target, 0).long()
    if logits.shape[1] == 1:
        loss = functional.binary_cross_entropy_with_logits(logits[:, 0], safe.to(logits.dtype), reduction="none")
    else:
        loss = functional.cross_entropy(logits, safe, reduction="none")
    masks = torch.where(counted, target, IGNORE).to(torch.uint8).cpu().numpy()
    borders = torch.from_numpy(np.stack([border_weights(mask) for mask in masks])).to(logits)
    by_class = torch.ones_like(loss) if weights is None else weights.to(logits)[safe]
    return (loss * (by_class + borders) * counted).sum() / counted.sum().clamp(min=1)
