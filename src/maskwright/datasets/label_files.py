"""Where label files lie: in the folder itself, or in the usual folders below it; and the part their names speak of."""

from collections.abc import Collection, Iterator
from pathlib import Path

from maskwright.datasets.class_list import CLASSES_CSV
from maskwright.datasets.dataset import PartName
from maskwright.datasets.part_names import PARTS

LABEL_FOLDERS = (*PARTS, "annotations", "annotation", "labels", "images")
MANY_FILES, FIRST_FEW = 30, 3


def label_files(root: Path, suffixes: Collection[str]) -> Iterator[list[Path]]:
    """Yield the files with these suffixes in `root`, then those in the usual folders below it, each in name order.

    Of a folder with more than 30 such files the first three stand for all: one file a photo is another format.
    Hidden files and classes.csv are left out.
    """
    yield _files_in(root, suffixes)
    yield [path for folder in LABEL_FOLDERS for path in _files_in(root / folder, suffixes)]


def _files_in(folder: Path, suffixes: Collection[str]) -> list[Path]:
    paths = sorted(path for path in folder.glob("*") if path.suffix.lower() in suffixes)
    paths = [path for path in paths if path.is_file() and not path.name.startswith(".") and path.name != CLASSES_CSV]
    return paths[:FIRST_FEW] if len(paths) > MANY_FILES else paths


def part_of_file(path: Path, root: Path) -> PartName | None:
    """Return the part of a split that the file's name, or else a folder between it and `root`, speaks of."""
    words = path.stem.lower().replace("-", "_").replace(".", "_").split("_")
    named = [PARTS[word] for word in words if word in PARTS]
    folders = [PARTS[word.lower()] for word in path.relative_to(root).parts[:-1] if word.lower() in PARTS]
    return next(iter(named or folders), None)
