"""Histories in JSON: Keras' dict of lists, lists of rows, one row a line, nested sides, numbered epochs.

Rows are what Hugging Face (`log_history`), MMSegmentation, Detectron2 and lightly write. Lists in a row, such as an
IoU for each class, become a column for each place and one of their mean.
"""

import ast
import json
import math
import re
from collections.abc import Mapping, Sequence

from maskwright.diagnosis.history.cells import is_number, number
from maskwright.diagnosis.history.column_names import LOSS, RATE, TIME_NAMES, TRAINING, VALIDATION, is_idle
from maskwright.diagnosis.history.history import History, history_from_columns
from maskwright.diagnosis.history.translation import keys_in_english
from maskwright.errors import DataError

HOW_TO_JSON = "write it as text: json.dump(history.history, open('history.json', 'w'), default=float)"
WRAPPERS = ("history", "log_history", "logs", "log", "metrics", "results", "epochs")
Row = dict[str, object]
ABSENT = -1
"""What COCO's evaluation gives, in a list of scores, for sizes of which there is no object."""


def history_from_json(text: str, *, source: str) -> History:
    """Return the History in JSON: a dict of lists, a list of one dict an epoch, one dict a line, or these nested."""
    try:
        value = _unwrapped(keys_in_english(_json(text)))
    except json.JSONDecodeError as error:
        raise DataError(f"{source}: line {error.lineno} is not JSON ({error.msg}); {HOW_TO_JSON}") from error
    if isinstance(value, dict) and _is_numbered(value):
        value = [_with_epoch(name, row) for name, row in value.items()]
    if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        return history_from_rows(value, source=source)
    if not isinstance(value, dict):
        raise DataError(f"{source}: holds a {type(value).__name__}, no table of losses by epoch; {HOW_TO_JSON}")
    lists = _lists(value)
    if not lists:
        raise DataError(f"{source}: no list of one value an epoch in it; {HOW_TO_JSON}")
    columns = {name: [number(v, source, name) for v in values] for name, values in lists.items()}
    return history_from_columns(columns, source=source)


def history_from_printed(text: str, *, source: str) -> History | None:
    """Return the History in a dict of lists as `print(history.history)` shows it; None where the text is none."""
    lines = [line.strip() for line in text.splitlines() if line.strip().startswith("{")]
    if len(lines) > 1 and (rows := _printed_rows(lines)):
        return history_from_rows(rows, source=source)
    plain = re.sub(r"\b(?:np|numpy|jnp|tf)?\.?(?:float\d*|array|int\d*)\(|,\s*dtype=[\w.]+|\)", "", text.strip())
    plain = re.sub(r"(?<![\w'\"])(nan|-?inf)(?![\w'\"])", r"'\1'", plain)
    try:
        value = _unwrapped(keys_in_english(ast.literal_eval(plain)))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    if not isinstance(value, dict) or not (lists := _lists(value)):
        return None
    columns = {name: [number(v, source, name) for v in values] for name, values in lists.items()}
    return history_from_columns(columns, source=source)


def _printed_rows(lines: Sequence[str]) -> list[Row]:
    """Return the dicts that were printed one a line, as Hugging Face does; none where a line is something else."""
    try:
        rows = [
            keys_in_english(ast.literal_eval(re.sub(r"(?<=: )(nan|-?inf)(?=[,}])", r"'\1'", line))) for line in lines
        ]
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return []
    return [row for row in rows if isinstance(row, dict)]


def history_from_rows(rows: Sequence[Row], *, source: str) -> History:
    """Return the History in rows of one dict each; rows of `mode` "val" are of validation."""
    flat = _with_sides(_in_order([_flat(_sided(row)) for row in rows if not _is_summary(row)]))
    names = list(dict.fromkeys(name for row in flat for name in row))
    columns = {name: [row.get(name) for row in flat] for name in names}
    kept = {name: values for name, values in columns.items() if any(is_number(v) for v in values) or LOSS.search(name)}
    numbers = {name: [number(v, source, name) for v in values] for name, values in kept.items()}
    return history_from_columns(numbers, source=source)


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        lines = [line for line in text.split("\n") if line.strip()]
        if len(lines) > 1 and all(line.lstrip().startswith("{") for line in lines[:-1]):
            return _json_lines(lines)
        raise


def _json_lines(lines: Sequence[str]) -> list[object]:
    """Return the values of all lines; a last line that is cut off, as a killed training leaves it, is left out."""
    values = [json.loads(line) for line in lines[:-1]]
    try:
        return [*values, json.loads(lines[-1])]
    except json.JSONDecodeError:
        return values


