"""COCO json: polygons and run lengths of objects, panoptic PNGs, and lists of results.

Whole numbers are pixel corners. The polygons of one annotation are one object: all of their pixels. A crowd is an
ignored region beneath the objects - but not from CVAT and Datumaro, which mark every bitmap as a crowd. Label Studio
multiplies its shares of the upright photo by the sides before the EXIF rotation.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import numpy as np

from maskwright.classes import IGNORE, ClassTable
from maskwright.datasets.class_tables.handwritten_classes import IGNORE_NAMES
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.formats.coco.class_names import class_names
from maskwright.datasets.formats.coco.crowds import (
    classes_of_crowds,
    crowd_choices,
    crowds_are_objects,
    is_crowd,
    without_crowds,
)
from maskwright.datasets.formats.coco.in_shares import shares_in_pixels
from maskwright.datasets.formats.coco.lost_zeros import without_lost_zeros
from maskwright.datasets.formats.coco.panoptic import lacks_pngs, read_panoptic
from maskwright.datasets.formats.coco.plain_polygons import plain_polygons
from maskwright.datasets.formats.coco.run_order import run_length_shape, runs_along_rows
from maskwright.datasets.formats.coco.shared_ids import shared_ids
from maskwright.datasets.labels.boxes_only import beside_outlines, box_alone
from maskwright.datasets.labels.dataset_from_labels import LabelledPhoto, LabelledShape, dataset_of
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
)
from maskwright.datasets.parsing.json_values import Record, items, record, records, size_hw, text
from maskwright.datasets.parsing.text_files import beginning, json_outline, read_label_json
from maskwright.datasets.photo_search.photo_names import before_upload
from maskwright.datasets.reader_types import ReadOptions, Recognition, Remark, WriteReport, refuse_mask_options
from maskwright.datasets.truth.shape_bounds import bounds_xyxy
from maskwright.datasets.truth.shapes import (
    Polygon,
    Shape,
    bitmap_of,
    finite,
    outline,
    paint,
    rectangle,
    shape_or_reason,
)
from maskwright.errors import DataError
from maskwright.imaging.run_lengths.coco import encode_counts
from maskwright.imaging.run_lengths.codec import run_lengths
from maskwright.progress_counter import StartCounting, no_counting

NAME = "COCO"
SUFFIXES = (".json",)
CERTAIN, BESIDE_VIA = 0.95, 0.9
WITHOUT_PNGS = 0.45
"""A panoptic file is no truth without its PNGs: masks beside photos are read in its place."""
OTHERS_KEYS = frozenset({"label_classes", "project_name", "_via_img_metadata", "videos"})
RESULT_KEYS = frozenset({"image_id", "category_id", "segmentation"})
SURE_SCORE = 0.5
FILE_NAME = "_annotations.coco.json"
LABEL_STUDIO = "Label Studio"
NO_BRUSH = "no outline: Label Studio leaves what was painted with a brush out of COCO. Export the project as JSON there"
BY_ROWS = "read by columns, the run lengths do not fill the boxes beside them, and read by rows they do: read by rows"
ONLY_SURE = f"results with a score below {SURE_SCORE} are left out"


def recognise(path: Path) -> Recognition | None:
    """Return the COCO files at a path, which may be a folder or one file; None if there are none."""
    return recognise_labels(path, SUFFIXES, _recognised_file)


def _recognised_file(path: Path) -> Recognition | None:
    shown = json_outline(path)
    if shown.is_list:
        return Recognition(CERTAIN, "COCO results", files=(path,)) if shown.first >= RESULT_KEYS else None
    both = {"images", "annotations"}
    if not (both <= shown.keys or (not shown.whole and both & shown.keys)) or shown.keys & OTHERS_KEYS:
        return None
    if lacks_pngs(path):
        return Recognition(WITHOUT_PNGS, "COCO json", files=(path,))
    by_via = "VGG Image Annotator" in beginning(path)
    return Recognition(BESIDE_VIA if by_via else CERTAIN, "COCO json", files=(path,))


def read(path: Path, options: ReadOptions) -> Dataset:
    """Return the dataset of the COCO files at a path; DataError where they list no photo or contradict each other.

    COCO lists every photo that was loaded: one without annotations counts as not annotated.
    """
    refuse_mask_options(options, path, NAME)
    recognition = recognise(path)
    files = [_read_file(file) for file in (recognition.files if recognition else ())]
    listing = [file for file in files if file.photos]
    if not listing:
        raise DataError(f"{path} lists no photo: export the annotations as COCO instances again")
    return dataset_of(merged("coco", path if path.is_dir() else path.parent, listing), options)


def _read_file(path: Path) -> LabelFile:
    content = read_label_json(path)
    if isinstance(content, list):
        return _results(path, records(content))
    data = record(content)
    annotations = records(data.get("annotations"))
    if annotations and all("caption" in annotation for annotation in annotations):
        return LabelFile(path, ())
    if any("segments_info" in annotation for annotation in annotations):
        return read_panoptic(path, data, class_names(data, ()))
    images = records(data.get("images"))
    annotations, in_shares = shares_in_pixels(annotations, images, path)
    names = class_names(data, {text(annotation.get("category_id")) for annotation in annotations})
    crowd_is_object, by_rows = crowds_are_objects(data, annotations), runs_along_rows(annotations)
    only_crowds = frozenset[str]() if crowd_is_object else classes_of_crowds(annotations)
    annotations, inverted = without_lost_zeros(without_crowds(annotations, only_crowds), by_rows=by_rows)
    by_image: dict[str, list[Record]] = {}
    for annotation in annotations:
        by_image.setdefault(text(annotation.get("image_id")), []).append(annotation)
    by_label_studio = text(record(data.get("info")).get("contributor")).startswith(LABEL_STUDIO)
    if by_label_studio and images and not annotations:
        raise DataError(f"{path} lists {len(images)} photos and {NO_BRUSH}")
    listed = [_photo_name(image, path) for image in images]
    own_names = _before_upload(listed) if by_label_studio else {}
    photos = [
        LabelledPhoto(
            name,
            _shapes(by_image.get(text(image.get("id"))), names, crowd_is_object, by_rows=by_rows),
            own_names.get(name) or text(image.get("coco_url")) or text(record(image.get("extra")).get("name")),
            size_hw=size_hw(image.get("height"), image.get("width")),
            in_shares=by_label_studio,
        )
        for name, image in zip(listed, images, strict=True)
    ]
    choices = crowd_choices(annotations, crowd_is_object, [names.get(id_, id_) for id_ in sorted(only_crowds)])
    details = {"by-rows": BY_ROWS if by_rows else "", "inverted": inverted, "shares": in_shares}
    remarks = tuple(Remark("reading-choice", (), text_, topic=topic) for topic, text_ in details.items() if text_)
    remarks += shared_ids(images, listed, by_image)
    ids = {name: id_ for id_, name in names.items()}
    return LabelFile(path, tuple(photos), tuple(ids), choices, remarks=remarks, class_ids=ids)


def _before_upload(listed: Sequence[str]) -> dict[str, str]:
    """Return by listed name the one before the upload to Label Studio, where no other photo had it."""
    own = {name: before for name in listed if (before := before_upload(PurePosixPath(name.replace("\\", "/")).name))}
    count = Counter(own.values())
    return {name: before for name, before in own.items() if count[before] == 1}


def _photo_name(image: Record, path: Path) -> str:
    """Return the file name of a photo, or the end of its address, as in LVIS; an id alone names no file."""
    given = (text(image.get(key)) for key in ("file_name", "coco_url", "path", "url", "flickr_url"))
    name = next((PurePosixPath(urlsplit(name).path).name if "://" in name else name for name in given if name), "")
    if not name:
        raise DataError(f"{path}: the image {text(image.get('id'))} has neither file_name nor coco_url: add file_name")
    return name


def _shapes(
    annotations: Sequence[Record] | None, names: Mapping[str, str], crowd_is_object: bool, *, by_rows: bool = False
) -> tuple[LabelledShape, ...] | None:
    """Return the shapes of one photo, crowds first where they are ignored; None for a photo without annotations."""
    if not annotations:
        return None
    if (plain := plain_polygons(annotations, names)) is not None:
        return plain
    ignored = [not crowd_is_object and is_crowd(annotation) for annotation in annotations]
    crowds = [
        shape
        for annotation, crowd in zip(annotations, ignored, strict=True)
        if crowd
        for shape in _drawn(annotation, by_rows)
    ]
    objects = [
        shape
        for annotation, crowd in zip(annotations, ignored, strict=True)
        if not crowd
        for shape in _labelled(annotation, names, by_rows)
    ]
    return (*(LabelledShape(IGNORE_NAMES[0], shape) for shape in crowds), *beside_outlines(objects))


def _labelled(annotation: Record, names: Mapping[str, str], by_rows: bool) -> list[LabelledShape]:
    """Return the shapes of an annotation with their class; a box without an outline counts for nothing."""
    box = items(annotation.get("bbox"))
    if box and not annotation.get("segmentation"):
        return [box_alone(lambda: rectangle(0, (finite(box[0]), finite(box[1])), (finite(box[2]), finite(box[3]))))]
    name = names.get(text(annotation.get("category_id")))
    return [LabelledShape(name, shape) for shape in _drawn(annotation, by_rows)]


def _drawn(annotation: Record, by_rows: bool) -> list[Shape | str]:
    """Return the shapes of an annotation, or why there are none."""
    segmentation = annotation.get("segmentation")
    if isinstance(segmentation, dict):
        return [shape_or_reason(lambda: run_length_shape(segmentation, by_columns=not by_rows))]
    rings = items(segmentation)
    if not rings:
        return ["has no outline"]
    if not isinstance(rings[0], list):  # VIA writes a flat list
        rings = [rings]
    return [shape_or_reason(lambda ring=ring: Polygon(0, outline(ring))) for ring in rings]  # type: ignore[misc]


def _results(path: Path, results: Sequence[Record]) -> LabelFile:
    """Return predictions in COCO's list of results, the surest painted last; photos are named by their ids."""
    by_image: dict[str, list[tuple[float, Record]]] = {}
    for result in results:
        score = result.get("score")
        by_image.setdefault(text(result.get("image_id")), []).append(
            (float(score) if isinstance(score, int | float) else 1.0, result)
        )
    names = class_names({}, {text(result.get("category_id")) for result in results})
    photos = []
    for image, scored in by_image.items():
        number = image.zfill(12)
        sure = [result for score, result in sorted(scored, key=lambda pair: pair[0]) if score >= SURE_SCORE]
        sides = items(record(scored[0][1].get("segmentation")).get("size"))
        photo = LabelledPhoto(f"{number}.jpg", _shapes(sure, names, False) or (), f"COCO_val2014_{number}.jpg")
        photos.append(replace(photo, size_hw=size_hw(*sides) if len(sides) == 2 else None))
    any_unsure = any(score < SURE_SCORE for scored in by_image.values() for score, _ in scored)
    return LabelFile(path, tuple(photos), tuple(names.values()), (ONLY_SURE,) if any_unsure else ())


