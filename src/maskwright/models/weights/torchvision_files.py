"""Files and addresses of torchvision's ImageNet weights for AlexNet and VGG. Nothing here imports torch."""

import os
from pathlib import Path

from maskwright.errors import WeightsError
from maskwright.models.weights.availability import is_reachable

SERVER = ("download.pytorch.org", 443)
FILES = {
    "alexnet": "alexnet-owt-7be5be79.pth",
    "vgg11": "vgg11-8a719046.pth",
    "vgg13": "vgg13-19584684.pth",
    "vgg16": "vgg16-397923af.pth",
    "vgg19": "vgg19-dcbb9e9d.pth",
    "vgg11_bn": "vgg11_bn-6002323d.pth",
    "vgg13_bn": "vgg13_bn-abd245e5.pth",
    "vgg16_bn": "vgg16_bn-6c64b313.pth",
    "vgg19_bn": "vgg19_bn-c79401a0.pth",
}
"""The weights file of each classifier; the digits in its name begin the SHA-256 of its bytes."""


def weights_url(name: str) -> str:
    """Return the address of a classifier's weights file."""
    return f"https://{SERVER[0]}/models/{FILES[name]}"


def cached_file(name: str) -> Path:
    """Return the path of the file in torch's cache; it may not exist."""
    caches = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    torch_home = Path(os.environ.get("TORCH_HOME", f"{caches}/torch")).expanduser()
    return torch_home / "hub" / "checkpoints" / FILES[name]


def require_torchvision_weights(name: str) -> None:
    """Raise WeightsError, within a second, if the file is not in the cache and its server does not answer."""
    if not cached_file(name).exists() and not is_reachable(SERVER):
        reason = f"the ImageNet weights of {name} are on {SERVER[0]}, which does not answer"
        raise WeightsError(
            f"{reason}: set net.weights to a file ({FILES[name]}, downloaded elsewhere), to random, or take "
            "--net fcn8s-lite0, whose weights are installed",
            reason=reason,
        )
