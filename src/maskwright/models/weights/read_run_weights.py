"""The trained weights of a run folder: model.safetensors, or the model.pt of maskwright 0.1.0."""

from pathlib import Path

from torch import Tensor, nn

from maskwright.errors import WeightsError
from maskwright.files import read_json, reading
from maskwright.models.weights.tensor_files import StateDict, read_weights
from maskwright.output_file_names import OLD_WEIGHTS_FILE, RUN_FACTS_FILE, WEIGHTS_FILE


def model_file(folder: Path) -> Path:
    """Return the path of a run's weights; the file may not exist."""
    old = folder / OLD_WEIGHTS_FILE
    return old if old.exists() and not (folder / WEIGHTS_FILE).exists() else folder / WEIGHTS_FILE


def read_run_weights(folder: Path) -> StateDict:
    """Return the weights in a run folder, checked against the SHA-256 in its run.json.

    Raises WeightsError if there are none, or if they are damaged, changed or NaN.
    """
    file = model_file(folder)
    digest = _digest(folder / RUN_FACTS_FILE)
    if not file.exists() or (digest and file.name == OLD_WEIGHTS_FILE):  # this run wrote no model.pt
        raise WeightsError(f"{folder} holds no {WEIGHTS_FILE}: train again, or go on with --resume")
    return read_weights(file, sha256=digest)


def _digest(run_json: Path) -> str:
    """Return the SHA-256 of the weights; "" in a run of maskwright 0.1.0, or in a folder without run.json."""
    if not run_json.exists():
        return ""
    with reading(run_json, error=WeightsError, advice="restore it, or train again"):
        values = read_json(run_json)
    return str(values.get("model_sha256", "")) if isinstance(values, dict) else ""


def load_all(net: nn.Module, state: StateDict) -> str:
    """Load a state dict that must fit the network exactly; return the name of the first misfit, "" if all fits."""
    own = net.state_dict()
    misfits = [name for name in (*own, *state) if not _fits(own.get(name), state.get(name))]
    if not misfits:
        net.load_state_dict(state, strict=True)
    return misfits[0] if misfits else ""


def _fits(own: Tensor | None, stored: Tensor | None) -> bool:
    return own is not None and stored is not None and (own.shape, own.dtype) == (stored.shape, stored.dtype)
