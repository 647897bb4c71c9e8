"""From the photos and shapes that a label file lists to a dataset, alike for every format of drawn shapes.

A reader gives a `Labels`: photos by the names in the file, shapes with the names of their classes. Here the photos
are found, the classes get their ids, and what does not fit is remarked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from maskwright.classes import IGNORE, ClassRow, ClassTable
from maskwright.datasets.class_tables.handwritten_classes import (
    CLASSES_CSV,
    IGNORE_NAMES,
    read_classes_csv,
    require_named,
    rows_of,
    table_of,
)
from maskwright.datasets.dataset import Dataset, Sample
from maskwright.datasets.labels.export_versions import ask_about_exports
from maskwright.datasets.labels.guessed_groups import grouped
from maskwright.datasets.labels.masks_beside import mask_remarks, masks_beside, shown_blank, unlisted_images
from maskwright.datasets.part_names import PartName
from maskwright.datasets.photo_search.photo_index import (
    FoundPhoto,
    WantedPhoto,
    find_photos,
    image_files,
    name_below,
    read_header,
)
from maskwright.datasets.photo_search.photo_names import near_misses, safe_name
from maskwright.datasets.reader_types import Facts, PhotoHeader, ReadOptions, Remark, RemarkKind, Stated
from maskwright.datasets.truth.shape_bounds import are_outside
from maskwright.datasets.truth.shapes import Shape, Shapes, with_class
from maskwright.datasets.truth.stated_sides import StatedPhoto, readings, scaled
from maskwright.errors import DataError
from maskwright.findings.finding import some


@dataclass(frozen=True)
class ShapeRemark:
    """What should be known of a shape: the kind, the end of a sentence that begins with the shape, and a topic."""

    kind: RemarkKind
    detail: str = ""
    topic: str = ""


@dataclass(frozen=True)
class LabelledShape:
    """A shape of class id 0 with the name of its class (None: it has none).

    In place of a shape stands the reason why there is none, as the end of a sentence: "is a point and covers no area".
    `remark` says what should be known of it, used or not.
    """

    class_name: str | None
    shape: Shape | str
    remark: ShapeRemark | None = None


@dataclass(frozen=True)
class LabelledPhoto:
    """A photo as a label file lists it; `shapes` None means: listed, but not annotated.

    `other_name` is a second name or address, `folders` are where it may lie, `size_hw` is its size by the file.
    `in_shares`: coordinates are shares of the upright photo times `size_hw`, its size even before the EXIF rotation.
    """

    name: str
    shapes: tuple[LabelledShape, ...] | None
    other_name: str = ""
    folders: tuple[Path, ...] = ()
    size_hw: tuple[int, int] | None = None
    size_bytes: int = -1
    part: PartName | None = None
    group: str | None = None
    in_shares: bool = False


@dataclass(frozen=True)
class Labels:
    """All that the label files of one dataset say; `format` is the name that `Dataset.format` gets.

    `classes` lists the classes in their order where the format has such a list, else names are sorted. `remarks` are
    those of the reader itself, `pngs` the images that hold its shapes.
    """

    format: str
    root: Path
    files: tuple[Path, ...]
    photos: tuple[LabelledPhoto, ...]
    classes: tuple[ClassRow, ...] = ()
    remarks: tuple[Remark, ...] = ()
    pngs: frozenset[Path] = frozenset()


@dataclass(frozen=True)
class _Entry:
    """A photo under the name of its sample, at the place where it lies or ought to lie."""

    name: str
    path: Path
    photo: LabelledPhoto


def dataset_of(labels: Labels, options: ReadOptions) -> Dataset:
    """Return the dataset; DataError where no photo is found, or where the classes do not fit into a mask.

    A photo beside the listed ones that is not listed counts as not annotated, or as background where its masks say so.
    A classes.csv in the root fixes ids and colours. Missing photos take the size `options.canvas_hw`.
    """
    located, remarks = _located(labels, by_number=options.pairing == "number")
    entries, twice = _one_part_each(located)
    if entries and options.canvas_hw is None and not any(entry.path.is_file() for entry in entries):
        raise _no_photo(labels, entries)
    ask_about_exports(labels.root, (entry.path for entry in entries))
    table, ids = _classes(labels, entries)
    headers: dict[str, PhotoHeader] = {}
    on_photo = options.count("reading photos", len(entries))
    for entry in entries:
        headers[entry.name] = _header(entry, options.canvas_hw)
        on_photo()
    entries, resized = _on_photos(entries, headers)
    remarks += [*twice, *labels.remarks, *resized]
    samples, groups_by = grouped([_sample(entry, headers[entry.name], ids, remarks) for entry in entries], remarks)
    bare, unused = _unlisted(labels, samples, headers)
    remarks += unused
    samples = sorted([*samples, *bare], key=lambda sample: sample.name)
    stated = {entry.name: Stated(entry.photo.size_hw, entry.photo.size_bytes) for entry in entries}
    facts = Facts(headers, tuple(remarks), stated=stated, groups_by=groups_by, truth_images=labels.pngs)
    return Dataset(labels.root, labels.format, tuple(samples), table, facts)


def _unlisted(
    labels: Labels, listed: Sequence[Sample], headers: dict[str, PhotoHeader]
) -> tuple[list[Sample], list[Remark]]:
    """Return the photos beside the listed ones, with their headers added, and what is remarked of masks there.

    They are of the part that all listed photos of their folder are of.
    """
    unlisted = unlisted_images({sample.photo for sample in listed} | labels.pngs, labels.root)
    masks = [] if labels.format == "labelme-xml" else masks_beside(labels.root, {*unlisted, *(s.photo for s in listed)})
    drawn = [sample.photo for sample in listed if isinstance(sample.truth, Shapes) and sample.truth.shapes]
    blank = set(shown_blank(unlisted, drawn, masks))
    parts: dict[Path, set[PartName | None]] = {}
    for listed_sample in listed:
        parts.setdefault(listed_sample.photo.parent, set()).add(listed_sample.part)
    samples = []
    for path in unlisted:
        name, beside = name_below(path, labels.root), parts.get(path.parent, set())
        headers[name] = read_header(path)
        part = next(iter(beside)) if len(beside) == 1 else None
        samples.append(Sample(name, path, Shapes(()) if path in blank else None, headers[name].size_hw, part))
    return samples, mask_remarks(labels.root, labels.format, masks, sorted(blank))


def _header(entry: _Entry, canvas_hw: tuple[int, int] | None) -> PhotoHeader:
    """Return the header; where missing photos are to have a size, that of the file counts before `canvas_hw`."""
    return read_header(entry.path, canvas_hw=canvas_hw and (entry.photo.size_hw or canvas_hw))


def _located(labels: Labels, *, by_number: bool) -> tuple[list[_Entry], list[Remark]]:
    wanted = {
        id(photo): WantedPhoto(
            photo.name, photo.other_name, photo.size_bytes, photo.part, (*photo.folders, labels.root)
        )
        for photo in labels.photos
    }
    found = find_photos(wanted.values(), labels.root, by_number=by_number)
    entries: dict[tuple[Path, PartName | None], list[LabelledPhoto]] = {}
    remarks: dict[tuple[str, str], Remark] = {}
    for photo in labels.photos:
        place = found.get(wanted[id(photo)], FoundPhoto(labels.root / (safe_name(photo.name) or "unnamed")))
        entries.setdefault((place.path, photo.part), []).append(photo)
        if place.differs_in:
            name = name_below(place.path, labels.root)
            detail = f"{name} for {photo.name}"
            remarks[name, detail] = Remark("name-differs", (name,), detail, place.differs_in)
    return [_entry(path, photos, labels.root) for (path, _), photos in entries.items()], list(remarks.values())


def _on_photos(entries: Sequence[_Entry], headers: Mapping[str, PhotoHeader]) -> tuple[list[_Entry], list[Remark]]:
    """Return the entries with the shapes of photos that were resized scaled to these, and what is to be remarked."""
    stated = {e.name: photo for e in entries if (photo := _stated(e.photo, headers[e.name].size_hw)) is not None}
    read_as = readings(stated)
    remarks = [
        Remark("size-stated", (name,), "{}x{} by the file, the photo has {}x{}".format(*photo.sides_wh), read_as[name])
        for name, photo in stated.items()
        if name in read_as and not (photo.in_shares and photo.is_exchanged)
    ]
    return [
        _scaled(e, stated[e.name]) if read_as.get(e.name) in ("scaled", "stretched") else e for e in entries
    ], remarks


def _stated(photo: LabelledPhoto, photo_hw: tuple[int, int] | None) -> StatedPhoto | None:
    if photo_hw is None or photo.size_hw is None or not photo.shapes:
        return None
    shapes = [one.shape for one in photo.shapes if not isinstance(one.shape, str)]
    return StatedPhoto(shapes, photo.size_hw, photo_hw, photo.in_shares)


def _scaled(entry: _Entry, stated: StatedPhoto) -> _Entry:
    drawn = [(one, one.shape) for one in entry.photo.shapes or ()]
    shapes = [one if isinstance(shape, str) else replace(one, shape=scaled(shape, stated)) for one, shape in drawn]
    return replace(entry, photo=replace(entry.photo, shapes=tuple(shapes)))


def _entry(path: Path, photos: Sequence[LabelledPhoto], root: Path) -> _Entry:
    """Join what is said about one photo; of entries for several file sizes the one that fits the file counts."""
    if len(photos) > 1 and path.is_file():
        size = path.stat().st_size
        photos = [photo for photo in photos if photo.size_bytes == size] or photos
    shapes = [photo.shapes for photo in photos if photo.shapes is not None]
    joined = tuple(shape for some_shapes in shapes for shape in some_shapes) if shapes else None
    return _Entry(name_below(path, root), path, replace(photos[0], shapes=joined))


def _one_part_each(entries: Sequence[_Entry]) -> tuple[list[_Entry], list[Remark]]:
    """Leave a photo that stands in several parts only in the last of train, val, test."""
    order = (None, "train", "val", "test")
    last: dict[str, _Entry] = {}
    twice: set[str] = set()
    for entry in sorted(entries, key=lambda e: order.index(e.photo.part)):
        twice |= {entry.name} & set(last)
        last[entry.name] = entry
    return list(last.values()), ([Remark("two-parts", tuple(sorted(twice)))] if twice else [])


def _no_photo(labels: Labels, entries: Sequence[_Entry]) -> DataError:
    where = some([name_below(file, labels.root) for file in labels.files], most=3)
    images = image_files(labels.root)
    close = near_misses([entry.photo.name for entry in entries], images, most=3)
    near = f"; nearest are {some([f'{miss.name} ~ {miss.file.name}' for miss in close])}" if close else ""
    return DataError(
        f"none of the {len(entries)} photos named in {where} was found below {labels.root} "
        f"({some([entry.name for entry in entries], most=3)}{near}): "
        f"put them beside it or into {labels.root / 'images'}; if other labels count, move {where} elsewhere"
    )


def _classes(labels: Labels, entries: Sequence[_Entry]) -> tuple[ClassTable, Mapping[str | None, int]]:
    """Return the table, and the class id by the name of the class (None: for shapes without any)."""
    used = {s.class_name for entry in entries for s in entry.photo.shapes or () if s.class_name is not None}
    own = labels.root / CLASSES_CSV
    rows = read_classes_csv(own) if own.is_file() else labels.classes or rows_of(used)
    table, by_value = table_of(rows)
    ids: dict[str | None, int] = {row.name: by_value[row.value] for row in rows}
    ids |= {name: IGNORE for name in used if name.lower() in IGNORE_NAMES and name not in ids}
    if own.is_file():
        require_named(used, [row.name for row in rows], own, by_sheet=labels.format == "yolo")
    if not used:
        only = table.scored
        ids[None] = only[0] if len(only) == 1 else 1
    return table, ids


def _sample(entry: _Entry, header: PhotoHeader, ids: Mapping[str | None, int], remarks: list[Remark]) -> Sample:
    shapes: list[Shape] = []
    listed = entry.photo.shapes or ()
    outside = _outside(listed, header.size_hw)
    for number, labelled in enumerate(listed, 1):
        shape, said = _shape(labelled, ids, header.size_hw if number in outside else None)
        if said is not None:
            remarks.append(Remark(said.kind, (entry.name,), f"shape {number} {said.detail}".strip(), said.topic))
        if shape is not None:  # a box that counts for nothing lies beneath the outlines
            shapes.insert(0 if shape.class_id == IGNORE and labelled.remark else len(shapes), shape)
    truth = Shapes(tuple(shapes)) if entry.photo.shapes is not None else None
    return Sample(entry.name, entry.path, truth, header.size_hw, entry.photo.part, entry.photo.group)


def _outside(listed: Sequence[LabelledShape], size_hw: tuple[int, int] | None) -> set[int]:
    """Return the numbers, from 1 on, of the shapes that lie outside a photo of this size."""
    drawn = [(number, one.shape) for number, one in enumerate(listed, 1) if not isinstance(one.shape, str)]
    if not drawn or size_hw is None:
        return set()
    outside = are_outside([shape for _, shape in drawn], size_hw)
    return {number for (number, _), out in zip(drawn, outside.tolist(), strict=True) if out}


def _shape(
    labelled: LabelledShape, ids: Mapping[str | None, int], outside_hw: tuple[int, int] | None
) -> tuple[Shape | None, ShapeRemark | None]:
    """Return the shape with its class id, None where it cannot be used, and what is to be remarked about it.

    `outside_hw` is the size of the photo that the shape lies outside of, None where it lies on its photo.
    """
    name, shape = labelled.class_name, labelled.shape
    if isinstance(shape, str):
        return None, labelled.remark or ShapeRemark("shape-invalid", shape)
    if name is None and None not in ids:
        return None, ShapeRemark("shape-unclassed", "has no class")
    if outside_hw:
        return None, ShapeRemark("shape-outside", f"lies outside the photo of {outside_hw[1]}x{outside_hw[0]} pixels")
    if name not in ids:
        return with_class(shape, IGNORE), ShapeRemark("class-unknown", f"is a {name!r}")
    return with_class(shape, ids[name]), labelled.remark