def _unwrapped(value: object) -> object:
    """Return what lies in "history", "log_history" and the like."""
    while isinstance(value, dict):
        inner = next((value[key] for key in WRAPPERS if isinstance(value.get(key), dict | list) and value[key]), None)
        if inner is None or any(LOSS.search(str(name)) for name in value):
            break
        value = inner
    return value


def _is_numbered(value: Mapping[str, object]) -> bool:
    """Tell whether keys number epochs: {"0": {...}, "1": {...}} or {"epoch_1": {...}}."""
    numbers = [_digits(name) for name in value]
    return bool(value) and all(numbers) and all(isinstance(row, dict) for row in value.values())


def _digits(name: str) -> str:
    rest = name.lower().removeprefix("epoch").strip("_- ")
    return rest if rest.isdigit() else ""


def _with_epoch(name: str, row: object) -> Row:
    assert isinstance(row, dict)
    return {"epoch": int(_digits(name)), **row}


def _lists(value: Mapping[str, object], before: str = "") -> dict[str, list[object]]:
    """Return columns by name: nested dicts are joined by "/", lists of dicts and of lists are taken apart."""
    columns: dict[str, list[object]] = {}
    for key, content in value.items():
        name = f"{before}{key}"
        if isinstance(content, dict) and content and all(str(place).isdigit() for place in content):
            content = list(content.values())  # pandas writes {"loss": {"0": 0.5, "1": 0.4}}
        if isinstance(content, dict):
            columns |= _lists(content, f"{name}/")
        elif isinstance(content, list) and content and isinstance(content[0], dict | list) and not _single(content):
            rows = [_flat({name: item}) for item in content]
            columns |= {one: [row.get(one) for row in rows] for one in dict.fromkeys(n for r in rows for n in r)}
        elif isinstance(content, list):
            columns[name] = content
    return columns


def _single(values: Sequence[object]) -> bool:
    return all(isinstance(v, list) and len(v) == 1 for v in values)


def _flat(row: Mapping[str, object], before: str = "") -> Row:
    """Return a row with nested dicts joined by "/", and lists as one value a place and their mean."""
    flat: Row = {}
    for key, value in row.items():
        name = f"{before}{key}"
        if isinstance(value, dict):
            flat |= _flat(value, f"{name}/")
        elif isinstance(value, list) and len(value) > 1:
            numbers = [float(v) if is_number(v) and v != ABSENT else math.nan for v in value]
            known = [v for v in numbers if math.isfinite(v)]
            flat[name] = sum(known) / len(known) if known else None
            flat |= {f"{name}[{i}]": v if math.isfinite(v) else None for i, v in enumerate(numbers)}
        elif is_number(value) or (isinstance(value, list) and value):
            flat[name] = value
        elif value is None:
            flat[name] = None
    return flat


def _sided(row: Row) -> Row:
    """Return a row of MMSegmentation 0.x, which says "mode": "val", with its side in the names."""
    mode = row.get("mode")
    if mode not in ("train", "val", "valid", "validation", "test", "eval"):
        return row
    rest = {name: value for name, value in row.items() if name not in ("mode", "lr", "time", "memory")}
    if mode == "train":
        return {name: value for name, value in row.items() if name != "mode"}
    times = {name: value for name, value in rest.items() if name == "epoch"}
    return times | {f"val/{name}": value for name, value in rest.items() if name not in TIME_NAMES}


def _with_sides(rows: list[Row]) -> list[Row]:
    """Name the scores in rows without a loss as validation's, where others have one: tools log the two apart."""
    losses = [any(LOSS.search(name) and row[name] is not None for name in row) for row in rows]
    if all(losses) or not any(losses):
        return rows
    return [
        row if loss else {_of_validation(n): v for n, v in row.items()} for row, loss in zip(rows, losses, strict=True)
    ]


def _of_validation(name: str) -> str:
    sided = TRAINING.search(name) or VALIDATION.search(name) or RATE.search(name) or is_idle(name)
    return name if sided else f"val/{name}"


def _is_summary(row: Row) -> bool:
    """Tell whether a row sums up the whole training, as Hugging Face's last one does."""
    return "train_runtime" in row or "total_flos" in row


def _in_order(rows: list[Row]) -> list[Row]:
    """Drop moments that go back: MMSegmentation counts validation in other units than training."""
    highest: dict[str, float] = {}
    ordered = []
    for row in rows:
        loss = any(LOSS.search(name) for name in row)
        back = {n for n in TIME_NAMES if is_number(row.get(n)) and float(str(row[n])) < highest.get(n, -math.inf)}
        kept = row if loss else {name: value for name, value in row.items() if name not in back}
        highest |= {
            n: max(highest.get(n, -math.inf), float(str(kept[n]))) for n in TIME_NAMES if is_number(kept.get(n))
        }
        ordered.append(kept)
    return ordered
