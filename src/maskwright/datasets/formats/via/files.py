"""VIA 1 and 2 annotation files as they are on disk: csv, json and whole projects."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from maskwright.datasets.formats.via.regions import ViaRegion, attribute_values
from maskwright.datasets.parsing.text_files import csv_rows, read_label_text
from maskwright.errors import DataError

VIA_COLUMNS = ("filename", "region_shape_attributes", "region_attributes")


@dataclass(frozen=True)
class ViaPhoto:
    """One photo of a VIA file; `reference` is the address or path that VIA 1 may keep beside the name."""

    file_name: str
    size_bytes: int
    regions: tuple[ViaRegion, ...]
    reference: str = ""


@dataclass(frozen=True)
class ViaFile:
    """A VIA file with its photos, the folder of photos it was made with, and photos with invalid attributes.

    `options` are the words for the values of each attribute, "" where a value is its own word.
    """

    path: Path
    photos: tuple[ViaPhoto, ...]
    folder: str = ""
    invalid: tuple[str, ...] = ()
    options: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def read_via_file(path: Path) -> ViaFile:
    """Return the photos and regions of a VIA csv or json; DataError where it is something else."""
    text = read_label_text(path)
    try:
        file = via_from_csv(path, text) if path.suffix.lower() == ".csv" else via_from_json(path, json.loads(text))
    except json.JSONDecodeError as error:
        raise DataError(f"{path} is broken JSON ({error}): export the annotations again") from error
    if file is None:
        raise DataError(f"{path} is not VIA throughout: not every entry has a filename and regions; export it again")
    return file


def via_from_json(path: Path, content: object) -> ViaFile | None:
    """Return the VIA file with this parsed content; None if it is something else."""
    folder, options = "", {}
    if isinstance(content, dict) and "_via_img_metadata" in content:
        options = _options(_mapping(_mapping(content.get("_via_attributes")).get("region")))
        core = _mapping(_mapping(content.get("_via_settings")).get("core"))
        folder = str(core.get("default_filepath") or "")
        content = content["_via_img_metadata"]
    if isinstance(content, dict) and content and all(_is_entry(entry) for entry in content.values()):
        return ViaFile(path, _merged(_json_photo(entry) for entry in content.values()), folder, options=options)
    return ViaFile(path, ()) if content == {} else None


def _options(attributes: Mapping[str, object]) -> dict[str, dict[str, str]]:
    listed = {key: _mapping(_mapping(attribute).get("options")) for key, attribute in attributes.items()}
    return {
        key.strip(): {str(v).strip(): str(word or "").strip() for v, word in o.items()} for key, o in listed.items()
    }


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _is_entry(entry: object) -> bool:
    return isinstance(entry, dict) and "filename" in entry and isinstance(entry.get("regions"), list | dict)


def _json_photo(entry: Mapping[str, object]) -> ViaPhoto:
    stored = entry["regions"]
    regions = stored.values() if isinstance(stored, dict) else stored
    read = [
        ViaRegion(_mapping(region.get("shape_attributes")), attribute_values(region.get("region_attributes")))
        for region in regions  # type: ignore[attr-defined]
        if isinstance(region, dict)
    ]
    return ViaPhoto(str(entry["filename"]), _bytes(entry.get("size")), tuple(read), str(entry.get("fileref") or ""))


def _bytes(value: object) -> int:
    try:
        return int(value)  # type: ignore[call-overload,no-any-return]
    except (TypeError, ValueError):
        return -1


def _merged(photos: Iterable[ViaPhoto]) -> tuple[ViaPhoto, ...]:
    """Join the entries of one photo, its regions in file order."""
    joined: dict[tuple[str, int], ViaPhoto] = {}
    for photo in photos:
        key = (photo.file_name, photo.size_bytes)
        before = joined.get(key)
        joined[key] = replace(photo, regions=before.regions + photo.regions) if before else photo
    return tuple(joined.values())


def via_from_csv(path: Path, text: str) -> ViaFile | None:
    """Return the VIA file with this csv text; None if the columns are others."""
    rows = csv_rows(text)
    if not rows or not set(VIA_COLUMNS) <= set(rows[0]):
        return None
    invalid: list[str] = []
    photos = _merged(_csv_photo(dict(zip(rows[0], row, strict=False)), invalid) for row in rows[1:] if any(row))
    return ViaFile(path, photos, invalid=tuple(invalid))


def _csv_photo(row: Mapping[str, str], invalid: list[str]) -> ViaPhoto:
    shape, shape_ok = _loose_json(row.get("region_shape_attributes", ""))
    attributes, attributes_ok = _loose_json(row.get("region_attributes", ""))
    if not (shape_ok and attributes_ok):
        invalid.append(row["filename"])
    drawn = bool(shape) or not shape_ok
    regions = (ViaRegion(_mapping(shape), attribute_values(attributes)),) if drawn else ()
    return ViaPhoto(row["filename"], _bytes(row.get("file_size")), regions)


def _loose_json(text: str) -> tuple[object, bool]:
    """Return the parsed text and whether it was valid; `undefined`, as VIA writes it, is taken for null."""
    try:
        return json.loads(text or "{}"), True
    except json.JSONDecodeError:
        repaired = re.sub(r"(?<=[:,\[])\s*undefined\s*(?=[,}\]])", "null", text)
    try:
        return json.loads(repaired), False
    except json.JSONDecodeError:
        return {}, False


def same_annotation(first: ViaFile, other: ViaFile) -> bool:
    """Tell whether two files hold the same regions, as the csv and the json export of one project do."""
    return _content(first) == _content(other)


def _content(file: ViaFile) -> dict[str, list[tuple[Mapping[str, object], Mapping[str, tuple[str, ...]]]]]:
    return {photo.file_name: [(r.shape, _filled(r.attributes)) for r in photo.regions] for photo in file.photos}


def _filled(attributes: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    return {key: values for key, values in attributes.items() if values}
