"""A network in eight bits: quantised by NNCF on the windows that the run's photos give."""

import io
import logging
import os
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from maskwright.errors import ConfigError
from maskwright.imaging.photos import Photo
from maskwright.inference.exported.full_graph import function_model
from maskwright.inference.exported.int8.onnxruntime_graph import for_onnxruntime
from maskwright.inference.exported.int8.resize_factors import with_fixed_factors
from maskwright.inference.exported.network_to_onnx import OPSET, as_function, example_side
from maskwright.inference.exported.runtimes import Runtime, RuntimeNet, compute_with, import_onnxruntime, installed
from maskwright.inference.segmenter import Segmenter
from maskwright.models.build import PaddedNet
from maskwright.optional_packages import import_extra, import_openvino, without_openvino_telemetry

if TYPE_CHECKING:
    from onnx import FunctionProto, ModelProto

Window = NDArray[np.float32]
"""1x3xHxW, values 0..255."""


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


def seen_windows(segmenter: Segmenter, photos: Iterable[Photo], *, each: int) -> list[Window]:
    """Return up to `each` windows a photo, as the Segmenter shows them to its network.

    Scales, mirrors and tiles take turns from photo to photo.
    """
    net, shown, windows = segmenter.net, list[Window](), list[Window]()
    assert isinstance(net, PaddedNet)
    channels = 1 if segmenter.classes.is_binary else len(segmenter.classes)

    def kept(inputs: Sequence[Window]) -> list[Window]:
        shown.append(inputs[0].copy())
        return [np.zeros((1, channels, *inputs[0].shape[2:]), dtype=np.float32)]

    recorder = RuntimeNet(lambda _: kept, stride=net.stride, least_px=net.least_px)
    for number, photo in enumerate(photos):
        shown.clear()
        replace(segmenter, net=recorder).photo_logits(photo)
        count = min(each, len(shown))
        windows += [shown[(number + step * len(shown) // count) % len(shown)] for step in range(count)]
    return windows


def network_in_eight_bits(network: "FunctionProto", windows: Sequence[Window], *, net: PaddedNet) -> "FunctionProto":
    """Return the function `maskwright.network` of a network in eight bits, its ranges taken from windows.

    All values are quantised symmetrically and each tensor as a whole, weights by channel: else OpenVINO or ONNX Runtime
    computes convolutions in 32 bits. ConfigError where NNCF fails.
    """
    nncf = require_nncf()
    from nncf.quantization.advanced_parameters import AdvancedQuantizationParameters, QuantizationParameters

    least = example_side(net)
    shapes = [(1, 3, least, least), (1, 3, least + net.stride, least + 2 * net.stride)]
    model = with_fixed_factors(_folded(_as_model(network)), shapes)
    whole_tensors = QuantizationParameters(per_channel=False)
    try:
        with redirect_stdout(io.StringIO()):  # its progress bars
            quantised = nncf.quantize(
                model,
                nncf.Dataset(windows, lambda window: {"photos": window}),
                preset=nncf.QuantizationPreset.PERFORMANCE,
                subset_size=len(windows),
                advanced_parameters=AdvancedQuantizationParameters(activations_quantization_params=whole_tensors),
            )
    except Exception as error:  # NNCF raises many kinds for layers that it does not know
        raise ConfigError(
            f"this network cannot be quantised ({' '.join(str(error).split())[:160]}): leave --int8 out"
        ) from error
    return as_function(for_onnxruntime(quantised).graph)


def computed_by(runtime: Runtime, network: "FunctionProto", net: PaddedNet) -> RuntimeNet:
    """Return a network, given as a function, in the place of the PyTorch one."""
    model = function_model(network).SerializeToString()
    return RuntimeNet(lambda callers: compute_with(runtime, model, callers), stride=net.stride, least_px=net.least_px)


def _as_model(network: "FunctionProto") -> "ModelProto":
    """Return the function as a model whose weights are initializers, which NNCF looks for."""
    from onnx import TensorProto

    weights = []
    for node in network.node:
        if node.op_type == "Constant":
            weights.append(TensorProto())
            weights[-1].CopyFrom(node.attribute[0].t)
            weights[-1].name = node.output[0]
    model = function_model(network)
    nodes = [node for node in network.node if node.op_type != "Constant"]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    model.graph.initializer.extend(weights)
    return model


def _folded(model: "ModelProto") -> "ModelProto":
    """Return the model, what is the same for all photos folded into constants, padding into convolutions."""
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
