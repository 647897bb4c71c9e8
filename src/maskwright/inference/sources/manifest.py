"""Manifests: files that list photos, folders and patterns; and the share of a list that one job does."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from maskwright.errors import ConfigError, DataError
from maskwright.files import from_home, reading
from maskwright.optional_packages import import_extra
from maskwright.remote_storage import fetched, is_url

MANIFESTS = (".txt", ".csv", ".tsv", ".parquet")
COLUMNS = ("path", "photo", "image", "file", "filename", "url")
ROWS_AT_ONCE = 65_536


@dataclass(frozen=True)
class Shard:
    """Part `number` of `count`, counted from 1."""

    number: int
    count: int

    @property
    def name(self) -> str:
        """The name of its lock."""
        return f"shard-{self.number}-of-{self.count}"


def shard_of(text: str) -> Shard:
    """Return the shard that "2/8" stands for; ConfigError for anything else."""
    first, slash, second = text.partition("/")
    if slash and first.isdigit() and second.isdigit() and 1 <= int(first) <= int(second):
        return Shard(int(first), int(second))
    raise ConfigError(f"--shard {text} is no part: give 1/8 to 8/8 for eight jobs")


def is_manifest(name: str) -> bool:
    """True for a file that lists photos, by its suffix."""
    path = Path(name)
    return path.suffix.lower() in MANIFESTS and not (not is_url(name) and path.is_dir())


def manifest_rows(name: str) -> list[str]:
    """Return the paths and URLs that a manifest lists, in its order.

    A manifest is a .txt file with a path a line (# begins a comment), or a .csv, .tsv or .parquet file with a column
    `path`, `photo`, `image`, `file`, `filename` or `url`, else its first column. Relative paths begin at the
    manifest's folder. Raises DataError for a manifest that is missing, empty or damaged.
    """
    with fetched(name) as file, reading(file, error=DataError):
        rows = [_placed(row, name) for row in _READERS[file.suffix.lower()](file)]
    if not rows:
        raise DataError(f"{name} lists no photo: write a path a line, or a csv with a column `path`")
    return rows


def _placed(row: str, manifest: str) -> str:
    """Return a row as an absolute path or a URL; quotes around it and the slashes of Windows are understood."""
    if len(row) > 2 and row[0] == row[-1] == '"':
        row = row[1:-1]
    if row.startswith("/") or is_url(row):
        return row
    if is_url(manifest):
        return f"{manifest.rpartition('/')[0]}/{row}"
    folder, path = Path(manifest).parent, from_home(Path(row))
    if "\\" in row and not (folder / path).exists():
        path = Path(row.replace("\\", "/"))
    return str(folder / path)


def _encoding(file: Path) -> str:
    """Return the encoding of a list: UTF-16 where its mark says so, as PowerShell's `>` writes it, else UTF-8."""
    with file.open("rb") as data:
        return "utf-16" if data.read(2) in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"


def _lines(file: Path) -> Iterator[str]:
    with file.open(encoding=_encoding(file)) as text:
        yield from (line.strip() for line in text if line.strip() and not line.lstrip().startswith("#"))


def _comma_separated(file: Path) -> Iterator[str]:
    return _cells(file, ",")


def _tab_separated(file: Path) -> Iterator[str]:
    return _cells(file, "\t")


def _cells(file: Path, delimiter: str) -> Iterator[str]:
    with file.open(encoding=_encoding(file), newline="") as text:
        rows = csv.reader(text, delimiter=delimiter)
        first = next(rows, [])
        column = _column([cell.strip().lower() for cell in first])
        if column is None and first and first[0].strip():
            yield first[0].strip()
        for row in rows:
            if len(row) > (column or 0) and row[column or 0].strip():
                yield row[column or 0].strip()


def _column(headings: Sequence[str]) -> int | None:
    return next((headings.index(name) for name in COLUMNS if name in headings), None)


def _parquet(file: Path) -> Iterator[str]:
    parquet = import_extra("pyarrow.parquet", "parquet", purpose="a .parquet list")
    with parquet.ParquetFile(file) as table:
        names = table.schema_arrow.names
        column = names[_column([name.lower() for name in names]) or 0]
        for batch in table.iter_batches(batch_size=ROWS_AT_ONCE, columns=[column]):
            yield from _strings(batch.column(0).to_pylist())


def _strings(values: Iterable[object]) -> Iterator[str]:
    return (str(value).strip() for value in values if value is not None and str(value).strip())


_READERS = {".txt": _lines, ".csv": _comma_separated, ".tsv": _tab_separated, ".parquet": _parquet}
