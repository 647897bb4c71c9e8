"""Manifests: text or csv files that list photos, folders and patterns; and the share of a list that one job does."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from maskwright.errors import ConfigError, DataError
from maskwright.files import read_text

MANIFESTS = (".txt", ".csv", ".tsv")
MOST_BYTES = 1 << 30
COLUMNS = ("path", "photo", "image", "file", "filename")
Item = TypeVar("Item")


@dataclass(frozen=True)
class Shard:
    """Part `number` of `count`, counted from 1."""

    number: int
    count: int

    @property
    def name(self) -> str:
        """The name of its folder."""
        return f"shard-{self.number}-of-{self.count}"


def shard_of(text: str) -> Shard:
    """Return the shard that "2/8" stands for; ConfigError for anything else."""
    first, slash, second = text.partition("/")
    if slash and first.isdigit() and second.isdigit() and 1 <= int(first) <= int(second):
        return Shard(int(first), int(second))
    raise ConfigError(f"--shard {text} is no part: give 1/8 to 8/8 for eight jobs")


def in_shard(items: Sequence[Item], shard: Shard) -> list[Item]:
    """Return every `count`-th item, beginning with item `number`: each item is in exactly one shard."""
    return list(items[shard.number - 1 :: shard.count])


def listed(names: Sequence[str]) -> list[str]:
    """Return files, folders and patterns, those in manifests in place of the manifests.

    A manifest is a .txt file with a path a line (# begins a comment), or a .csv or .tsv file with a column `path`,
    `photo`, `image`, `file` or `filename`, else its first column. Relative paths begin at the manifest's folder.
    Raises DataError for a manifest that is missing or empty.
    """
    return [line for name in names for line in (_rows(Path(name)) if _is_manifest(name) else [name])]


def _is_manifest(name: str) -> bool:
    path = Path(name)
    return path.suffix.lower() in MANIFESTS and not path.is_dir()


def _rows(manifest: Path) -> list[str]:
    text = read_text(manifest, most_bytes=MOST_BYTES)
    rows = _lines(text) if manifest.suffix.lower() == ".txt" else _cells(text, manifest)
    folder = manifest.parent
    paths = [row if row.startswith("/") else str(folder / Path(row).expanduser()) for row in rows]
    if not paths:
        raise DataError(f"{manifest} lists no photo: write a path a line, or a csv with a column `path`")
    return paths


def _lines(text: str) -> Iterator[str]:
    return (line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#"))


def _cells(text: str, manifest: Path) -> Iterator[str]:
    delimiter = "\t" if manifest.suffix.lower() == ".tsv" else ","
    rows = csv.reader(text.splitlines(), delimiter=delimiter)
    first = next(rows, [])
    headings = [cell.strip().lower() for cell in first]
    column = next((headings.index(name) for name in COLUMNS if name in headings), None)
    if column is None and first and first[0].strip():
        yield first[0].strip()
    for row in rows:
        if len(row) > (column or 0) and row[column or 0].strip():
            yield row[column or 0].strip()
