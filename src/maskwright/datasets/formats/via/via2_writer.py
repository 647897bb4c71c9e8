"""Writes VIA 2 json: polygons and ellipses, the class in the region attribute "class"."""

from pathlib import Path

from maskwright.classes import ClassTable
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.labels.writing import (
    DrawnPhoto,
    Holds,
    background_lost,
    drawn_photos,
    general_losses,
    json_by_part,
    label_of,
    plain,
)
from maskwright.datasets.reader_types import WriteReport
from maskwright.datasets.truth.shapes import Ellipse, Polygon, Shape
from maskwright.progress_counter import StartCounting, no_counting

NAME = "VIA"
CLASS_ATTRIBUTE = "class"


def write(dataset: Dataset, path: Path, *, copy_photos: bool = True, count: StartCounting = no_counting) -> WriteReport:
    """Write via.json, the photos beside it, into a folder or its train/, val/ and test/.

    Polygons and ellipses stay what they are; bitmaps and holes become polygons of the same pixels.
    """
    photos = drawn_photos(dataset, Holds(ellipses=True), count=count)

    def content(of_part: list[DrawnPhoto]) -> dict[str, object]:
        entries = [_entry(photo, dataset.classes) for photo in of_part]
        return {f"{entry['filename']}{entry['size']}": entry for entry in entries}

    files = json_by_part(photos, path / "via.json", content, photo_folder="" if copy_photos else None)
    lost = [*general_losses(dataset, photos, copied=copy_photos), *background_lost(photos, NAME)]
    return WriteReport(tuple(files), tuple(lost))


def _entry(photo: DrawnPhoto, classes: ClassTable) -> dict[str, object]:
    regions = [
        {"shape_attributes": _shape(shape), "region_attributes": {CLASS_ATTRIBUTE: label_of(classes, shape.class_id)}}
        for shape in photo.shapes or ()
    ]
    source = photo.sample.photo
    size = source.stat().st_size if source.is_file() else -1
    return {"filename": photo.name, "size": size, "regions": regions, "file_attributes": {}}


def _shape(shape: Shape) -> dict[str, object]:
    if isinstance(shape, Ellipse):
        (x, y), (rx, ry) = shape.centre_xy, shape.radii_xy
        numbers = {"cx": plain(x), "cy": plain(y), "rx": plain(rx), "ry": plain(ry), "theta": shape.angle_rad}
        return {"name": "ellipse", **numbers}
    assert isinstance(shape, Polygon)
    xs, ys = shape.rings[0].T
    return {"name": "polygon", "all_points_x": [plain(x) for x in xs], "all_points_y": [plain(y) for y in ys]}
