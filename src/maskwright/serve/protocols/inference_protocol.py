"""The Open Inference Protocol, version 2, over HTTP: requests read and answers written, as JSON or as binary data."""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maskwright.serve.refusal import RefusedError
from maskwright.serve.worker_process import Job

HEADER_LENGTH = "Inference-Header-Content-Length"
INPUT = "photo"
MASK = "mask"
CONFIDENCE = "confidence"


def model_metadata(name: str, classes: tuple[str, ...]) -> dict[str, object]:
    """Return what a model takes and gives; -1 is any size."""
    return {
        "name": name,
        "versions": ["1"],
        "platform": "maskwright",
        "inputs": [{"name": INPUT, "datatype": "UINT8", "shape": [-1, -1, 3]}],
        "outputs": [
            {"name": MASK, "datatype": "UINT8", "shape": [-1, -1]},
            {"name": CONFIDENCE, "datatype": "FP32", "shape": [-1, -1]},
        ],
        "parameters": {"classes": ", ".join(classes)},
    }


@dataclass(frozen=True)
class InferRequest:
    """One request: the job, its id, and which outputs are wanted, each as binary data or not."""

    job: Job
    id: str
    outputs: dict[str, bool]


def read_infer(body: bytes, header_length: str | None, run: str) -> InferRequest:
    """Return the request in a body: JSON, or JSON of `header_length` bytes and binary data; RefusedError if damaged."""
    cut = int(header_length) if header_length and header_length.isdigit() else len(body)
    try:
        head: Any = json.loads(body[:cut])
        tensors = head["inputs"]
        if len(tensors) != 1:
            raise RefusedError(422, f"{len(tensors)} inputs, and one is expected: {INPUT}, UINT8, height x width x 3")
        job = _job(tensors[0], body[cut:], run)
        return InferRequest(job, str(head.get("id", "")), _outputs(head))
    except RefusedError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise RefusedError(
            422, f"the request is not of the Open Inference Protocol ({type(error).__name__}: {error})"
        ) from error


def _job(tensor: dict[str, Any], binary: bytes, run: str) -> Job:
    if tensor["datatype"] == "BYTES":
        return Job(run, _image_file(tensor, binary), "raw")
    shape = [int(size) for size in tensor["shape"]]
    if len(shape) == 4 and shape[0] == 1:
        shape = shape[1:]
    if tensor["datatype"] != "UINT8" or len(shape) != 3 or shape[2] != 3 or min(shape) < 1:
        raise RefusedError(422, f"{INPUT} is {tensor['datatype']} of shape {shape}: give UINT8, height x width x 3")
    size = shape[0] * shape[1] * 3
    pixels = binary[:size] if _is_binary(tensor) else np.array(tensor["data"], dtype=np.uint8).tobytes()
    if len(pixels) != size:
        raise RefusedError(422, f"{INPUT} has {len(pixels)} values, and its shape says {size}")
    return Job(run, pixels, "raw", (shape[0], shape[1], 3))


def _image_file(tensor: dict[str, Any], binary: bytes) -> bytes:
    """Return the image file in a tensor of BYTES: after its length in 4 bytes, or as base64 in JSON."""
    if _is_binary(tensor):
        return binary[4 : 4 + int.from_bytes(binary[:4], "little")]
    try:
        return base64.b64decode(tensor["data"][0], validate=True)
    except binascii.Error as error:
        raise RefusedError(422, f"{INPUT} is BYTES and not base64: send an image file in base64") from error


def _is_binary(tensor: dict[str, Any]) -> bool:
    return "binary_data_size" in tensor.get("parameters", {})


def _outputs(head: dict[str, Any]) -> dict[str, bool]:
    every = bool(head.get("parameters", {}).get("binary_data_output", False))
    wanted = {
        output["name"]: bool(output.get("parameters", {}).get("binary_data", every))
        for output in head.get("outputs", [])
    }
    unknown = sorted(set(wanted) - {MASK, CONFIDENCE})
    if unknown:
        raise RefusedError(422, f"there is no output {unknown[0]}: there are {MASK} and {CONFIDENCE}")
    return wanted or {MASK: every, CONFIDENCE: every}


def infer_answer(request: InferRequest, raw: bytes, size_hw: tuple[int, int]) -> tuple[bytes, int]:
    """Return the body of the answer, and the length of its JSON."""
    pixels = size_hw[0] * size_hw[1]
    arrays: dict[str, NDArray[Any]] = {
        MASK: np.frombuffer(raw, np.uint8, pixels).reshape(size_hw),
        CONFIDENCE: np.frombuffer(raw, np.float32, pixels, pixels).reshape(size_hw),
    }
    outputs, binary = [], b""
    for name, is_binary in request.outputs.items():
        data = arrays[name].tobytes() if is_binary else b""
        binary += data
        outputs.append(_tensor(name, arrays[name], len(data) if is_binary else None))
    head = {"model_name": request.job.run, "model_version": "1", "outputs": outputs}
    text = json.dumps({**head, "id": request.id} if request.id else head).encode()
    return text + binary, len(text)


def _tensor(name: str, array: NDArray[Any], binary_bytes: int | None) -> dict[str, object]:
    datatype = "UINT8" if array.dtype == np.uint8 else "FP32"
    facts: dict[str, object] = {"name": name, "datatype": datatype, "shape": list(array.shape)}
    if binary_bytes is not None:
        return {**facts, "parameters": {"binary_data_size": binary_bytes}}
    return {**facts, "data": array.reshape(-1).tolist()}
