"""Building a network. Whatever its architecture, it gives NCHW logits of the size of its input."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from maskwright.models.family_builders import build_core
from maskwright.models.spec import NetworkSpec
from maskwright.models.weights.availability import is_path, require_known_weights
from maskwright.models.weights.classifiers import Triple
from maskwright.models.weights.transfer import load_fitting


@dataclass(frozen=True)
class Net:
    """A network and where its weights came from."""

    module: nn.Module
    weights: str


class PaddedNet(nn.Module):
    """Normalises and pads RGB photos, so that photos of any H x W give logits of the same H x W.

    Input: Nx3xHxW float tensor of values 0..255. Output: NxCxHxW logits. The core sees sides that are multiples of
    `stride` and at least `least_px`.
    """

    def __init__(self, core: nn.Module, mean: Triple, std: Triple, *, stride: int = 32, least_px: int = 1) -> None:
        super().__init__()
        self.core = core
        self.stride = stride
        self.least_px = least_px
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1) * 255.0, persistent=False)
        self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1) * 255.0, persistent=False)
        self.mean: Tensor
        self.std: Tensor
        self.frozen: tuple[str, ...] = ()

    def freeze(self, modules: Iterable[nn.Module]) -> None:
        """Freeze these modules of the core, and keep their BatchNorm in evaluation mode."""
        chosen = set(modules)
        self.frozen = tuple(name for name, module in self.named_modules() if module in chosen)
        for name in self.frozen:
            self.get_submodule(name).requires_grad_(False).eval()

    def train(self, mode: bool = True) -> "PaddedNet":
        """Switch to training mode, except for the frozen modules."""
        super().train(mode)
        for name in self.frozen:
            self.get_submodule(name).eval()
        return self

    def forward(self, photos: Tensor) -> Tensor:
        height, width = photos.shape[-2:]
        x = (photos - self.mean) / self.std
        right, below = (self._padding(length) for length in (width, height))
        x = functional.pad(x, (0, right, 0, below), mode="replicate")
        logits: Tensor = self.core(x)
        return logits[..., :height, :width]

    def _padding(self, length: int) -> int:
        least = max(length, self.least_px)
        return least + -least % self.stride - length


def build_model(spec: NetworkSpec, class_count: int) -> Net:
    """Return the network of a spec, with one output channel for two classes, else one for each class.

    Raises WeightsError if its pretrained weights are not available, ConfigError if there is no such network.
    """
    require_known_weights(spec.weights)
    core = build_core(spec, 1 if class_count == 2 else class_count)
    net = PaddedNet(core.module, core.mean, core.std, stride=core.stride, least_px=core.least_px)
    net.freeze(module for stage in core.stages[: spec.frozen_stages] for module in stage)
    weights = core.weights
    if is_path(spec.weights) and weights == "random":
        weights = load_fitting(net, Path(spec.weights))
    return Net(net, weights)
