"""A W-Net of 70,000 parameters for vessels, after Galdran et al. 2020, The Little W-Net That Could.

Our own code, from the paper: two small U-Nets of 8, 16 and 32 channels with residual blocks, the second of which sees
the photo and what the first made of it; both outputs have a binary cross-entropy. Photos at 512 x 512, batches of 4,
Adam at 1e-2 that falls by a cosine, flips, rotation, scale, shift and colour. Prediction averages four flips, and
the threshold is the one with the best Dice on training photos. The paper trains 1,000 epochs on a GPU, in 20 cycles;
here there are as many steps as fit into the minutes, in one cycle.
"""

import math

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.methods.expert_recipe import recoloured
from benchmarks.methods.task import Stopwatch, Task, Trained, resized_pairs, shuffled_batches
from maskwright.classes import IGNORE
from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.photos import Photo

SIZE_PX, BATCH, RATE, CHANNELS = 512, 4, 1e-2, (8, 16, 32)
TURN_DEGREES, ZOOM, SHIFT = 45.0, (0.9, 1.2), 0.1
THRESHOLDS = np.arange(0.1, 0.9, 0.02)
THRESHOLD_PHOTOS = 6
FLIPS: tuple[tuple[int, ...], ...] = ((), (-1,), (-2,), (-1, -2))


class Residual(nn.Module):
    """Two 3x3 convolutions, each with ReLU and batch normalisation, beside a 1x1 one."""

    def __init__(self, ins: int, outs: int) -> None:
        super().__init__()
        layers = [[nn.Conv2d(i, outs, 3, padding=1), nn.ReLU(inplace=True), nn.BatchNorm2d(outs)] for i in (ins, outs)]
        self.main = nn.Sequential(*layers[0], *layers[1])
        self.beside = nn.Sequential(nn.Conv2d(ins, outs, 1), nn.BatchNorm2d(outs))

    def forward(self, x: Tensor) -> Tensor:
        joined: Tensor = self.main(x) + self.beside(x)
        return joined


