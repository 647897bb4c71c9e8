"""A network of three layers, for tests of what a training measures."""

import torch
from torch import Tensor, nn


class SmallNet(nn.Module):
    """Convolution, normalisation, convolution: Nx3xHxW -> Nx1xHxW."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first = nn.Conv2d(3, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.last = nn.Conv2d(4, 1, 1)

    def forward(self, photos: Tensor) -> Tensor:
        logits: Tensor = self.last(self.norm(self.first(photos)).relu())
        return logits
