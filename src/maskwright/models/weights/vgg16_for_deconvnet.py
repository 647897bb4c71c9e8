"""The start of a DeconvNet: VGG-16's convolutions and fully connected layers, as in the paper, or random weights."""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from maskwright.errors import WeightsError
from maskwright.models.networks.deconvnet import DeconvNet
from maskwright.models.weights.classifiers import HALVES, IMAGENET, classifier_state
from maskwright.models.weights.read_run_weights import read_run_weights
from maskwright.models.weights.tensor_files import read_weights

CLASSIFIER = "vgg16_bn"
"""VGG-16 with the BatchNorms that DeconvNet has too; a file may hold plain VGG-16, which leaves them as they begin."""
FIRST = "features.0.weight"


def load_vgg16(net: DeconvNet, weights: str) -> str:
    """Load VGG-16 into the convolutions, fc6 and fc7; return where its weights came from, "random" if none are.

    `weights` is "imagenet", "auto" (ImageNet's if available), "random", or the path of a state dict; a path that holds
    no VGG-16 is left to others. Raises WeightsError if the weights are not available or do not fit.
    """
    if weights == "random":
        return "random"
    if weights in ("imagenet", "auto"):
        try:
            state, origin = classifier_state(CLASSIFIER, "imagenet")
        except WeightsError:
            if weights == "imagenet":
                raise
            return "random"
    else:
        path = Path(weights)
        state, origin = (read_run_weights(path) if path.is_dir() else read_weights(path)), f"the VGG-16 in {path}"
        if FIRST not in state:
            return "random"
    _load(net, state, origin)
    return origin


def _load(net: DeconvNet, state: Mapping[str, Tensor], origin: str) -> None:
    own = net.state_dict()
    has_batchnorm = any(key.endswith("running_mean") for key in state)
    down = [
        key for key in own if key.startswith("down.") and (has_batchnorm or own[key].ndim == 4 or _is_bias(key, own))
    ]
    names = [*down, "fc6.0.weight", "fc6.0.bias", "fc7.0.weight", "fc7.0.bias"]
    loaded = dict(own)
    for name, stored in zip(names, state.values(), strict=False):
        if stored.numel() != own[name].numel() or len(state) < len(names):
            raise WeightsError(
                f"{origin} does not fit DeconvNet at {name}: take VGG-16's state dict, and the whole width with "
                "--set net.width=1"
            )
        loaded[name] = stored.view(own[name].shape)
    _adapt_first(loaded, *(name for name in down[:2]))
    net.load_state_dict(loaded)


def _is_bias(key: str, own: Mapping[str, Tensor]) -> bool:
    """Return True for the bias of a convolution: its weight has four axes."""
    return key.endswith("bias") and own[f"{key.removesuffix('bias')}weight"].ndim == 4


def _adapt_first(state: dict[str, Tensor], weight: str, bias: str) -> None:
    """Make the first convolution expect pixels from -1 to 1, as DeconvNet is given them, for those of ImageNet.

    Exact but for the row of zeros around the photo.
    """
    (ours, spread), (mean, deviation) = (map(torch.tensor, pair) for pair in (HALVES, IMAGENET))
    kernel = state[weight]
    state[bias] = state[bias] + (kernel.sum(dim=(2, 3)) * ((ours - mean) / deviation)).sum(dim=1)
    state[weight] = kernel * (spread / deviation).view(1, 3, 1, 1)