class SmallUNet(nn.Module):
    """A U-Net of three levels whose skips pass one more convolution: NxIxHxW -> Nx1xHxW logits."""

    def __init__(self, ins: int) -> None:
        super().__init__()
        a, b, c = CHANNELS
        self.down = nn.ModuleList([Residual(ins, a), Residual(a, b), Residual(b, c)])
        self.rise = nn.ModuleList([nn.ConvTranspose2d(c, b, 2, stride=2), nn.ConvTranspose2d(b, a, 2, stride=2)])
        self.skip = nn.ModuleList([_bridge(b), _bridge(a)])
        self.up = nn.ModuleList([Residual(2 * b, b), Residual(2 * a, a)])
        self.head = nn.Conv2d(a, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        first = self.down[0](x)
        second = self.down[1](functional.max_pool2d(first, 2))
        x = self.down[2](functional.max_pool2d(second, 2))
        for rise, skip, up, level in zip(self.rise, self.skip, self.up, (second, first), strict=True):
            x = up(torch.cat([rise(x), skip(level)], dim=1))
        logits: Tensor = self.head(x)
        return logits


def _bridge(channels: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(channels, channels, 3, padding=1), nn.ReLU(inplace=True), nn.BatchNorm2d(channels))


class WNet(nn.Module):
    """Two small U-Nets: Nx3xHxW -> the logits of both, each Nx1xHxW."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = SmallUNet(3), SmallUNet(4)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        early = self.first(x)
        return early, self.second(torch.cat([x, early], dim=1))


def fit(task: Task) -> Trained:
    """Train for the task's minutes; for one class before a background."""
    assert task.parts.train.classes.is_binary
    watch = Stopwatch(0.95 * task.budget_s)  # the rest is for the threshold
    torch.manual_seed(task.seed)
    rng = np.random.default_rng(task.seed)
    net = WNet().to(memory_format=torch.channels_last)
    optimiser = torch.optim.Adam(net.parameters(), lr=RATE)
    pairs = resized_pairs(task.parts.train, SIZE_PX)
    steps = 0
    for _, places in shuffled_batches(len(pairs), BATCH, rng):
        if not watch.has_time():
            break
        share = min(1.0, watch.seconds / watch.budget_s)
        optimiser.param_groups[0]["lr"] = RATE * (0.5 + 0.5 * math.cos(math.pi * share))
        drawn = [_moved(*pairs[i], rng) for i in places]
        optimiser.zero_grad()
        _loss(net(_tensor([photo for photo, _ in drawn])), np.stack([mask for _, mask in drawn])).backward()
        optimiser.step()
        steps += 1
    net.eval()
    threshold = _threshold(net, pairs[:THRESHOLD_PHOTOS])
    return Trained(lambda photo: _predict(net, photo, threshold), steps)


def _loss(outputs: tuple[Tensor, Tensor], masks: NDArray[np.uint8]) -> Tensor:
    truth = torch.from_numpy(masks)
    counted = truth != IGNORE
    target = truth[counted].float()
    first, second = (functional.binary_cross_entropy_with_logits(one[:, 0][counted], target) for one in outputs)
    return first + second


def _tensor(photos: list[Photo]) -> Tensor:
    pixels = torch.from_numpy(np.ascontiguousarray(np.stack(photos))).permute(0, 3, 1, 2).float() / 255
    return pixels.contiguous(memory_format=torch.channels_last)


def _moved(photo: Photo, mask: Mask, rng: np.random.Generator) -> tuple[Photo, Mask]:
    """Return the pair turned, scaled, shifted, mirrored and recoloured; what lies outside is ignored."""
    middle = SIZE_PX / 2
    matrix = cv2.getRotationMatrix2D((middle, middle), rng.uniform(-TURN_DEGREES, TURN_DEGREES), rng.uniform(*ZOOM))
    matrix[0, 2] += rng.uniform(-SHIFT, SHIFT) * SIZE_PX
    matrix[1, 2] += rng.uniform(-SHIFT, SHIFT) * SIZE_PX
    size = (SIZE_PX, SIZE_PX)
    photo = np.asarray(cv2.warpAffine(photo, matrix, size), dtype=np.uint8)
    turned = cv2.warpAffine(mask, matrix, size, flags=cv2.INTER_NEAREST, borderValue=(IGNORE,))
    mask = np.asarray(turned, dtype=np.uint8)
    for axis in (0, 1):
        if rng.random() < 0.5:
            photo, mask = np.flip(photo, axis), np.flip(mask, axis)
    return recoloured(np.ascontiguousarray(photo), rng), mask


def _probability(net: nn.Module, small: Photo) -> NDArray[np.float32]:
    """Return HxW probabilities of the vessel, the mean over four flips."""
    x, total = _tensor([small]), torch.zeros(1, 1, *small.shape[:2])
    with torch.inference_mode():
        for axes in FLIPS:
            total += net(x.flip(axes) if axes else x)[1].sigmoid().flip(axes)
    return np.asarray(total[0, 0].numpy() / len(FLIPS), dtype=np.float32)


def _threshold(net: nn.Module, pairs: list[tuple[Photo, Mask]]) -> float:
    """Return the threshold with the best Dice over the pairs."""
    shares = np.concatenate([_probability(net, photo)[mask != IGNORE] for photo, mask in pairs])
    truth = np.concatenate([mask[mask != IGNORE] == 1 for _, mask in pairs])
    both = [2 * (truth & (shares > level)).sum() / max(1, truth.sum() + (shares > level).sum()) for level in THRESHOLDS]
    return float(THRESHOLDS[int(np.argmax(both))])


def _predict(net: nn.Module, photo: Photo, threshold: float) -> Mask:
    small = np.asarray(cv2.resize(photo, (SIZE_PX, SIZE_PX), interpolation=cv2.INTER_AREA), dtype=np.uint8)
    large = cv2.resize(_probability(net, small), (photo.shape[1], photo.shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(large > threshold, dtype=np.uint8)
