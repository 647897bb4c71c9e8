"""The run folder: what a training leaves on disk, as plain files that a person can read.

plan.toml        the plan, its steps fixed          run.json         classes, photos, weights, machine, times
model.safetensors  the final (EMA) weights          checkpoint.pt    what --resume needs, gone when finished
history.csv      loss and validation by step        findings.json    what `check` found
evaluation.json  scores, photos.csv a row a photo   report.html      all of it to look at
folds/0, 1, ...  with --folds: a run folder each  asked.json       --minutes and --set of the plan, for --resume
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from maskwright.classes import ClassTable
from maskwright.errors import RunError
from maskwright.files import write_json, write_text
from maskwright.findings.finding import Finding, finding_as_json, finding_from_json
from maskwright.imaging.photos import GreyRange

FORMAT = 2
"""Of run.json: 2 has `model_sha256`, and the weights are in model.safetensors."""


@dataclass(frozen=True)
class HistoryRow:
    """One line of history.csv: `validation_iou` is the mean IoU of the inner validation photos at the working scale."""

    step: int
    minutes: float
    loss: float
    lr: float
    validation_iou: float | None


@dataclass(frozen=True)
class RunFacts:
    """What run.json holds.

    `data_digest`: of the training photos and masks; `train_digests`: of each training photo, so that it is known again
    elsewhere; `model_sha256`: of model.safetensors. Runs of earlier versions lack these.
    """

    version: str
    data: str
    classes: ClassTable
    grey_range: GreyRange | None
    train_photos: tuple[str, ...]
    inner_photos: tuple[str, ...]
    test_photos: tuple[str, ...]
    split_reasons: tuple[str, ...]
    seed: int
    weights: str
    machine: str
    minutes: float
    steps: int
    data_wait_share: float
    data_digest: str = ""
    train_digests: tuple[str, ...] = ()
    model_sha256: str = ""


def write_run_facts(folder: Path, facts: RunFacts) -> None:
    """Write run.json; its presence says that the run is finished."""
    write_json(folder / "run.json", {"format": FORMAT, **asdict(facts)})


def read_run_facts(folder: Path) -> RunFacts:
    """Return what run.json holds; RunError where there is none, or one from a newer version."""
    path = folder / "run.json"
    if not path.exists():
        unfinished = (folder / "checkpoint.pt").exists() or (folder / "plan.toml").exists()
        why = "an unfinished run: go on with `maskwright train ... --resume`" if unfinished else "no run folder"
        raise RunError(f"{folder} is {why}")
    try:
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if values.pop("format") > FORMAT:
            raise RunError(
                f"{folder} was made by maskwright {values.get('version')}, newer than this one: update maskwright"
            )
        return _facts(values)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RunError(f"{path} is damaged ({error}): train again") from error


def _facts(values: dict[str, Any]) -> RunFacts:
    classes = values["classes"]
    table = ClassTable(tuple(classes["names"]), tuple(tuple(c) for c in classes["colours"]), classes["background"])
    grey = GreyRange(**values["grey_range"]) if values["grey_range"] else None
    lists = {k: tuple(values[k]) for k in ("train_photos", "inner_photos", "test_photos", "split_reasons")}
    lists["train_digests"] = tuple(values.get("train_digests", ()))
    return RunFacts(**{**values, **lists, "classes": table, "grey_range": grey})


def write_history(folder: Path, rows: Iterable[HistoryRow]) -> None:
    """Write history.csv anew."""
    lines = ["step,minutes,loss,lr,validation_iou"]
    for row in rows:
        iou = "" if row.validation_iou is None else f"{row.validation_iou:.5f}"
        lines.append(f"{row.step},{row.minutes:.3f},{row.loss:.5f},{row.lr:.3e},{iou}")
    write_text(folder / "history.csv", "\n".join(lines) + "\n")


def read_history(folder: Path) -> list[HistoryRow]:
    """Return the rows of history.csv, none where there is no such file."""
    path = folder / "history.csv"
    if not path.exists():
        return []
    rows = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()[1:]]
    return [HistoryRow(int(r[0]), float(r[1]), float(r[2]), float(r[3]), float(r[4]) if r[4] else None) for r in rows]


def write_findings(folder: Path, findings: Iterable[Finding]) -> None:
    """Write findings.json, a ranked list."""
    write_json(folder / "findings.json", [finding_as_json(f) for f in findings])


def read_findings(folder: Path) -> list[Finding]:
    """Return the findings of findings.json, none where there is no such file."""
    path = folder / "findings.json"
    return [finding_from_json(v) for v in json.loads(path.read_text(encoding="utf-8"))] if path.exists() else []
