"""Histories in MLflow's folders: `mlruns/EXPERIMENT/RUN/metrics/NAME`, a line a value: time, value, step."""

import math
import re
from pathlib import Path

from maskwright.diagnosis.history.history import History, history_from_columns
from maskwright.errors import DataError
from maskwright.findings.finding import some

LINE = re.compile(r"\d{9,} \S+ \d+$")
METRICS = "metrics"


def metric_folders(folder: Path) -> list[Path]:
    """Return the folders of metrics, one a run, in a folder that MLflow wrote; none where it did not."""
    here = [folder] if folder.name == METRICS else []
    named = (one for one in (*here, *sorted(folder.rglob(METRICS))) if one.is_dir())
    return [one for one in named if any(map(_is_metric, _files(one)))]


def history_from_mlflow(folders: list[Path]) -> History:
    """Return the History of the one run whose metrics lie in a folder; DataError where there are several runs."""
    if len(folders) > 1:
        runs = some([str(folder.parent) for folder in folders])
        raise DataError(f"{folders[0].parents[1]}: holds {len(folders)} trainings ({runs}); name the folder of one")
    folder = folders[0]
    by_name = {str(path.relative_to(folder)): _values(path) for path in _files(folder) if _is_metric(path)}
    steps = sorted({step for values in by_name.values() for step in values})
    columns = {name: [values.get(step, math.nan) for step in steps] for name, values in by_name.items()}
    return history_from_columns({"step": [float(step) for step in steps], **columns}, source=str(folder.parent))


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _is_metric(path: Path) -> bool:
    with path.open("rb") as file:
        first = file.readline(200)
    return bool(LINE.match(first.decode("utf-8", errors="replace").strip()))


def _values(path: Path) -> dict[int, float]:
    """Return the values of a metric by step, the last one written of each; no number is infinite."""
    values: dict[int, float] = {}
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        if LINE.match(line.strip()):
            _, value, step = line.split()
            values[int(step)] = _number(value, path)
    return values


def _number(text: str, path: Path) -> float:
    try:
        value = float(text)
    except ValueError:
        raise DataError(f"{path}: {text[:40]!r} is no value of a metric; mend or drop that line") from None
    return value if math.isfinite(value) else math.inf
