"""CVAT for images 1.1: one XML of all photos with polygons, boxes, ellipses and bitmaps.

Shapes are painted by `z_order`, then in file order. CVAT lists every photo of a task: one without shapes counts as
not annotated. Polylines are drawn `data.line_width` pixels wide; points and skeletons cover no area.
"""

import math
from pathlib import Path
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from maskwright.classes import ClassTable
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.labels.boxes_only import filled_boxes
from maskwright.datasets.labels.dataset_from_labels import LabelledPhoto, LabelledShape, dataset_of
from maskwright.datasets.labels.label_files import recognise_labels
from maskwright.datasets.labels.label_merge import LabelFile, merged
from maskwright.datasets.labels.open_lines import labelled_line
from maskwright.datasets.labels.writing import (
    DrawnPhoto,
    Holds,
    background_lost,
    drawn_photos,
    general_losses,
    label_of,
    labels_of,
    plain,
    write_photo_copies,
)
from maskwright.datasets.parsing.json_values import colour_of, size_hw, whole
from maskwright.datasets.parsing.xml_files import elements, first_tags, text_in
from maskwright.datasets.part_names import PARTS
from maskwright.datasets.reader_types import ReadOptions, Recognition, WriteReport, refuse_mask_options
from maskwright.datasets.truth.shapes import (
    Bitmap,
    Ellipse,
    Polygon,
    Shape,
    checked_ring,
    ellipse,
    finite,
    rectangle,
    shape_or_reason,
    turned,
)
from maskwright.errors import DataError, ShapeError
from maskwright.files import write_text
from maskwright.imaging.run_lengths.codec import check_runs
from maskwright.progress_counter import StartCounting, no_counting

NAME = "CVAT"
SUFFIXES = (".xml",)
CERTAIN = 0.95
NO_CLASS_TYPES = ("skeleton", "points", "tag")
LINE = "polyline"
SHAPES = ("polygon", "box", "ellipse", "mask")
WITHOUT_AREA = ("points", "skeleton", "cuboid")


def recognise(path: Path) -> Recognition | None:
    """Return the CVAT files at a path, which may be a folder or one file; None if there are none."""
    return recognise_labels(path, SUFFIXES, _recognised_file)


def _recognised_file(path: Path) -> Recognition | None:
    is_cvat = {"annotations", "version"} <= first_tags(path)
    return Recognition(CERTAIN, "CVAT for images XML", files=(path,)) if is_cvat else None


def read(path: Path, options: ReadOptions) -> Dataset:
    """Return the dataset of the CVAT files at a path; DataError where they list no photo or contradict each other."""
    refuse_mask_options(options, path, NAME)
    recognition = recognise(path)
    files = [_read_file(file, options.line_width) for file in (recognition.files if recognition else ())]
    if not any(file.photos for file in files):
        raise DataError(f"{path} lists no photo: export the task as CVAT for images 1.1 again")
    return dataset_of(merged("cvat", path if path.is_dir() else path.parent, files), options)


def _read_file(path: Path, line_width: float | None) -> LabelFile:
    photos: list[LabelledPhoto] = []
    boxes, shapes = list[str](), 0
    labels: dict[str, tuple[int, int, int] | None] = {}
    for element in elements(path, "label", "image", "track"):
        if element.tag == "track":
            raise DataError(f"{path} is CVAT for video: export the task as CVAT for images 1.1 instead")
        if element.tag == "image":
            photos.append(_photo(element, line_width))
            boxes += [box.get("label") or "" for box in element.iter("box") if not isinstance(_shape(box), str)]
            shapes += len(photos[-1].shapes or ())
        elif text_in(element, "type") not in NO_CLASS_TYPES and not text_in(element, "parent"):
            labels[text_in(element, "name")] = colour_of(text_in(element, "color"))
    colours = {name: colour for name, colour in labels.items() if colour}
    return LabelFile(path, tuple(photos), tuple(labels), filled_boxes(boxes, shapes), colours=colours)


def _photo(image: Element, line_width: float | None) -> LabelledPhoto:
    stated = size_hw(image.get("height"), image.get("width"))
    drawn = [child for child in image if child.tag in (*SHAPES, LINE, *WITHOUT_AREA)]
    ordered = sorted(drawn, key=lambda child: whole(child.get("z_order")) or 0)
    shapes = tuple(_labelled(child, line_width, stated) for child in ordered)
    return LabelledPhoto(
        image.get("name") or "",
        shapes or None,
        size_hw=stated,
        part=PARTS.get((image.get("subset") or "").lower()),
    )


def _labelled(element: Element, line_width: float | None, stated: tuple[int, int] | None) -> LabelledShape:
    name = element.get("label") or None
    if element.tag == LINE:
        return labelled_line(name, lambda: _points(element), line_width, stated)
    return LabelledShape(name, _shape(element))


