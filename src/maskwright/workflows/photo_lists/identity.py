"""What the predictions in an output were made with: a command that goes on must use the same model and scale."""

import hashlib
import json
from dataclasses import asdict
from pathlib import Path

from maskwright.errors import MaskwrightError, OutputError
from maskwright.inference.load import run_folders
from maskwright.inference.outputs.object_table import Scale
from maskwright.models.weights.read_run_weights import model_file
from maskwright.output_file_names import MASKS_FOLDER, PLAN_FILE, PREDICTION_FILE
from maskwright.remote_storage import Storage, is_stored, read_stored, write_stored


def prediction_identity(run: Path, scale: Scale, *, fast: bool) -> dict[str, object]:
    """Return what makes predictions comparable: a digest of weights and plans, and how photos are seen and measured."""
    digest = hashlib.sha256()
    for folder in [run] if run.is_file() else run_folders(run):
        for file in (folder,) if folder.is_file() else (model_file(folder), folder / PLAN_FILE):
            digest.update(file.read_bytes() if file.is_file() else b"")
    return {"model": digest.hexdigest(), "fast": fast, **asdict(scale)}


def require_same_identity(storage: Storage, identity: dict[str, object], *, run: Path) -> None:
    """Enter the identity in a new output; OutputError if there are predictions of another model or scale, or masks."""
    if not is_stored(storage, PREDICTION_FILE):
        if is_stored(storage, MASKS_FOLDER):
            raise OutputError(
                f"{storage}/masks holds masks that do not belong to a list of photos: choose another --out"
            )
        write_stored(storage, PREDICTION_FILE, json.dumps({**identity, "run": str(run)}, indent=1).encode())
        return
    stored = _stored_identity(storage)
    for key, value in identity.items():
        if stored.get(key) != value:
            what = f"another model ({stored.get('run')})" if key == "model" else f"{key} {stored.get(key)}, now {value}"
            raise OutputError(f"{storage} holds predictions made with {what}: choose another --out")


def require_seen(storage: Storage, identity: dict[str, object]) -> None:
    """Raise OutputError unless this machine sees the output of a command on another machine."""
    if not is_stored(storage, PREDICTION_FILE) or not identity.items() <= _stored_identity(storage).items():
        raise OutputError(f"{storage} is not the --out of the command: give a folder that all nodes share, or a URL")


def _stored_identity(storage: Storage) -> dict[str, object]:
    try:
        return dict(json.loads(read_stored(storage, PREDICTION_FILE)))
    except (MaskwrightError, ValueError, TypeError) as error:
        raise OutputError(f"{storage}/{PREDICTION_FILE} is damaged: choose another --out") from error
