"""Charts that were downloaded one by one, from Weights & Biases or TensorBoard: those of one run are read together."""

import csv
import math
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from maskwright.diagnosis.history.column_names import is_moment
from maskwright.diagnosis.history.formats.csv_tables import columns_from_csv
from maskwright.diagnosis.history.history import History, history_from_columns

SIDE = re.compile(r"[_\-./]*(train|training|val|valid|validation|test|eval)$", re.IGNORECASE)
MOST_CHARTS, MOST_SIBLINGS = 40, 400
Columns = dict[str, list[float]]


def charts_beside(path: Path) -> list[Path]:
    """Return all charts of the same run in the folder of one, itself among them; nothing where it is no chart."""
    run = _run_of(path)
    if not run:
        return []
    siblings = sorted(path.parent.glob("*.csv"))[:MOST_SIBLINGS]
    return [file for file in siblings if _run_of(file) == run][:MOST_CHARTS]


def charts_in(folder: Path) -> list[Path]:
    """Return the charts in a folder if all that there are are of one run; else nothing."""
    runs = {run: file for file in sorted(folder.glob("*.csv"))[:MOST_SIBLINGS] if (run := _run_of(file))}
    return charts_beside(next(iter(runs.values()))) if len(runs) == 1 else []


def history_from_charts(files: Sequence[Path]) -> History:
    """Return the History in charts of one run: side by side if they have the same steps, else step by step."""
    every = [columns_from_csv(file.read_text(encoding="utf-8-sig"), source=str(file)) for file in files]
    step = next((name for name in every[0] if is_moment(name)), "")
    same = bool(step) and all(table.get(step) == every[0][step] for table in every)
    columns = {name: v for table in reversed(every) for name, v in table.items()} if same else _below(every)
    history = history_from_columns(columns, source=str(files[0].parent))
    told = f"read together: {', '.join(file.name for file in files)}"
    return replace(history, reading="; ".join(part for part in (told, history.reading) if part))


def _below(tables: Sequence[Columns]) -> Columns:
    """Return tables below one another, with NaN where one lacks a column."""
    names = list(dict.fromkeys(name for table in tables for name in table))
    lengths = [len(next(iter(table.values()))) for table in tables]
    return {
        name: [v for table, n in zip(tables, lengths, strict=True) for v in table.get(name, [math.nan] * n)]
        for name in names
    }


def _run_of(path: Path) -> str:
    """Return the run that a chart is of, from its header or, for TensorBoard, its name; "" if it is no chart."""
    if path.suffix.lower() != ".csv" or not path.is_file():
        return ""
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        header = next(csv.reader([file.readline()]), [])
    if [name.lower() for name in header] == ["wall time", "step", "value"]:
        run, tagged, _ = path.stem.removeprefix("run-").rpartition("-tag-")
        return f"tensorboard {SIDE.sub('', run)}" if tagged else ""
    runs = {name.partition(" - ")[0] for name in header if " - " in name}
    of_wandb = any(name.endswith("__MIN") for name in header) and len(runs) == 1
    return f"wandb {runs.pop()}" if of_wandb else ""
