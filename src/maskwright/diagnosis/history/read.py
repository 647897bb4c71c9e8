"""Reading histories as trainers leave them: the format is recognised by what a file holds, not by its name."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from maskwright.diagnosis.history.csv_tables import history_from_csv, is_table
from maskwright.diagnosis.history.history import History, history_from_columns
from maskwright.diagnosis.history.json_logs import HOW_TO_JSON, history_from_json, history_from_printed
from maskwright.diagnosis.history.printed_lists import printed_lists
from maskwright.diagnosis.history.printed_tables import rows_of_html
from maskwright.diagnosis.history.tensorboard import history_from_events
from maskwright.diagnosis.history.text_logs import history_from_text, looks_like_a_log
from maskwright.diagnosis.history.translation import in_english
from maskwright.errors import DataError
from maskwright.files import reading

PICKLES = (".pkl", ".pickle", ".p", ".joblib", ".pt", ".pth")
JSON_SUFFIXES = (".json", ".jsonl", ".ndjson")
TABLE_SUFFIXES = (".csv", ".tsv")
PATTERNS = (
    "trainer_state.json",
    "metrics.csv",
    "history.csv",
    "history.json",
    "results.csv",
    "metrics.json",
    "metrics.jsonl",
    "scalars.json",
    "*.log.json",
    "training_log*.txt",
)
"""What trainers call their histories: Hugging Face, Lightning, ours, Keras, Ultralytics, Detectron2, lightly,
MMSegmentation 1.x and 0.x, nnU-Net."""


def read_history(path: Path) -> History:
    """Return the History in a file, or in a folder of TensorBoard events or logs; DataError if there is none.

    Pickles are refused: opening one runs whatever code it holds.
    """
    with reading(path, error=DataError, advice=HOW_TO_JSON):
        return _read(path)


def _read(path: Path) -> History:
    if path.is_dir():
        return _from_folder(path)
    if not path.is_file():
        raise DataError(f"{path}: no such file; give the history that the training wrote (json, csv, log or events)")
    if path.suffix.lower() in PICKLES or _starts_with(path, b"\x80"):
        raise DataError(f"{path}: a pickle may run any code when it is opened, so it is not read; {HOW_TO_JSON}")
    if "tfevents" in path.name:
        return history_from_events([path])
    return _of_text(_text(path), path)


def _of_text(text: str, path: Path) -> History:
    suffix, source = path.suffix.lower(), str(path)
    if suffix == ".ipynb":
        return _of_notebook(text, path)
    text = in_english(text)
    text = rows_of_html(text) if re.search(r"</t[dh]>", text) else text
    begins = text.lstrip()[:2]
    if suffix in JSON_SUFFIXES or begins[:1] == "{" or begins in ("[{", "[\n", "[]"):
        if begins[:1] == "{" and "'" in begins:  # the dict that Hugging Face prints
            return history_from_printed(text, source=source) or history_from_text(text, source=source)
        return history_from_json(text, source=source)
    lists = printed_lists(text)
    return _of_lists(lists, text, path) if lists else _of_lines(text, path)


def _of_lists(lists: Mapping[str, list[float]], text: str, path: Path) -> History:
    """Return the History in lists, or in the lines around them where these hold the epochs."""
    columns = history_from_columns(lists, source=str(path))
    try:
        lines = _of_lines(text, path)
    except DataError:
        return columns
    counted = len(lines) > 1 and re.search(r"\bepoch\W*\d", text, re.IGNORECASE)
    return lines if counted or len(lines) >= len(columns) else columns


def _of_lines(text: str, path: Path) -> History:
    suffix, source = path.suffix.lower(), str(path)
    if (suffix in TABLE_SUFFIXES and not _is_written_out(text)) or is_table(text):
        return history_from_csv(text, source=source)
    if not text.strip():
        raise DataError(f"{source}: no epoch was logged; the file is empty")
    return history_from_text(text, source=source)


def _of_notebook(text: str, path: Path) -> History:
    """Return the longest history that a cell of a Jupyter notebook printed."""
    histories = []
    for output in _outputs(json.loads(text)):
        try:
            histories.append(_of_text(output, path.with_suffix(".txt")))
        except DataError:
            continue
    if not histories:
        raise DataError(
            f"{path}: no cell printed losses or scores; run the training cell, save the notebook, try again"
        )
    return replace(max(histories, key=len), source=str(path))


def _outputs(notebook: object) -> Iterator[str]:
    """Yield what each cell printed, tables as HTML before their text."""
    cells = notebook.get("cells", []) if isinstance(notebook, dict) else []
    for output in (output for cell in cells for output in cell.get("outputs", [])):
        data = output.get("data", {})
        parts = output.get("text") or data.get("text/html") or data.get("text/plain") or ""
        yield parts if isinstance(parts, str) else "".join(parts)


def _is_written_out(text: str) -> bool:
    """Tell whether the first line of a table is no header but names with numbers, as scripts print them."""
    return not is_table(text) and looks_like_a_log(text.partition("\n")[0])


def _from_folder(folder: Path) -> History:
    events = sorted(folder.rglob("*tfevents*"))
    if events:
        return history_from_events(events)
    for pattern in PATTERNS:
        files = sorted(folder.rglob(pattern))
        if files:
            return _of_several(files, folder)
    raise DataError(
        f"{folder}: holds neither TensorBoard events nor a history by a known name ({', '.join(PATTERNS)}); "
        "name the one file that is meant"
    )


def _of_several(files: list[Path], folder: Path) -> History:
    """Read the one file; of Hugging Face's checkpoints the last, of nnU-Net's logs in one folder all in their order."""
    if len(files) == 1:
        return read_history(files[0])
    names = {file.name for file in files}
    if names == {"trainer_state.json"}:
        return read_history(max(files, key=lambda file: (len(file.read_bytes()), str(file))))
    if len({file.parent for file in files}) == 1 and files[0].suffix == ".txt":
        return history_from_text("\n".join(map(_text, files)), source=str(files[0].parent))
    raise DataError(f"{folder}: holds {len(files)} histories; name the one file that is meant")


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
        encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        return data.decode(encoding).replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise DataError(
            f"{path}: not text, so neither json, csv nor a log; give a history as json, csv, log or events"
        ) from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error


def _starts_with(path: Path, start: bytes) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(start)) == start
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error
