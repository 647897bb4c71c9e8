"""VIA annotations (VGG Image Annotator, versions 1 and 2) to samples, and masks as polygons back to VIA."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from maskwright.classes import IGNORE, ClassTable
from maskwright.datasets.class_list import BACKGROUND_NAMES, CLASSES_CSV, ClassRow, read_classes_csv, table_of
from maskwright.datasets.dataset import Dataset, PartName, Sample
from maskwright.datasets.formats.via_files import VIA_COLUMNS, ViaFile, ViaPhoto, read_via_file, same_annotation
from maskwright.datasets.formats.via_regions import (
    BadShape,
    ViaRegion,
    choose_attribute,
    is_outside,
    natural_key,
    region_shape,
)
from maskwright.datasets.label_files import label_files, part_of_file
from maskwright.datasets.photo_index import PhotoFinder, image_files, name_below, read_header
from maskwright.datasets.reading import Facts, PhotoHeader, ReadOptions, Recognition, Remark, RemarkKind
from maskwright.datasets.shapes import Ellipse, Polygon, Shapes
from maskwright.datasets.text_files import csv_header, json_outline
from maskwright.errors import DataError
from maskwright.files import write_json
from maskwright.findings.finding import some
from maskwright.imaging.geometry import Points

NAME = "VIA"
SUFFIXES = (".json", ".csv")
CERTAIN, NO_PHOTO = 0.95, 0.2
CLASS_ATTRIBUTE = "class"

ClassIds = tuple[str | None, Mapping[str | None, int]]
"""The attribute that names the class, and the class id by its value (None: what has no value)."""


@dataclass(frozen=True)
class _Entry:
    """A photo of an annotation file with the place where it lies, or where it ought to lie."""

    name: str
    path: Path
    regions: tuple[ViaRegion, ...]
    part: PartName | None


def recognise(path: Path) -> Recognition | None:
    """Return the VIA files at a path, which may be a folder or one file; None if there are none."""
    if path.is_file():
        return _recognised_file(path)
    known: list[Recognition] = []
    for files in label_files(path, SUFFIXES):
        known = known or [found for file in files if (found := _recognised_file(file))]
    if not known:
        return None
    best = max(known, key=lambda one: one.confidence)
    alike = tuple(file for one in known if one.confidence == best.confidence for file in one.files)
    return Recognition(best.confidence, best.kind, f"{len(alike)} files", alike)


def _recognised_file(path: Path) -> Recognition | None:
    if path.suffix.lower() == ".csv":
        header, text = csv_header(path)
        if not set(VIA_COLUMNS) <= set(header):
            return None
        filled = len(text.strip().splitlines()) > 1
        return Recognition(CERTAIN if filled else NO_PHOTO, "VIA csv", files=(path,))
    if path.suffix.lower() != ".json":
        return None
    outline = json_outline(path)
    if "_via_img_metadata" in outline.keys:
        return Recognition(CERTAIN, "VIA 2 project", files=(path,))
    if {"filename", "regions"} <= outline.first and not outline.is_list:
        kind = "VIA 1 json" if outline.first & {"fileref", "base64_img_data"} else "VIA 2 json"
        return Recognition(CERTAIN, kind, files=(path,))
    is_empty = outline.whole and not (outline.error or outline.keys or outline.is_list)
    return Recognition(NO_PHOTO, "VIA 2 json", files=(path,)) if is_empty else None


def read(path: Path, options: ReadOptions) -> Dataset:
    """Return the dataset of the VIA files at a path; DataError where they list no photo or contradict each other."""
    if options.ignore is not None:
        raise DataError(f"{path}: data.ignore is a value in mask files, and this is VIA: mark a class in {CLASSES_CSV}")
    recognition = recognise(path)
    files = [read_via_file(file) for file in (recognition.files if recognition else ())]
    if not any(file.photos for file in files):
        raise DataError(f"{files[0].path} lists no photo: annotate some in VIA and export again")
    root = path if path.is_dir() else path.parent
    given = _given_split([file for file in files if file.photos], root)
    return read_via(given, root, attribute=options.attribute, canvas_hw=options.canvas_hw)


def _given_split(files: Sequence[ViaFile], root: Path) -> list[tuple[ViaFile, PartName | None]]:
    """Return the files to read, each with its part; DataError if they neither agree nor form a split."""
    different: list[ViaFile] = []
    for file in sorted(files, key=lambda f: f.path.suffix.lower() != ".json"):
        if not any(same_annotation(file, other) for other in different):
            different.append(file)
    if len(different) <= 1:
        return [(file, None) for file in different]
    parts = [part_of_file(file.path, root) for file in different]
    if None in parts or len(set(parts)) < len(parts):
        names = some([name_below(file.path, root) for file in sorted(different, key=lambda f: f.path)])
        raise DataError(
            f"{root} holds {len(different)} annotation files that differ ({names}): give the path of one of them, "
            "or name them train_... and val_... if they are a split"
        )
    return list(zip(different, parts, strict=True))


def read_via(
    files: Sequence[tuple[ViaFile, PartName | None]],
    root: Path,
    *,
    attribute: str | None = None,
    canvas_hw: tuple[int, int] | None = None,
) -> Dataset:
    """Return the dataset of VIA files, each with its part of a given split.

    VIA lists every photo that was loaded, so a photo without regions counts as not annotated (truth None), and
    so does a photo that lies beside the annotated ones without being listed. Polylines are filled as polygons;
    points and broken shapes are left out with a finding. `attribute` names the region attribute that holds the
    class; a classes.csv in `root` fixes ids and colours. Missing photos take the size `canvas_hw`.
    """
    entries, remarks = _one_part_each(_located(files, root))
    where = ", ".join(name_below(file.path, root) for file, _ in files)
    if entries and canvas_hw is None and not any(entry.path.is_file() for entry in entries):
        raise DataError(
            f"none of the {len(entries)} photos named in {where} was found below {root} "
            f"({some([e.name for e in entries], most=3)}): put them beside it or into {root / 'images'}"
        )
    chosen = choose_attribute((r for e in entries for r in e.regions), attribute, where=where)
    table, ids = _classes(entries, chosen, root)
    heads = {entry.name: read_header(entry.path, canvas_hw=canvas_hw) for entry in entries}
    samples = [_sample(entry, heads[entry.name], (chosen, ids), remarks) for entry in entries]
    others = [_unlisted(path, root, heads) for path in _unlisted_photos(samples, root)]
    samples = sorted(samples + others, key=lambda sample: sample.name)
    remarks += [Remark("attribute-invalid", file.invalid, file.path.name) for file, _ in files if file.invalid]
    return Dataset(root, "via", tuple(samples), table, Facts(heads, tuple(remarks)))


def _located(files: Sequence[tuple[ViaFile, PartName | None]], root: Path) -> list[_Entry]:
    finder = PhotoFinder(root)
    entries: dict[tuple[Path, PartName | None], list[ViaPhoto]] = {}
    for file, part in files:
        here = file.path.parent
        folders = [here / file.folder, here, root] if file.folder else [here, root]
        for photo in file.photos:
            path = None
            for name in dict.fromkeys((photo.file_name, photo.reference)):
                if path is None and name:
                    path = finder.find(name, size_bytes=photo.size_bytes, part=part, folders=folders)
            missing = root / photo.file_name.replace("\\", "/")
            entries.setdefault((path or missing, part), []).append(photo)
    return [_entry(path, part, photos, root) for (path, part), photos in entries.items()]


def _entry(path: Path, part: PartName | None, photos: Sequence[ViaPhoto], root: Path) -> _Entry:
    """Join what is said about one photo; of entries for several file sizes the one that fits the file counts."""
    if len(photos) > 1 and path.is_file():
        photos = [p for p in photos if p.size_bytes == path.stat().st_size] or photos
    return _Entry(name_below(path, root), path, tuple(r for photo in photos for r in photo.regions), part)


def _one_part_each(entries: Sequence[_Entry]) -> tuple[list[_Entry], list[Remark]]:
    """Leave a photo that stands in several parts only in the last of train, val, test."""
    order = (None, "train", "val", "test")
    kept: dict[str, _Entry] = {}
    twice: set[str] = set()
    for entry in sorted(entries, key=lambda e: order.index(e.part)):
        twice |= {entry.name} & set(kept)
        kept[entry.name] = entry
    return list(kept.values()), ([Remark("two-parts", tuple(sorted(twice)))] if twice else [])


def _classes(entries: Sequence[_Entry], attribute: str | None, root: Path) -> tuple[ClassTable, dict[str | None, int]]:
    """Return the table, and the class id by attribute value (None: what has no value)."""
    used = {r.attributes[attribute] for e in entries for r in e.regions if attribute and attribute in r.attributes}
    rows = read_classes_csv(root / CLASSES_CSV) if (root / CLASSES_CSV).is_file() else _rows_of(used)
    table, by_value = table_of(rows)
    ids: dict[str | None, int] = {row.name: by_value[row.value] for row in rows}
    if attribute is None:
        only = table.scored
        ids[None] = only[0] if len(only) == 1 else 1
    return table, ids


def _rows_of(used: set[str]) -> list[ClassRow]:
    behind = sorted(name for name in used if name.lower() in BACKGROUND_NAMES)
    names = sorted(used - set(behind), key=lambda name: (natural_key(name), name)) or ["object"]
    if len(names) >= IGNORE:
        raise DataError(
            f"the attribute has {len(names)} different values ({some(names, most=3)}), more than masks have room for: "
            "choose another with --set data.attribute=NAME"
        )
    return [*(ClassRow(0, name) for name in behind[:1]), *(ClassRow(i, name) for i, name in enumerate(names, 1))]


def _sample(entry: _Entry, head: PhotoHeader, classes: ClassIds, remarks: list[Remark]) -> Sample:
    shapes = []
    for number, region in enumerate(entry.regions, 1):
        shape = _shape(region, classes, head.size_hw)
        if isinstance(shape, tuple):
            remarks.append(Remark(shape[0], (entry.name,), f"shape {number} {shape[1]}"))
            continue
        shapes.append(shape)
        if shape.class_id == IGNORE and (value := region.attributes.get(classes[0] or "")) not in classes[1]:
            remarks.append(Remark("class-unknown", (entry.name,), f"shape {number} is a {value!r}"))
        if region.shape.get("name") == "polyline":
            remarks.append(Remark("shape-filled", (entry.name,), f"shape {number}"))
    truth = Shapes(tuple(shapes)) if entry.regions else None
    return Sample(entry.name, entry.path, truth, head.size_hw, entry.part)


def _shape(
    region: ViaRegion, classes: ClassIds, size_hw: tuple[int, int] | None
) -> Polygon | Ellipse | tuple[RemarkKind, str]:
    """Return the region's shape, or the code and the sentence of what is wrong with it."""
    attribute, ids = classes
    value = region.attributes.get(attribute) if attribute else None
    shape = region_shape(region.shape, ids.get(value, IGNORE))
    if isinstance(shape, BadShape):
        return "shape-invalid", shape.why
    if attribute and value is None:
        return "shape-unclassed", f"has no {attribute}"
    if size_hw and is_outside(shape, size_hw):
        return "shape-outside", f"lies outside the photo of {size_hw[1]}x{size_hw[0]} pixels"
    return shape


