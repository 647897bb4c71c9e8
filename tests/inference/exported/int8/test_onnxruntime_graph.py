from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from maskwright.inference.exported.int8.onnxruntime_graph import for_onnxruntime
from maskwright.inference.exported.runtimes import compute_with, import_onnxruntime

SHAPE, FLOAT = (1, 4, 8, 8), TensorProto.FLOAT


def quantised(name: str, source: str, scale: str, zero: str) -> list[onnx.NodeProto]:
    """Return the two nodes that quantise `source`, and name the result `name`."""
    kinds = (
        ("QuantizeLinear", [source, scale, zero], f"{name}_q"),
        ("DequantizeLinear", [f"{name}_q", scale, zero], name),
    )
    return [helper.make_node(kind, inputs, [output]) for kind, inputs, output in kinds]


def drawn_model() -> onnx.ModelProto:
    """Return a quantised graph as NNCF leaves it: convolution, ReLU6, enlargement, two branches, convolution."""
    rng = np.random.default_rng(0)
    tensors = {
        "scale": np.float32(0.05),
        "signed": np.int8(0),
        "act_scale": np.float32(6 / 255),
        "unsigned": np.uint8(0),
        "weights_8": rng.integers(-99, 99, (4, 4, 3, 3)).astype(np.int8),
        "more_8": rng.integers(-99, 99, (4, 8, 3, 3)).astype(np.int8),
        "weight_scale": rng.uniform(0.001, 0.01, 4).astype(np.float32),
        "weight_zero": np.zeros(4, np.int8),
        "bias": rng.normal(size=4).astype(np.float32),
        "low": np.float32(0),
        "high": np.float32(6),
        "factors": np.array([1, 1, 2, 2], np.float32),
    }
    by_channel = ["weight_scale", "weight_zero"]
    nodes = [
        *quantised("seen", "photos", "scale", "signed"),
        helper.make_node("DequantizeLinear", ["weights_8", *by_channel], ["weights"], axis=0),
        helper.make_node("Conv", ["seen", "weights", "bias"], ["first"], pads=[1, 1, 1, 1]),
        helper.make_node("Clip", ["first", "low", "high"], ["clipped"]),
        *quantised("act", "clipped", "act_scale", "unsigned"),
        helper.make_node("Resize", ["act", "", "factors"], ["large"], mode="nearest"),
        helper.make_node("Resize", ["act", "", "factors"], ["large_too"], mode="nearest"),
        helper.make_node("Concat", ["large", "large_too"], ["both"], axis=1),
        helper.make_node("DequantizeLinear", ["more_8", *by_channel], ["more"], axis=0),
        helper.make_node("Conv", ["both", "more", "bias"], ["second"], pads=[1, 1, 1, 1]),
        *quantised("logits", "second", "scale", "signed"),
    ]
    values = [
        helper.make_tensor_value_info(*info) for info in (("photos", FLOAT, SHAPE), ("logits", FLOAT, [1, 4, 16, 16]))
    ]
    constants = [numpy_helper.from_array(np.asarray(value), name) for name, value in tensors.items()]
    graph = helper.make_graph(nodes, "drawn", values[:1], values[1:], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)


def test_values_differ_by_one_step_of_the_result_at_most() -> None:
    before, after = drawn_model(), for_onnxruntime(drawn_model())
    onnx.checker.check_model(after)
    for seed in range(5):
        photo = np.random.default_rng(seed).normal(size=SHAPE).astype(np.float32) * 3
        first, second = (compute_with("onnx", model.SerializeToString())([photo])[0] for model in (before, after))
        assert np.abs(first - second).max() <= 0.0501
        assert np.mean(first != second) < 0.01
        assert len(np.unique(first)) > 50


def test_onnx_runtime_computes_every_convolution_in_eight_bits(tmp_path: Path) -> None:
    counts = []
    for model in (drawn_model(), for_onnxruntime(drawn_model())):
        onnxruntime = import_onnxruntime()
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.optimized_model_filepath = str(tmp_path / "optimised.onnx")
        onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        kinds = [node.op_type for node in onnx.load(options.optimized_model_filepath).graph.node]
        counts.append(kinds.count("QLinearConv"))
    assert counts[0] < counts[1] == 2


def test_a_clip_that_cuts_more_than_the_quantisation_stays() -> None:
    model = drawn_model()
    for tensor in model.graph.initializer:
        if tensor.name == "high":
            tensor.CopyFrom(numpy_helper.from_array(np.array(3, dtype=np.float32), "high"))
    assert "Clip" in [node.op_type for node in for_onnxruntime(model).graph.node]
    assert "Clip" not in [node.op_type for node in for_onnxruntime(drawn_model()).graph.node]
