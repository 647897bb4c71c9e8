"""Reading histories as trainers leave them: the format is recognised by what a file holds, not by its name."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from operator import itemgetter
from pathlib import Path

import numpy as np

from maskwright.diagnosis.history.formats.charts import charts_beside, charts_in, history_from_charts
from maskwright.diagnosis.history.formats.csv_tables import history_from_csv, is_table
from maskwright.diagnosis.history.formats.json_logs import HOW_TO_JSON, history_from_json, history_from_printed
from maskwright.diagnosis.history.formats.kept_checkpoints import kept_weights
from maskwright.diagnosis.history.formats.mlflow_runs import history_from_mlflow, metric_folders
from maskwright.diagnosis.history.formats.printed_lists import printed_lists
from maskwright.diagnosis.history.formats.printed_tables import rows_of_html
from maskwright.diagnosis.history.formats.tensorboard import history_from_events
from maskwright.diagnosis.history.formats.text_logs import KNOWN, history_from_text, looks_like_a_log
from maskwright.diagnosis.history.history import History, history_from_columns
from maskwright.diagnosis.history.parts_in_words import said_of_parts
from maskwright.diagnosis.history.said_in_words import said_in
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
    "[0-9]*_[0-9]*.log",
    "log.txt",
    "train.log",
    "train_log.txt",
)
"""What trainers call their histories: Hugging Face, Lightning, ours, Keras, Ultralytics, Detectron2, lightly,
MMSegmentation 1.x and 0.x, nnU-Net; then the text logs of MMSegmentation, Detectron2, PaddleSeg and scripts."""

INFINITE_WEIGHTS = re.compile(
    r"weights?\b[\w ]*[=:]\s*(?:(?:np|numpy|torch)\.)?(?:array|tensor)?[\s\[\](){},:\d.eE+*-]*(?<![\w.])(?:inf|nan)\b",
    re.IGNORECASE,
)
"""Class weights that were printed, an infinite one among them."""

BATCH_SIZE = re.compile(
    r"(?<![a-z])(?<!val[ _-])(?<!valid[ _-])(?<!test[ _-])(?<!eval[ _-])"
    r"(?:batch[ _-]?size|samples_per_gpu|IMS_PER_BATCH)[\"']?\s*[:=]?\s*(\d{1,4})(?![\d.,]*\d)",
    re.IGNORECASE,
)
"""The size of a training's batches, not of validation's."""

FASTAI = re.compile(r"\bfit_one_cycle\(|\bepoch\s+train_loss\s+valid_loss\b")


def read_history(path: Path) -> History:
    """Return the History in a file, or in a folder of TensorBoard events, MLflow or logs; DataError if there is none.

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
    charts = charts_beside(path)
    if len(charts) > 1:
        return _of_charts(charts)
    return _of_text(_text(path), path)


def _of_charts(files: list[Path]) -> History:
    history = history_from_charts(files)
    return replace(history, said=said_of_parts(history.parts, ""))


def _of_text(text: str, path: Path) -> History:
    history = _of_any_text(text, path)
    tool = "fastai" if FASTAI.search(text) else history.tool
    history = replace(
        history,
        tool=tool,
        has_infinite_weights=bool(INFINITE_WEIGHTS.search(text)),
        batch_size=_batch_size(text),
        said=(*said_in(text, path), *said_of_parts(history.parts, text)),
    )
    return replace(history, kept=kept_weights(text)) if "saving model" in text else history


def _batch_size(text: str) -> int:
    """Return the batch size of the training as the text says it; 0 where it does not, or says several."""
    sizes = {int(size) for size in BATCH_SIZE.findall(text)}
    return sizes.pop() if len(sizes) == 1 else 0


