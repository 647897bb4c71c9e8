"""Where on a photo a classifier finds a class: the probability for every window, interpolated over the photo."""

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from maskwright.imaging.photos import Photo
from maskwright.models.fully_convolutional import FullyConvolutional
from maskwright.models.receptive_field import Grid
from maskwright.models.weights.classifiers import HALVES, Normalisation


@torch.no_grad()
def class_heat_map(
    net: FullyConvolutional,
    photo: Photo,
    *,
    class_ids: Sequence[int],
    normalisation: Normalisation = HALVES,
) -> NDArray[np.float32]:
    """Return HxW probabilities (0 to 1) that the window around each pixel shows one of the classes.

    `net` comes from to_fully_convolutional, `photo` is HxWx3 uint8, `class_ids` are the classifier's (ImageNet's cats:
    281 to 285). Each probability belongs to the centre of its window and is interpolated bilinearly between centres.
    The photo's edges are repeated by half a window, so that every pixel has windows around it.

        >>> net = mw.to_fully_convolutional(mw.imagenet_classifier())
        >>> mw.class_heat_map(net, mw.read_photo("photos/disc00.png"), class_ids=range(281, 286)).shape
        (96, 128)
    """
    was_training = net.training
    framed, front_px = _framed(_prepared(photo, normalisation), net)
    logits = net.eval()(framed)
    net.train(was_training)
    chosen = logits.softmax(dim=1)[:, list(class_ids)].sum(dim=1)[0]
    down, across = (
        _between(cells, net.grid, front_px=front_px, side_px=side_px)
        for cells, side_px in zip(chosen.shape, photo.shape[:2], strict=True)
    )
    return np.asarray((down @ chosen @ across.T).numpy(), dtype=np.float32)


def _prepared(photo: Photo, normalisation: Normalisation) -> Tensor:
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in normalisation)
    return (
        torch.from_numpy(np.require(photo, requirements=("C", "W"))).permute(2, 0, 1)[None].float() / 255 - mean
    ) / std


def _framed(x: Tensor, net: FullyConvolutional) -> tuple[Tensor, int]:
    """Return the photo with its edges repeated on all sides, and by how many pixels in front.

    Windows are then centred on every pixel, and both sides are multiples of the stride.
    """
    stride = net.grid.stride_px
    front = math.ceil(net.grid.offset_px / stride) * stride
    wanted = [front + side + net.native_px // 2 + stride for side in x.shape[-2:]]
    height, width = (math.ceil(side / stride) * stride for side in wanted)
    behind = width - front - x.shape[-1], height - front - x.shape[-2]
    return functional.pad(x, (front, behind[0], front, behind[1]), mode="replicate"), front


def _between(cells: int, grid: Grid, *, front_px: int, side_px: int) -> Tensor:
    """Return side_px x cells weights: linear interpolation between the centres of the cells."""
    place = (torch.arange(side_px) + front_px - grid.offset_px) / grid.stride_px
    assert place[0] >= 0
    assert place[-1] <= cells - 1
    return (1 - (place[:, None] - torch.arange(cells)).abs()).clamp(min=0)
