"""Label Studio json: polygons, boxes and ellipses in per cent of the photo, and brush strokes.

A task whose annotation was submitted without a region is background; one that was skipped is not annotated. Of
several annotations of a task the ground truth counts, or else the newest.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit
from xml.sax.saxutils import quoteattr

import numpy as np

from maskwright.classes import ClassTable
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.labels.dataset_from_labels import LabelledPhoto, LabelledShape, ShapeRemark, dataset_of
from maskwright.datasets.labels.label_files import recognise_labels
from maskwright.datasets.labels.label_merge import LabelFile, merged
from maskwright.datasets.labels.writing import (
    DrawnPhoto,
    Holds,
    drawn_photos,
    general_losses,
    json_by_part,
    label_of,
    labels_of,
)
from maskwright.datasets.parsing.json_values import Record, items, record, records, size_hw, text, whole
from maskwright.datasets.parsing.text_files import json_outline, read_label_json
from maskwright.datasets.photo_search.photo_names import before_upload
from maskwright.datasets.reader_types import ReadOptions, Recognition, WriteReport, refuse_mask_options
from maskwright.datasets.truth.shapes import (
    Bitmap,
    Ellipse,
    Polygon,
    Shape,
    bitmap_of,
    checked_ring,
    ellipse,
    finite,
    paint,
    rectangle,
    shape_or_reason,
    turned,
)
from maskwright.errors import DataError, ShapeError
from maskwright.files import write_text
from maskwright.imaging.decoders.embedded_images import bytes_of, mask_of_bytes
from maskwright.imaging.run_lengths.codec import MOST_PIXELS, run_lengths
from maskwright.imaging.run_lengths.label_studio import decode_brush, encode_brush
from maskwright.progress_counter import StartCounting, no_counting

NAME = "Label Studio"
SUFFIXES = (".json",)
CERTAIN = 0.95
TASK_KEYS = frozenset({"annotations", "completions", "predictions"})
OPAQUE = 127
TAGS = ("Polygon", "Ellipse", "Brush", "Rectangle")
WHICH_ANNOTATION = "of several annotations of a task ({tasks} tasks) the ground truth counts, or else the newest"
SKIPPED = "{tasks} tasks were skipped in Label Studio: their photos count as not annotated, whatever was drawn before"
PREDICTIONS = "tasks without an annotation: their predictions were read"


def recognise(path: Path) -> Recognition | None:
    """Return the Label Studio files at a path, which may be a folder or one file; None if there are none."""
    return recognise_labels(path, SUFFIXES, _recognised_file)


def _recognised_file(path: Path) -> Recognition | None:
    shown = json_outline(path)
    task = shown.first & TASK_KEYS and shown.first & {"data", "file_upload", "id"}
    small = {"image", "annotator"} <= shown.first or {"image", "annotation_id"} <= shown.first
    fragment = {"result", "model_version"} <= shown.first
    if shown.is_list and (task or small or fragment) and "segmentation" not in shown.first:
        return Recognition(CERTAIN, "Label Studio json", files=(path,))
    return None


def read(path: Path, options: ReadOptions) -> Dataset:
    """Return the dataset of the Label Studio files at a path; DataError where they hold no task with a photo."""
    refuse_mask_options(options, path, NAME)
    recognition = recognise(path)
    files = [_read_file(file) for file in (recognition.files if recognition else ())]
    if not any(file.photos for file in files):
        raise DataError(f"{path} holds no task: export the project as JSON again")
    return dataset_of(merged("label-studio", path if path.is_dir() else path.parent, files), options)


def _read_file(path: Path) -> LabelFile:
    tasks = records(read_label_json(path))
    photos, choices = [], []
    several = skipped = 0
    for number, task in enumerate(tasks, 1):
        given = [one for one in _annotations(task) if not one.get("was_cancelled")]
        predicted = not given and bool(records(task.get("predictions")))
        several += len(given) > 1
        skipped += not given and bool(_annotations(task)) and not predicted
        choices += [PREDICTIONS] if predicted else []
        annotation = _chosen(given or records(task.get("predictions")))
        name, address = _names(task, number)
        shapes = None if annotation is None else _shapes(records(annotation.get("result")))
        stated = _stated(records(annotation.get("result"))) if annotation else None
        photos.append(LabelledPhoto(name, shapes, address, size_hw=stated, in_shares=True))
    choices += [WHICH_ANNOTATION.format(tasks=several)] if several else []
    choices += [SKIPPED.format(tasks=skipped)] if skipped else []
    return LabelFile(path, tuple(photos), (), tuple(dict.fromkeys(choices)))


def _annotations(task: Record) -> list[Record]:
    """Return the annotations of a task; of the small export the task's own lists of regions, of a fragment itself."""
    if "result" in task:
        return [task]
    listed = records(task.get("annotations")) or records(task.get("completions"))
    if listed or TASK_KEYS & task.keys():
        return listed
    regions = [
        {"value": region, "type": kind, **region}
        for value in task.values()
        for region in records(value if isinstance(value, list) else None)
        for kind in ("polygonlabels", "rectanglelabels", "ellipselabels", "brushlabels")
        if kind in region
    ]
    return [{"result": regions}]


