"""Histories in tables: CSVLogger of Keras and Lightning, fastai, Ultralytics, Weights & Biases, TensorBoard, ours."""

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from maskwright.diagnosis.history.cells import is_number, number
from maskwright.diagnosis.history.column_names import LOSS, spelled
from maskwright.diagnosis.history.formats.printed_tables import is_by_class, rows_between_bars, without_index
from maskwright.diagnosis.history.history import History, history_from_columns
from maskwright.diagnosis.history.trend import rank_correlation
from maskwright.errors import DataError
from maskwright.findings.finding import some

FEWEST_UNNAMED_ROWS = 4
"""Rows of a table without names of columns."""
FALLS = -0.5
"""Rank correlation with time below which an unnamed column is a loss."""
Rows = list[list[str]]


def history_from_csv(text: str, *, source: str) -> History:
    """Return the History in a table with a header (rows may have holes), or in one of Keras without a header."""
    rows = _rows(text)
    if rows and all(is_number(cell) for cell in rows[0]):
        return _unnamed(rows, source)
    return history_from_columns(_columns(rows, source), source=source)


def columns_from_csv(text: str, *, source: str) -> dict[str, list[float]]:
    """Return the columns of a table with a header by name, NaN where a cell is empty."""
    return _columns(_rows(text), source)


def _columns(rows: Rows, source: str) -> dict[str, list[float]]:
    if len(rows) < 2:
        raise DataError(f"{source}: no epoch was logged; give the csv that the training wrote after at least one epoch")
    header = _header([spelled(name) for name in rows[0]], source)
    for at, row in enumerate(rows[1:], start=2):
        if len(row) != len(header):
            raise DataError(f"{source}: row {at} has {len(row)} cells, the header {len(header)}; mend or drop that row")
    # A log that was appended to by a second training repeats its header.
    body = [row for row in rows[1:] if [spelled(cell) for cell in row] != [spelled(name) for name in rows[0]]]
    kept = [i for i, name in enumerate(header) if name and any(is_number(row[i]) for row in body)]
    return {header[i]: [number(row[i], source, header[i]) for row in body] for i in kept}


def _rows(text: str) -> Rows:
    between_bars = rows_between_bars(text)
    if between_bars:
        return between_bars
    first = text.lstrip("\n").partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    if not first.count(delimiter) and len(first.split()) > 1 and not any(map(is_number, first.split())):
        return without_index([line.split() for line in text.splitlines() if line.strip()])
    rows = csv.reader(io.StringIO(text), delimiter=delimiter)
    return [row for row in rows if any(cell.strip() for cell in row)]


def _header(names: Sequence[str], source: str) -> list[str]:
    """Return the names of the columns; "" for those that are left out. DataError where one stands twice."""
    if any(name.endswith("__MIN") for name in names):
        names = _of_one_run(names, source)
    if [name.lower() for name in names] == ["wall time", "step", "value"]:
        names = [names[0], names[1], _tag(source)]
    twice = [name for name, count in Counter(names).items() if count > 1 and name]
    if twice:
        raise DataError(f"{source}: the column {twice[0]!r} stands there twice; rename or drop one of them")
    return list(names)


def _of_one_run(names: Sequence[str], source: str) -> list[str]:
    """Return the names in an export of Weights & Biases without the run's; DataError where it holds several runs."""
    runs = list(dict.fromkeys(name.partition(" - ")[0] for name in names if " - " in name))
    if len(runs) > 1:
        raise DataError(f"{source}: holds {len(runs)} trainings ({some(runs)}); export the chart of one run")
    bare = [name.partition(" - ")[2] or name for name in names]
    return ["" if name.endswith(("__MIN", "__MAX")) else name for name in bare]


def _tag(source: str) -> str:
    """Return the scalar's name in the file name that TensorBoard gives: run-train-tag-epoch_loss.csv."""
    stem = Path(source).stem
    side, _, tag = stem.removeprefix("run-").rpartition("-tag-")
    return f"{side}/{tag}" if side else stem


def _unnamed(rows: Rows, source: str) -> History:
    """Read a table without a header as Keras orders it: epoch, then the training's columns, then validation's."""
    asked = f"{source}: the first row holds numbers, no names; add a header such as epoch,loss,val_loss"
    if len(rows) < FEWEST_UNNAMED_ROWS or len({len(row) for row in rows}) > 1:
        raise DataError(asked)
    table = np.array([[number(cell, source, str(i + 1)) for i, cell in enumerate(row)] for row in rows]).T
    names: dict[int, str] = {}
    if (np.diff(table[0]) == 1).all():
        names[0] = "epoch"
    rates = [i for i, values in enumerate(table) if i not in names and _is_rate(values)]
    names |= dict.fromkeys(rates[:1], "lr")
    rest = [i for i in range(len(table)) if i not in names]
    sides = [rest[: len(rest) // 2], rest[len(rest) // 2 :]] if len(rest) % 2 == 0 else [rest]
    falls = [_trend(table[i]) for i in sides[0]]
    if not falls or min(falls) > FALLS:
        raise DataError(asked)
    loss = int(np.argmin(falls))
    for before, side in zip(("", "val_"), sides, strict=False):
        for place, column in enumerate(side):
            names[column] = before + ("loss" if place == loss else f"score {place + 1}")
    columns = {names[i]: table[i].tolist() for i in sorted(names)}
    read_as, told = ", ".join(columns), "it has no header and was read as"
    return history_from_columns(columns, source=source, reading=f"{told} {read_as}; add a header if that is wrong")


def _is_rate(values: np.ndarray) -> bool:
    """Tell whether numbers are learning rates: small, and with few steps between them."""
    known = values[np.isfinite(values)]
    steps = np.count_nonzero(np.diff(known))
    return len(known) > 1 and bool((known > 0).all() and known.max() <= 0.11 and 2 * steps < len(known))


def _trend(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return rank_correlation(known, np.arange(len(known), dtype=float))


def is_table(text: str) -> bool:
    """Tell whether a text is a table: a row of names or numbers, and rows of as many numbers below it."""
    if "\r" in text:  # a progress bar that wrote over its line
        return False
    rows = _rows(text[:20000])[:6]
    if not rows or len(rows[0]) < 2 or (is_by_class(rows[0]) and _has_classes(rows, text)):
        return False
    named = [cell for cell in rows[0] if re.search(r"[:=]\s*[-+.\d]", cell)]
    body = [row for row in rows[1:] if len(row) == len(rows[0]) and sum(is_number(c) or not c.strip() for c in row) > 1]
    return not named and (len(rows) == 1 or 2 * len(body) >= len(rows) - 1)


def _has_classes(rows: Rows, text: str) -> bool:
    """Tell whether the rows below a header are classes, not epochs that another column names."""
    words = not any(is_number(row[0]) for row in rows[1:]) and not any(LOSS.search(name) for name in rows[0])
    return words or bool(rows_between_bars(text[:20000]))