def _unlisted_photos(samples: Sequence[Sample], root: Path) -> list[Path]:
    listed = {sample.photo for sample in samples}
    folders = {path.parent for path in listed if path.is_file()} or {root}
    return [path for path in image_files(root) if path.parent in folders and path not in listed]


def _unlisted(path: Path, root: Path, heads: dict[str, PhotoHeader]) -> Sample:
    name = name_below(path, root)
    heads[name] = read_header(path)
    return Sample(name, path, None, heads[name].size_hw)


def write_via(path: Path, photos: Iterable[tuple[str, int, Sequence[tuple[str, Points]]]]) -> None:
    """Write a VIA 2 json, whole or not at all; a photo is its file name, size in bytes and (class name, Nx2 points)."""
    write_json(path, {f"{name}{size}": _entry_json(name, size, shapes) for name, size, shapes in photos})


def _entry_json(name: str, size: int, shapes: Sequence[tuple[str, Points]]) -> dict[str, object]:
    regions = [
        {
            "shape_attributes": {
                "name": "polygon",
                "all_points_x": [_plain(x) for x in xy[:, 0]],
                "all_points_y": [_plain(y) for y in xy[:, 1]],
            },
            "region_attributes": {CLASS_ATTRIBUTE: class_name},
        }
        for class_name, xy in shapes
    ]
    return {"filename": name, "size": size, "regions": regions, "file_attributes": {}}


def _plain(value: float) -> int | float:
    return int(value) if float(value).is_integer() else float(value)
