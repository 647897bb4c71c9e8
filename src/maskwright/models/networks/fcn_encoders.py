"""The encoders of FCNs: classifiers cut at strides 8, 16 and 32, their heads turned into convolutions."""

from itertools import pairwise
from typing import Literal, get_args

import torch
from torch import Tensor, nn

from maskwright.optional_packages import quiet_import

Backbone = Literal["alexnet", "vgg11", "vgg16", "lite0"]
BACKBONES: tuple[Backbone, ...] = get_args(Backbone)
DROPOUT = 0.5
FC_HIDDEN = 4096
LITE0_HIDDEN = 1280


class Encoder(nn.Module):
    """A classifier without its last layer: `to_8`, `to_16`, `to_32` and `fc`, the head as convolutions.

    `channels` counts the channels of the maps of stride 8, 16 and 32 (after `fc`). Input: normalised Nx3xHxW, H and W
    multiples of 32.
    """

    def __init__(self, stages: tuple[nn.Sequential, ...], *, channels: tuple[int, int, int]) -> None:
        super().__init__()
        self.to_8, self.to_16, self.to_32, self.fc = stages
        self.channels = channels

    def forward(self, photos: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the maps of stride 8, 16 and 32."""
        eighth = self.to_8(photos)
        sixteenth = self.to_16(eighth)
        return eighth, sixteenth, self.fc(self.to_32(sixteenth))


def build_encoder(backbone: Backbone, *, headless: bool, width: float) -> Encoder:
    """Return the encoder with random weights; `width` (0 to 1) narrows the layers of its head, 1280 or 4096 wide.

    Headless, the features are used as they are.
    """
    match backbone:
        case "alexnet":
            return _of_chain("alexnet", None if headless else _fc(256, 6, _narrowed(FC_HIDDEN, width)))
        case "vgg11" | "vgg16":
            return _of_chain(backbone, None if headless else _fc(512, 7, _narrowed(FC_HIDDEN, width)))
        case "lite0":
            return _of_lite0(None if headless else _narrowed(LITE0_HIDDEN, width))


def _narrowed(channels: int, width: float) -> int:
    return max(8, round(channels * width))


def _fc(channels: int, kernel: int, hidden: int) -> nn.Sequential:
    """Return fc6 and fc7 as convolutions; fc6 is padded so that its map has the size of the features."""
    return nn.Sequential(
        nn.Conv2d(channels, hidden, kernel, padding=kernel // 2),
        nn.ReLU(inplace=True),
        nn.Dropout(DROPOUT),
        nn.Conv2d(hidden, hidden, 1),
        nn.ReLU(inplace=True),
        nn.Dropout(DROPOUT),
    )


def _of_chain(name: Literal["alexnet", "vgg11", "vgg16"], fc: nn.Sequential | None) -> Encoder:
    """Return AlexNet or VGG, cut after its last three poolings."""
    layers = _torchvision_features(name)
    pools = [place for place, layer in enumerate(layers) if isinstance(layer, nn.MaxPool2d)][-3:]
    stages = [nn.Sequential(*layers[a + 1 : b + 1]) for a, b in pairwise([-1, *pools])]
    eighth, sixteenth, last = (_last_conv(s).out_channels for s in (stages[0], stages[1], fc or stages[2]))
    encoder = Encoder((*stages, fc or nn.Sequential()), channels=(eighth, sixteenth, last))
    _initialise(encoder)
    return encoder


def _last_conv(stage: nn.Sequential) -> nn.Conv2d:
    return [layer for layer in stage if isinstance(layer, nn.Conv2d)][-1]


def _torchvision_features(name: Literal["alexnet", "vgg11", "vgg16"]) -> list[nn.Module]:
    """Return the feature layers of torchvision's network, without memory for its linear layers."""
    from torchvision import models

    device = torch.get_default_device()
    with torch.device("meta"):
        features = {"alexnet": models.alexnet, "vgg11": models.vgg11, "vgg16": models.vgg16}[name]().features
    return list(features.to_empty(device=device))


def _initialise(encoder: nn.Module) -> None:
    """Draw weights that keep activations at one size from layer to layer (He et al. 2015); biases are 0."""
    for layer in encoder.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def _of_lite0(hidden: int | None) -> Encoder:
    """Return EfficientNet-Lite0; its head is the 1x1 convolution in front of the pooling."""
    with quiet_import():
        from timm.layers.norm_act import BatchNormAct2d
        from timm.models.efficientnet import tf_efficientnet_lite0

    net = tf_efficientnet_lite0(pretrained=False)
    parts = dict(net.named_children())
    blocks = list(parts["blocks"].children())
    fc: nn.Sequential
    if hidden is None:
        fc = nn.Sequential()
    elif hidden == LITE0_HIDDEN:
        fc = nn.Sequential(parts["conv_head"], parts["bn2"])
    else:
        fc = nn.Sequential(nn.Conv2d(320, hidden, 1, bias=False), BatchNormAct2d(hidden, act_layer=nn.ReLU6))
    begin = nn.Sequential(parts["conv_stem"], parts["bn1"], *blocks[:3])
    stages = (begin, nn.Sequential(*blocks[3:5]), nn.Sequential(*blocks[5:]), fc)
    return Encoder(stages, channels=(40, 112, 320 if hidden is None else hidden))
