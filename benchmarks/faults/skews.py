"""Faults of serving: the healthy models fed otherwise than they were trained, or left in training mode."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from benchmarks.faults.bases import LONG_SIDE_PX, Base, run_of
from maskwright.diagnosis.serving_skew.find_skew import find_skew
from maskwright.diagnosis.serving_skew.preprocessing_variants import HALVES
from maskwright.evaluation import metrics
from maskwright.findings.finding import Finding
from maskwright.imaging.mask_geometry import Mask, resize_mask
from maskwright.inference.load import load

SIDE_PX = 320
Photos = NDArray[np.float32]
Pairs = list[tuple[NDArray[Any], Mask]]

SKEWS: dict[str, Callable[[Photos], Photos] | None] = {
    "input-bgr": lambda x: np.ascontiguousarray(x[..., ::-1]),
    "input-range": lambda x: x / np.float32(255),
    "normalised-twice": lambda x: (x / np.float32(255) - np.float32(HALVES[0][0])) / np.float32(HALVES[1][0]),
    "batchnorm-training": None,
}


def served(base: Base, code: str) -> tuple[list[Finding], float] | None:
    """Return what is found of the base's model, served with one fault, and the IoU that the fault takes away.

    Code "" serves it as it was trained. None where the fault changes nothing at all: grey photos have no red and blue
    to exchange.
    """
    if code == "input-bgr" and all((one.photo == one.photo[..., :1]).all() for one in base.held_out):
        return None
    net = load(run_of(base.name, base.seed)).net
    change = SKEWS.get(code)

    @torch.no_grad()
    def model(batch: Photos) -> Tensor:
        logits: Tensor = net(torch.from_numpy(np.ascontiguousarray(batch)).permute(0, 3, 1, 2).float())
        return logits

    plain = squares(base)
    pairs = [(change(photo) if change else photo, truth) for photo, truth in plain]
    right = _iou(net.eval(), plain, base)
    net.train(code == "batchnorm-training")
    cost = right - _iou(net, pairs, base)
    return find_skew(model, pairs, classes=base.classes), cost


@torch.no_grad()
def _iou(net: nn.Module, pairs: Pairs, base: Base) -> float:
    """Return the mean IoU over the scored classes of all photos, each predicted alone."""
    total = np.zeros((len(base.classes),) * 2, dtype=np.int64)
    for photo, truth in pairs:
        logits = net(torch.from_numpy(np.ascontiguousarray(photo)).permute(2, 0, 1)[None].float())[0]
        ids = (logits[0] > 0) if len(logits) == 1 else logits.argmax(dim=0)
        total += metrics.confusion(truth, np.asarray(ids.numpy(), np.uint8), len(base.classes))
    return metrics.mean_over(metrics.iou(total), base.classes.scored)


def squares(base: Base) -> Pairs:
    """Return up to eight held-out photos that show objects, cut to one size at the working scale of the base."""
    import cv2

    scale = load(run_of(base.name, base.seed)).long_side_px / LONG_SIDE_PX
    found: Pairs = []
    for one in base.held_out:
        size_hw = (max(64, round(one.truth.shape[0] * scale)), max(64, round(one.truth.shape[1] * scale)))
        photo = np.asarray(cv2.resize(one.photo, size_hw[::-1], interpolation=cv2.INTER_AREA), np.float32)
        truth = resize_mask(one.truth, size_hw)
        if (truth != 0).any():
            found.append((photo, truth))
    height = min(min(t.shape[0] for _, t in found), SIDE_PX)
    width = min(min(t.shape[1] for _, t in found), SIDE_PX)
    return [_cut(photo, truth, height // 32 * 32, width // 32 * 32) for photo, truth in found[:8]]


def _cut(photo: Photos, truth: Mask, height: int, width: int) -> tuple[Photos, Mask]:
    """Return the window of the given size with its centre as near as can be to the middle of the objects."""
    y, x = (int(v) for v in np.argwhere((truth != 0) & (truth != 255)).mean(axis=0).round()) if truth.any() else (0, 0)
    top = min(max(0, y - height // 2), truth.shape[0] - height)
    left = min(max(0, x - width // 2), truth.shape[1] - width)
    window = (slice(top, top + height), slice(left, left + width))
    return photo[window], truth[window]
