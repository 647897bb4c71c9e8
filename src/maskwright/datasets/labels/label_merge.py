"""Several label files of one format as one: copies count once, files by part are a split, others may not differ."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from maskwright.classes import ClassRow, Colour
from maskwright.datasets.class_tables.handwritten_classes import listed_rows
from maskwright.datasets.labels.dataset_from_labels import LabelledPhoto, Labels
from maskwright.datasets.labels.label_files import folders_apart, parts_of_files
from maskwright.datasets.part_names import PartName
from maskwright.datasets.photo_search.photo_index import image_files, name_below
from maskwright.datasets.photo_search.photo_names import last_part, safe_name
from maskwright.datasets.reader_types import Remark
from maskwright.errors import DataError
from maskwright.findings.finding import some
from maskwright.natural_order import natural_key


@dataclass(frozen=True)
class LabelFile:
    """A label file: its photos, its classes in order (empty: as the shapes name them), the choices made in reading.

    `pngs` are the images that hold its shapes, `remarks` what was noticed in reading beside the choices.
    `class_ids` are the numbers that the file itself gives to its classes, where programs go by them.
    """

    path: Path
    photos: tuple[LabelledPhoto, ...]
    classes: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    colours: Mapping[str, Colour] = field(default_factory=dict)
    pngs: tuple[Path, ...] = ()
    remarks: tuple[Remark, ...] = ()
    class_ids: Mapping[str, str] = field(default_factory=dict)


def merged(name: str, root: Path, files: Sequence[LabelFile], *, order: Sequence[str] = ()) -> Labels:
    """Return what the files say together; DataError where they contradict each other.

    `order` is a list of class names that fixes their order, where it holds every class that the files name.
    """
    different = _different(files)
    split = _split_that_says_all(different, root)
    parts = _parts(split or different, root)
    repeating = [name_below(file.path, root) for file in different if split and file not in split]
    different = split or different
    photos = tuple(
        replace(photo, part=photo.part or parts[file.path], folders=photo.folders or (file.path.parent,))
        for file in different
        for photo in file.photos
    )
    classes = dict.fromkeys(name for file in different for name in file.classes)
    drawn = [shape for photo in photos for shape in photo.shapes or () if not isinstance(shape.shape, str)]
    used = {shape.class_name for shape in drawn if shape.class_name is not None}
    if used <= set(order) and not classes:
        classes = dict.fromkeys(order)
    unlisted = sorted(used - set(classes), key=natural_key)
    choices = dict.fromkeys(choice for file in different for choice in file.choices)
    remarks = tuple(Remark("reading-choice", (), choice) for choice in choices)
    remarks += tuple(dict.fromkeys(remark for file in different for remark in file.remarks))
    remarks += _ids_that_differ(different, root)
    if repeating:
        remarks += (Remark("file-unused", tuple(repeating), "says the same as the label files of the split"),)
    colours = {name: colour for file in different for name, colour in file.colours.items()}
    rows = [replace(row, colour=colours.get(row.name)) for row in listed_rows((*classes, *unlisted))]
    paths = tuple(file.path for file in different)
    pngs = frozenset(png for file in files for png in file.pngs)
    return Labels(name, root, paths, photos, _distinct(rows), remarks, pngs)


def _ids_that_differ(files: Sequence[LabelFile], root: Path) -> tuple[Remark, ...]:
    """Return a remark on classes that two files number differently: here names count, elsewhere numbers."""
    numbered = [file for file in files if file.class_ids]
    for file in numbered[1:]:
        first = numbered[0]
        both = [name for name in file.class_ids if name in first.class_ids]
        other = [name for name in both if file.class_ids[name] != first.class_ids[name]]
        if other:
            ids = some([f"{name} {first.class_ids[name]} and {file.class_ids[name]}" for name in other])
            names = tuple(name_below(one.path, root) for one in (first, file))
            detail = f"{len(other)} of {len(both)} classes have other ids in {names[0]} than in {names[1]}: {ids}"
            return (Remark("class-ids-differ", names, detail),)
    return ()


def _distinct(rows: Sequence[ClassRow]) -> tuple[ClassRow, ...]:
    """Return the rows, without colours that two classes share: masks and overlays could not be told apart."""
    counts = Counter(row.colour for row in rows)
    return tuple(replace(row, colour=None) if counts[row.colour] > 1 else row for row in rows)


def _different(files: Sequence[LabelFile]) -> list[LabelFile]:
    """Return the files without those that say the same of the same photos as one before."""
    if len(files) == 1:
        return list(files)
    first: dict[tuple[Path, tuple[LabelledPhoto, ...]], LabelFile] = {}
    for file in files:
        first.setdefault((file.path.parent, tuple(sorted(file.photos, key=lambda photo: photo.name))), file)
    return list(first.values())


def _split_that_says_all(files: Sequence[LabelFile], root: Path) -> list[LabelFile]:
    """Return the files of one folder, named after parts, if each photo of all other files is in them with its shapes.

    So a list of all photos, or of a few, may lie beside or below a split. None where two of its files list one photo;
    two photos of one name lie in two folders.
    """
    parts = parts_of_files([file.path for file in files], root)
    for folder in dict.fromkeys(file.path.parent for file in files):
        split = [file for file in files if file.path.parent == folder and parts[file.path] is not None]
        photos = _by_name(split)
        is_split = len({parts[file.path] for file in split}) == len(split) > 1
        others = [photo for file in files if file not in split for photo in file.photos]
        if not is_split or not others or not _are_there(photos, root):
            continue
        if all(photo.shapes in [known.shapes for known in photos.get(photo.name, ())] for photo in others):
            return split
    return []


def _by_name(files: Sequence[LabelFile]) -> dict[str, list[LabelledPhoto]]:
    photos: dict[str, list[LabelledPhoto]] = {}
    for file in files:
        for photo in file.photos:
            photos.setdefault(photo.name, []).append(photo)
    return photos


def _are_there(photos: Mapping[str, Sequence[LabelledPhoto]], root: Path) -> bool:
    """Tell whether as many files have each name as photos are listed by it, for names that are listed several times."""
    several = {last_part(name): len(listed) for name, listed in photos.items() if len(listed) > 1}
    held = Counter(path.name for path in image_files(root)) if several else Counter[str]()
    return all(held[name] >= count for name, count in several.items())


def _parts(files: Sequence[LabelFile], root: Path) -> Mapping[Path, PartName | None]:
    """Return the part of each file; DataError where two files that are no split list one photo."""
    parts = parts_of_files([file.path for file in files], root)
    if None in parts.values() or len(set(parts.values())) == 1:
        parts = dict.fromkeys(parts)
    listed: dict[tuple[Path | None, str, PartName | None], Path] = {}
    for file in files:
        for photo in file.photos:
            places = (*photo.folders, file.path.parent)
            beside = next((place for place in places if (place / safe_name(photo.name)).is_file()), None)
            other = listed.setdefault((beside, photo.name, photo.part or parts[file.path]), file.path)
            if other != file.path:
                names = some([name_below(path, root) for path in (other, file.path)])
                ways = folders_apart([path for path in parts if path.is_relative_to(root)], root)
                raise DataError(
                    f"{root} holds label files that differ about {photo.name} ({names}): "
                    f"{ways or 'give the path of one of them'}, or name them train_... and val_... if they are a split"
                )
    return parts
