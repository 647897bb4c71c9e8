"""The run folder: what a training leaves on disk, as plain files that a person can read.

plan.toml        the plan, its steps fixed          run.json         classes, photos, weights, machine, times
model.safetensors  the final (EMA) weights          checkpoint.pt    what --resume needs, gone when finished
history.csv      loss and validation by step        findings.json    what `check` found
evaluation.json  scores, photos.csv a row a photo   report.html      all of it on one page
folds/0, 1, ...  with --folds: a run folder each  asked.json       --minutes and --set of the plan, for --resume
"""

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from maskwright.classes import ClassTable
from maskwright.errors import RunError
from maskwright.files import read_json, read_text, reading, write_json, write_text
from maskwright.findings.finding import Finding, finding_as_json, finding_from_json
from maskwright.imaging.grey_range import GreyRange
from maskwright.imaging.photos import Bands
from maskwright.output_file_names import CHECKPOINT_FILE, FINDINGS_FILE, HISTORY_FILE, PLAN_FILE, RUN_FACTS_FILE

FORMAT = 2
"""Of run.json: 2 has `model_sha256`, and the weights are in model.safetensors."""
WITHOUT = "restore it, or remove it: the report works without"


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

    `data_digest`: of the training photos and masks. `train_digests`: of each training photo, which identify it in
    another folder. `model_sha256`: of model.safetensors. `bands`: those that make a photo, where they were chosen.
    Runs of earlier versions lack these.
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
    bands: Bands | None = None


def write_run_facts(folder: Path, facts: RunFacts) -> None:
    """Write run.json; its presence means that the run is finished."""
    write_json(folder / RUN_FACTS_FILE, {"format": FORMAT, **asdict(facts)})


def read_run_facts(folder: Path) -> RunFacts:
    """Return what run.json holds; RunError if there is none, or one that is damaged or from a newer version."""
    path = folder / RUN_FACTS_FILE
    if not path.exists():
        unfinished = (folder / CHECKPOINT_FILE).exists() or (folder / PLAN_FILE).exists()
        why = "an unfinished run: continue with `maskwright train ... --resume`" if unfinished else "no run folder"
        raise RunError(f"{folder} is {why}")
    with reading(path, error=RunError, advice="train again"):
        values: Any = read_json(path)
        if values.pop("format") > FORMAT:
            raise RunError(
                f"{folder} was made by maskwright {values.get('version')}, newer than this one: update maskwright"
            )
        return _facts(values)


def _facts(values: dict[str, Any]) -> RunFacts:
    grey = values["grey_range"]
    return RunFacts(
        version=str(values["version"]),
        data=str(values["data"]),
        classes=_classes(values["classes"]),
        grey_range=GreyRange(int(grey["low"]), int(grey["high"])) if grey else None,
        train_photos=_texts(values["train_photos"]),
        inner_photos=_texts(values["inner_photos"]),
        test_photos=_texts(values["test_photos"]),
        split_reasons=_texts(values["split_reasons"]),
        seed=int(values["seed"]),
        weights=str(values["weights"]),
        machine=str(values["machine"]),
        minutes=float(values["minutes"]),
        steps=int(values["steps"]),
        data_wait_share=float(values["data_wait_share"]),
        data_digest=str(values.get("data_digest", "")),
        train_digests=_texts(values.get("train_digests", [])),
        model_sha256=str(values.get("model_sha256", "")),
        bands=_bands(values.get("bands")),
    )


def _bands(values: list[Any] | None) -> Bands | None:
    if values is None:
        return None
    red, green, blue = (int(value) for value in values)
    return red, green, blue


def _classes(values: dict[str, Any]) -> ClassTable:
    names, background = _texts(values["names"]), values["background"]
    colours = tuple((int(r), int(g), int(b)) for r, g, b in values["colours"])
    if len(colours) != len(names) or background not in (None, *range(len(names))):
        raise ValueError(f"{len(names)} classes, {len(colours)} colours, background {background}")
    return ClassTable(names, colours, background)


def _texts(values: list[Any]) -> tuple[str, ...]:
    """Return a list of texts as a tuple; TypeError for anything else. File names may hold bytes that are not text."""
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise TypeError(f"a list of texts is needed, not {str(values)[:40]}")
    return tuple(values)


def write_history(folder: Path, rows: Iterable[HistoryRow]) -> None:
    """Write history.csv."""
    lines = ["step,minutes,loss,lr,validation_iou"]
    for row in rows:
        iou = "" if row.validation_iou is None else f"{row.validation_iou:.5f}"
        lines.append(f"{row.step},{row.minutes:.3f},{row.loss:.5f},{row.lr:.3e},{iou}")
    write_text(folder / HISTORY_FILE, "\n".join(lines) + "\n")


def read_history(folder: Path) -> list[HistoryRow]:
    """Return the rows of history.csv, none if there is no such file; RunError if it is damaged."""
    path = folder / HISTORY_FILE
    if not path.exists():
        return []
    with reading(path, error=RunError, advice=WITHOUT):
        rows = [line.split(",") for line in read_text(path).splitlines()[1:]]
        return [_row(row) for row in rows]


def _row(values: list[str]) -> HistoryRow:
    step, minutes, loss, lr, iou = values
    row = HistoryRow(int(step), float(minutes), float(loss), float(lr), float(iou) if iou else None)
    if not all(map(math.isfinite, (row.minutes, row.lr, row.validation_iou or 0.0))) or math.isinf(row.loss):
        raise ValueError(f"numbers without end in step {row.step}")
    return row


def write_findings(folder: Path, findings: Iterable[Finding]) -> None:
    """Write findings.json, a ranked list."""
    write_json(folder / FINDINGS_FILE, [finding_as_json(f) for f in findings])


def read_findings(folder: Path) -> list[Finding]:
    """Return the findings of findings.json, none if there is no such file; RunError if it is damaged."""
    path = folder / FINDINGS_FILE
    if not path.exists():
        return []
    with reading(path, error=RunError, advice=WITHOUT):
        values: Any = read_json(path)
        return [finding_from_json(value) for value in values]


def run_identity(folders: Iterable[Path]) -> str:
    """Return what tells the models of these runs from all others: the digests of their weights, or times of writing."""
    marks = []
    for folder in folders:
        digest = read_run_facts(folder).model_sha256
        marks.append(digest or str((folder / RUN_FACTS_FILE).stat().st_mtime_ns))
    return ",".join(marks)
