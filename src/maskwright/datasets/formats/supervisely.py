"""Supervisely: a project folder with meta.json, and for each photo of img/ a json in ann/.

Coordinates are numbers of pixels, so that the corner of a pixel lies half a pixel before; a rectangle holds its last
pixel. Supervisely writes a file for every photo: one without objects counts as not annotated.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from maskwright.classes import Colour
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.labels.dataset_from_labels import LabelledPhoto, LabelledShape, dataset_of
from maskwright.datasets.labels.label_files import files_below, recognise_labels
from maskwright.datasets.labels.label_merge import LabelFile, merged
from maskwright.datasets.labels.writing import (
    DrawnPhoto,
    Holds,
    background_lost,
    by_part,
    drawn_photos,
    general_losses,
    label_of,
    labels_of,
    write_photo_copies,
)
from maskwright.datasets.parsing.json_values import Record, colour_of, items, record, records, size_hw, text
from maskwright.datasets.parsing.text_files import json_outline, read_label_json
from maskwright.datasets.reader_types import ReadOptions, Recognition, WriteReport, refuse_mask_options
from maskwright.datasets.truth.shapes import (
    Bitmap,
    Polygon,
    Shape,
    bitmap_of,
    checked_ring,
    finite,
    paint,
    rectangle,
    shape_or_reason,
    turned,
)
from maskwright.errors import DataError, ShapeError
from maskwright.files import write_json
from maskwright.imaging.decoders.embedded_images import bytes_of, mask_of_bytes, png_text
from maskwright.imaging.mask_geometry import Points
from maskwright.progress_counter import StartCounting, no_counting

NAME = "Supervisely"
SUFFIXES = (".json",)
CERTAIN = 0.95
META = "meta.json"
KEYS = frozenset({"objects", "size"})


def recognise(path: Path) -> Recognition | None:
    """Return the Supervisely files at a path, which may be a project, a folder of it or one file; None if none."""
    return recognise_labels(path, SUFFIXES, _recognised_file)


def _recognised_file(path: Path) -> Recognition | None:
    shown = json_outline(path)
    if shown.keys >= KEYS and not shown.keys & {"shapes", "framesCount"}:
        return Recognition(CERTAIN, "Supervisely json", files=(path,))
    if path.name == META and shown.keys >= {"classes", "tags"}:
        return Recognition(CERTAIN, "Supervisely project", files=(path,))
    return None


def read(path: Path, options: ReadOptions) -> Dataset:
    """Return the dataset of a Supervisely project; DataError where it holds no annotation of a photo."""
    refuse_mask_options(options, path, NAME)
    root = path if path.is_dir() else path.parent
    contents = [
        (file, record(read_label_json(file))) for file in files_below(root if path.name == META else path, SUFFIXES)
    ]
    names = [entry for file, data in contents if file.name == META for entry in records(data.get("classes"))]
    order = tuple(text(entry.get("title")) for entry in names)
    colours = {text(entry.get("title")): colour for entry in names if (colour := colour_of(entry.get("color")))}
    files = [_label_file(file, data, order, colours) for file, data in contents if data.keys() >= KEYS]
    if not files:
        raise DataError(f"{path} holds no annotation of a photo: export the project as Supervisely json again")
    return dataset_of(merged("supervisely", root, files), options)


def _label_file(file: Path, data: Record, order: Sequence[str], colours: dict[str, Colour]) -> LabelFile:
    size = record(data.get("size"))
    objects = records(data.get("objects"))
    shapes = tuple(LabelledShape(text(drawn.get("classTitle")) or None, _shape(drawn)) for drawn in objects)
    folders = (file.parent.parent / "img", file.parent)
    stated = size_hw(size.get("height"), size.get("width"))
    photo = LabelledPhoto(file.name[: -len(".json")], shapes or None, folders=folders, size_hw=stated)
    return LabelFile(file, (photo,), tuple(order), colours=colours)


def _shape(content: Record) -> Shape | str:
    return shape_or_reason(lambda: _drawn(content))


def _drawn(content: Record) -> Shape:
    kind = text(content.get("geometryType")) or ("bitmap" if content.get("bitmap") else "polygon")
    points = record(content.get("points"))
    outer = items(points.get("exterior"))
    match kind:
        case "bitmap":
            return _bitmap(record(content.get("bitmap")))
        case "polygon":
            return Polygon(0, _corners(outer), tuple(_corners(hole) for hole in items(points.get("interior")) if hole))
        case "rectangle":
            (left, top), (right, bottom) = ([finite(number) for number in items(point)] for point in outer)
            return rectangle(0, (left, top), (right + 1 - left, bottom + 1 - top))
        case "oriented_bbox":
            (left, top), (right, bottom) = ([finite(number) for number in items(point)] for point in outer)
            box = rectangle(0, (left, top), (right + 1 - left, bottom + 1 - top))
            middle = ((left + right + 1) / 2, (top + bottom + 1) / 2)
            return turned(box, math.radians(finite(content.get("angle", 0.0))), about_xy=middle)
    raise ShapeError(f"is a {kind}, which covers no area")


def _corners(points: object) -> Points:
    """Return an outline through the middles of pixels; fractions are corners already."""
    xy = checked_ring(points)
    return xy + 0.5 if (xy == np.rint(xy)).all() else xy


def _bitmap(content: Record) -> Bitmap:
    x, y = (finite(number) for number in items(content.get("origin")))
    pixels = mask_of_bytes(bytes_of(content.get("data"), zipped=True))
    return bitmap_of(0, pixels, corner_xy=(int(x), int(y)))


def write(dataset: Dataset, path: Path, *, copy_photos: bool = True, count: StartCounting = no_counting) -> WriteReport:
    """Write a project: meta.json, and ann/ and img/ of each part, or of one folder "dataset".

    Every shape becomes a bitmap: polygons of Supervisely have their corners in the middles of pixels.
    """
    photos = drawn_photos(dataset, Holds(holes=True, ellipses=True, bitmaps=True), count=count)
    labels = labels_of(dataset.classes, photos)
    colours = dict(zip(dataset.classes.names, dataset.classes.colours, strict=True))
    classes = [_class(number, name, colours.get(name, (128, 128, 128))) for number, name in enumerate(labels, 1)]
    write_json(path / META, {"classes": classes, "tags": [], "projectType": "images"})
    files = [path / META]
    for part, of_part in by_part(photos):
        folder = path / (part or "dataset")
        for photo in of_part:
            file = folder / "ann" / f"{photo.name}.json"
            write_json(file, _content(photo, [label_of(dataset.classes, s.class_id) for s in photo.shapes or ()]))
            files.append(file)
        files += write_photo_copies(of_part, folder / "img") if copy_photos else []
    lost = [*general_losses(dataset, photos, copied=copy_photos), *background_lost(photos, NAME)]
    return WriteReport(tuple(files), tuple(lost))


def _class(number: int, name: str, colour: Colour) -> dict[str, object]:
    red, green, blue = colour
    return {"id": number, "title": name, "shape": "bitmap", "color": f"#{red:02X}{green:02X}{blue:02X}"}


def _content(photo: DrawnPhoto, labels: Sequence[str]) -> dict[str, object]:
    high, wide = photo.size_hw
    objects = []
    for shape, label in zip(photo.shapes or (), labels, strict=True):
        bitmap = bitmap_of(0, paint([replace(shape, class_id=1)], photo.size_hw, photo.size_hw) > 0)
        if bitmap.counts.size:
            data = {"data": png_text(bitmap.pixels, zipped=True), "origin": list(bitmap.corner_xy)}
            objects.append({"classTitle": label, "geometryType": "bitmap", "bitmap": data, "tags": []})
    return {"description": "", "tags": [], "size": {"height": high, "width": wide}, "objects": objects}
