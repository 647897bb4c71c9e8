"""A network in eight bits: quantised by NNCF on the windows that the run's photos give."""

import copy
import io
import logging
import math
import os
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from maskwright.evenly_spaced import spread_evenly
from maskwright.extras import import_extra, import_openvino, without_openvino_telemetry
from maskwright.imaging.photos import Photo
from maskwright.inference.exported.eight_bits_graph import for_onnxruntime
from maskwright.inference.exported.graph import IR_VERSION, function_model
from maskwright.inference.exported.network_function import DOMAIN, NETWORK, OPSET, network_function
from maskwright.inference.exported.runtimes import Runtime, RuntimeNet, compute_with, import_onnxruntime, installed
from maskwright.inference.segmenter import Segmenter
from maskwright.models.build import PaddedNet

if TYPE_CHECKING:
    from onnx import FunctionProto, ModelProto

MOST_WINDOWS = 48
"""So many windows of the training photos give the ranges of values."""
Window = NDArray[np.float32]
"""1x3xWxW, values 0..255."""


def require_nncf() -> Any:  # noqa: ANN401 - a module: its names are its own
    """Return NNCF, silent, and without reports to its maker; ConfigError says what to install where it is missing."""
    os.environ.setdefault("NNCF_CI", "1")  # else it reports each call to Google Analytics
    logging.getLogger("torch.utils.cpp_extension").setLevel(logging.ERROR)  # NNCF asks it for CUDA's compiler
    if installed("openvino"):
        import_openvino()  # before NNCF does
    with without_openvino_telemetry():
        nncf = import_extra("nncf", "int8", purpose="export --int8")
    nncf.set_log_level("ERROR")
    return nncf


def with_one_window(segmenter: Segmenter) -> Segmenter:
    """Return a Segmenter that brings all windows to one square size, by repeating the edges of smaller ones."""
    net = segmenter.net
    assert isinstance(net, PaddedNet)
    finest_px = math.ceil(segmenter.long_side_px * max(segmenter.predict.zooms))
    side_px = max(net.least_px, min(segmenter.tile_px, finest_px))
    fixed = copy.copy(net)
    fixed.least_px = side_px + -side_px % net.stride
    return replace(segmenter, net=fixed)


def seen_windows(segmenter: Segmenter, photos: Iterable[Photo]) -> list[Window]:
    """Return windows that a Segmenter of one window shows its network of these photos, spread over all."""
    net, windows = segmenter.net, list[Window]()
    assert isinstance(net, PaddedNet)
    channels = 1 if segmenter.classes.is_binary else len(segmenter.classes)

    def kept(inputs: Sequence[Window]) -> list[Window]:
        windows.append(inputs[0].copy())
        return [np.zeros((1, channels, *inputs[0].shape[2:]), dtype=np.float32)]

    recorder = RuntimeNet(lambda _: kept, stride=net.stride, least_px=net.least_px)
    for photo in photos:
        replace(segmenter, net=recorder).photo_logits(photo)
    return spread_evenly(windows, MOST_WINDOWS)


def network_in_eight_bits(net: PaddedNet, windows: Sequence[Window]) -> "FunctionProto":
    """Return the network as the ONNX function `maskwright.network`, in eight bits, for windows of this one size.

    All values are quantised symmetrically and each tensor as a whole, weights by channel: else OpenVINO or ONNX Runtime
    computes convolutions in 32 bits. Raises as `network_function`.
    """
    nncf = require_nncf()
    from nncf.quantization.advanced_parameters import AdvancedQuantizationParameters, QuantizationParameters

    shape = windows[0].shape
    model = _folded(_as_model(network_function(net, window_px=shape[-1]), shape))
    whole_tensors = QuantizationParameters(per_channel=False)
    with redirect_stdout(io.StringIO()):  # its progress bars
        quantised = nncf.quantize(
            model,
            nncf.Dataset(windows, lambda window: {"photos": window}),
            preset=nncf.QuantizationPreset.PERFORMANCE,
            subset_size=len(windows),
            advanced_parameters=AdvancedQuantizationParameters(activations_quantization_params=whole_tensors),
        )
    return _as_function(for_onnxruntime(quantised), shape)


def computed_by(runtime: Runtime, network: "FunctionProto", net: PaddedNet) -> RuntimeNet:
    """Return a network, given as a function, in the place of the PyTorch one."""
    model = function_model(network).SerializeToString()
    return RuntimeNet(lambda callers: compute_with(runtime, model, callers), stride=net.stride, least_px=net.least_px)


def _as_model(network: "FunctionProto", shape: tuple[int, ...]) -> "ModelProto":
    """Return the function as a model for one size, its weights as initializers, which NNCF looks for."""
    from onnx import TensorProto, helper

    weights = []
    for node in network.node:
        if node.op_type == "Constant":
            weights.append(TensorProto())
            weights[-1].CopyFrom(node.attribute[0].t)
            weights[-1].name = node.output[0]
    nodes = [node for node in network.node if node.op_type != "Constant"]
    photos = helper.make_tensor_value_info("photos", TensorProto.FLOAT, shape)
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, "classes", *shape[2:]])
    graph = helper.make_graph(nodes, NETWORK, [photos], [logits], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)


def _folded(model: "ModelProto") -> "ModelProto":
    """Return the model of one size, what depends on sizes alone folded into constants, padding into convolutions."""
    import onnx

    onnxruntime = import_onnxruntime()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    with tempfile.TemporaryDirectory() as scratch:
        options.optimized_model_filepath = str(Path(scratch) / "folded.onnx")
        onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        folded = onnx.load(options.optimized_model_filepath)
    del folded.opset_import[:]
    folded.opset_import.append(onnx.helper.make_opsetid("", OPSET))  # it names its own operators, and uses none
    return folded


def _as_function(model: "ModelProto", shape: tuple[int, ...]) -> "FunctionProto":
    """Return the model as the function `maskwright.network`, which says the size of its windows itself.

    Without it OpenVINO takes them to be of any size, and computes quantised networks of these wrongly.
    """
    from onnx import helper, numpy_helper

    size = numpy_helper.from_array(np.array(shape), "window_shape")
    tensors = [size, *model.graph.initializer]
    constants = [helper.make_node("Constant", [], [tensor.name], value=tensor) for tensor in tensors]
    sized = helper.make_node("Reshape", ["any_photos", "window_shape"], ["photos"])
    nodes = [*constants, sized, *model.graph.node]
    return helper.make_function(DOMAIN, NETWORK, ["any_photos"], ["logits"], nodes, [helper.make_opsetid("", OPSET)])
