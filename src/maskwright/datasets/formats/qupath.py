"""QuPath GeoJSON, one file a photo of the same name: polygons with holes in pixels of the photo.

An annotation of the class "Ignore*" is an ignored region; "Region*" only says where a person looked.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from maskwright.classes import IGNORE, ClassTable
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
from maskwright.datasets.parsing.json_values import Record, colour_of, items, record, records, text
from maskwright.datasets.parsing.text_files import json_outline, read_label_json
from maskwright.datasets.photo_search.photo_index import image_files
from maskwright.datasets.reader_types import ReadOptions, Recognition, WriteReport, refuse_mask_options
from maskwright.datasets.truth.shapes import Polygon, Shape, checked_ring, shape_or_reason
from maskwright.datasets.unread_formats.map_layers import is_map_geojson
from maskwright.errors import DataError, ShapeError
from maskwright.files import write_json
from maskwright.imaging.mask_geometry import Points
from maskwright.progress_counter import StartCounting, no_counting

NAME = "QuPath GeoJSON"
SUFFIXES = (".geojson", ".json")
CERTAIN, LOW = 0.95, 0.4
IGNORED, REGION = "Ignore*", "Region*"
REGIONS_UNUSED = 'areas of the class "Region*" are not read: they say where somebody looked, not what is there'


def recognise(path: Path) -> Recognition | None:
    """Return the QuPath files at a path, which may be a folder or one file; None if there are none.

    Files that have the name of no photo, as that of a whole slide, are less sure than masks beside them.
    """
    found = recognise_labels(path, SUFFIXES, _recognised_file)
    if found is None or path.is_file():
        return found
    stems = {photo.name.split(".")[0] for photo in image_files(path)}
    return found if any(file.name.split(".")[0] in stems for file in found.files) else replace(found, confidence=LOW)


def _recognised_file(path: Path) -> Recognition | None:
    shown = json_outline(path)
    feature = {"type", "geometry", "properties"}
    is_collection = {"type", "features"} <= shown.keys and not is_map_geojson(path)
    listed = shown.is_list and shown.first >= feature
    return Recognition(CERTAIN, NAME, files=(path,)) if is_collection or listed or shown.keys >= feature else None


def read(path: Path, options: ReadOptions) -> Dataset:
    """Return the dataset of all QuPath files at a path; DataError where there is none."""
    refuse_mask_options(options, path, NAME)
    root = path if path.is_dir() else path.parent
    by_stem = {photo.name.split(".")[0]: photo for photo in image_files(root)}
    files = [_read_file(file, by_stem) for file in files_below(path, SUFFIXES) if _recognised_file(file)]
    if not files:
        raise DataError(f"{path} holds no QuPath GeoJSON: export the annotations of each image as GeoJSON")
    return dataset_of(merged("qupath", root, files), options)


def _read_file(file: Path, by_stem: dict[str, Path]) -> LabelFile:
    content = read_label_json(file)
    features = records(content if isinstance(content, list) else record(content).get("features")) or [record(content)]
    classed = [(text(_classification(feature).get("name")), feature) for feature in features if "geometry" in feature]
    shapes = tuple(
        LabelledShape(IGNORE_NAMES[0] if name == IGNORED else name or None, shape)
        for name, feature in classed
        if name != REGION
        for shape in _shapes(record(feature.get("geometry")))
    )
    colours = {name: c for name, feature in classed if name and (c := colour_of(_classification(feature).get("color")))}
    photo = by_stem.get(file.name.split(".")[0])
    name = photo.name if photo else file.stem
    choices = (REGIONS_UNUSED,) if any(name == REGION for name, _ in classed) else ()
    labelled = LabelledPhoto(name, shapes, folders=(photo.parent if photo else file.parent,))
    return LabelFile(file, (labelled,), (), choices, colours)


def _classification(feature: Record) -> Record:
    return record(record(feature.get("properties")).get("classification"))


def _shapes(geometry: Record) -> Iterator[Shape | str]:
    coordinates = items(geometry.get("coordinates"))
    match text(geometry.get("type")):
        case "Polygon":
            yield shape_or_reason(lambda: _polygon(coordinates))
        case "MultiPolygon":
            for rings in coordinates:
                yield shape_or_reason(lambda rings=rings: _polygon(items(rings)))  # type: ignore[misc]
        case "GeometryCollection":
            for part in records(geometry.get("geometries"))[:1000]:
                if text(part.get("type")) != "GeometryCollection":
                    yield from _shapes(part)
        case kind:
            yield f"is a {kind or 'geometry without type'}, which covers no area"


def _polygon(rings: list[object]) -> Polygon:
    if not rings:
        raise ShapeError("has no outline")
    outline, *holes = (checked_ring(ring)[:-1] if _is_closed(ring) else checked_ring(ring) for ring in rings)
    return Polygon(0, outline, tuple(holes))


def _is_closed(ring: object) -> bool:
    points = items(ring)
    return len(points) > 3 and points[0] == points[-1]


def write(dataset: Dataset, path: Path, *, copy_photos: bool = True, count: StartCounting = no_counting) -> WriteReport:
    """Write a GeoJSON for every annotated photo, the photos beside them, into a folder or its train/, val/ and test/.

    Polygons keep their holes; ellipses and bitmaps become polygons of the same pixels.
    """
    photos = drawn_photos(dataset, Holds(holes=True), count=count)
    files: list[Path] = []
    for part, of_part in by_part(photos):
        folder = path / (part or "")
        for photo in (photo for photo in of_part if photo.shapes is not None):
            features = [_feature(shape, dataset.classes) for shape in photo.shapes or ()]
            write_json(folder / f"{photo.stem}.geojson", {"type": "FeatureCollection", "features": features})
            files.append(folder / f"{photo.stem}.geojson")
        files += write_photo_copies(of_part, folder) if copy_photos else []
    return WriteReport(tuple(files), tuple(general_losses(dataset, photos, copied=copy_photos)))


def _feature(shape: Shape, classes: ClassTable) -> dict[str, object]:
    assert isinstance(shape, Polygon)
    ignored = shape.class_id == IGNORE
    name = IGNORED if ignored else label_of(classes, shape.class_id)
    colour = (180, 180, 180) if ignored else classes.colours[shape.class_id]
    geometry = {"type": "Polygon", "coordinates": [_closed(ring) for ring in shape.rings]}
    properties = {"objectType": "annotation", "classification": {"name": name, "color": list(colour)}}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _closed(ring: Points) -> list[list[int | float]]:
    return [[plain(x), plain(y)] for x, y in (*ring, ring[0])]
