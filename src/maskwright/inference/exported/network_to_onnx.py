"""A trained network as an ONNX function: normalised inside, for any height and width that its stride divides."""

import copy
import io
import warnings
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from maskwright.errors import ConfigError
from maskwright.models.build import PaddedNet

if TYPE_CHECKING:
    from onnx import FunctionProto, GraphProto

DOMAIN = "maskwright"
"""The domain of our functions in the graph."""
NETWORK = "network"
"""The name of the network among them."""
OPSET = 18
EXAMPLE_STRIDES = 4
"""The example that is traced is so many strides high, and one more wide."""


class _Unpadded(nn.Module):
    """The network without its padding: Nx3xHxW of values 0..255 -> NxCxHxW logits."""

    def __init__(self, net: PaddedNet) -> None:
        super().__init__()
        self.core = net.core
        self.register_buffer("mean", net.mean)
        self.register_buffer("std", net.std)
        self.mean: Tensor
        self.std: Tensor

    def forward(self, photos: Tensor) -> Tensor:
        logits: Tensor = self.core((photos - self.mean) / self.std)
        return logits


def network_function(net: PaddedNet) -> "FunctionProto":
    """Return the network as the ONNX function `maskwright.network`, its weights as constants.

    Raises ConfigError if a layer has no ONNX counterpart.
    """
    import onnx

    module = _with_fixed_padding(_Unpadded(copy.deepcopy(net).cpu())).eval()
    side = example_side(net)
    example = torch.linspace(0, 255, 3 * side * (side + net.stride)).reshape(1, 3, side, side + net.stride)
    data = io.BytesIO()
    try:
        _trace(module, example, data)
    except Exception as error:  # torch raises many kinds for layers that it cannot write
        raise ConfigError(
            f"this network cannot be exported ({' '.join(str(error).split())[:160]}): train another one, as --net unet"
        ) from error
    return as_function(onnx.load_from_string(data.getvalue()).graph)


def example_side(net: PaddedNet) -> int:
    """Return the height in pixels of a small input that the network takes as it is: a multiple of its stride."""
    return max(EXAMPLE_STRIDES * net.stride, net.least_px + -net.least_px % net.stride)


def as_function(graph: "GraphProto") -> "FunctionProto":
    """Return a graph, photos -> logits, as the function `maskwright.network`, its weights as constants."""
    from onnx import helper

    weights = [helper.make_node("Constant", [], [tensor.name], value=tensor) for tensor in graph.initializer]
    opsets = [helper.make_opsetid("", OPSET)]
    return helper.make_function(DOMAIN, NETWORK, ["photos"], ["logits"], [*weights, *graph.node], opsets)


def _trace(module: nn.Module, example: Tensor, data: io.BytesIO) -> None:
    # The exporter by tracing, since torch's newer one takes 29 s with fixed sizes and minutes with dynamic ones.
    axes = {"photos": {2: "height", 3: "width"}, "logits": {2: "height", 3: "width"}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module,
            (example,),
            data,  # type: ignore[arg-type]  # a buffer, which the tracing exporter takes
            dynamo=False,
            input_names=["photos"],
            output_names=["logits"],
            dynamic_axes=axes,
            opset_version=OPSET,
        )


def _with_fixed_padding(module: nn.Module) -> nn.Module:
    """Replace timm's convolutions that pad by their input's size; return the module.

    The sides are multiples of the network's stride, so that this padding is always the same.
    """
    from timm.layers.conv2d_same import Conv2dSame

    for name, child in list(module.named_children()):
        if isinstance(child, Conv2dSame):
            setattr(module, name, _fixed(child))
        else:
            _with_fixed_padding(child)
    return module


def _fixed(conv: nn.Conv2d) -> nn.Sequential:
    spans = zip(conv.kernel_size[::-1], conv.stride[::-1], conv.dilation[::-1], strict=True)
    totals = [max((kernel - 1) * dilation + 1 - stride, 0) for kernel, stride, dilation in spans]
    padding = tuple(side for total in totals for side in (total // 2, total - total // 2))
    plain = nn.Conv2d(
        conv.in_channels,
        conv.out_channels,
        (conv.kernel_size[0], conv.kernel_size[1]),
        (conv.stride[0], conv.stride[1]),
        dilation=(conv.dilation[0], conv.dilation[1]),
        groups=conv.groups,
        bias=conv.bias is not None,
    )
    plain.load_state_dict(conv.state_dict())
    return nn.Sequential(nn.ZeroPad2d((padding[0], padding[1], padding[2], padding[3])), plain)
