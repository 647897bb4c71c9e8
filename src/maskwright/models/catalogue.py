"""The networks by name, and the facts of each that a plan needs. Nothing here imports torch."""

from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Literal

from maskwright.errors import ConfigError

Family = Literal["smp", "fcn", "deconvnet", "unet2015", "fcdensenet"]
WHOLE_PX = 1 << 20
VIT = "vit_tiny_patch16_224"
LITE0 = "tf_efficientnet_lite0"
WHOLE_DECODER = (128, 64, 32, 24, 16)
"""Widths of a U-Net's decoder, coarse to fine: half of what segmentation-models-pytorch takes."""


@dataclass(frozen=True)
class Network:
    """The facts of a network that a plan needs.

    `encoder`: the default timm encoder, "" if the encoder is part of the network.
    `classifier`: the ImageNet classifier whose weights fit such a network, "" if there is none.
    `weights`: the default start.
    `least_px`: the smallest crop it can be trained on.
    `has_width`: `net.width` changes its channels. `cpu_width`, `cpu_crop_px`: the size that two cores can train.
    `lr`: AdamW's learning rate where the usual one does not suit.
    `centred_until`: as in SamplingPlan.
    `tile_crops`: side of its window at prediction, in crops; 0 for a whole photo of any size.
    `checkpoints`: it can compute features twice to save memory.
    `least_blocks`: the fewest blocks its decoder can have.
    `whole_for_imagenet`: its ImageNet weights fit the whole width only.
    """

    family: Family
    title: str
    encoder: str = ""
    weights: str = "random"
    least_px: int = 64
    has_width: bool = False
    cpu_width: float = 1.0
    cpu_crop_px: int = 320
    lr: float | None = None
    centred_until: float = 0.0
    tile_crops: int = 2
    checkpoints: bool = False
    classifier: str = ""
    least_blocks: int = 4
    whole_for_imagenet: bool = False

    @property
    def learned_from_imagenet(self) -> bool:
        """True if there are ImageNet weights that fit it."""
        return bool(self.encoder or self.classifier)


def _pretrained(title: str, *, encoder: str = LITE0, weights: str = "imagenet") -> Network:
    return Network("smp", f"{title}, on an encoder of timm", encoder, weights, checkpoints=True)


def _scratch(family: Family, title: str, *, lr: float | None, least_px: int = 32) -> Network:
    """Return the facts of a heavy network with its own encoder: without a GPU it is narrow and gets small crops."""
    return Network(family, title, least_px=least_px, has_width=True, cpu_width=0.25, cpu_crop_px=128, lr=lr)


def _tiramisu(depth: int) -> Network:
    return replace(_scratch("fcdensenet", f"FC-DenseNet{depth}, Jégou et al. 2017", lr=None), checkpoints=True)


def _fcns() -> dict[str, Network]:
    """Return FCN-32s, 16s and 8s on each backbone, with the classifier's hidden layers and without (headless)."""
    backbones = {"alexnet": "AlexNet", "vgg11": "VGG-11", "vgg16": "VGG-16", "lite0": "EfficientNet-Lite0"}
    networks = {}
    for finest in (32, 16, 8):
        for backbone, title in backbones.items():
            classifier = LITE0 if backbone == "lite0" else backbone
            weights = "imagenet" if backbone == "lite0" else "auto"
            whole = f"FCN-{finest}s on {title}, Long et al. 2015"
            facts = Network("fcn", whole, weights=weights, has_width=True, classifier=classifier)
            if backbone != "lite0":
                facts = replace(facts, cpu_width=0.125, cpu_crop_px=192, lr=3e-4)
            networks[f"fcn{finest}s-{backbone}"] = facts
            networks[f"fcn{finest}s-{backbone}-headless"] = replace(
                facts, title=f"{whole}, features straight into the scores", has_width=False, cpu_width=1.0
            )
    return networks


