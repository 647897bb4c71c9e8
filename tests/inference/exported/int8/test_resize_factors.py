import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from maskwright.inference.exported.int8.resize_factors import with_fixed_factors
from maskwright.inference.exported.runtimes import compute_with

SHAPES = [(1, 3, 8, 8), (1, 3, 12, 16)]


def model_that_enlarges(*, by_factor: bool) -> onnx.ModelProto:
    """Return a model that enlarges a photo to a size which it computes: twice as large, or always to 24 x 24."""
    tensors: dict[str, np.ndarray] = {
        "start": np.array([2], dtype=np.int64),
        "end": np.array([4], dtype=np.int64),
        "two": np.array([2, 2], dtype=np.int64),
        "fixed": np.array([24, 24], dtype=np.int64),
        "unused": np.zeros(3, np.float32),
    }
    nodes = [
        helper.make_node("Shape", ["photos"], ["shape"]),
        helper.make_node("Slice", ["shape", "start", "end"], ["size"]),
        helper.make_node("Mul", ["size", "two"], ["twice"]),
        helper.make_node("Shape", ["photos"], ["count"], end=2),
        helper.make_node("Concat", ["count", "twice" if by_factor else "fixed"], ["sizes"], axis=0),
        helper.make_node("Resize", ["photos", "", "", "sizes"], ["logits"], mode="nearest"),
    ]
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 3, f"h_{name}", f"w_{name}"])
        for name in ("photos", "logits")
    ]
    constants = [numpy_helper.from_array(value, name) for name, value in tensors.items()]
    graph = helper.make_graph(nodes, "enlarges", ends[:1], ends[1:], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)


def test_an_enlargement_by_one_factor_gets_it_as_a_constant_and_nothing_computes_sizes_any_more() -> None:
    before = model_that_enlarges(by_factor=True)
    after = with_fixed_factors(before, SHAPES)
    onnx.checker.check_model(after)
    assert [node.op_type for node in after.graph.node] == ["Resize"]
    assert with_fixed_factors(after, SHAPES) == after
    assert [numpy_helper.to_array(tensor).tolist() for tensor in after.graph.initializer] == [[1, 1, 2, 2]]
    photo = np.random.default_rng(0).random((1, 3, 20, 36)).astype(np.float32)
    first, second = (compute_with("onnx", model.SerializeToString())([photo])[0] for model in (before, after))
    assert first.shape == (1, 3, 40, 72)
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("shape", SHAPES)
def test_an_enlargement_to_a_fixed_size_stays(shape: tuple[int, ...]) -> None:
    after = with_fixed_factors(model_that_enlarges(by_factor=False), SHAPES)
    assert "Shape" in [node.op_type for node in after.graph.node]
    photo = np.zeros(shape, dtype=np.float32)
    assert compute_with("onnx", after.SerializeToString())([photo])[0].shape == (1, 3, 24, 24)
