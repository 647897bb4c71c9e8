"""A classifier as a fully convolutional network: the same weights classify every window of a photo of any size.

A fully connected layer on a C x k x k map is a k x k convolution that fits exactly once. On a larger map it fits
at many places, and classifies each (Long, Shelhamer and Darrell 2015, section 3.1).
"""

import math

import torch
from torch import Tensor, nn

from maskwright.errors import WeightsError
from maskwright.models.receptive_field import Grid, grid_after, least_side_px
from maskwright.optional_packages import quiet_import

POINTWISE = (nn.ReLU, nn.Dropout, nn.SiLU, nn.GELU, nn.Hardswish, nn.Identity)
"""Layers allowed between the linear layers of a head: they treat each value separately."""


class FullyConvolutional(nn.Module):
    """A classifier as a filter: normalised Nx3xHxW photos -> NxKxhxw logits, one for every window.

    `grid`: position and size of the windows, exact for sides that are multiples of its stride. `native_px`: the side
    that gives one window; both sides must be at least as long.
    """

    def __init__(self, features: nn.Module, head: nn.Sequential) -> None:
        super().__init__()
        self.features = features
        self.head = head
        self.grid: Grid = grid_after(head, grid_after(features))
        self.native_px = least_side_px(nn.Sequential(features, head))

    def forward(self, photos: Tensor) -> Tensor:
        logits: Tensor = self.head(self.features(photos))
        return logits


def to_fully_convolutional(classifier: nn.Module, *, window_cells: int | None = None) -> FullyConvolutional:
    """Return the classifier as a network for photos of any size, with the same weights.

    Two kinds of classifier can be converted. Modules of `features`, `avgpool` and `classifier`, such as torchvision's
    AlexNet and VGG: their linear layers become convolutions. And timm's EfficientNet (with Lite and MobileNetV2):
    its mean over the whole map becomes a sliding mean over `window_cells` x `window_cells` places of the map. The
    default is their number at the native size; 1 classifies each place (class activation mapping, Zhou et al. 2016).

    At the native size (224 px for torchvision's) the one result equals the classifier's. AlexNet and VGG end in an
    adaptive pooling, which does nothing there and is left out. At other sizes the classifier pools its map to the
    native size and gives one result for the whole photo; this network gives one for every window.

    The tensors are shared: training one network trains the other. Raises WeightsError for other classifiers.

        >>> import torch
        >>> net = mw.to_fully_convolutional(mw.imagenet_classifier())
        >>> net(torch.zeros(1, 3, 320, 256)).shape[:2]
        torch.Size([1, 1000])
    """
    with quiet_import():
        from timm.models.efficientnet import EfficientNet

    if isinstance(classifier, EfficientNet):
        return _from_efficientnet(classifier, window_cells)
    parts = dict(classifier.named_children())
    if set(parts) == {"features", "avgpool", "classifier"} and isinstance(parts["avgpool"], nn.AdaptiveAvgPool2d):
        head = _head(parts["classifier"], parts["avgpool"], window_cells)
        return FullyConvolutional(parts["features"], head)
    raise _refusal(f"a {type(classifier).__name__}")


def as_convolution(linear: nn.Linear, *, kernel: int = 1) -> nn.Conv2d:
    """Return the linear layer on a flattened C x kernel x kernel map as a convolution that shares its tensors."""
    channels = linear.in_features // kernel**2
    with torch.device("meta"):  # no memory for weights that are replaced below
        conv = nn.Conv2d(channels, linear.out_features, kernel, bias=linear.bias is not None)
    conv.weight = nn.Parameter(
        linear.weight.detach().view(linear.out_features, channels, kernel, kernel), linear.weight.requires_grad
    )
    conv.bias = linear.bias
    return conv


def _from_efficientnet(net: nn.Module, window_cells: int | None) -> FullyConvolutional:
    parts = dict(net.named_children())
    linear = parts["classifier"]
    if not isinstance(linear, nn.Linear) or getattr(parts["global_pool"], "pool_type", "") != "avg":
        raise _refusal("an EfficientNet without mean pooling and one linear layer")
    features = nn.Sequential(*(parts[name] for name in ("conv_stem", "bn1", "blocks", "conv_head", "bn2")))
    native_px = int(net.pretrained_cfg["input_size"][-1])  # type: ignore[index]
    cells = window_cells or math.ceil(native_px / grid_after(features).stride_px)
    return FullyConvolutional(features, nn.Sequential(nn.AvgPool2d(cells, stride=1), as_convolution(linear)))


def _head(layers: nn.Module, pool: nn.AdaptiveAvgPool2d, window_cells: int | None) -> nn.Sequential:
    """Return the head as convolutions; the first linear layer covers the square that the pooling gives."""
    size = pool.output_size
    sides = set(size) if isinstance(size, tuple) else {size}
    kernel = sides.pop()
    if sides or not isinstance(kernel, int):
        raise _refusal("a classifier whose pooling gives no square")
    if window_cells not in (None, kernel):
        raise WeightsError(
            f"this classifier's first linear layer covers {kernel} x {kernel} places: leave window_cells out"
        )
    converted: list[nn.Module] = []
    for layer in layers.children():
        if isinstance(layer, nn.Linear):
            converted.append(as_convolution(layer, kernel=kernel))
            kernel = 1
        elif isinstance(layer, POINTWISE):
            converted.append(layer)
        else:
            raise _refusal(f"a head with {type(layer).__name__}")
    return nn.Sequential(*converted)


def _refusal(what: str) -> WeightsError:
    return WeightsError(
        f"{what} cannot be made fully convolutional: take torchvision's AlexNet or VGG, a module of features, "
        "avgpool (AdaptiveAvgPool2d) and classifier (linear and pointwise layers), or timm's EfficientNet"
    )
