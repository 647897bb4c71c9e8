"""Reading text, csv and json as people's tools write them, and telling what a json file holds from its beginning."""

import csv
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from maskwright.errors import DataError

LONGEST_CELL, LARGEST_BYTES = 1 << 28, 1 << 29
WHOLE_BYTES, BEGINNING_CHARACTERS = 1 << 20, 1 << 16
BYTES_OF_VALUES = {",": 40, "[": 90, "{": 250, ":": 60}
"""How much memory the value after each mark takes, about, once it is parsed."""
MOST_BYTES = 1_100_000_000
NOT_ASCII = bytes(range(128, 256))
BYTE_ORDER_MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
MANY_FILES = 30
"""Text files of one folder above which only the first FIRST_FEW of them are opened to tell what they all are."""
FIRST_FEW = 3
"""Files that stand for all others of a folder with more than MANY_FILES."""


def read_label_text(path: Path) -> str:
    """Return the file as text: UTF-16 with its mark, UTF-8 with or without one, or else Latin 1.

    DataError where the file cannot be read, or is too large for the memory.
    """
    try:
        size_bytes = path.stat().st_size
        if size_bytes > LARGEST_BYTES:
            raise DataError(f"{path} has {size_bytes >> 20} MB: divide it into files below {LARGEST_BYTES >> 20} MB")
        return decoded(path.read_bytes())
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error


def decoded(data: bytes) -> str:
    """Return bytes as text, in the encoding that their mark or their content shows."""
    for mark, encoding in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def csv_rows(text: str) -> list[list[str]]:
    """Return the rows of a csv, the header in lower case; the delimiter is a comma, a semicolon or a tab."""
    header = next(iter(text.lstrip().splitlines()), "")
    delimiter = max(",;\t", key=header.count)
    with _long_cells():
        rows = list(csv.reader(io.StringIO(text.lstrip(), newline=""), delimiter=delimiter))
    return [[name.strip().lstrip("#").strip().lower() for name in rows[0]], *rows[1:]] if rows else []


@contextmanager
def _long_cells() -> Iterator[None]:
    """Let the csv module read long cells inside; its limit is one for the whole process, so it is set back."""
    usual = csv.field_size_limit(LONGEST_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(usual)


def csv_header(path: Path) -> tuple[list[str], str]:
    """Return the column names of a csv in lower case, and the text at its beginning (64 KB)."""
    text = _beginning(path, BEGINNING_CHARACTERS)[0]
    rows = csv_rows("".join(text.lstrip().splitlines(keepends=True)[:1]))
    return (rows[0] if rows else []), text


def beginning(path: Path) -> str:
    """Return the text at the beginning of a file (64 KB)."""
    return _beginning(path, BEGINNING_CHARACTERS)[0]


def read_label_json(path: Path) -> object:
    """Return what a json file holds; DataError where it is not json, or would take more than about a gigabyte.

    A file that ends in the middle, or that is nested without end, is such a one.
    """
    text = read_label_text(path)
    values = sum(weight * text.count(mark) for mark, weight in BYTES_OF_VALUES.items())
    if values + len(text) > MOST_BYTES:
        raise DataError(f"{path} would take about {values / 1e9:.0f} GB of memory: divide it into smaller files")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} is broken JSON ({error}): export the annotations again") from error


def _beginning(path: Path, most: int) -> tuple[str, bool]:
    """Return up to `most` bytes of a file as text, and whether that is the whole file."""
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error
    whole = len(data) <= most
    return decoded(data if whole else data[:most].rstrip(NOT_ASCII)), whole


@dataclass(frozen=True)
class JsonOutline:
    """What the beginning of a json file shows.

    `keys` are those of the outermost object, `first` those of the first object inside it (of the first element where
    the file is a list). `error` says why the text is not json. Both are incomplete where `whole` is False.
    """

    keys: frozenset[str] = frozenset()
    first: frozenset[str] = frozenset()
    is_list: bool = False
    whole: bool = True
    error: str = ""


def json_outline(path: Path) -> JsonOutline:
    """Return the outline of a json file; of a file over one megabyte from its beginning alone.

    DataError where the file cannot be read; text that is not json is an outline with an `error`.
    """
    status = path.stat()
    return _json_outline(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=64)
def _json_outline(path: Path, modified_ns: int, size_bytes: int) -> JsonOutline:  # noqa: ARG001 - they tell versions apart
    """Every reader asks for the outlines of the same few files."""
    text, whole = _beginning(path, WHOLE_BYTES)
    try:
        content = json.loads(text if whole else _closed(text[:BEGINNING_CHARACTERS]))
    except (ValueError, RecursionError) as error:
        return JsonOutline(whole=whole, error=str(error))
    return _outline(content, whole)


def _outline(content: object, whole: bool) -> JsonOutline:
    values = list(content.values()) if isinstance(content, dict) else content if isinstance(content, list) else []
    first = next((value for value in values if isinstance(value, dict)), {})
    keys = frozenset(content) if isinstance(content, dict) else frozenset()
    return JsonOutline(keys, frozenset(first), isinstance(content, list), whole)


def _closed(text: str) -> str:
    """Return the text up to its last whole value, with every list and object that is open closed."""
    open_brackets: list[str] = []
    cut, closing = 0, ""
    in_string = escaped = False
    for place, character in enumerate(text):
        if in_string:
            in_string = escaped or character != '"'
            escaped = character == "\\" and not escaped
        elif character == '"':
            in_string = True
        elif character in "{[":
            open_brackets.append("}" if character == "{" else "]")
        elif character in "}]" and open_brackets:
            open_brackets.pop()
        if not in_string and character in "{[,":
            cut = place + (character != ",")
            closing = "".join(reversed(open_brackets))
    return text[:cut] + closing
