"""Tables of classes that number their names more than once, as id and train_id: which numbers masks hold is unsaid."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from maskwright.datasets.class_tables.class_files import ID_COLUMNS, NAME_COLUMNS
from maskwright.datasets.class_tables.class_json import Row
from maskwright.datasets.class_tables.classes_csv_command import csv_cell, writing_classes
from maskwright.datasets.parsing.text_files import csv_rows, read_label_text
from maskwright.errors import DataError
from maskwright.findings.finding import some

NO_CLASS = frozenset(["", "-1", "255"])
"""What stands in a column of numbers for names that have none there."""
NAMES_SHOWN = 6
Named = Mapping[int, str]


def numberings(path: Path) -> dict[str, Named]:
    """Return the names by number for each column of numbers in a csv of classes; none where it has one such column.

    Columns end in id. A column whose numbers several names share counts where another one, called alike, names them:
    nyu40id and nyu40class.
    """
    if path.suffix.lower() not in (".csv", ".tsv"):
        return {}
    header, *rows = csv_rows(read_label_text(path)) or [[]]
    names = next((header.index(name) for name in NAME_COLUMNS if name in header), None)
    cells = [[cell.strip() for cell in row] for row in rows if len(row) == len(header)]
    if names is None or not cells:
        return {}
    columns = [i for i, name in enumerate(header) if name in ID_COLUMNS or (name.endswith("id") and len(name) > 2)]
    columns = [i for i in columns if all(row[i] in NO_CLASS or row[i].isdecimal() for row in cells)]
    named = {header[i]: _named(cells, i, names) or _named(cells, i, _called_alike(header, i)) for i in columns}
    read: dict[str, Named] = {column: of_column for column, of_column in named.items() if of_column}
    return read if len(read) > 1 else {}


def _called_alike(header: Sequence[str], column: int) -> int | None:
    """Return the column of names whose header begins like that of a column of numbers."""
    begins = header[column].removesuffix("id").rstrip("_- ")
    return next((i for i, name in enumerate(header) if begins and i != column and name.startswith(begins)), None)


def _named(cells: Sequence[Sequence[str]], column: int, names: int | None) -> dict[int, str]:
    """Return the name of each number in a column; empty where a number has several names, or none has one."""
    if names is None:
        return {}
    pairs = {(int(row[column][:6]), row[names]) for row in cells if row[column] not in NO_CLASS and row[names]}
    named = dict(pairs)
    return named if len(named) == len(pairs) > 1 else {}


def by_right_numbers(path: Path, table: Sequence[Row], values: Collection[int], root: Path) -> tuple[list[Row], str]:
    """Return the rows of a table by the column that has all `values` of masks, with a sentence on another column.

    DataError asks where two columns have them all and name them otherwise.
    """
    every = numberings(path)
    own = {number: name for name, number, _ in table if number is not None}
    if not every or not values or not own:
        return list(table), ""
    fitting = {column: named for column, named in every.items() if set(values) <= named.keys()}
    if len({tuple(named[value] for value in sorted(values)) for named in fitting.values()}) > 1:
        raise DataError(_question(path, fitting, values, root))
    if set(values) <= own.keys() or not fitting:
        return list(table), ""
    column, named = next(iter(fitting.items()))
    return [(name, number, None) for number, name in sorted(named.items())], f"{path.name} is read by its {column}"


def _question(path: Path, fitting: Mapping[str, Named], values: Collection[int], root: Path) -> str:
    said, ways = [], []
    for column, named in fitting.items():
        shown = [f"{value} {named[value]}" for value in sorted(values)]
        said.append(f"by {column} they are {some(shown, most=NAMES_SHOWN)}")
        lines = [f"{value},{csv_cell(named[value])}" for value in sorted(values)]
        ways.append(f"of {column}, {writing_classes(root, ['id,name', *lines])}")
    return (
        f"{path} numbers classes more than once, and masks hold numbers of each: {'; '.join(said)}. Write down "
        f"those that masks hold: {'; or '.join(ways)}"
    )
