"""VIA 3 projects (VGG Image Annotator 3) of photos: shapes as lists of numbers, classes by attribute and option.

VIA lists every photo that was loaded, so that one without regions counts as not annotated. Polylines are filled.
"""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from maskwright.classes import ClassTable
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.formats.via.regions import ClassNaming, ViaRegion, class_naming, labelled_shape
from maskwright.datasets.labels.dataset_from_labels import LabelledPhoto, dataset_of
from maskwright.datasets.labels.label_files import recognise_labels
from maskwright.datasets.labels.label_merge import LabelFile, merged
from maskwright.datasets.labels.writing import (
    DrawnPhoto,
    Holds,
    background_lost,
    drawn_photos,
    flat,
    general_losses,
    json_by_part,
    label_of,
    labels_of,
    plain,
)
from maskwright.datasets.parsing.json_values import Record, items, record, text
from maskwright.datasets.parsing.text_files import json_outline, read_label_json
from maskwright.datasets.reader_types import ReadOptions, Recognition, WriteReport
from maskwright.datasets.truth.shapes import Ellipse, Polygon, Shape, finite
from maskwright.errors import DataError
from maskwright.progress_counter import StartCounting, no_counting

NAME = "VIA 3"
SUFFIXES = (".json",)
CERTAIN = 0.95
KEYS = frozenset({"project", "attribute", "file", "metadata", "view"})
FIRST_KEYS = frozenset({"project", "config"})

Regions = Mapping[str, list[ViaRegion]]
"""The regions of each photo by the photo's id in the file."""


def recognise(path: Path) -> Recognition | None:
    """Return the VIA 3 projects at a path, which may be a folder or one file; None if there are none."""
    return recognise_labels(path, SUFFIXES, _recognised_file)


def _recognised_file(path: Path) -> Recognition | None:
    shown = json_outline(path)
    is_project = shown.keys >= KEYS or (not shown.whole and shown.keys >= FIRST_KEYS)
    return Recognition(CERTAIN, "VIA 3 project", files=(path,)) if is_project else None


def read(path: Path, options: ReadOptions) -> Dataset:
    """Return the dataset of the VIA 3 projects at a path; DataError where they list no photo, or name classes twice."""
    if options.ignore is not None:
        raise DataError(f"{path}: data.ignore is a value in masks, and this is VIA 3: mark a class in classes.csv")
    recognition = recognise(path)
    contents = {file: record(read_label_json(file)) for file in (recognition.files if recognition else ())}
    regions = {file: _regions(data) for file, data in contents.items()}
    every = [region for by_photo in regions.values() for one in by_photo.values() for region in one]
    naming = class_naming(every, options.attribute, where=", ".join(file.name for file in contents))
    files = [LabelFile(file, _photos(data, regions[file], naming)) for file, data in contents.items()]
    if not any(file.photos for file in files):
        raise DataError(f"{path} lists no photo: add photos in VIA 3 and save the project again")
    return dataset_of(merged("via3", path if path.is_dir() else path.parent, files), options)


def _photos(data: Record, regions: Regions, naming: ClassNaming) -> tuple[LabelledPhoto, ...]:
    photos = []
    for file_id, entry in record(data.get("file")).items():
        shapes = [labelled_shape(region, naming) for region in regions.get(str(file_id), ())]
        drawn = tuple(shape for shape in shapes if shape is not None)
        content = record(entry)
        photos.append(LabelledPhoto(text(content.get("fname")), drawn if shapes else None, text(content.get("src"))))
    return tuple(photos)


def _regions(data: Record) -> Regions:
    views = {key: items(record(view).get("fid_list")) for key, view in record(data.get("view")).items()}
    attributes = {key: record(entry) for key, entry in record(data.get("attribute")).items()}
    regions: dict[str, list[ViaRegion]] = {}
    for entry in record(data.get("metadata")).values():
        content = record(entry)
        files = views.get(text(content.get("vid")), [])
        numbers = items(content.get("xy"))
        if files and numbers:
            values = _values(record(content.get("av")), attributes)
            regions.setdefault(text(files[0]), []).append(ViaRegion(_shape(numbers), values))
    return regions


def _values(given: Record, attributes: Mapping[str, Record]) -> dict[str, tuple[str, ...]]:
    """Return the values of each attribute by its name, options in words."""
    values: dict[str, tuple[str, ...]] = {}
    for key, value in given.items():
        attribute = attributes.get(key, {})
        options = record(attribute.get("options"))
        texts = text(value).split(",") if options else [text(value)]
        words = [text(options.get(one)) or one for one in texts]
        values[text(attribute.get("aname")) or key] = tuple(word for word in words if word)
    return values


