"""Tensors on disk: safetensors for weights, torch files for checkpoints. No code of a file is ever run."""

import hashlib
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from maskwright.errors import RunError, WeightsError
from maskwright.files import write_bytes, write_with

StateDict = dict[str, Tensor]
CONTIGUOUS = torch.contiguous_format
PROBE_BYTES = 1 << 20
"""More than torch's writer keeps back before it fails."""
NOT_FINITE = "holds NaN or infinite weights"


def save_weights(path: Path, state: Mapping[str, Tensor]) -> str:
    """Write a state dict as safetensors, whole or not at all; return the SHA-256 of the file.

    Equal tensors give equal bytes.
    """
    plain = {name: tensor.detach().cpu().clone(memory_format=CONTIGUOUS) for name, tensor in state.items()}
    data = save(plain)
    write_bytes(path, data)
    return hashlib.sha256(data).hexdigest()


def read_weights(path: Path, *, sha256: str = "") -> StateDict:
    """Return the state dict in a safetensors or torch file, on the CPU; with `sha256`, only of that very file.

    A dict of the tensors under "state_dict" counts too. Raises WeightsError if the file is missing or damaged, holds
    something else or NaN, or has another digest.
    """
    try:
        data = path.read_bytes() if path.suffix == ".safetensors" else b""
        state = _from_safetensors(data, path, sha256) if data else _from_torch(path)
    except FileNotFoundError as error:
        raise WeightsError(
            f"the weights file {path} is not there: set net.weights to a file, a run folder, imagenet or random"
        ) from error
    except OSError as error:
        raise WeightsError(f"{path} cannot be read: {error.strerror or error}") from error
    broken = [name for name, tensor in state.items() if tensor.is_floating_point() and not _is_finite(tensor)]
    if broken:
        raise WeightsError(f"{path} {NOT_FINITE} (first: {broken[0]}): take another file, or train again")
    return state


def _from_safetensors(data: bytes, path: Path, sha256: str) -> StateDict:
    if sha256 and hashlib.sha256(data).hexdigest() != sha256:
        raise WeightsError(f"{path} is not the file that its run wrote (other SHA-256): restore it, or train again")
    try:
        return load(data)
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise WeightsError(f"{path} is damaged: restore it, or train again") from error


def _from_torch(path: Path) -> StateDict:
    if path.is_dir():
        raise WeightsError(f"{path} is a folder without weights: set net.weights to a run folder or a weights file")
    try:
        values = _torch_values(path)
    except FileNotFoundError:
        raise
    except Exception as error:  # torch raises whatever its reader meets in a foreign file
        raise WeightsError(
            f"{path} is no file of weights, or it is damaged: set net.weights to a safetensors file, or to a state "
            "dict saved by torch.save"
        ) from error
    inner = values.get("state_dict", values) if isinstance(values, Mapping) else {}
    tensors = inner.items() if isinstance(inner, Mapping) else ()
    state = {str(name): tensor for name, tensor in tensors if isinstance(tensor, Tensor)}
    if not state:
        raise WeightsError(f"{path} holds no state dict: save net.state_dict() alone")
    return state


def _is_finite(tensor: Tensor) -> bool:
    return bool(torch.isfinite(tensor).all())


def save_tensors(path: Path, values: dict[str, Any]) -> None:
    """Write a dict of tensors and plain values as a torch file, whole or not at all."""

    def write(temporary: Path) -> None:
        try:
            torch.save(values, temporary)
        except RuntimeError as error:  # torch's zip writer hides the reason, such as a full disk
            raise OSError(_why_unwritten(temporary) or f"{error}".splitlines()[0]) from error

    write_with(path, write)


def _why_unwritten(path: Path) -> str:
    """Return why the file cannot grow, "" if it can."""
    try:
        with path.open("ab") as file:
            file.write(bytes(PROBE_BYTES))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return error.strerror or str(error)
    return ""


def load_tensors(path: Path) -> dict[str, Any]:
    """Return what `save_tensors` wrote, on the CPU; RunError if it is missing or damaged."""
    try:
        values = _torch_values(path)
    except FileNotFoundError as error:
        raise RunError(f"{path} is not there: train again, or go on with --resume") from error
    except Exception as error:  # torch raises whatever its reader meets in a damaged file
        raise RunError(f"{path} is damaged: train again") from error
    if not isinstance(values, dict):
        raise RunError(f"{path} is damaged: train again")
    return values


def _torch_values(path: Path) -> Any:  # noqa: ANN401 - whatever the file holds
    """Return the contents of a torch file, after a check of its checksums, which torch itself leaves out."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
        if damaged is not None:
            raise ValueError(f"the checksum of {damaged} is wrong")
    return torch.load(path, map_location="cpu", weights_only=True)
