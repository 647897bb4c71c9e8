"""The command that writes a classes.csv, as questions about classes print it."""

from collections.abc import Iterable
from pathlib import Path
from shlex import quote

from maskwright.datasets.class_tables.handwritten_classes import CLASSES_CSV


def writing_classes(root: Path, lines: Iterable[str]) -> str:
    """Return the command for a shell, in a single line, that writes lines into the classes.csv of a folder."""
    content = "\\n".join([*lines, ""]).replace("%", "%%")
    return f"printf {quote(content)} > {quote(str(root / CLASSES_CSV))}"


def csv_cell(name: str) -> str:
    """Return a name as a cell of a csv."""
    return '"' + name.replace('"', '""') + '"' if set(name) & set(',"') else name
