"""Tiles with labels from QuPath: its script names the numbers, and 0 is whatever no annotation covers."""

import re
from collections.abc import Collection, Iterable
from pathlib import Path

from maskwright.datasets.class_tables.classes_csv_command import csv_cell, writing_classes
from maskwright.datasets.parsing.text_files import beginning
from maskwright.errors import DataError

SCRIPTS_MOST = 20
NOT_ANNOTATED = "not annotated"
_SERVER = "LabeledImageServer"
_LABEL = re.compile(r"^[^/\n]*\.addLabel\(\s*['\"]([^'\"\n]{1,60})['\"]\s*,\s*(\d{1,3})\s*\)", re.M)
_BACKGROUND = re.compile(r"^[^/\n]*\.backgroundLabel\(\s*(\d{1,3})\b", re.M)


def ask_about_qupath_labels(root: Path, others: Iterable[Path], values: Collection[int], *, ignore: int | None) -> None:
    """Raise DataError where a QuPath script beside masks names their numbers, and one that is no annotation's is there.

    Whether that one is background or was never looked at is known to who annotated alone: `ignore` says so.
    """
    if ignore is not None:
        return
    scripts = [path for path in others if path.suffix.lower() == ".groovy"]
    for path in scripts[:SCRIPTS_MOST]:
        text = beginning(path)
        names = {int(value): csv_cell(name) for name, value in _LABEL.findall(text) if int(value) < 256}
        background = int(found[1]) if (found := _BACKGROUND.search(text)) else 0
        used = {value for value in values if value >= 0}
        if _SERVER not in text or not names or background not in used or not used <= {background, *names}:
            continue
        called = ", ".join(f"{value} {name}" for value, name in sorted(names.items()))
        all_seen, not_all = (_command(root, names, background, is_ignored=ignored) for ignored in (False, True))
        raise DataError(
            f"{root}: {path.name} of QuPath writes {called}, and {background} where there is no annotation. "
            f"If all of each tile was annotated, {background} is background: {all_seen}. "
            f"If only parts were, {background} counts for nothing: {not_all}"
        )


def _command(root: Path, names: dict[int, str], background: int, *, is_ignored: bool) -> str:
    """Return the command that names the numbers, and the one of no annotation as background or as ignored."""
    unnamed = f"{background},{NOT_ANNOTATED},1" if is_ignored else f"{background},background,0"
    rows = {background: unnamed, **{value: f"{value},{name},0" for value, name in names.items()}}
    return writing_classes(root, ["id,name,ignore", *(rows[value] for value in sorted(rows))])
