"""Histories in MLflow's folders: `mlruns/EXPERIMENT/RUN/metrics/NAME`, a line a value: time, value, step.

Later versions of MLflow may add fields to a line; they are not read.
"""

import math
import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from maskwright.diagnosis.history.history import History, history_from_columns
from maskwright.errors import DataError
from maskwright.findings.finding import some

LINE = re.compile(r"(\d{9,}) (\S+) (\d+)( .*)?$")
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
    by_name = _by_step({str(path.relative_to(folder)): _logged(path) for path in _files(folder) if _is_metric(path)})
    steps = sorted({step for values in by_name.values() for step in values})
    columns = {name: [values.get(step, math.nan) for step in steps] for name, values in by_name.items()}
    return history_from_columns({"step": [float(step) for step in steps], **columns}, source=str(folder.parent))


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _is_metric(path: Path) -> bool:
    with path.open("rb") as file:
        first = file.readline(200)
    return bool(LINE.match(first.decode("utf-8", errors="replace").strip()))


@dataclass(frozen=True)
class _Logged:
    """One value of a metric, and when it was logged."""

    time_ms: int
    value: float
    step: int


def _logged(path: Path) -> list[_Logged]:
    """Return the values of a metric in the order of their times; what was logged as NaN is inf."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    rows = [match.groups() for line in lines if (match := LINE.match(line.strip()))]
    logged = [_Logged(int(time_ms), _number(value, path), int(step)) for time_ms, value, step, _ in rows]
    return sorted(logged, key=lambda row: row.time_ms)


def _by_step(metrics: Mapping[str, list[_Logged]]) -> dict[str, dict[int, float]]:
    """Return the values of each metric by step, the last one logged of each.

    `log_metric` without a step writes step 0 each time. Such values are numbered in the order of their times: those of
    the metric that was logged most often, and others by what was logged of it before.
    """
    without = {name: rows for name, rows in metrics.items() if len(rows) > 1 and not any(row.step for row in rows)}
    times_ms = [row.time_ms for row in max(without.values(), key=len, default=[])]
    return {name: _numbered(rows, times_ms if name in without else []) for name, rows in metrics.items()}


def _numbered(rows: list[_Logged], times_ms: list[int]) -> dict[int, float]:
    if not times_ms:
        return {row.step: row.value for row in rows}
    if len(rows) == len(times_ms):
        return {number: row.value for number, row in enumerate(rows)}
    return {max(0, bisect_right(times_ms, row.time_ms) - 1): row.value for row in rows}


def _number(text: str, path: Path) -> float:
    try:
        value = float(text)
    except ValueError:
        raise DataError(f"{path}: {text[:40]!r} is no value of a metric; mend or drop that line") from None
    return value if math.isfinite(value) else math.inf
