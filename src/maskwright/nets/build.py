"""Building a network: whatever the architecture, NCHW logits at the size of its input."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from maskwright.errors import WeightsError
from maskwright.nets.encoders import load_hub_weights, load_packaged_weights
from maskwright.planning.weights import PACKAGED, require_weights

if TYPE_CHECKING:
    from maskwright.planning.plan import NetPlan

STRIDE = 32
Triple = tuple[float, ...]
HALVES: Triple = (0.5, 0.5, 0.5)
"""How EfficientNet-Lite was trained: (x / 255 - 0.5) / 0.5; ImageNet's own mean and deviation are measurably worse."""


@dataclass(frozen=True)
class Net:
    """A network and where its encoder's weights came from."""

    module: nn.Module
    weights: str


class PaddedNet(nn.Module):
    """Normalises uint8-valued RGB and pads to the stride, so that any H x W gives logits of the same H x W.

    Input: Nx3xHxW float tensor of values 0..255. Output: NxCxHxW logits.
    """

    def __init__(self, core: nn.Module, mean: Triple, std: Triple) -> None:
        super().__init__()
        self.core = core
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1) * 255.0, persistent=False)
        self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1) * 255.0, persistent=False)
        self.mean: Tensor
        self.std: Tensor

    def forward(self, photos: Tensor) -> Tensor:
        height, width = photos.shape[-2:]
        x = (photos - self.mean) / self.std
        x = functional.pad(x, (0, -width % STRIDE, 0, -height % STRIDE), mode="replicate")
        logits: Tensor = self.core(x)
        return logits[..., :height, :width]


def build_model(plan: "NetPlan", class_count: int) -> Net:
    """Return the network that the plan names, with one output channel for two classes, else one a class.

    Raises WeightsError where pretrained weights are asked for and cannot be had.
    """
    if plan.weights == "imagenet":
        require_weights(plan.encoder)
    core = _smp_core(plan, 1 if class_count == 2 else class_count)
    weights = _load_encoder_weights(core, plan)
    return Net(PaddedNet(core, *_normalisation(plan.encoder)), weights)


def _smp_core(plan: "NetPlan", channels: int) -> nn.Module:
    import segmentation_models_pytorch as smp

    name = f"tu-{plan.encoder}"
    try:
        match plan.decoder:
            case "unet":
                widths = tuple(plan.decoder_channels)
                core: nn.Module = smp.Unet(name, encoder_weights=None, decoder_channels=widths, classes=channels)
            case "fpn":
                core = smp.FPN(name, encoder_weights=None, decoder_dropout=0.0, classes=channels)
            case "deeplabv3plus":
                core = smp.DeepLabV3Plus(name, encoder_weights=None, decoder_aspp_dropout=0.0, classes=channels)
    except (RuntimeError, KeyError, ValueError) as error:
        known = ", ".join(PACKAGED)
        raise WeightsError(
            f"there is no encoder {plan.encoder!r} that fits {plan.decoder}: offline there are {known}"
        ) from error
    return core


def _load_encoder_weights(core: nn.Module, plan: "NetPlan") -> str:
    if plan.weights == "random":
        return "random"
    encoder = core.get_submodule("encoder.model")
    if plan.encoder in PACKAGED:
        return load_packaged_weights(encoder, plan.encoder)
    return load_hub_weights(encoder, plan.encoder)


def _normalisation(encoder: str) -> tuple[Triple, Triple]:
    """Return mean and deviation of 0..1 pixel values that the encoder was trained with."""
    import timm

    configured = timm.get_pretrained_cfg(encoder)
    return (configured.mean, configured.std) if configured else (HALVES, HALVES)
