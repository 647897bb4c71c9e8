"""VIA annotations (VGG Image Annotator, versions 1 and 2) to samples, and masks as polygons back to VIA."""

from collections.abc import Sequence
from pathlib import Path

from maskwright.datasets.class_tables.handwritten_classes import CLASSES_CSV
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.formats.via.files import VIA_COLUMNS, ViaFile, ViaPhoto, read_via_file, same_annotation
from maskwright.datasets.formats.via.regions import ClassNaming, class_naming, class_rows, labelled_shape
from maskwright.datasets.labels.dataset_from_labels import LabelledPhoto, Labels, dataset_of
from maskwright.datasets.labels.label_files import folders_apart, parts_of_files, recognise_labels
from maskwright.datasets.parsing.text_files import csv_header, json_outline
from maskwright.datasets.part_names import PartName
from maskwright.datasets.photo_search.photo_index import name_below
from maskwright.datasets.photo_search.photo_names import safe_name
from maskwright.datasets.reader_types import ReadOptions, Recognition, Remark
from maskwright.errors import DataError
from maskwright.findings.finding import some
from maskwright.imaging.mask_geometry import Points

NAME = "VIA"
SUFFIXES = (".json", ".csv")
CERTAIN, NO_PHOTO = 0.95, 0.2
CLASS_ATTRIBUTE = "class"

Given = list[tuple[ViaFile, PartName | None]]
"""VIA files, each with its part of a given split."""


def recognise(path: Path) -> Recognition | None:
    """Return the VIA files at a path, which may be a folder or one file; None if there are none."""
    return recognise_labels(path, SUFFIXES, _recognised_file)


def _recognised_file(path: Path) -> Recognition | None:
    if path.suffix.lower() == ".csv":
        header, text = csv_header(path)
        if not set(VIA_COLUMNS) <= set(header):
            return None
        filled = len(text.strip().splitlines()) > 1
        return Recognition(CERTAIN if filled else NO_PHOTO, "VIA csv", files=(path,))
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
    return dataset_of(_labels(given, root, options.attribute), options)


def _given_split(files: Sequence[ViaFile], root: Path) -> Given:
    """Return the files to read, each with its part; DataError if they neither agree nor form a split."""
    different: list[ViaFile] = []
    for file in sorted(files, key=lambda f: f.path.suffix.lower() != ".json"):
        if not any(same_annotation(file, other) for other in different):
            different.append(file)
    if len(different) <= 1:
        return [(file, None) for file in different]
    parts = list(parts_of_files([file.path for file in different], root).values())
    if None in parts or len(set(parts)) < len(parts):
        names = some([name_below(file.path, root) for file in sorted(different, key=lambda f: f.path)])
        ways = folders_apart([file.path for file in different], root) or "give the path of one of them"
        raise DataError(
            f"{root} holds {len(different)} annotation files that differ ({names}): {ways}, "
            "or name them train_... and val_... if they are a split"
        )
    return list(zip(different, parts, strict=True))


def _labels(given: Given, root: Path, attribute: str | None) -> Labels:
    """Return what the files say; VIA lists every photo that was loaded: without regions it is not annotated."""
    files = tuple(file.path for file, _ in given)
    regions = [region for file, _ in given for photo in file.photos for region in photo.regions]
    options = {key: words for file, _ in given for key, words in file.options.items()}
    where = some([name_below(file, root) for file in files], most=3)
    naming = class_naming(regions, attribute, options=options, where=where)
    photos = tuple(_photo(photo, file, part, naming) for file, part in given for photo in file.photos)
    remarks = [Remark("attribute-invalid", file.invalid, file.path.name) for file, _ in given if file.invalid]
    words = [f"{value} is {word}" for value, word in naming.options.items() if word]
    if words and naming.box is None:
        remarks.append(Remark("class-names", (), f"the values of {naming.attribute}: {some(words, most=20)}"))
    return Labels("via", root, files, photos, class_rows(regions, naming), tuple(remarks))


def _photo(photo: ViaPhoto, file: ViaFile, part: PartName | None, naming: ClassNaming) -> LabelledPhoto:
    here = file.path.parent
    shapes = [labelled_shape(region, naming) for region in photo.regions]
    return LabelledPhoto(
        photo.file_name,
        tuple(shape for shape in shapes if shape is not None) if photo.regions else None,
        other_name=photo.reference,
        folders=(here / safe_name(file.folder), here) if file.folder else (here,),
        size_bytes=photo.size_bytes,
        part=part,
    )


def via_entry(name: str, size: int, shapes: Sequence[tuple[str, Points]]) -> dict[str, object]:
    """Return a photo of a VIA 2 JSON file: its file name, size in bytes, and (class name, Nx2 points) as polygons."""
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
