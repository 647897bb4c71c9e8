"""The networks by name, and what planning must know of each; nothing here needs torch."""

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from maskwright.errors import ConfigError

Family = Literal["smp", "fcn", "deconvnet", "unet2015", "fcdensenet"]
LITE0 = "tf_efficientnet_lite0"


@dataclass(frozen=True)
class Network:
    """What planning must know of a network.

    `encoder`: the timm encoder it has unless told otherwise, "" where the encoder is part of the network;
    `weights`: what it starts from unless told otherwise; `least_px`: the smallest crop that it can learn from;
    `has_width`: whether `net.width` thins it.
    """

    family: Family
    title: str
    encoder: str = ""
    weights: str = "random"
    least_px: int = 64
    has_width: bool = False


def _pretrained(title: str, *, encoder: str = LITE0) -> Network:
    return Network("smp", title, encoder, "imagenet")


NETWORKS: dict[str, Network] = {
    "unet": _pretrained("U-Net decoder, Ronneberger et al. 2015"),
    "fpn": _pretrained("feature pyramid, Kirillov et al. 2017"),
    "deeplabv3plus": _pretrained("atrous pyramid with a decoder, Chen et al. 2018"),
}


def require_network(name: str) -> Network:
    """Return the facts of the network `name`; ConfigError that suggests the nearest names where there is none."""
    if name in NETWORKS:
        return NETWORKS[name]
    near = get_close_matches(name.lower(), NETWORKS, n=3, cutoff=0.5)
    meant = f"did you mean {' or '.join(near)}? " if near else ""
    raise ConfigError(f"there is no network {name!r}: {meant}`maskwright nets` lists them")


def require_fitting_crop(name: str, crop_px: int) -> None:
    """Raise ConfigError, with the size needed, if crops of `crop_px` are too small for the network."""
    least_px = require_network(name).least_px
    if crop_px < least_px:
        needed_px = -(-least_px // 32) * 32
        raise ConfigError(
            f"scale.crop_px: {name} cannot learn from crops of {crop_px} px: "
            f"it needs at least {needed_px}, as in --set scale.crop_px={needed_px}"
        )