NETWORKS: dict[str, Network] = {
    "unet": _pretrained("U-Net decoder, Ronneberger et al. 2015"),
    "unetplusplus": replace(_pretrained("U-Net++, Zhou et al. 2018"), least_blocks=5),
    "manet": replace(_pretrained("MA-Net, Fan et al. 2020"), least_blocks=5),
    "linknet": _pretrained("LinkNet, Chaurasia and Culurciello 2017"),
    "fpn": _pretrained("feature pyramid, Kirillov et al. 2017"),
    "pspnet": _pretrained("pyramid pooling, Zhao et al. 2017"),
    "pan": _pretrained("pyramid attention, Li et al. 2018"),
    "deeplabv3": _pretrained("atrous pyramid, Chen et al. 2017"),
    "deeplabv3plus": _pretrained("atrous pyramid with a decoder, Chen et al. 2018"),
    "upernet": _pretrained("UPerNet, Xiao et al. 2018"),
    "segformer": _pretrained("SegFormer's decoder, Xie et al. 2021"),
    "dpt": _pretrained("DPT, Ranftl et al. 2021", encoder=VIT, weights="auto"),
    "deconvnet": replace(
        _scratch("deconvnet", "DeconvNet, Noh et al. 2015", lr=1e-2),
        centred_until=0.5,
        tile_crops=1,
        classifier="vgg16_bn",
        whole_for_imagenet=True,
    ),
    "unet2015": replace(
        _scratch("unet2015", "U-Net unpadded, Ronneberger et al. 2015", lr=2e-3, least_px=128), tile_crops=0
    ),
    "unet2015-padded": _scratch("unet2015", "U-Net padded, after Ronneberger et al. 2015", lr=2e-3),
    "fcdensenet56": _tiramisu(56),
    "fcdensenet67": _tiramisu(67),
    "fcdensenet103": _tiramisu(103),
    **_fcns(),
}


def require_network(name: str) -> Network:
    """Return the facts of the network `name`; ConfigError with the nearest names if there is none."""
    if name in NETWORKS:
        return NETWORKS[name]
    near = get_close_matches(name.lower(), NETWORKS, n=3, cutoff=0.5)
    meant = f"did you mean {' or '.join(near)}? " if near else ""
    raise ConfigError(f"there is no network {name!r}: {meant}`maskwright nets` lists them")


def require_fitting_crop(name: str, crop_px: int) -> None:
    """Raise ConfigError with the needed size if crops of `crop_px` are too small for the network."""
    least_px = require_network(name).least_px
    if crop_px < least_px:
        needed_px = -(-least_px // 32) * 32
        raise ConfigError(
            f"scale.crop_px: {name} cannot be trained on crops of {crop_px} px: "
            f"it needs at least {needed_px}, as in --set scale.crop_px={needed_px}"
        )


def require_fitting_net(name: str, *, width: float, checkpointing: bool, blocks: int, weights: str) -> None:
    """Raise ConfigError if the network has no such width, checkpointing, number of decoder blocks, or weights."""
    network = require_network(name)
    if not network.has_width and width != 1.0:
        raise ConfigError(
            f"net.width: {name} has no width, not {width:g}: leave it at 1; a U-Net's are net.decoder_channels"
        )
    if checkpointing and not network.checkpoints:
        able = ", ".join(known for known, facts in NETWORKS.items() if facts.checkpoints)
        raise ConfigError(f"net.checkpointing: {name} cannot compute features twice; these can: {able}")
    if blocks < network.least_blocks:
        raise ConfigError(f"net.decoder_channels: {name} takes five numbers, not {blocks}: four are a U-Net's")
    if weights == "imagenet" and network.whole_for_imagenet and width != 1.0:
        raise ConfigError(
            f"net.weights: ImageNet's fit {name} at its whole width only, not {width:g}: add --set net.width=1"
        )
    if weights == "imagenet" and not network.learned_from_imagenet:
        raise ConfigError(
            f"net.weights: there are no ImageNet weights of {name}: leave it out (it then starts "
            "from random weights), or take --net unet"
        )


def largest_tile_px(name: str, crop_px: int) -> int:
    """Return the side of the largest window the network is shown at prediction; two crops by default."""
    return require_network(name).tile_crops * crop_px or WHOLE_PX