def _of_any_text(text: str, path: Path) -> History:
    suffix, source = path.suffix.lower(), str(path)
    if suffix == ".ipynb":
        return _of_notebook(text, path)
    text = rows_of_html(text) if re.search(r"</t[dh]>", text) else text
    begins = text.lstrip()[:2]
    if begins[:1] == "{" and "'" in begins:  # the dict that Hugging Face prints
        return history_from_printed(text, source=source) or history_from_text(in_english(text), source=source)
    if suffix in JSON_SUFFIXES or begins[:1] == "{" or begins in ("[{", "[\n", "[]"):
        return history_from_json(text, source=source)
    text = in_english(text)
    lists = printed_lists(text)
    return _of_lists(lists, text, path) if lists else _of_lines(text, path)


def _of_lists(lists: Mapping[str, list[float]], text: str, path: Path) -> History:
    """Return the History in lists, or in the lines around them where these hold the epochs."""
    columns = history_from_columns(lists, source=str(path))
    try:
        lines = _of_lines(text, path)
    except DataError:
        return columns
    often = max(np.isfinite(values).sum() for values in (lines.train_loss, lines.validation_loss))
    counted = often > 1 and re.search(r"\bepoch\W*\d", text, re.IGNORECASE)
    return lines if counted or len(lines) >= len(columns) else columns


def _of_lines(text: str, path: Path) -> History:
    suffix, source = path.suffix.lower(), str(path)
    if (suffix in TABLE_SUFFIXES and not _is_written_out(text)) or is_table(text):
        return history_from_csv(text, source=source)
    if not text.strip():
        raise DataError(f"{source}: no epoch was logged; the file is empty")
    return history_from_text(text, source=source)


def _of_notebook(text: str, path: Path) -> History:
    """Return the history that a cell of a Jupyter notebook printed: one with a loss first, then with epochs, then long.

    Scores that no epoch and no loss stands beside, such as one a photo, are no history.
    """
    histories = []
    for output in _outputs(text, path):
        try:
            history = _of_text(output, path.with_suffix(".txt"))
        except (DataError, ValueError):
            continue
        loss = any(np.isfinite(values).any() for values in (history.train_loss, history.validation_loss))
        epochs = bool(re.search(r"\b(epoch|step|iter)", output, re.IGNORECASE))
        if loss or (epochs and any(map(KNOWN.search, history.metrics))):
            histories.append(((loss, epochs, len(history)), history))
    if not histories:
        raise DataError(
            f"{path}: no cell printed losses or scores; run the training cell, save the notebook, try again"
        )
    return replace(max(histories, key=itemgetter(0))[1], source=str(path))


def _outputs(text: str, path: Path) -> Iterator[str]:
    """Yield what each cell printed: its streams whole, tables as HTML before their text."""
    try:
        notebook = json.loads(text)
    except ValueError as error:
        raise DataError(f"{path}: no notebook ({error}); save it again in Jupyter, or give the log as text") from error
    for cell in _dicts(notebook, "cells") or [
        c for sheet in _dicts(notebook, "worksheets") for c in _dicts(sheet, "cells")
    ]:
        outputs = _dicts(cell, "outputs")
        for stream in ("stdout", "stderr"):  # a progress bar on the one cuts the lines of the other
            yield "".join(_joined(o.get("text")) for o in outputs if o.get("name", "stdout") == stream)
        for output in outputs:
            data = output.get("data")
            yield from (_joined(data.get(kind)) for kind in ("text/html", "text/plain") if isinstance(data, dict))


def _dicts(holder: object, name: str) -> list[dict[str, object]]:
    items = holder.get(name) if isinstance(holder, dict) else None
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _joined(parts: object) -> str:
    return "".join(part for part in parts if isinstance(part, str)) if isinstance(parts, list | str) else ""


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
    charts = charts_in(folder)
    if charts:
        return _of_charts(charts)
    runs = metric_folders(folder)
    if runs:
        return history_from_mlflow(runs)
    raise DataError(
        f"{folder}: holds neither TensorBoard events nor metrics of MLflow nor a history by a known name "
        f"({', '.join(PATTERNS)}); name the one file that is meant"
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
