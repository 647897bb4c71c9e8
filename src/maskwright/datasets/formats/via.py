"""VIA annotations (VGG Image Annotator, versions 1 and 2) to samples, and masks as polygons back to VIA."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from maskwright.classes import IGNORE, ClassTable
from maskwright.datasets.dataset import Dataset, Ellipse, PartName, Polygon, Sample, Shapes
from maskwright.datasets.formats.class_list import (
    BACKGROUND_NAMES,
    CLASSES_CSV,
    ClassRow,
    read_classes_csv,
    table_of,
)
from maskwright.datasets.formats.split_names import split_leak
from maskwright.datasets.formats.via_files import ViaFile, ViaPhoto
from maskwright.datasets.formats.via_regions import (
    BadShape,
    ViaRegion,
    choose_attribute,
    is_outside,
    natural_key,
    region_shape,
)
from maskwright.datasets.photo_index import PhotoFinder, PhotoHead, head_findings, image_files, name_below, photo_head
from maskwright.errors import DataError
from maskwright.files import write_json
from maskwright.findings.finding import Finding, some
from maskwright.imaging.geometry import Points

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


@dataclass
class _Trouble:
    """What reading the regions stumbled over: by code, the sample and the sentence."""

    said: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def add(self, code: str, name: str, sentence: str) -> None:
        self.said.setdefault(code, []).append((name, sentence))


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
    entries, findings = _one_part_each(_located(files, root))
    where = ", ".join(name_below(file.path, root) for file, _ in files)
    if entries and canvas_hw is None and not any(entry.path.is_file() for entry in entries):
        raise DataError(
            f"none of the {len(entries)} photos named in {where} was found below {root} "
            f"({some([e.name for e in entries], most=3)}): put them beside it or into {root / 'images'}"
        )
    chosen = choose_attribute((r for e in entries for r in e.regions), attribute, where=where)
    table, ids = _classes(entries, chosen, root)
    heads = {entry.name: photo_head(entry.path, canvas_hw=canvas_hw) for entry in entries}
    trouble = _Trouble()
    samples = [_sample(entry, heads[entry.name], (chosen, ids), trouble) for entry in entries]
    others = [_unlisted(path, root, heads) for path in _unlisted_photos(samples, root)]
    samples = sorted(samples + others, key=lambda sample: sample.name)
    findings += _invalid_attributes(files) + head_findings(heads) + _shape_findings(samples, trouble)
    return Dataset(root, "via", tuple(samples), table, tuple(findings))


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


def _one_part_each(entries: Sequence[_Entry]) -> tuple[list[_Entry], list[Finding]]:
    """Leave a photo that stands in several parts only in the last of train, val, test."""
    order = (None, "train", "val", "test")
    kept: dict[str, _Entry] = {}
    twice: set[str] = set()
    for entry in sorted(entries, key=lambda e: order.index(e.part)):
        twice |= {entry.name} & set(kept)
        kept[entry.name] = entry
    found = [split_leak(sorted(twice))] if twice else []
    return list(kept.values()), found


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


def _sample(entry: _Entry, head: PhotoHead, classes: ClassIds, trouble: _Trouble) -> Sample:
    shapes = []
    for number, region in enumerate(entry.regions, 1):
        shape = _shape(region, classes, head.size_hw)
        if isinstance(shape, tuple):
            trouble.add(shape[0], entry.name, f"{entry.name}: shape {number} {shape[1]}")
            continue
        shapes.append(shape)
        if shape.class_id == IGNORE and (value := region.attributes.get(classes[0] or "")) not in classes[1]:
            trouble.add("class-unknown", entry.name, f"{entry.name}: shape {number} is a {value!r}")
        if region.shape.get("name") == "polyline":
            trouble.add("shape-filled", entry.name, f"{entry.name}: shape {number}")
    truth = Shapes(tuple(shapes)) if entry.regions else None
    return Sample(entry.name, entry.path, truth, head.size_hw, entry.part)


def _shape(
    region: ViaRegion, classes: ClassIds, size_hw: tuple[int, int] | None
) -> Polygon | Ellipse | tuple[str, str]:
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


def _unlisted(path: Path, root: Path, heads: dict[str, PhotoHead]) -> Sample:
    name = name_below(path, root)
    heads[name] = photo_head(path)
    return Sample(name, path, None, heads[name].size_hw)


def _invalid_attributes(files: Sequence[tuple[ViaFile, PartName | None]]) -> list[Finding]:
    return [
        Finding(
            "attribute-invalid",
            "warning",
            f"{file.path.name} has attributes that are not valid JSON",
            f"{len(file.invalid)} rows: {some(dict.fromkeys(file.invalid))}; undefined was read as no value",
            "export the annotations again as json, or correct these rows",
        )
        for file, _ in files
        if file.invalid
    ]


_SHAPE_FINDINGS = {
    "shape-invalid": ("Shapes cannot be filled", "draw them again as polygons, or delete them"),
    "shape-outside": ("Shapes lie outside their photo", "check that the photos were not resized or turned since"),
    "shape-unclassed": ("Shapes have no class while others have one", "give them a class, or delete them"),
    "shape-filled": ("Open lines were filled as if they were closed", "draw areas as polygons if that is not meant"),
    "class-unknown": ("Shapes have a class that is not in classes.csv", "add it to classes.csv, or correct the shapes"),
}


def _shape_findings(samples: Sequence[Sample], trouble: _Trouble) -> list[Finding]:
    """Say what is wrong with shapes: an error for photos that have no other shape left, else a warning."""
    bare = {s.name for s in samples if isinstance(s.truth, Shapes) and not s.truth.shapes}
    findings = []
    for code, said in trouble.said.items():
        lost = [(name, sentence) for name, sentence in said if name in bare]
        kept = [(name, sentence) for name, sentence in said if name not in bare]
        findings += [_shape_finding(code, lost, lost=True)] if lost else []
        findings += [_shape_finding(code, kept, lost=False)] if kept else []
    return findings


def _shape_finding(code: str, said: Sequence[tuple[str, str]], *, lost: bool) -> Finding:
    title, fix = _SHAPE_FINDINGS[code]
    names = tuple(dict.fromkeys(name for name, _ in said))
    more = "; these photos have no other shape and are left out" if lost else ""
    evidence = f"{len(said)} in {len(names)} photos: {some([s for _, s in said], most=3)}{more}"
    severity = "error" if lost else "note" if code == "shape-filled" else "warning"
    return Finding(code, severity, title, evidence, fix, names)  # type: ignore[arg-type]


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
