"""The request that a run began with, stored in its folder so that `--resume` continues with the same one."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from maskwright.errors import RunError
from maskwright.files import read_json, read_text, reading, write_json, write_text
from maskwright.output_file_names import GIVEN_PLAN_FILE, REQUEST_FILE, RUN_FACTS_FILE, has_partial_training


@dataclass(frozen=True)
class StoredRequest:
    """Minutes of a training (None: the default), the `--set` of the plan, and whether a plan.toml was given."""

    minutes: float | None
    plan: tuple[str, ...]
    plan_given: bool


def store_request(folder: Path, *, minutes: float | None, plan: Sequence[str], plan_file: Path | None) -> StoredRequest:
    """Write the request into the folder, beside it a copy of the plan.toml that was given; return it."""
    request = StoredRequest(minutes, tuple(plan), plan_file is not None)
    if plan_file is not None:
        write_text(folder / GIVEN_PLAN_FILE, read_text(plan_file))
    write_json(folder / REQUEST_FILE, asdict(request))
    return request


def stored_request(folder: Path) -> StoredRequest | None:
    """Return the stored request, or None if training has not started. RunError if the file is damaged."""
    path = folder / REQUEST_FILE
    begun = has_partial_training(folder) or (folder / RUN_FACTS_FILE).exists()
    if not path.exists() or not begun:
        return None
    with reading(path, error=RunError, advice="choose another --out"):
        values: Any = read_json(path)
        minutes = None if values["minutes"] is None else float(values["minutes"])
        return StoredRequest(minutes, tuple(map(str, values["plan"])), bool(values["plan_given"]))


def stored_plan(folder: Path, request: StoredRequest) -> Path | None:
    """Return the path of the copy of the plan.toml that was given, None if none was."""
    return folder / GIVEN_PLAN_FILE if request.plan_given else None


def is_changed(
    folder: Path, request: StoredRequest, *, minutes: float | None, plan: Sequence[str], plan_file: Path | None
) -> bool:
    """True if a new command asks for another plan than the stored request; what it leaves out is no change."""
    copy = stored_plan(folder, request)
    other_file = plan_file is not None and (copy is None or _text(plan_file) != _text(copy))
    other_plan = bool(plan) and tuple(plan) != request.plan
    return minutes not in (None, request.minutes) or other_plan or other_file


def _text(path: Path) -> str:
    return read_text(path) if path.is_file() else ""
