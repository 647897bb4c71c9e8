"""Tables as people paste them from a screen: pandas' frames, Markdown, boxes of lines, Ultralytics' console."""

import re
from collections.abc import Iterable, Iterator, Sequence

from maskwright.diagnosis.history.cells import is_number
from maskwright.diagnosis.history.column_names import LOSS, TRAINING, VALIDATION, is_moment

RULE = re.compile(r"^[\s|+:=│┃┆─━╇╪┼├┤┌┐└┘╭╮╰╯-]+$")
BARS = "|│┃"
FEWEST_NAMES = 4
"""Words of a line that names columns."""
OF_CLASSES = ("class", "classes", "category", "label")
NAME_AND_NUMBER = re.compile(r"[A-Za-z_][^|]*[\s:=][-+]?\d*\.?\d+%?(?:[eE][-+]?\d+)?$")
"""A part of a line that has its own name, as in `| train loss 0.73 |`."""
PROGRESS = re.compile(r":\s*\d+%\s?[|━╸─].*$")
"""A bar behind the names of columns, as Ultralytics prints it while it validates."""
LETTERS = {"P": "precision", "R": "recall"}
"""What Ultralytics prints in place of names."""
NAMES = re.compile(r"loss|mAP|iou|dice|acc", re.IGNORECASE)


def rows_between_bars(text: str) -> list[list[str]] | None:
    """Return the cells of a table whose columns stand between bars; None where the text is no such table."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not RULE.match(line)]
    bar = max(BARS, key=text.count)
    if len(lines) < 2 or any(line.count(bar) < 2 or line[0] != bar for line in lines):
        return None
    return [[cell.strip() for cell in line.strip(bar).split(bar)] for line in lines]


def is_by_class(header: Sequence[str]) -> bool:
    """Tell whether a table has a row for each class, as MMSegmentation prints after each evaluation."""
    return bool(header) and header[0].strip().lower() in OF_CLASSES


def without_boxes(lines: Iterable[str]) -> Iterator[str]:
    """Yield lines of a log; rows of a table in a box of bars come as `name number`, those of classes as `name.class`.

    >>> list(without_boxes(["| Class | IoU |", "+---+---+", "| road | 81.2 |"]))
    ['val_IoU.road 81.2']
    """
    header: list[str] = []
    for line in lines:
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if RULE.match(line):
            continue
        if line.strip()[:1] != "|" or len(cells) < 2:
            header = []
            yield line
        elif len(cells) == len(header) and _is_row(header, cells):
            yield ", ".join(_named_cells(header, cells))
        else:
            named = any(is_number(cell) or NAME_AND_NUMBER.search(cell) for cell in cells)
            header = [] if named else cells
            if re.search(r"\d", line):  # "| epoch 1 | loss 0.7 |" is a line of a log between bars
                yield line


def _is_row(header: Sequence[str], cells: Sequence[str]) -> bool:
    """Tell a row below a header from a line of a log whose parts stand between bars, each with its name."""
    values = cells[1:] if is_by_class(header) else cells
    return any(map(is_number, values)) and not any(map(NAME_AND_NUMBER.search, values))


def _named_cells(header: Sequence[str], cells: Sequence[str]) -> Iterator[str]:
    """Yield the numbers of a row with their names; what names no side and no moment was measured in validation."""
    of = f".{re.sub(r'[^A-Za-z0-9_]+', '_', cells[0])}" if is_by_class(header) else ""
    sided = any(is_moment(n) or VALIDATION.search(n) or TRAINING.search(n) or LOSS.search(n) for n in header)
    side = "val_" if of or not sided else ""
    for name, cell in zip(header, cells, strict=True):
        moment = re.match(r"\d+", cell) if is_moment(name) else None
        if moment:
            yield f"{name.lower()} {moment[0]}"
        elif is_number(cell):
            yield f"{side}{name}{of} {cell}"


def rows_of_html(text: str) -> str:
    """Return a table copied from a page as lines with tabs between the cells."""
    text = re.sub(r"<style.*?</style>", "", text, flags=re.DOTALL | re.IGNORECASE)
    cells = re.sub(r"</tr>\s*", "\n", re.sub(r"</t[dh]>\s*", "\t", text))
    return re.sub(r"<[^>]+>", "", cells).replace("\t\n", "\n")


def without_index(rows: list[list[str]]) -> list[list[str]]:
    """Return the rows of a printed frame without its index, which has no name in the header."""
    wide = len(rows[0]) + 1 if rows else 0
    if len(rows) < 2 or any(len(row) != wide or not is_number(row[0]) for row in rows[1:]):
        return rows
    return [rows[0], *(row[1:] for row in rows[1:])]


def named_rows(lines: Iterable[str]) -> Iterator[str]:
    """Yield lines of a log; numbers below a line of column names come as `name number`.

    >>> list(named_rows(["Epoch GPU_mem box_loss seg_loss", "1/20 2.5G 0.9 0.4"]))
    ['epoch 1, box_loss 0.9, seg_loss 0.4']
    """
    header: list[str] = []
    for line in lines:
        names = _column_names(line)
        if names:
            header = names
            continue
        named = _with_names(header, line.split()) if header else ""
        yield named or line
        header = header if named and header[0].lower() == "epoch" and line.split()[0].isdigit() else []


def _column_names(line: str) -> list[str]:
    """Return the names if a line holds nothing but names of columns: "Box(P R mAP50)" is Box P, Box R, Box mAP50."""
    line = PROGRESS.sub("", line)
    words = line.split()
    if len(words) < FEWEST_NAMES or len(NAMES.findall(line)) < 2 or any(is_number(w.strip(":,%")) for w in words):
        return []
    if re.search(r"[:=,]", line):
        return []
    names, group = [], ""
    for word in words:
        if "(" in word:
            group, _, word = word.partition("(")
        named = LETTERS.get(word.strip(")"), word.strip(")")) if group else word
        names.append(f"{group}/{named}".strip("/").replace("-", "_"))
        group = "" if word.endswith(")") else group
    return names


def _with_names(header: Sequence[str], words: Sequence[str]) -> str:
    if len(words) == len(header) - 1 and header[-1].lower() == "time":  # fastai's 00:42, left out as a time of day
        header = header[:-1]
    if len(words) < len(header):
        return ""
    cells = [(name, re.sub(r"/\d+$", "", word).strip(":,%")) for name, word in zip(header, words, strict=False)]
    numbers = [(name, cell) for name, cell in cells if is_number(cell) and cell]
    if 2 * len(numbers) < len(header):
        return ""
    side = "val_" if header[0].lower() == "class" else ""  # Ultralytics prints validation by class
    return ", ".join(
        f"epoch {cell}" if name.lower() == "epoch" else f"{side}{name} {cell}"
        for name, cell in numbers
        if name.lower() not in ("images", "instances", "size", "gpu_mem")
    )
