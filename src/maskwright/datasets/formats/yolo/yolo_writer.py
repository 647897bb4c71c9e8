"""YOLO segmentation written: data.yaml, and a text of lines for each photo."""

from collections.abc import Sequence
from pathlib import Path

import yaml

from maskwright.classes import IGNORE
from maskwright.datasets.class_tables.handwritten_classes import IGNORE_NAMES
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.labels.writing import (
    Holds,
    by_part,
    drawn_photos,
    general_losses,
    label_of,
    labels_of,
    write_photo_copies,
)
from maskwright.datasets.part_names import PartName
from maskwright.datasets.reader_types import WriteReport
from maskwright.datasets.truth.shapes import Polygon, Shape
from maskwright.files import write_text
from maskwright.progress_counter import StartCounting, no_counting

NAME = "YOLO"


def write(dataset: Dataset, path: Path, *, copy_photos: bool = True, count: StartCounting = no_counting) -> WriteReport:
    """Write data.yaml, labels/ and images/ into a folder, with train/, val/ and test/ in them where parts are given.

    Ellipses, bitmaps and holes become polygons of the same pixels. Ignored regions cannot be held.
    """
    photos = drawn_photos(dataset, Holds(), count=count)
    labels = [name for name in labels_of(dataset.classes, photos) if name not in IGNORE_NAMES]
    ids = {name: number for number, name in enumerate(labels)}
    files: list[Path] = []
    for part, of_part in by_part(photos):
        for photo in (photo for photo in of_part if photo.shapes is not None):
            label = path / "labels" / (part or "") / f"{photo.stem}.txt"
            drawn = [shape for shape in photo.shapes or () if shape.class_id != IGNORE]
            named = [(ids[label_of(dataset.classes, shape.class_id)], shape) for shape in drawn]
            write_text(label, "".join(_line(number, shape, photo.size_hw) for number, shape in named))
            files.append(label)
        files += write_photo_copies(of_part, path / "images" / (part or "")) if copy_photos else []
    write_text(path / "data.yaml", _sheet_text(labels, [part for part, _ in by_part(photos)]))
    ignored = sum(shape.class_id == IGNORE for photo in photos for shape in photo.shapes or ())
    lost = [f"{ignored} ignored regions are left out: {NAME} knows none, they read as background"] if ignored else []
    lost += general_losses(dataset, photos, copied=copy_photos)
    return WriteReport((path / "data.yaml", *files), tuple(lost))


def _line(number: int, shape: Shape, size_hw: tuple[int, int]) -> str:
    assert isinstance(shape, Polygon)
    shares = shape.rings[0] / (size_hw[1], size_hw[0])
    return " ".join([str(number), *(repr(float(share)) for share in shares.reshape(-1))]) + "\n"


def _sheet_text(labels: Sequence[str], parts: Sequence[PartName | None]) -> str:
    folders: dict[str, str] = {part or "train": f"images/{part}" if part else "images" for part in parts}
    folders.setdefault("train", next(iter(folders.values()), "images"))
    folders.setdefault("val", folders["train"])
    return str(yaml.safe_dump({**folders, "names": dict(enumerate(labels))}, allow_unicode=True, sort_keys=False))
