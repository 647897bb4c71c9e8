"""The tables of a long list, from the rows of its chunks: read and written a row at a time."""

import csv
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from maskwright.files import TEMPORARY, spreadsheet_cell
from maskwright.inference.outputs.object_table import OBJECTS, TOTALS
from maskwright.output_file_names import REGIONS_FILE
from maskwright.remote_storage import Storage, read_all_stored, stored_names, upload
from maskwright.workflows.photo_lists.done_list import ROWS

FAILURES = "failed.csv"
NO_ROWS = "photo,class,area_px\n"
"""A table without rows, as the plain command writes it."""
Photo = Mapping[str, Any]
"""What a chunk's rows say of one photo: name, entry, objects, totals."""


def write_tables(storage: Storage) -> None:
    """Write regions.via.json, objects.csv and totals.csv of all photos that are done, each photo once."""
    with tempfile.TemporaryDirectory(prefix=TEMPORARY) as folder:
        files = {name: Path(folder) / name for name in (REGIONS_FILE, OBJECTS, TOTALS)}
        with (
            files[REGIONS_FILE].open("w", encoding="utf-8", errors="backslashreplace") as regions,
            files[OBJECTS].open("w", encoding="utf-8", errors="backslashreplace", newline="") as objects,
            files[TOTALS].open("w", encoding="utf-8", errors="backslashreplace", newline="") as totals,
        ):
            writers = [_regions_writer(regions), _rows_writer(objects, "objects"), _rows_writer(totals, "totals")]
            regions.write("{")
            for photo in _photos(storage):
                for write in writers:
                    write(photo)
            regions.write("\n}\n")
        for name in (OBJECTS, TOTALS):
            if not files[name].stat().st_size:
                files[name].write_text(NO_ROWS)
        for name, file in files.items():
            upload(storage, name, file)


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


def _rows_writer(file: IO[str], kind: str) -> Callable[[Photo], None]:
    """Return what writes the rows of a photo; the first row gives the columns, which all rows of an output share."""
    tables: list[csv.DictWriter[str]] = []

    def write(photo: Photo) -> None:
        for row in photo[kind]:
            if not tables:
                tables.append(csv.DictWriter(file, list(row), restval="", lineterminator="\n"))
                tables[0].writeheader()
            tables[0].writerow(row)

    return write