def write(dataset: Dataset, path: Path, *, copy_photos: bool = True, count: StartCounting = no_counting) -> WriteReport:
    """Write `_annotations.coco.json` with the photos beside it into a folder, or into train/, val/ and test/ of it.

    Polygons stay polygons; what has holes, ellipses and bitmaps become compressed run lengths; ignored regions are
    crowds.
    """
    photos = drawn_photos(dataset, Holds(holes=True, ellipses=True, bitmaps=True), count=count)
    labels = labels_of(dataset.classes, photos)
    files = json_by_part(
        photos,
        path / FILE_NAME,
        lambda of_part: _content(dataset.classes, of_part, labels),
        photo_folder="" if copy_photos else None,
    )
    lost = [*general_losses(dataset, photos, copied=copy_photos), *background_lost(photos, NAME)]
    return WriteReport(tuple(files), tuple(lost))


def _content(classes: ClassTable, photos: Sequence[DrawnPhoto], labels: Sequence[str]) -> dict[str, object]:
    names = [name for name in labels if name not in IGNORE_NAMES]
    ids = {name: number for number, name in enumerate(names, 1)}
    images: list[dict[str, object]] = []
    annotations: list[dict[str, object]] = []
    for number, photo in enumerate(photos, 1):
        high, wide = photo.size_hw
        images.append({"id": number, "file_name": photo.name, "height": high, "width": wide})
        for shape in _in_order(photo):
            crowd = int(shape.class_id == IGNORE)
            category = 1 if crowd else ids[label_of(classes, shape.class_id)]
            drawn = _annotation(shape, photo.size_hw)
            numbers = {"id": len(annotations) + 1, "image_id": number, "category_id": category, "iscrowd": crowd}
            annotations.append({**numbers, **drawn})
    categories = [{"id": id_, "name": name, "supercategory": ""} for name, id_ in ids.items()]
    return {"info": {}, "licenses": [], "categories": categories, "images": images, "annotations": annotations}


