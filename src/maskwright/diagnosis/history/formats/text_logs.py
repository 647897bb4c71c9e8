"""Histories in the text that a training prints: `epoch 3 loss 0.12 val_iou 0.4`, Keras' bars, nnU-Net's logs.

Every line is cut into words, numbers and separators. A number belongs to the words before it. A side ("train", "val")
before a colon holds for the rest of its line; beside a score it holds for that score.
"""

import math
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

from maskwright.diagnosis.history.column_names import LOSS, RATE, TIME_NAMES, TRAINING, VALIDATION, is_idle, spelled
from maskwright.diagnosis.history.formats.coco_summaries import named_precisions
from maskwright.diagnosis.history.formats.console_lines import console_lines
from maskwright.diagnosis.history.formats.printed_tables import named_rows, without_boxes
from maskwright.diagnosis.history.history import History, history_from_columns
from maskwright.diagnosis.history.training_photos import is_evaluated_training
from maskwright.errors import DataError

STAMP = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?:?|\d\d/\d\d \d\d:\d\d:\d\d|\d*\d:\d\d(?::\d\d)?")
WRAPPED = re.compile(r"(?:np|torch|numpy)\.\w+\(([^()]*)\)|tensor\(([^(),]*)[^()]*\)")
OF_WHAT = re.compile(r"\((?:batch|epoch|avg|average|mean)\)", re.IGNORECASE)
NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w/]*[A-Za-z])|[-+]?\b(?:nan|inf|infinity)\b"
TOKEN = re.compile(
    rf"(?P<list>\[\s*(?:{NUMBER})(?:[,\s]+(?:{NUMBER}))*\s*\])"
    rf"|(?P<junk>(?!\d[\d.]*[eE][-+]?\d)\d[\d.]*(?:[A-Za-z]|/[A-Za-z])[\w/]*)|(?P<number>{NUMBER})"
    r"|(?P<word>[A-Za-z_][\w/@.]*(?:-[A-Za-z]\w*)*)|(?P<sep>\S)",
    re.IGNORECASE,
)
OF_CLASS = re.compile(
    rf"\b(class|cls|label|category)[ #]+(\d+)(?=\s*[:=]\s*(?:{NUMBER})|\s+(?:{NUMBER}))", re.IGNORECASE
)
"""A class by its number, before its score: "dice class 1 0.83", "class 2: nan"."""
GLUED = re.compile(r"(?<![\d.][eE])(?<=[A-Za-z)])-(?=\d)")
"""A dash between a score and its number, as in "Iou-99.21", is no sign; a loss may be negative."""
KNOWN = re.compile(
    r"loss|io_?u|mean_?iu|^m?iu$|^m?pa\d?$|dice|acc|f1|f[_-]?score|fscore|jacc|precision|recall|sensitivity|specificity|auc|\bm?ap|kappa|correct$|^score$|"
    r"^lr$|_lr$|objective|cost|hausdorff|hd95|psnr|^pq$|error",
    re.IGNORECASE,
)
SECTION = re.compile(r"^\W*(validation|validating|valid|val|test|testing|evaluation|training|train)\W*$", re.IGNORECASE)
"""A line that says of the lines below it on which side they were measured."""
ANNOUNCED = re.compile(r"^\W*(start(ing)?\W+)?(validat\w+|evaluat\w+|test(ing)?|val|eval)\b", re.IGNORECASE)
"""The beginning of a line without a score that announces an evaluation, as "Test:  [ 0/20]  eta: 0:00:09"."""
VALIDATION_FIRST = re.compile(r"^[^=]*?\b(validation|val|valid|test|eval)\b[ .:]", re.IGNORECASE)
BEST = re.compile(r"(^|[_/ ])best([_/ ]|$)", re.IGNORECASE)
"""The best of a score until now says less than the score beside it."""
SKIPPED = frozenset({"best", "took", "saving", "patience", "target", "threshold", "previous", "improved", "early"})
FILLING = frozenset((*TIME_NAMES, "epochs", "ep", "iters", "result", "results", "metrics", "the", "of"))
"""Words that stand before a name and are no part of it."""
TIME_WORDS = {name: name for name in TIME_NAMES} | {"epochs": "epoch", "ep": "epoch", "iters": "iter"}


def looks_like_a_log(text: str) -> bool:
    """Tell whether lines of a text hold named losses or scores."""
    rows = [row for row in _rows(text) if any(not is_idle(name) for name in row)]
    return len(rows) > 0