def _points(element: Element) -> list[list[str]]:
    return [point.split(",") for point in (element.get("points") or "").split(";") if point.strip()]


def _shape(element: Element) -> Shape | str:
    return shape_or_reason(lambda: _drawn(element))


def _drawn(element: Element) -> Shape:
    match element.tag:
        case "polygon":
            return Polygon(0, checked_ring(_points(element)))
        case "box":
            left, top, right, bottom = (finite(element.get(key)) for key in ("xtl", "ytl", "xbr", "ybr"))
            box = rectangle(0, (left, top), (right - left, bottom - top))
            return turned(box, _angle(element), about_xy=((left + right) / 2, (top + bottom) / 2))
        case "ellipse":
            x, y, rx, ry = (finite(element.get(key)) for key in ("cx", "cy", "rx", "ry"))
            return ellipse((x, y), (rx, ry), angle_rad=_angle(element))
        case "mask":
            return _bitmap(element)
    raise ShapeError(f"is a {element.tag}, which covers no area")


def _angle(element: Element) -> float:
    return math.radians(finite(element.get("rotation") or 0.0))


def _bitmap(element: Element) -> Bitmap:
    """Return the bitmap of run lengths, row after row within a box."""
    left, top, wide, high = (whole(element.get(key)) for key in ("left", "top", "width", "height"))
    if left is None or top is None or not wide or not high:
        raise ShapeError("has a bitmap without a box")
    counts = np.array([int(count) for count in (element.get("rle") or "").split(",")], dtype=np.int64)
    check_runs(counts, wide * high)
    return Bitmap(0, (left, top), (high, wide), counts)


def write(dataset: Dataset, path: Path, *, copy_photos: bool = True, count: StartCounting = no_counting) -> WriteReport:
    """Write annotations.xml, and the photos in images/, into a folder; parts become subsets.

    Polygons, ellipses and bitmaps stay what they are; polygons with holes become polygons of the same pixels.
    """
    photos = drawn_photos(dataset, Holds(ellipses=True, bitmaps=True), count=count)
    labels = labels_of(dataset.classes, photos)
    colours = dict(zip(dataset.classes.names, dataset.classes.colours, strict=True))
    head = "".join(_label(name, colours.get(name, (128, 128, 128))) for name in labels)
    images = "".join(_image(number, photo, dataset.classes) for number, photo in enumerate(photos))
    meta = f"<meta><task><labels>{head}</labels></task></meta>"
    text = (
        f'<?xml version="1.0" encoding="utf-8"?>\n<annotations><version>1.1</version>{meta}\n{images}</annotations>\n'
    )
    write_text(path / "annotations.xml", text)
    copies = write_photo_copies(photos, path / "images") if copy_photos else []
    lost = [*general_losses(dataset, photos, copied=copy_photos), *background_lost(photos, NAME)]
    return WriteReport((path / "annotations.xml", *copies), tuple(lost))


def _label(name: str, colour: tuple[int, int, int]) -> str:
    red, green, blue = colour
    shown = f"<name>{escape(name)}</name><color>#{red:02x}{green:02x}{blue:02x}</color>"
    return f"<label>{shown}<type>any</type><attributes></attributes></label>"


def _image(number: int, photo: DrawnPhoto, classes: ClassTable) -> str:
    high, wide = photo.size_hw
    subset = f" subset={quoteattr(photo.sample.part)}" if photo.sample.part else ""
    head = f'<image id="{number}" name={quoteattr(photo.name)}{subset} width="{wide}" height="{high}">\n'
    drawn = [
        _element(depth, shape, label_of(classes, shape.class_id)) for depth, shape in enumerate(photo.shapes or ())
    ]
    return head + "".join(drawn) + "</image>\n"


def _element(depth: int, shape: Shape, label: str) -> str:
    common = f'label={quoteattr(label)} source="manual" occluded="0" z_order="{depth}"'
    match shape:
        case Ellipse(_, (x, y), (rx, ry), angle):
            turn = f' rotation="{math.degrees(angle) % 360!r}"' if angle else ""
            return f'<ellipse {common} cx="{x!r}" cy="{y!r}" rx="{rx!r}" ry="{ry!r}"{turn}></ellipse>\n'
        case Bitmap(_, (left, top), (high, wide), counts):
            rle = ", ".join(str(count) for count in counts.tolist())
            box = f'left="{left}" top="{top}" width="{wide}" height="{high}"'
            return f'<mask {common} rle="{rle}" {box}></mask>\n' if wide and high else ""
    assert isinstance(shape, Polygon)
    points = ";".join(f"{plain(x)!r},{plain(y)!r}" for x, y in shape.rings[0])
    return f'<polygon {common} points="{points}"></polygon>\n'
