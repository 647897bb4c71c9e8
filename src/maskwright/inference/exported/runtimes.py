"""The programs that compute an exported network: ONNX Runtime and OpenVINO in 32 bits, OpenVINO in bf16 if asked."""

import os
import threading
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from maskwright.concurrency.usable_cores import usable_cores
from maskwright.errors import ConfigError
from maskwright.optional_packages import import_openvino
from maskwright.planning.machine import this_machine

Runtime = Literal["onnx", "openvino", "openvino-bf16"]
RUNTIMES: tuple[Runtime, ...] = ("openvino", "onnx")
"""Those of 32 bits, the faster one first (benchmarks/predict)."""
PACKAGES: dict[Runtime, tuple[str, ...]] = {
    "onnx": ("onnx", "onnxruntime"),
    "openvino": ("onnx", "openvino"),
    "openvino-bf16": ("onnx", "openvino"),
}
Compute = Callable[[Sequence[NDArray[Any]]], list[NDArray[Any]]]
"""Inputs in their order -> outputs in their order."""


class RuntimeNet(nn.Module):
    """An exported network in the place of the PyTorch one: Nx3xHxW of values 0..255 -> NxCxHxW logits.

    It pads as `PaddedNet` does, so that sides are multiples of `stride` and at least `least_px`. `compiled` returns
    the function that computes the network for so many callers at a time.
    """

    def __init__(self, compiled: Callable[[int], Compute], *, stride: int, least_px: int, callers: int = 1) -> None:
        super().__init__()
        self.compiled = compiled
        self.compute = compiled(callers)
        self.stride = stride
        self.least_px = least_px

    def for_callers(self, count: int) -> "RuntimeNet":
        """Return the same network for `count` threads that call it at the same time and share the cores."""
        return RuntimeNet(self.compiled, stride=self.stride, least_px=self.least_px, callers=count)

    def forward(self, photos: Tensor) -> Tensor:
        height, width = photos.shape[-2:]
        below, right = (
            max(side, self.least_px) + -max(side, self.least_px) % self.stride - side for side in (height, width)
        )
        padded = functional.pad(photos, (0, right, 0, below), mode="replicate")
        (logits,) = self.compute([np.ascontiguousarray(padded.numpy())])
        return torch.from_numpy(logits)[..., :height, :width]


def installed(runtime: Runtime) -> bool:
    """True if the packages of a runtime are there."""
    return all(find_spec(package) is not None for package in PACKAGES[runtime])


def require_installed(runtime: Runtime) -> None:
    """Raise ConfigError, with the command that installs it, if a runtime is not there."""
    if not installed(runtime):
        missing = [package for package in PACKAGES[runtime] if find_spec(package) is None]
        extra = runtime.removesuffix("-bf16")
        raise ConfigError(f"{' and '.join(missing)} not installed: pip install 'maskwright[{extra}]'")


def compute_with(runtime: Runtime, model: bytes, callers: int = 1) -> Compute:
    """Return a function that computes an ONNX model, given as bytes; ConfigError if the runtime is not installed.

    So many threads may call it at a time: each call then has its share of the cores. The values are the same.
    """
    require_installed(runtime)
    if runtime == "openvino-bf16" and not this_machine().bf16:
        raise ConfigError("this processor does not multiply bf16: give --runtime openvino, which computes in 32 bits")
    if runtime == "onnx":
        return _in_onnxruntime(model, callers)
    openvino = import_openvino()

    return compute_openvino(
        openvino.Core().read_model(model),
        precision="bf16" if runtime == "openvino-bf16" else "f32",
        callers=callers,
    )


def import_onnxruntime() -> Any:  # noqa: ANN401 - a module: its names are its own
    """Return ONNX Runtime without reports to its maker."""
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # its wheels report from 1.29 on
    import onnxruntime

    onnxruntime.disable_telemetry_events()  # on Windows, which does not read the variable
    return onnxruntime


def _in_onnxruntime(model: bytes, callers: int) -> Compute:
    onnxruntime = import_onnxruntime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = max(1, threads() // callers)
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    names = [tensor.name for tensor in session.get_inputs()]

    def compute(inputs: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
        return list(session.run(None, dict(zip(names, inputs, strict=True))))

    return compute


def compute_openvino(
    model: Any,  # noqa: ANN401 - an openvino.Model
    *,
    precision: Literal["f32", "bf16"] = "f32",
    callers: int = 1,
) -> Compute:
    """Return a function that computes an openvino.Model on the CPU, for so many threads that call it at a time."""
    openvino = import_openvino()

    # Without the hint of precision OpenVINO computes in bf16 on some CPUs, and the masks differ.
    hints = {
        "INFERENCE_PRECISION_HINT": precision,
        "INFERENCE_NUM_THREADS": max(callers, threads()),
        "NUM_STREAMS": callers,
    }
    compiled = openvino.Core().compile_model(model, "CPU", hints)
    of_thread = threading.local()  # a request computes one input at a time

    def compute(inputs: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
        if not hasattr(of_thread, "request"):
            of_thread.request = compiled.create_infer_request()
        results = of_thread.request.infer(list(inputs))
        return [np.array(results[output]) for output in compiled.outputs]

    return compute


def threads() -> int:
    """Return how many threads to compute with: OMP_NUM_THREADS, or the cores that this process may use."""
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    return int(wanted) if wanted.isdigit() and int(wanted) > 0 else usable_cores()
