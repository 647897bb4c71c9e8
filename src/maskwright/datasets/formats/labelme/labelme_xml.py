"""XML of one file a photo: LabelMe's, as the old web tool of MIT wrote it, and Roboflow's Pascal VOC with polygons.

Roboflow writes a polygon as x1, y1, x2, y2 beside the box of its object. A file without an object is background.
"""

from pathlib import Path
from xml.etree.ElementTree import Element

import numpy as np

from maskwright.datasets.dataset import Dataset
from maskwright.datasets.labels.boxes_only import beside_outlines, box_alone
from maskwright.datasets.labels.dataset_from_labels import LabelledPhoto, LabelledShape, dataset_of
from maskwright.datasets.labels.label_files import files_below, recognise_labels
from maskwright.datasets.labels.label_merge import LabelFile, merged
from maskwright.datasets.parsing.json_values import size_hw, whole
from maskwright.datasets.parsing.xml_files import elements, first_tags, text_in
from maskwright.datasets.photo_search.photo_names import last_part
from maskwright.datasets.reader_types import ReadOptions, Recognition, refuse_mask_options
from maskwright.datasets.truth.shapes import (
    Bitmap,
    Polygon,
    Shape,
    bitmap_of,
    checked_ring,
    finite,
    rectangle,
    shape_or_reason,
)
from maskwright.errors import DataError, ShapeError
from maskwright.imaging.decoders.embedded_images import mask_of_bytes

NAME = "LabelMe XML"
SUFFIXES = (".xml",)
CERTAIN = 0.95
VOC = frozenset(["annotation", "filename", "size", "width"])
VOC_POLYGONS = frozenset(["annotation", "object", "polygon", "x1", "y1"])
MASK_FOLDERS = ("Masks", "masks", ".")


def recognise(path: Path) -> Recognition | None:
    """Return the LabelMe XML files at a path, which may be a folder or one file; None if there are none."""
    return recognise_labels(path, SUFFIXES, _recognised_file)


def _recognised_file(path: Path) -> Recognition | None:
    tags = first_tags(path)
    if tags >= VOC_POLYGONS:
        return Recognition(CERTAIN, "Pascal VOC XML with polygons", files=(path,))
    drawn = tags & {"pt", "segm"} or (tags >= {"sourceImage", "imagesize"} and "bndbox" not in tags)
    return Recognition(CERTAIN, "LabelMe XML", files=(path,)) if "annotation" in tags and drawn else None


def read(path: Path, options: ReadOptions) -> Dataset:
    """Return the dataset of all LabelMe XML files at a path; DataError where there is none."""
    refuse_mask_options(options, path, NAME)
    found = {file: _recognised_file(file) for file in files_below(path, SUFFIXES)}
    with_polygons = any(first_tags(file) >= VOC_POLYGONS for file, known in found.items() if known)
    files = [_read_file(file) for file, known in found.items() if known or (with_polygons and first_tags(file) >= VOC)]
    if not files:
        raise DataError(f"{path} holds no LabelMe XML: give the folder of the xml files")
    return dataset_of(merged("labelme-xml", path if path.is_dir() else path.parent, files), options)


def _read_file(path: Path) -> LabelFile:
    for root in elements(path, "annotation"):
        objects = [drawn for drawn in root.iter("object") if text_in(drawn, "deleted") != "1"]
        shapes = beside_outlines([_labelled(drawn, path.parent) for drawn in objects])
        stated = size_hw(
            text_in(root, "imagesize/nrows") or text_in(root, "size/height"),
            text_in(root, "imagesize/ncols") or text_in(root, "size/width"),
        )
        name = text_in(root, "filename") or f"{path.stem}.jpg"
        return LabelFile(path, (LabelledPhoto(name, shapes, folders=(path.parent,), size_hw=stated),))
    return LabelFile(path, ())


def _labelled(element: Element, folder: Path) -> LabelledShape:
    """Return the shape of an object with its class; a box without an outline counts for nothing."""
    if element.find("bndbox") is not None and element.find("polygon") is None:
        return box_alone(lambda: _box(element))
    return LabelledShape(text_in(element, "name") or None, _shape(element, folder))


def _box(element: Element) -> Polygon:
    left, top, right, bottom = (finite(text_in(element, f"bndbox/{key}")) for key in ("xmin", "ymin", "xmax", "ymax"))
    return rectangle(0, (left, top), (right - left, bottom - top))


def _shape(element: Element, folder: Path) -> Shape | str:
    return shape_or_reason(lambda: _drawn(element, folder))


def _drawn(element: Element, folder: Path) -> Shape:
    if element.find("segm") is not None:
        return _bitmap(element, folder)
    if element.find("polygon/x1") is not None:
        numbers = {child.tag: (child.text or "").strip() for child in element.iterfind("polygon/*")}
        count = len(numbers) // 2
        return Polygon(0, checked_ring([(numbers.get(f"x{i}"), numbers.get(f"y{i}")) for i in range(1, count + 1)]))
    points = [(text_in(point, "x"), text_in(point, "y")) for point in element.iterfind("polygon/pt")]
    return Polygon(0, checked_ring(points))


def _bitmap(element: Element, folder: Path) -> Bitmap:
    """Return the mask image of an object: of the whole photo, or of its box."""
    name = last_part(text_in(element, "segm/mask"))
    places = [folder / mask_folder / name for mask_folder in MASK_FOLDERS]
    path = next((place for place in places if name and place.is_file()), None)
    if path is None:
        raise ShapeError(f"is the mask image {name!r}, which is not there")
    pixels = mask_of_bytes(path.read_bytes())
    left, top, right, bottom = (whole(text_in(element, f"segm/box/{key}")) for key in ("xmin", "ymin", "xmax", "ymax"))
    if None not in (left, top, right, bottom) and pixels.shape == (bottom - top + 1, right - left + 1):  # type: ignore[operator]
        return bitmap_of(0, pixels, corner_xy=(left or 0, top or 0))
    return bitmap_of(0, np.ascontiguousarray(pixels))