def _chosen(annotations: Sequence[Record]) -> Record | None:
    truths = [entry for entry in annotations if entry.get("ground_truth")] or list(annotations)
    return max(truths, key=lambda entry: (text(entry.get("updated_at")), whole(entry.get("id")) or 0), default=None)


def _names(task: Record, number: int) -> tuple[str, str]:
    """Return the photo's name without the letters that an upload puts before it, and its address."""
    data = record(task.get("data"))
    values = [text(value) for value in (data.get("image"), task.get("image"), *data.values())]
    address = next((value for value in values if value), "")
    split = urlsplit(address)
    local = parse_qs(split.query).get("d", [""])[0]
    place = unquote(local or split.path or address).replace("\\", "/")
    uploaded = text(task.get("file_upload")) or place.rsplit("/", 1)[-1]
    before = before_upload(uploaded)
    if before is None:
        return uploaded or f"task {number}", place
    return before or f"task {number}", uploaded


def _stated(results: Sequence[Record]) -> tuple[int, int] | None:
    sizes = (size_hw(result.get("original_height"), result.get("original_width")) for result in results)
    return next((size for size in sizes if size), None)


def _shapes(results: Sequence[Record]) -> tuple[LabelledShape, ...]:
    """Return the shapes of an annotation; labels may stand in a result of their own with the same id."""
    labels: dict[str, list[str]] = {}
    for number, result in enumerate(results):
        value = record(result.get("value"))
        named = [text(label) for key in (text(result.get("type")), "labels") for label in items(value.get(key))]
        labels.setdefault(text(result.get("id")) or str(number), []).extend(named)
    drawn: dict[str, LabelledShape] = {}
    for number, result in enumerate(results):
        key = text(result.get("id")) or str(number)
        kind = text(result.get("type")).removesuffix("labels")
        if (
            kind
            and "value" in result
            and key not in drawn
            and kind not in ("choices", "textarea", "taxonomy", "rating")
        ):
            drawn[key] = _labelled(result, kind, list(dict.fromkeys(labels[key])))
    return tuple(drawn.values())


def _labelled(result: Record, kind: str, labels: Sequence[str]) -> LabelledShape:
    if len(labels) > 1:
        why = f"has {len(labels)} labels ({', '.join(labels[:3])})"
        return LabelledShape(None, why, ShapeRemark("shape-two-classes", why, labels[0]))
    return LabelledShape(labels[0] if labels else None, shape_or_reason(lambda: _drawn(result, kind)))


def _drawn(result: Record, kind: str) -> Shape:
    canvas_hw = size_hw(result.get("original_height"), result.get("original_width"))
    if canvas_hw is None:
        raise ShapeError("has no original_width and original_height")
    if (turn := whole(result.get("image_rotation")) or 0) % 360:
        raise ShapeError(f"is drawn on the photo turned by {turn} degrees: turn it back in Label Studio")
    high, wide = canvas_hw
    value = record(result.get("value"))
    match kind:
        case "polygon":
            return Polygon(0, checked_ring(checked_ring(value.get("points")) * (wide / 100, high / 100)))
        case "rectangle":
            x, y, w, h = (finite(value.get(key)) / 100 for key in ("x", "y", "width", "height"))
            box = rectangle(0, (x * wide, y * high), (w * wide, h * high))
            return turned(box, _angle(value), about_xy=(x * wide, y * high))
        case "ellipse":
            return _ellipse(value, canvas_hw)
        case "brush" | "bitmask":
            return _brush(value, canvas_hw)
    raise ShapeError(f"is a {kind}, which covers no area")


