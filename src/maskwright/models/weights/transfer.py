"""Transfer: every tensor of a run or weights file that fits a network by name and shape is loaded."""

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor, nn

from maskwright.errors import WeightsError
from maskwright.models.weights.read_run_weights import read_run_weights
from maskwright.models.weights.tensor_files import read_weights

INNER = ("", "core.", "core.encoder.", "core.encoder.model.")
"""Prefixes of a network's names that a file may leave out: a run has all, others start at the core or encoder."""


def load_fitting(net: nn.Module, path: Path) -> str:
    """Load every tensor of a run folder or weights file that fits; return how many did, and where they came from.

    Raises WeightsError if there is no such file, or if fewer than half of the tensors fit.
    """
    stored = read_run_weights(path) if path.is_dir() else read_weights(path)
    own = net.state_dict()
    fitting, wanted = max((_fitting(own, stored, prefix) for prefix in INNER), key=lambda fit: len(fit[0]))
    if 2 * len(fitting) < wanted or not fitting:
        raise WeightsError(
            f"net.weights: only {len(fitting)} of {wanted} tensors of {path} fit: "
            "take a run of a network of the same kind and width, or --set net.weights=random"
        )
    net.load_state_dict({**own, **fitting}, strict=True)
    return f"{len(fitting)} of {wanted} tensors from {path}, the others random"


def _fitting(own: Mapping[str, Tensor], stored: Mapping[str, Tensor], prefix: str) -> tuple[dict[str, Tensor], int]:
    """Return the stored tensors that fit under `prefix`, and the number of tensors under it."""
    below = [name for name in own if name.startswith(prefix)]
    pairs = [(name, stored.get(name.removeprefix(prefix))) for name in below]
    return {name: tensor for name, tensor in pairs if tensor is not None and tensor.shape == own[name].shape}, len(
        below
    )
