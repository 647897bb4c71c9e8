"""The tables of a long list, from the rows of its chunks: read and written a row at a time."""

import csv
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from maskwright.files import TEMPORARY, spreadsheet_cell
from maskwright.inference.outputs.object_table import OBJECTS, TOTALS
from maskwright.output_file_names import REGIONS_FILE
from maskwright.remote_storage import Storage, read_all_stored, stored_names, upload
from maskwright.workflows.photo_lists.done_list import ROWS

FAILURES = "failed.csv"
NO_COLUMNS = ("photo", "class", "area_px")
"""Of a table without rows, as the plain command writes it."""
Photo = Mapping[str, Any]
"""What a chunk's rows say of one photo: name, entry, objects, totals."""


def write_tables(storage: Storage) -> None:
    """Write regions.via.json, objects.csv and totals.csv of all photos that are done, each photo once."""
    with tempfile.TemporaryDirectory(prefix=TEMPORARY) as folder:
        files = {name: Path(folder) / name for name in (REGIONS_FILE, OBJECTS, TOTALS)}
        rows = {name: Path(folder) / f"{name}.rows" for name in (OBJECTS, TOTALS)}
        with (
            files[REGIONS_FILE].open("w", encoding="utf-8", errors="backslashreplace") as regions,
            rows[OBJECTS].open("w", encoding="utf-8", newline="") as objects,
            rows[TOTALS].open("w", encoding="utf-8", newline="") as totals,
        ):
            tables = {OBJECTS: _RowsWriter(objects, "objects"), TOTALS: _RowsWriter(totals, "totals")}
            write_region = _regions_writer(regions)
            regions.write("{")
            for photo in _photos(storage):
                write_region(photo)
                for table in tables.values():
                    table.write(photo)
            regions.write("\n}\n")
        for name, table in tables.items():
            _write_table(files[name], list(table.columns), rows[name])
        for name, file in files.items():
            upload(storage, name, file)


def _write_table(file: Path, columns: Sequence[str], rows: Path) -> None:
    """Write a table from its columns and its rows, of which early ones may be shorter."""
    with (
        file.open("w", encoding="utf-8", newline="") as target,
        rows.open(encoding="utf-8", newline="") as source,
    ):
        table = csv.writer(target, lineterminator="\n")
        table.writerow(columns or NO_COLUMNS)
        table.writerows([*cells, *[""] * (len(columns) - len(cells))] for cells in csv.reader(source))


def write_failures(storage: Storage, failed: Mapping[str, str]) -> None:
    """Write failed.csv, a row for each photo that could not be predicted."""
    with tempfile.TemporaryDirectory(prefix=TEMPORARY) as folder:
        local = Path(folder) / FAILURES
        with local.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow(("photo", "reason"))
            table.writerows((spreadsheet_cell(name), spreadsheet_cell(why)) for name, why in sorted(failed.items()))
        upload(storage, FAILURES, local)


def _photos(storage: Storage) -> Iterator[Photo]:
    """Yield each photo once, chunk by chunk: one that was done twice has the same rows twice."""
    names: set[str] = set()
    for _, data in read_all_stored(storage, stored_names(storage, ROWS)):
        for line in data.splitlines():
            photo = json.loads(line)
            if photo["name"] not in names:
                names.add(photo["name"])
                yield photo


def _regions_writer(file: IO[str]) -> Callable[[Photo], None]:
    separators = iter([""])

    def write(photo: Photo) -> None:
        entry = photo["entry"]
        key = json.dumps(f"{entry['filename']}{entry['size']}")
        file.write(f"{next(separators, ',')}\n {key}: {json.dumps(entry)}")

    return write


class _RowsWriter:
    """Writes the rows of photos without their header: columns that come later go to the end."""

    def __init__(self, file: IO[str], kind: str) -> None:
        self._kind, self.columns = kind, dict[str, None]()
        self._table = csv.writer(file, lineterminator="\n")

    def write(self, photo: Photo) -> None:
        """Write the rows of one photo; photos that lie on the ground have columns of their own."""
        for row in photo[self._kind]:
            self.columns |= dict.fromkeys(row)
            self._table.writerow([_text(row.get(column, "")) for column in self.columns])


def _text(cell: str) -> str:
    """Return a cell as UTF-8 holds it; bytes of a file name that are not text become escapes."""
    return cell.encode(errors="backslashreplace").decode()
