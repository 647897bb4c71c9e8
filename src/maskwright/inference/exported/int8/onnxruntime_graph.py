"""A quantised graph as ONNX Runtime multiplies it in eight bits; OpenVINO takes it as it is.

NNCF leaves float biases, signed values beside unsigned ones, and operations whose result is not quantised. Each of
them makes ONNX Runtime compute a convolution in 32 bits. What is changed here changes values by roundings at most.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto

    Nodes = list[NodeProto]
Values = dict[str, NDArray[Any]]
"""Constants of a graph by their names."""
MOVING = ("Resize", "Concat")
"""Operations that move values without changing them: upsampling is by the nearest value."""
ROUNDING = 1e-5
MOST = 2**31 - 1


def for_onnxruntime(model: "ModelProto") -> "ModelProto":
    """Return the quantised model, changed so that ONNX Runtime computes all of it in eight bits."""
    from onnx import ModelProto, numpy_helper

    fitted = ModelProto()
    fitted.CopyFrom(model)
    values: Values = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    nodes = _with_whole_biases(_with_pairs(_without_clips(list(model.graph.node), values), values), values)
    _make_unsigned(nodes, values)
    del fitted.graph.node[:], fitted.graph.initializer[:], fitted.graph.value_info[:]
    fitted.graph.node.extend(nodes)
    fitted.graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in values.items())
    return fitted


def _without_clips(nodes: "Nodes", values: Values) -> "Nodes":
    """Return the nodes without each Clip whose bounds the quantisation of its result has anyway."""
    consumers = _consumers(nodes)
    dropped = {}
    for node in nodes:
        after = consumers.get(node.output[0], [])
        if node.op_type == "Clip" and after and all(_is_within(node, other, values) for other in after):
            dropped[node.output[0]] = node.input[0]
    return [_renamed(node, dropped) for node in nodes if node.output[0] not in dropped]


def _is_within(clip: "NodeProto", after: "NodeProto", values: Values) -> bool:
    """Tell whether `after` quantises to a range that lies within the bounds of the Clip."""
    if after.op_type != "QuantizeLinear" or len(clip.input) < 3 or not all(name in values for name in clip.input[1:]):
        return False
    scale, zero = (values[name].ravel() for name in after.input[1:])
    if len(scale) > 1:
        return False
    low, high = (float(scale[0]) * (bound - int(zero[0])) for bound in _bounds(zero))
    least, most = (float(values[name].ravel()[0]) for name in clip.input[1:])
    return low >= least - ROUNDING and high <= most + ROUNDING


def _bounds(zero: NDArray[Any]) -> tuple[int, int]:
    info = np.iinfo(zero.dtype)
    return int(info.min), int(info.max)


def _with_pairs(nodes: "Nodes", values: Values) -> "Nodes":
    """Return the nodes, values quantised once more, alike, after an operation that only moved quantised values."""
    from onnx import helper

    sources, consumers = {name: node for node in nodes for name in node.output}, _consumers(nodes)
    paired: Nodes = []
    renamed: dict[str, str] = {}
    for node in (_renamed(node, renamed) for node in nodes):
        paired.append(node)
        result = node.output[0]
        before = [sources.get(name) for name in (node.input[:1] if node.op_type == "Resize" else node.input)]
        is_quantised = any(other.op_type == "QuantizeLinear" for other in consumers.get(result, []))
        alike = _alike(before, values) if node.op_type in MOVING and not is_quantised else None
        if alike:
            steps = (("QuantizeLinear", result, f"{result}_8"), ("DequantizeLinear", f"{result}_8", f"{result}_32"))
            paired += [helper.make_node(kind, [source, *alike], [target]) for kind, source, target in steps]
            renamed[result] = f"{result}_32"
            sources[renamed[result]] = paired[-1]
    return paired


def _alike(before: "Iterable[NodeProto | None]", values: Values) -> list[str] | None:
    """Return names of scale and zero point if all inputs were quantised alike, over all channels; else None."""
    inputs = list(before)
    names = [list(node.input[1:]) for node in inputs if node is not None and node.op_type == "DequantizeLinear"]
    if not names or len(names) < len(inputs):
        return None
    facts = {tuple(float(number) for name in pair for number in values[name].ravel()) for pair in names}
    return names[0] if len(facts) == 1 and len(next(iter(facts))) == 2 else None


def _with_whole_biases(nodes: "Nodes", values: Values) -> "Nodes":
    """Return the nodes, biases of quantised convolutions in 32-bit integers; `values` gets these."""
    from onnx import helper

    sources = {name: node for node in nodes for name in node.output}
    whole: Nodes = []
    for node in nodes:
        before = [sources.get(name) for name in node.input[:2]]
        scales = [values[n.input[1]].ravel() for n in before if n is not None and n.op_type == "DequantizeLinear"]
        bias = node.input[2] if node.op_type == "Conv" and len(node.input) == 3 else ""
        if len(scales) == 2 and len(scales[0]) == 1 and bias in values:
            scale = np.broadcast_to(np.float32(scales[0] * scales[1]), values[bias].shape).copy()
            numbers = np.clip(np.round(values[bias].astype(float) / scale), -MOST, MOST).astype(np.int32)
            names = [f"{node.output[0]}_bias{end}" for end in ("", "_scale", "_zero")]
            values |= dict(zip(names, (numbers, scale, np.zeros_like(numbers)), strict=True))
            whole.append(helper.make_node("DequantizeLinear", names, [f"{names[0]}_32"], axis=0))
            node = _renamed(node, {bias: f"{names[0]}_32"})
        whole.append(node)
    return whole


def _make_unsigned(nodes: "Nodes", values: Values) -> None:
    """Shift signed zero points by 128 in `values`, so that all values in eight bits are unsigned; weights stay."""
    quantised = {name for node in nodes if node.op_type == "QuantizeLinear" for name in node.output}
    zeros = {node.input[2] for node in nodes if node.op_type == "QuantizeLinear"}
    zeros |= {node.input[2] for node in nodes if node.op_type == "DequantizeLinear" and node.input[0] in quantised}
    for name in zeros:
        if values[name].dtype == np.int8:
            values[name] = (values[name].astype(np.int16) + 128).astype(np.uint8)


def _consumers(nodes: "Nodes") -> "dict[str, Nodes]":
    consumers: dict[str, Nodes] = {}
    for node in nodes:
        for name in node.input:
            consumers.setdefault(name, []).append(node)
    return consumers


def _renamed(node: "NodeProto", names: Mapping[str, str]) -> "NodeProto":
    """Return a copy of the node whose inputs have other names."""
    from onnx import NodeProto

    copy = NodeProto()
    copy.CopyFrom(node)
    copy.input[:] = [names.get(name, name) for name in node.input]
    return copy