def _angle(value: Record) -> float:
    return math.radians(finite(value.get("rotation") or 0.0))


def _ellipse(value: Record, canvas_hw: tuple[int, int]) -> Ellipse:
    x, y, rx, ry = (finite(value.get(key)) / 100 for key in ("x", "y", "radiusX", "radiusY"))
    high, wide = canvas_hw
    return ellipse((x * wide, y * high), (rx * wide, ry * high), angle_rad=_angle(value))


def _brush(value: Record, canvas_hw: tuple[int, int]) -> Shape:
    """Return the bitmap of a brush stroke, whose values are red, green, blue and opacity of each pixel."""
    high, wide = canvas_hw
    if high * wide > MOST_PIXELS:
        raise ShapeError("has more pixels than any photo")
    if value.get("imageDataURL"):
        pixels = mask_of_bytes(bytes_of(value.get("imageDataURL")))
        if pixels.shape != canvas_hw:
            raise ShapeError(f"has a bitmap of {pixels.shape[1]}x{pixels.shape[0]} pixels on {wide}x{high}")
        return bitmap_of(0, pixels)
    opacity = decode_brush(items(value.get("rle")), 4 * high * wide).reshape(high, wide, 4)[:, :, 3]
    return bitmap_of(0, np.asarray(opacity > OPAQUE))


def write(dataset: Dataset, path: Path, *, copy_photos: bool = True, count: StartCounting = no_counting) -> WriteReport:
    """Write tasks.json, label_config.xml, and the photos in images/, into a folder or its train/, val/ and test/.

    Polygons and ellipses are given in per cent, bitmaps as brush strokes; holes become polygons of the same pixels.
    """
    photos = drawn_photos(dataset, Holds(ellipses=True, bitmaps=True), count=count)
    files = [path / "label_config.xml"]
    write_text(files[0], _config(labels_of(dataset.classes, photos)))
    files += json_by_part(
        photos,
        path / "tasks.json",
        lambda of_part: [_task(number, photo, dataset.classes) for number, photo in enumerate(of_part, 1)],
        photo_folder="images" if copy_photos else None,
    )
    lost = general_losses(dataset, photos, copied=copy_photos)
    return WriteReport(tuple(files), tuple(lost))


def _config(labels: Sequence[str]) -> str:
    shown = "".join(f"<Label value={quoteattr(name)}/>" for name in labels)
    tags = "".join(f'<{tag}Labels name="{tag.lower()}" toName="image">{shown}</{tag}Labels>' for tag in TAGS)
    return f'<View><Image name="image" value="$image"/>{tags}</View>\n'


def _task(number: int, photo: DrawnPhoto, classes: ClassTable) -> dict[str, object]:
    address = f"/data/local-files/?d=images/{quote(photo.name)}"
    drawn = [(id_, shape) for id_, shape in enumerate(photo.shapes or ()) if not _is_empty(shape)]
    results = [_result(f"r{id_}", shape, label_of(classes, shape.class_id), photo.size_hw) for id_, shape in drawn]
    annotations = [] if photo.shapes is None else [{"id": number, "was_cancelled": False, "result": results}]
    return {"id": number, "data": {"image": address}, "annotations": annotations, "predictions": []}


def _is_empty(shape: Shape) -> bool:
    return isinstance(shape, Bitmap) and not shape.counts.size


def _result(id_: str, shape: Shape, label: str, size_hw: tuple[int, int]) -> dict[str, object]:
    high, wide = size_hw
    kind, value = "polygon", {}
    match shape:
        case Polygon():
            value = {"points": (shape.rings[0] * (100 / wide, 100 / high)).tolist(), "closed": True}
        case Ellipse(_, (x, y), (rx, ry), angle):
            radii = {"radiusX": 100 * rx / wide, "radiusY": 100 * ry / high, "rotation": math.degrees(angle)}
            kind, value = "ellipse", {"x": 100 * x / wide, "y": 100 * y / high, **radii}
        case Bitmap():
            pixels = paint([replace(shape, class_id=1)], size_hw, size_hw) > 0
            kind, value = "brush", {"format": "rle", "rle": encode_brush(run_lengths(pixels))}
    names = {"id": id_, "type": f"{kind}labels", "from_name": kind, "to_name": "image", "origin": "manual"}
    size = {"original_width": wide, "original_height": high, "image_rotation": 0}
    return {**names, **size, "value": {**value, f"{kind}labels": [label]}}
