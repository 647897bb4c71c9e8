"""A U-Net from scratch with cross-entropy, as the many tutorials on it train one.

Four levels of 32 to 512 channels with batch normalisation, whole photos squeezed to 256 x 256, flips, Adam 1e-3, BCE
(or CE); as many steps as fit into the minutes.
"""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.methods.smp_recipe import as_tensor, whole_photo
from benchmarks.methods.task import Stopwatch, Task, Trained, resized_pairs, shuffled_batches
from maskwright.classes import IGNORE

SIZE_PX, BATCH, RATE, WIDTHS = 256, 4, 1e-3, (32, 64, 128, 256, 512)


class UNet(nn.Module):
    """The padded U-Net of the tutorials: Nx3xHxW -> NxCxHxW logits, H and W multiples of 16."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        ins = (3, *WIDTHS[:-1])
        self.down = nn.ModuleList(_pair(a, b) for a, b in zip(ins, WIDTHS, strict=True))
        ups = list(zip(WIDTHS[:0:-1], WIDTHS[-2::-1], strict=True))
        self.rise = nn.ModuleList(nn.ConvTranspose2d(a, b, 2, stride=2) for a, b in ups)
        self.up = nn.ModuleList(_pair(2 * b, b) for _, b in ups)
        self.head = nn.Conv2d(WIDTHS[0], channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        kept = []
        for level, block in enumerate(self.down):
            x = block(x if level == 0 else functional.max_pool2d(x, 2))
            kept.append(x)
        for rise, block, skip in zip(self.rise, self.up, kept[-2::-1], strict=True):
            x = block(torch.cat([skip, rise(x)], dim=1))
        logits: Tensor = self.head(x)
        return logits


def _pair(a: int, b: int) -> nn.Sequential:
    layers = [[nn.Conv2d(i, b, 3, padding=1, bias=False), nn.BatchNorm2d(b), nn.ReLU(inplace=True)] for i in (a, b)]
    return nn.Sequential(*layers[0], *layers[1])


def fit(task: Task) -> Trained:
    """Train from random weights for the task's minutes."""
    watch = Stopwatch(task.budget_s)
    torch.manual_seed(task.seed)
    rng = np.random.default_rng(task.seed)
    channels = 1 if len(task.parts.train.classes) == 2 else len(task.parts.train.classes)
    net = UNet(channels)
    optimiser = torch.optim.Adam(net.parameters(), lr=RATE)
    pairs = resized_pairs(task.parts.train, SIZE_PX)
    steps = 0
    for _, places in shuffled_batches(len(pairs), BATCH, rng):
        if not watch.has_time():
            break
        drawn = [pairs[i] if rng.random() < 0.5 else tuple(a[:, ::-1] for a in pairs[i]) for i in places]
        logits = net(as_tensor([photo for photo, _ in drawn]))
        target = torch.from_numpy(np.stack([mask for _, mask in drawn])).long()
        optimiser.zero_grad()
        plain_loss(logits, target).backward()
        optimiser.step()
        steps += 1
    return Trained(lambda photo: whole_photo(net, photo, SIZE_PX), steps)


def plain_loss(logits: Tensor, target: Tensor) -> Tensor:
    """Return unweighted BCE for one channel, else cross-entropy; ignored pixels do not count."""
    if logits.shape[1] > 1:
        return functional.cross_entropy(logits, target, ignore_index=IGNORE)
    counted = target != IGNORE
    return functional.binary_cross_entropy_with_logits(logits[:, 0][counted], target[counted].float())
