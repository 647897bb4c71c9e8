"""Enlargements inside a network by fixed factors, in place of sizes that are computed for each photo.

OpenVINO 2026.4 computes a quantised network wrongly, without a word, where sizes of enlargements are computed (decision
308). The factors are the same for all photos: a network's sides are multiples of its stride.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from maskwright.inference.exported.runtimes import compute_with

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto


def with_fixed_factors(model: "ModelProto", shapes: Sequence[tuple[int, ...]]) -> "ModelProto":
    """Return the model with constant factors of enlargement, where these are the same for inputs of all `shapes`."""
    from onnx import ModelProto, numpy_helper

    fixed = ModelProto()
    fixed.CopyFrom(model)
    resizes = [node for node in fixed.graph.node if node.op_type == "Resize" and len(node.input) > 3]
    measured = _factors(model, resizes, shapes) if resizes else []
    for node, factors in zip(resizes, measured, strict=True):
        if factors is not None:
            name = f"{node.output[0]}_factors"
            fixed.graph.initializer.append(numpy_helper.from_array(np.array(factors, dtype=np.float32), name))
            node.input[:] = [node.input[0], "", name]
    _remove_unused(fixed)
    return fixed


def _factors(
    model: "ModelProto", resizes: "Sequence[NodeProto]", shapes: Sequence[tuple[int, ...]]
) -> list[tuple[float, ...] | None]:
    """Return the factors of each enlargement, measured; None where they differ from input to input."""
    from onnx import ModelProto, ValueInfoProto

    watched = ModelProto()
    watched.CopyFrom(model)
    names = list(dict.fromkeys(name for node in resizes for name in (node.input[0], node.output[0])))
    del watched.graph.output[:]
    watched.graph.output.extend(ValueInfoProto(name=name) for name in names)
    compute = compute_with("onnx", watched.SerializeToString())
    measured: list[set[tuple[float, ...]]] = [set() for _ in resizes]
    for shape in shapes:
        results = compute([np.zeros(shape, dtype=np.float32)])
        sizes = {name: result.shape for name, result in zip(names, results, strict=True)}
        for node, known in zip(resizes, measured, strict=True):
            pairs = zip(sizes[node.output[0]], sizes[node.input[0]], strict=True)
            known.add(tuple(after / before for after, before in pairs))
    return [next(iter(known)) if len(known) == 1 else None for known in measured]


def _remove_unused(model: "ModelProto") -> None:
    """Remove nodes and constants that nothing needs any more."""
    nodes, needed = list(model.graph.node), {output.name for output in model.graph.output}
    kept = []
    for node in reversed(nodes):  # a node stands before all that need it
        if needed & set(node.output):
            needed |= set(node.input)
            kept.append(node)
    constants = [tensor for tensor in model.graph.initializer if tensor.name in needed]
    del model.graph.node[:], model.graph.initializer[:]
    model.graph.node.extend(kept[::-1])
    model.graph.initializer.extend(constants)