def history_from_text(text: str, *, source: str) -> History:
    """Return the History in lines that a training printed; DataError where no line names a loss or a score."""
    rows = _rows(text)
    names = list(dict.fromkeys(name for row in rows for name in row))
    if not [name for name in names if not is_idle(name)]:
        raise DataError(
            f"{source}: no line names a loss or a score with its number; print lines as in "
            "`epoch 3 loss 0.12 val_iou 0.4`, or give a csv or json"
        )
    columns = {name: [row.get(name, math.nan) for row in rows] for name in names}
    unit = "epoch" if "epoch" in columns else ""
    return history_from_columns(columns, source=source, unit=unit)


@dataclass
class _Line:
    """What one line holds: its moments, and its values by name."""

    moments: dict[str, float] = field(default_factory=dict)
    values: list[tuple[str, float]] = field(default_factory=list)


def _rows(text: str) -> list[dict[str, float]]:
    """Return one row for each line with values; lines without a moment follow the last that has one."""
    rows: list[dict[str, float]] = []
    moments: dict[str, float] = {}
    section, announced = "", False
    lines = [(raw, _read_line(raw)) for raw in named_rows(without_boxes(named_precisions(console_lines(_lines(text)))))]
    dated = {name for raw, line in lines if line.moments for name, _ in line.values if LOSS.search(name)}
    for raw, line in lines:
        alone = SECTION.match(raw)
        section = _side(alone.group(1)) if alone else section
        announced = not line.moments and (announced or (not line.values and bool(ANNOUNCED.match(raw))))
        if "epoch" in line.moments and line.moments["epoch"] != moments.get("epoch"):
            moments, section = {}, ""
        if section == "val" or (announced and moments) or _is_of_evaluation(line, dated):
            line.values = [(name if _side(name) else f"val_{name}", value) for name, value in line.values]
        moments = moments | line.moments
        if not line.values:
            continue
        if not moments and rows and not {name for name, _ in line.values} & rows[-1].keys():
            rows[-1] |= dict(line.values)
        else:
            rows.append(moments | dict(line.values))
    return _numbered(rows)


def _is_of_evaluation(line: _Line, dated: Collection[str]) -> bool:
    """Tell whether a line without a moment holds a loss that lines with one have without scores, and scores.

    HRNet logs its validation so: "Loss: 0.162, MeanIU: 0.80" below "Epoch: [3/9] Iter:[0/7], Loss: 0.12".
    """
    losses = {name for name, _ in line.values if LOSS.search(name)}
    scores = any(not LOSS.search(name) and not RATE.search(name) and not _side(name) for name, _ in line.values)
    return not line.moments and bool(losses & set(dated)) and scores


def _numbered(rows: list[dict[str, float]]) -> list[dict[str, float]]:
    """Drop steps where epochs are counted: steps may begin again with every epoch."""
    if not any("epoch" in row for row in rows):
        return rows
    last = math.nan
    numbered = []
    for row in rows:
        last = row.get("epoch", last)
        rest = {name: value for name, value in row.items() if name not in TIME_NAMES}
        numbered.append({"epoch": last} | rest)
    return numbered


def _lines(text: str) -> Iterator[str]:
    """Yield the last state of every line that a progress bar wrote over, without moments of the day."""
    for line in text.split("\n"):
        parts = [part for part in re.split("[\r\b]+", line) if part.strip()]
        if parts:
            text = WRAPPED.sub(lambda m: m.group(1) or m.group(2) or "", STAMP.sub(" ", parts[-1]))
            yield GLUED.sub(_unglued, OF_CLASS.sub(r"\1_\2", OF_WHAT.sub(" ", text)))


def _unglued(dash: re.Match[str]) -> str:
    name = re.split(r"[,;|\t]|\d\s", dash.string[max(0, dash.start() - 40) : dash.start()])[-1]
    return "-" if LOSS.search(name) else " "


def _read_line(text: str) -> _Line:
    line = _scanned(text, sticky=False)
    names = [name for name, _ in line.values]
    if len(set(names)) < len(names) or (len(names) > 1 and _is_all_of_validation(text, names)):
        line = _scanned(text, sticky=True)
    others = [pair for pair in line.values if not BEST.search(pair[0])]
    return replace(line, values=others) if any(not LOSS.search(name) for name, _ in others) else line