def _in_order(photo: DrawnPhoto) -> list[Shape]:
    """Return the shapes; where an ignored region lies above others as bitmaps without overlap, as crowds lie below."""
    shapes = list(photo.shapes or ())
    first = next((i for i, shape in enumerate(shapes) if shape.class_id != IGNORE), len(shapes))
    if all(shape.class_id != IGNORE for shape in shapes[first:]):
        return shapes
    mask = paint(shapes, photo.size_hw, photo.size_hw)
    return [bitmap_of(int(i), mask == i) for i in np.unique(mask) if i in {shape.class_id for shape in shapes}]


def _annotation(shape: Shape, size_hw: tuple[int, int]) -> dict[str, object]:
    pixels = paint([replace(shape, class_id=1)], size_hw, size_hw) > 0
    left, top, right, bottom = bounds_xyxy(bitmap_of(1, pixels) if pixels.any() else shape)
    area_and_box = {"area": int(pixels.sum()), "bbox": [left, top, right - left, bottom - top]}
    if isinstance(shape, Polygon) and not shape.holes and shape.class_id != IGNORE:
        return {"segmentation": [flat(shape.rings[0])], **area_and_box}
    counts = encode_counts(run_lengths(np.ascontiguousarray(pixels.T)))
    return {"segmentation": {"size": list(size_hw), "counts": counts}, **area_and_box}