def _shape(numbers: list[object]) -> dict[str, object]:
    """Return a VIA 3 shape as VIA 2 writes it; a damaged one lacks its numbers."""
    try:
        kind, *rest = [finite(number) for number in numbers]
    except ValueError:
        return {"name": "shape"}
    x, y = rest[::2], rest[1::2]
    match int(kind):
        case 1:
            return {"name": "point"}
        case 2:
            return dict(zip(("name", "x", "y", "width", "height"), ("rect", *rest), strict=False))
        case 3:
            return dict(zip(("name", "cx", "cy", "r"), ("circle", *rest), strict=False))
        case 4:
            return dict(zip(("name", "cx", "cy", "rx", "ry", "theta"), ("ellipse", *rest), strict=False))
        case 5 | 6:
            return {"name": "polyline", "all_points_x": x, "all_points_y": y}
        case 7:
            return {"name": "polygon", "all_points_x": x, "all_points_y": y}
        case 8 if len(x) == len(y) == 4:
            left, top = min(x), min(y)
            return {"name": "rect", "x": left, "y": top, "width": max(x) - left, "height": max(y) - top}
        case 9 if len(x) == len(y) == 3:
            return _circle_through(np.array(x), np.array(y))
    return {"name": f"shape {kind:.0f}"}


def _circle_through(x: NDArray[np.float64], y: NDArray[np.float64]) -> dict[str, object]:
    """Return the circle through three points; one without a radius where they lie on a line."""
    equations = np.stack([2 * x, 2 * y, np.ones(3)], axis=1)
    if abs(np.linalg.det(equations)) < 1e-9:
        return {"name": "circle", "cx": 0, "cy": 0, "r": 0}
    cx, cy, rest = np.linalg.solve(equations, x**2 + y**2)
    return {"name": "circle", "cx": float(cx), "cy": float(cy), "r": math.sqrt(max(float(rest + cx**2 + cy**2), 0.0))}


def write(dataset: Dataset, path: Path, *, copy_photos: bool = True, count: StartCounting = no_counting) -> WriteReport:
    """Write via3.json, the photos beside it, into a folder or its train/, val/ and test/.

    Ellipses that are not turned stay ellipses; bitmaps and holes become polygons of the same pixels.
    """
    photos = drawn_photos(dataset, Holds(ellipses=True), count=count)
    labels = labels_of(dataset.classes, photos)
    files = json_by_part(
        photos,
        path / "via3.json",
        lambda of_part: _content(of_part, labels, dataset.classes),
        photo_folder="" if copy_photos else None,
    )
    lost = [*general_losses(dataset, photos, copied=copy_photos), *background_lost(photos, NAME)]
    return WriteReport(tuple(files), tuple(lost))


def _content(photos: Sequence[DrawnPhoto], labels: Sequence[str], classes: ClassTable) -> dict[str, object]:
    options = {str(number): name for number, name in enumerate(labels)}
    numbers = {name: number for number, name in options.items()}
    attribute = {"aname": "class", "anchor_id": "FILE1_Z0_XY1", "type": 4, "desc": "", "options": options}
    files, views, metadata = {}, {}, {}
    for number, photo in enumerate(photos, 1):
        key = str(number)
        files[key] = {"fid": key, "fname": photo.name, "type": 2, "loc": 1, "src": photo.name}
        views[key] = {"fid_list": [key]}
        for depth, shape in enumerate(photo.shapes or ()):
            values = {"1": numbers[label_of(classes, shape.class_id)]}
            metadata[f"{key}_{depth}"] = {"vid": key, "flg": 0, "z": [], "xy": _numbers(shape), "av": values}
    project = {
        "pid": "__VIA_PROJECT_ID__",
        "rev": "__VIA_PROJECT_REV_ID__",
        "pname": "maskwright",
        "vid_list": [*views],
    }
    config = {"file": {"loc_prefix": {"1": "", "2": "", "3": "", "4": ""}}}
    parts = {"project": project, "config": config, "attribute": {"1": {**attribute, "default_option_id": ""}}}
    return {**parts, "file": files, "metadata": metadata, "view": views}


def _numbers(shape: Shape) -> list[int | float]:
    if isinstance(shape, Ellipse):
        turn = (shape.angle_rad,) if shape.angle_rad else ()
        return [4, *(plain(number) for number in (*shape.centre_xy, *shape.radii_xy, *turn))]
    assert isinstance(shape, Polygon)
    return [7, *flat(shape.rings[0])]
