"""Cityscapes polygons, one json a photo: `a_gtFine_polygons.json` for `a_leftImg8bit.png`.

Where class id images lie beside the polygons, these are read instead. A group of cars counts as cars, and the edges
of the picture that Cityscapes does not score are ignored.
"""

import re
from dataclasses import replace
from pathlib import Path

from maskwright.classes import ClassTable
from maskwright.datasets.class_tables.handwritten_classes import IGNORE_NAMES
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.labels.dataset_from_labels import LabelledPhoto, LabelledShape, dataset_of
from maskwright.datasets.labels.label_files import files_below, recognise_labels
from maskwright.datasets.labels.label_merge import LabelFile, merged
from maskwright.datasets.labels.writing import (
    Holds,
    by_part,
    drawn_photos,
    general_losses,
    label_of,
    plain,
    write_photo_copies,
)
from maskwright.datasets.parsing.json_values import Record, record, records, size_hw, text
from maskwright.datasets.parsing.text_files import json_outline, read_label_json
from maskwright.datasets.photo_search.photo_index import image_files
from maskwright.datasets.reader_types import ReadOptions, Recognition, WriteReport, refuse_mask_options
from maskwright.datasets.truth.shapes import Polygon, Shape, checked_ring, shape_or_reason
from maskwright.errors import DataError
from maskwright.files import write_json
from maskwright.progress_counter import StartCounting, no_counting

NAME = "Cityscapes polygons"
SUFFIXES = (".json",)
BELOW_MASKS = 0.45
KEYS = frozenset({"imgHeight", "imgWidth", "objects"})
SUFFIX = re.compile(r"_(gtFine|gtCoarse|polygons).*$")
NOT_SCORED = ("out of roi", "ego vehicle", "rectification border", "unlabeled")


def recognise(path: Path) -> Recognition | None:
    """Return the Cityscapes polygons at a path, which may be a folder or one file; None if there are none."""
    return recognise_labels(path, SUFFIXES, _recognised_file)


def _recognised_file(path: Path) -> Recognition | None:
    return Recognition(BELOW_MASKS, "Cityscapes polygons", files=(path,)) if json_outline(path).keys >= KEYS else None


def read(path: Path, options: ReadOptions) -> Dataset:
    """Return the dataset of all Cityscapes polygons at a path; DataError where there are none."""
    refuse_mask_options(options, path, NAME)
    root = path if path.is_dir() else path.parent
    contents = [(file, record(read_label_json(file))) for file in files_below(path, SUFFIXES)]
    by_stem = {re.sub(r"_leftImg8bit$", "", photo.stem): photo for photo in image_files(root)}
    files = [LabelFile(file, (_photo(file, data, by_stem),)) for file, data in contents if data.keys() >= KEYS]
    if not files:
        raise DataError(f"{path} holds no Cityscapes polygons: give the folder of the json files")
    return dataset_of(merged("cityscapes", root, files), options)


def _photo(file: Path, data: Record, by_stem: dict[str, Path]) -> LabelledPhoto:
    stem = SUFFIX.sub("", file.stem)
    photo = by_stem.get(stem)
    objects = [drawn for drawn in records(data.get("objects")) if not drawn.get("deleted")]
    shapes = tuple(
        LabelledShape(_class_name(text(drawn.get("label"))), shape_or_reason(lambda drawn=drawn: _polygon(drawn)))  # type: ignore[misc]
        for drawn in objects
    )
    stated = size_hw(data.get("imgHeight"), data.get("imgWidth"))
    name = photo.name if photo else f"{stem}_leftImg8bit.png"
    return LabelledPhoto(name, shapes, folders=(photo.parent if photo else file.parent,), size_hw=stated)


def _polygon(content: Record) -> Polygon:
    return Polygon(0, checked_ring(content.get("polygon")))


def _class_name(label: str) -> str | None:
    if label in NOT_SCORED:
        return IGNORE_NAMES[0]
    return label.removesuffix("group") or None


def write(dataset: Dataset, path: Path, *, copy_photos: bool = True, count: StartCounting = no_counting) -> WriteReport:
    """Write gtFine/ with polygons and leftImg8bit/ with the photos, below them a folder for each part.

    Ellipses, bitmaps and holes become polygons of the same pixels.
    """
    photos = drawn_photos(dataset, Holds(), count=count)
    files: list[Path] = []
    for part, of_part in by_part(photos):
        place = Path(part or "train") / "city" if part else Path("city")
        for photo in (photo for photo in of_part if photo.shapes is not None):
            file = path / "gtFine" / place / f"{photo.stem}_gtFine_polygons.json"
            size = {"imgHeight": photo.size_hw[0], "imgWidth": photo.size_hw[1]}
            write_json(file, {**size, "objects": [_written(shape, dataset.classes) for shape in photo.shapes or ()]})
            files.append(file)
        named = [replace(photo, name=f"{photo.stem}_leftImg8bit{Path(photo.name).suffix}") for photo in of_part]
        files += write_photo_copies(named, path / "leftImg8bit" / place) if copy_photos else []
    return WriteReport(tuple(files), tuple(general_losses(dataset, photos, copied=copy_photos)))


def _written(shape: Shape, classes: ClassTable) -> dict[str, object]:
    assert isinstance(shape, Polygon)
    label = label_of(classes, shape.class_id)
    ignored = label == IGNORE_NAMES[0]
    return {"label": "out of roi" if ignored else label, "polygon": [[plain(x), plain(y)] for x, y in shape.rings[0]]}