def _is_all_of_validation(text: str, names: Sequence[str]) -> bool:
    """Tell whether the one side that a line names stands as a word of its own before its first number."""
    sides = {_side(name) for name in names}
    return sides == {"val", ""} and _side(names[0]) == "val" and bool(VALIDATION_FIRST.match(text))


def _scanned(text: str, *, sticky: bool) -> _Line:
    """Read one line; where `sticky`, a side beside a score holds for the scores after it too."""
    line, words, side, last = _Line(), [], "", ""
    for match in TOKEN.finditer(text):
        kind, token = str(match.lastgroup), match.group()
        if kind == "word":
            words.append(spelled(token).strip(".").removesuffix("_"))
        elif kind == "sep":
            side, words = _after(token, side, words)
        elif kind == "junk":
            words = []
        elif _counts_validation(words):
            side, words = "val", []
        elif kind in ("number", "list"):
            last, own = _take(line, words, (side, last), token)
            side, words = (own or side) if sticky else side, []
    return line


def _after(separator: str, side: str, words: list[str]) -> tuple[str, list[str]]:
    """Return the side that holds, and the words that still name something, after a separator."""
    if separator in "'\"_*#=" or not words:
        return side, words
    alone = len(words) == 1 and _side(words[0]) and not _without_side(words[0])
    if alone and separator in ":|])-,>":
        return _side(words[0]), []
    return side, [] if separator in ",;|" else words


def _take(line: _Line, words: list[str], known: tuple[str, str], token: str) -> tuple[str, str]:
    """Note a number under the words before it; return its plain name and the side in these words."""
    side, last = known
    counted = _counted(words)
    if counted and not re.search(r"[,\s]", token.strip("[] ")):  # "Epoch: [3]", and not a list of several
        line.moments.setdefault(counted, _value(token.strip("[] ")))  # "... best 0.8 at epoch 3" comes later
        return last, ""
    own = _side(" ".join(words))
    named = _named(words)
    if not named and own and last and all(_side(word) and not _without_side(word) for word in words):
        named = last  # "LOSS train 0.5 valid 0.4": the second number is a loss too
    if not named or SKIPPED & {word.lower() for word in words}:
        return last, ""
    evaluated = is_evaluated_training(" ".join(words))
    name = f"train_{named} (eval)" if evaluated else f"{own or side}_{named}".strip("_")
    if token.startswith("["):
        values = [_value(part) for part in re.split(r"[,\s]+", token.strip("[] "))]
        line.values += [(name, _mean(values))]
        line.values += [(f"{name}[{i}]", value) for i, value in enumerate(values)] if len(values) > 1 else []
    else:
        line.values.append((name, _value(token)))
    return named, own


def _counted(words: list[str]) -> str:
    """Return the unit of time that the words count, as in "Epoch" and "Iter(train)"; "" where they name a value."""
    if len(words) > 1 and words[-1].lower() == "train":
        words = words[:-1]
    return TIME_WORDS.get(words[-1].lower(), "") if words else ""


def _counts_validation(words: list[str]) -> bool:
    """Tell whether the words are MMSegmentation's "Iter(val)": what it counts is no step of the training."""
    return len(words) > 1 and words[-1].lower() == "val" and words[-2].lower() in TIME_WORDS


def _named(words: list[str]) -> str:
    """Return the name of a loss, a score or a rate in the words, without its side; "" where there is none."""
    joined = " ".join(words)
    if re.search(r"learning.?rate", joined, re.IGNORECASE):
        return "lr"
    known = [word for word in words[-4:] if KNOWN.search(word)]
    if not known or IDLE_LAST.search(words[-1]):
        return ""
    if RATE.search(known[-1]):
        return known[-1]
    kept = [_without_side(word) if _side(word) else word for word in words[-4:] if word.lower() not in FILLING]
    name = " ".join(dict.fromkeys(word for word in kept if word))
    return "" if is_idle(name) else name


IDLE_LAST = re.compile(r"^(time|seconds|took|memory|after|in|for|than|epochs?)$", re.IGNORECASE)


def _without_side(word: str) -> str:
    return TRAINING.sub("_", VALIDATION.sub("_", word)).strip("_/-. ")


def _side(words: str) -> str:
    if VALIDATION.search(words):
        return "val"
    return "train" if TRAINING.search(words) else ""


def _value(token: str) -> float:
    value = float(token)
    return value if math.isfinite(value) else math.inf


def _mean(values: list[float]) -> float:
    known = [value for value in values if math.isfinite(value)]
    return sum(known) / len(known) if known else math.nan
