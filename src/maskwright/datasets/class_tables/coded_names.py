"""Tables that name classes by a code each, as /m/0k4j,Car of Open Images or n02084071,dog of WordNet."""

import csv
import io
from collections.abc import Collection
from pathlib import Path

from maskwright.datasets.parsing.text_files import decoded


def coded_names(path: Path, codes: Collection[str]) -> dict[str, str]:
    """Return the name beside each of some codes in a table, with or without a header; empty where any has none.

    Each code has a digit: other texts may be names already.
    """
    if not codes or not all(any(map(str.isdigit, code)) for code in codes) or path.suffix.lower() == ".json":
        return {}
    rows = _rows(path)
    columns = range(len(rows[0]) if rows else 0)
    for column in columns:
        of_code = {_code(row[column]): row for row in rows if _code(row[column]) in codes}
        if of_code.keys() != set(codes):
            continue
        for other in columns:
            named = {code: row[other].strip() for code, row in of_code.items()}
            is_named = all(any(map(str.isalpha, name)) and "/" not in name for name in named.values())
            if other != column and is_named and len(set(named.values())) == len(named):
                return named
    return {}


def _code(cell: str) -> str:
    return cell.strip().strip("/").casefold()


def _rows(path: Path) -> list[list[str]]:
    """Return the rows of a table as long as its first one."""
    text = decoded(path.read_bytes())
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row]
    return [row for row in rows if len(row) == len(rows[0])] if rows and len(rows[0]) > 1 else []
