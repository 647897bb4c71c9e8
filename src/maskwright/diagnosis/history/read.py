"""Reading histories as trainers leave them: Keras json and csv, Lightning csv, TensorBoard events, our own."""

import csv
import io
import json
import math
import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from maskwright.diagnosis.history.history import TRAINING, VALIDATION, History, history_from_columns
from maskwright.diagnosis.history.tensorboard import read_events
from maskwright.errors import DataError
from maskwright.files import reading
from maskwright.findings.finding import some

PICKLES = (".pkl", ".pickle", ".p", ".joblib")
HOW_TO_JSON = "write it as text: json.dump(history.history, open('history.json', 'w'), default=float)"


def read_history(path: Path) -> History:
    """Return the History in a file, or in a folder of TensorBoard events or Lightning logs; DataError if there is none.

    Pickles are refused: opening one runs whatever code it holds.
    """
    with reading(path, error=DataError, advice=HOW_TO_JSON):
        return _read(path)


def _read(path: Path) -> History:
    if path.is_dir():
        return _from_folder(path)
    if not path.is_file():
        raise DataError(f"{path}: no such file; give the history that the training wrote (json, csv or events)")
    if path.suffix.lower() in PICKLES or _starts_with(path, b"\x80"):
        raise DataError(f"{path}: a pickle may run any code when it is opened, so it is not read; {HOW_TO_JSON}")
    if "tfevents" in path.name:
        return history_from_events([path])
    text = _text(path)
    if path.suffix.lower() in (".json", ".jsonl") or text.lstrip()[:1] in ("{", "["):
        return history_from_json(text, source=str(path))
    return history_from_csv(text, source=str(path))


def _from_folder(folder: Path) -> History:
    events = sorted(folder.rglob("*tfevents*"))
    if events:
        return history_from_events(events)
    tables = sorted({*folder.rglob("metrics.csv"), *folder.rglob("history.csv"), *folder.rglob("history.json")})
    if len(tables) == 1:
        return read_history(tables[0])
    found = f"{len(tables)} histories" if tables else "neither TensorBoard events nor a metrics.csv or history.csv"
    raise DataError(f"{folder}: holds {found}; name the one file that is meant")


def history_from_events(paths: list[Path]) -> History:
    """Return the scalars of TensorBoard event files as a History; files of a folder "val" are of that side.

    DataError where two folders that are no sides hold the same scalars: they are two trainings.
    """
    by_name: dict[str, dict[int, float]] = {}
    top = Path(os.path.commonpath([path.parent for path in paths]))
    for path in paths:
        side = "/".join(path.parent.relative_to(top).parts)
        for tag, step, value in read_events(path):
            name = f"{side}/{tag}" if side else tag
            by_name.setdefault(name, {})[step] = value if math.isfinite(value) else math.inf
    _require_one_training(by_name, top)
    source = str(paths[0]) if len(paths) == 1 else f"{paths[0]} and {len(paths) - 1} more"
    if not by_name:
        raise DataError(f"{source}: no scalar was logged in it; give the events that hold the loss")
    steps = sorted({step for values in by_name.values() for step in values})
    columns = {name: [values.get(step, math.nan) for step in steps] for name, values in by_name.items()}
    return history_from_columns({"step": [float(s) for s in steps], **columns}, source=source)


def _require_one_training(names: Iterable[str], top: Path) -> None:
    """Raise DataError where a scalar lies in several folders that are neither of training nor of validation.

    Folders named after the scalar are one training's: `add_scalars` writes IoU into IoU_cat, IoU_dog.
    """
    folders: dict[str, set[str]] = {}
    for name in names:
        folder, _, tag = name.partition("/")
        sided = TRAINING.search(name) or VALIDATION.search(name)
        if tag and not sided and (top / folder).is_dir() and not folder.startswith(tag.replace("/", "_")):
            folders.setdefault(tag, set()).add(folder)
    several = max((sorted(found) for found in folders.values()), key=len, default=[])
    if len(several) > 1:
        raise DataError(f"{top}: holds {len(several)} trainings ({some(several)}); name the one folder that is meant")


def history_from_json(text: str, *, source: str) -> History:
    """Read a Keras `History.history` (a dict of lists), a list of one dict an epoch, or one dict a line."""
    try:
        value = _json(text)
    except json.JSONDecodeError as error:
        raise DataError(f"{source}: line {error.lineno} is not JSON ({error.msg}); {HOW_TO_JSON}") from error
    while isinstance(value, dict) and isinstance(value.get("history"), dict | list):
        value = value["history"]
    if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        names = list(dict.fromkeys(name for row in value for name in row))
        value = {name: [row.get(name) for row in value] for name in names}
    if not isinstance(value, dict):
        raise DataError(f"{source}: holds a {type(value).__name__}, no table of losses by epoch; {HOW_TO_JSON}")
    lists = {str(name): values for name, values in value.items() if isinstance(values, list)}
    if not lists:
        raise DataError(f"{source}: no list of one value an epoch in it; {HOW_TO_JSON}")
    columns = {name: [_number(v, source, name) for v in values] for name, values in lists.items()}
    return history_from_columns(columns, source=source)


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) > 1 and all(line.lstrip().startswith("{") for line in lines):
            return [json.loads(line) for line in lines]
        raise


def history_from_csv(text: str, *, source: str) -> History:
    """Read a csv with a header: CSVLogger of Keras or Lightning (rows with holes), our history.csv, or any other."""
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if any(cell.strip() for cell in row)]
    if len(rows) < 2:
        raise DataError(f"{source}: no epoch was logged; give the csv that the training wrote after at least one epoch")
    header = [name.strip() for name in rows[0]]
    _require_header(header, source)
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(header):
            raise DataError(
                f"{source}: row {number} has {len(row)} cells, the header {len(header)}; mend or drop that row"
            )
    # A log that was appended to by a second training repeats its header.
    body = [row for row in rows[1:] if [cell.strip() for cell in row] != header]
    kept = [index for index, name in enumerate(header) if any(_is_number(row[index]) for row in body)]
    columns = {header[i]: [_number(row[i], source, header[i]) for row in body] for i in kept}
    return history_from_columns(columns, source=source)


def _require_header(header: list[str], source: str) -> None:
    twice = [name for name, count in Counter(header).items() if count > 1]
    if twice:
        raise DataError(f"{source}: the column {twice[0]!r} stands there twice; rename or drop one of them")
    if all(_is_number(name) for name in header):
        raise DataError(f"{source}: the first row holds numbers, no names; add a header such as epoch,loss,val_loss")


def _number(value: object, source: str, name: str) -> float:
    """Return a cell as a number: nothing is NaN, what was logged as NaN is inf, "0,5" a half."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if value is None or (isinstance(value, str) and value.strip().lower() in ("", "none", "null", "na", "n/a")):
        return math.nan
    try:
        number = float(value.strip().replace(",", ".") if isinstance(value, str) else value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise DataError(
            f"{source}: {value!r} in the column {name!r} is not a number: correct or remove that column"
        ) from None
    return number if math.isfinite(number) else math.inf


def _is_number(cell: str) -> bool:
    try:
        float(cell.strip().replace(",", "."))
    except ValueError:
        return False
    return True


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise DataError(f"{path}: not text, so neither json nor csv; give a history as json, csv or events") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error


def _starts_with(path: Path, start: bytes) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(start)) == start
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error
