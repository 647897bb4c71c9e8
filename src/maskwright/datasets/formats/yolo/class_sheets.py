"""The data.yaml or list of names that belongs to YOLO lines: names of classes, and the parts of folders and lists."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from maskwright.datasets.parsing.json_values import Record, items, record, text
from maskwright.datasets.parsing.text_files import read_label_text
from maskwright.datasets.parsing.yaml_files import YAML_SUFFIXES, yaml_content
from maskwright.datasets.part_names import PARTS, PartName
from maskwright.errors import DataError
from maskwright.findings.finding import some

PLACES = ("train", "val", "valid", "test")
NAME_LISTS = ("classes.txt", "obj.names", "labels/classes.txt", "labels.txt", "names.txt")


@dataclass(frozen=True)
class Sheet:
    """What a data.yaml or a list of names says: class names by id, and the part of each folder or list of photos."""

    names: Mapping[int, str]
    parts: Mapping[Path, PartName]


def sheets_of(labels: Sequence[Path], root: Path, given: Path | None = None) -> dict[Path, Path | None]:
    """Return by folder of labels the file that names their classes: the one given, else the nearest above.

    Any data.yaml counts before the lists of names.
    """
    find_sheet, find_list = cache(sheet_file), cache(_name_list)  # folders of labels share the folders above them

    def nearest(folder: Path) -> Path | None:
        above = [place for place in (folder, *folder.parents) if place == root or root in place.parents]
        found = (find(place) for find in (find_sheet, find_list) for place in above)
        return next((file for file in found if file is not None), None)

    return {folder: given or nearest(folder) for folder in dict.fromkeys(label.parent for label in labels)}


def sheet_file(path: Path) -> Path | None:
    """Return the data.yaml that a path is or that lies in it; None where there is none.

    Of several that name classes otherwise, the one whose photos are there, then the one called data. DataError asks
    where that does not tell.
    """
    candidates = [path] if path.is_file() else sorted(p for p in path.iterdir() if p.suffix.lower() in YAML_SUFFIXES)
    sheets = {file: sheet for file in candidates if (sheet := record(yaml_content(file))).keys() & {"names", "nc"}}
    for belongs in (_names_classes, _names_places, _is_called_data):
        if len({tuple(_names(sheet.get("names")).items()) for sheet in sheets.values()}) > 1:
            sheets = {file: sheet for file, sheet in sheets.items() if belongs(file, sheet)} or sheets
    if len({tuple(_names(sheet.get("names")).items()) for sheet in sheets.values()}) > 1:
        names = some([file.name for file in sheets])
        raise DataError(
            f"{path}: {names} name classes otherwise, and nothing tells which of them belongs to these labels: type "
            f"the one that does in place of the folder, as {next(iter(sheets))}, or move the others elsewhere"
        )
    return next(iter(sheets), None)


def _names_classes(_: Path, sheet: Record) -> bool:
    """Tell whether a yaml names classes; that of a network gives their number alone."""
    return bool(_names(sheet.get("names")))


def _names_places(file: Path, sheet: Record) -> bool:
    """Tell whether photos lie where a data.yaml says, as those of an example that lies beside it do not."""
    bases = (file.parent / text(sheet.get("path")), file.parent)
    places = [text(entry) for key in PLACES for entry in items(sheet.get(key)) or [sheet.get(key)]]
    return any(_place(name, bases) is not None for name in places)


def _is_called_data(file: Path, _: Record) -> bool:
    return file.stem.lower() in ("data", "dataset")


def _name_list(folder: Path) -> Path | None:
    return next((folder / name for name in NAME_LISTS if (folder / name).is_file()), None)


def read_sheet(file: Path | None) -> Sheet:
    """Return what a file says of classes and parts; DataError for one of keypoints."""
    if file is None:
        return Sheet({}, {})
    if file.suffix.lower() not in YAML_SUFFIXES:
        lines = [line.strip() for line in read_label_text(file).splitlines()]
        return Sheet(dict(enumerate(line for line in lines if line)), {})
    data = record(yaml_content(file))
    if "kpt_shape" in data:
        raise DataError(f"{file} is of YOLO keypoints, and these enclose no area: export for segmentation")
    return Sheet(_names(data.get("names")), _parts(data, file.parent))


def part_of_photo(photo: Path, sheet: Sheet) -> PartName | None:
    """Return the part that a sheet gives a photo, or the nearest folder above it."""
    return next((sheet.parts[place] for place in (photo, *photo.parents) if place in sheet.parts), None)


def _names(value: object) -> dict[int, str]:
    if isinstance(value, dict):
        return {key: text(name) for key, name in value.items() if isinstance(key, int) and key >= 0}
    return {number: text(name) for number, name in enumerate(items(value))}


def _parts(data: Record, root: Path) -> dict[Path, PartName]:
    """Return the part of each folder of photos, and of each photo that a list names; those of two parts are of none.

    Who has not divided the photos yet writes the same folder for train and val.
    """
    base = root / text(data.get("path"))
    parts: dict[Path, set[PartName]] = {}
    for key in PLACES:
        for entry in items(data.get(key)) or [data.get(key)]:
            for path in _listed(_place(text(entry), (base, root)), root):
                parts.setdefault(path, set()).add(PARTS[key])
    return {path: next(iter(named)) for path, named in parts.items() if len(named) == 1}


def _listed(place: Path | None, root: Path) -> list[Path]:
    """Return a folder of photos, or the photos that a list names."""
    if place is None or place.is_dir():
        return [place] if place else []
    return [root / line.strip() for line in read_label_text(place).splitlines()]


def _place(name: str, bases: tuple[Path, ...]) -> Path | None:
    """Return the folder or list of a part; Roboflow writes ../train/images where train/images is meant."""
    short = re.sub(r"^(\.\./)+", "", name.replace("\\", "/"))
    places = [base / short for base in bases if short]
    return next((place for place in places if place.exists() and place.suffix in ("", ".txt")), None)
