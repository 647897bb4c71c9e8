"""Weights in 16 bits: half the size. The network still computes in 32 bits."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from onnx import FunctionProto, NodeProto

LEAST_VALUES = 64
"""Smaller constants stay as they are."""


def with_half_weights(network: "FunctionProto") -> "FunctionProto":
    """Return the network with its large 32-bit constants stored in 16 bits, and converted back where they are used."""
    from onnx import FunctionProto

    halved = FunctionProto()
    halved.CopyFrom(network)
    del halved.node[:]
    halved.node.extend(part for node in network.node for part in _halved(node))
    return halved


def _halved(node: "NodeProto") -> "list[NodeProto]":
    from onnx import TensorProto, helper, numpy_helper

    tensor = node.attribute[0].t if node.op_type == "Constant" and node.attribute else None
    if tensor is None or tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < LEAST_VALUES:
        return [node]
    values = numpy_helper.to_array(tensor)
    if np.abs(values).max() > np.finfo(np.float16).max:
        return [node]
    short = f"{node.output[0]}_16"
    small = numpy_helper.from_array(values.astype(np.float16), short)
    return [
        helper.make_node("Constant", [], [short], value=small),
        helper.make_node("Cast", [short], list(node.output), to=TensorProto.FLOAT),
    ]
