import os
import subprocess
import sys
from pathlib import Path

import pytest

COMPUTE = """
import sys
import numpy as np, onnx
from onnx import TensorProto, helper
from maskwright.inference.exported.runtimes import compute_with
value = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, [1])
graph = helper.make_graph([helper.make_node("Neg", ["a"], ["b"])], "neg", [value("a")], [value("b")])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
print(compute_with(sys.argv[1], model.SerializeToString())([np.ones(1, np.float32)])[0])
"""


@pytest.mark.parametrize(("runtime", "package"), [("onnx", "onnxruntime"), ("openvino", "openvino")])
def test_a_runtime_keeps_no_identifier_and_no_queue_of_reports(runtime: str, package: str, tmp_path: Path) -> None:
    pytest.importorskip(package)
    passed_on = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "SYSTEMROOT") if name in os.environ}
    home = {"HOME": str(tmp_path), "USERPROFILE": str(tmp_path), "LOCALAPPDATA": str(tmp_path)}  # no CI among them
    done = subprocess.run(
        [sys.executable, "-c", COMPUTE, runtime], env={**passed_on, **home}, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[-1.]\n"
    assert not [path for path in tmp_path.rglob("*") if path.name.lower() in ("microsoft", "intel", ".onnxruntime")]
