"""Pascal VOC: writes JPEGImages/, palette masks in SegmentationClass/, lists of parts and labelmap.txt.

Reading them is reading masks: see masks.py.
"""

from pathlib import Path

from maskwright.datasets.dataset import Dataset
from maskwright.datasets.labels.writing import (
    DrawnPhoto,
    Holds,
    by_part,
    drawn_photos,
    general_losses,
    painted,
    write_photo_copies,
)
from maskwright.datasets.reader_types import WriteReport
from maskwright.files import write_bytes, write_text
from maskwright.imaging.palette_png import palette_png
from maskwright.progress_counter import StartCounting, no_counting

NAME = "Pascal VOC masks"


def write(dataset: Dataset, path: Path, *, copy_photos: bool = True, count: StartCounting = no_counting) -> WriteReport:
    """Write a folder as Pascal VOC has it; masks hold the class ids of the dataset, and 255 where ignored."""
    photos = drawn_photos(dataset, Holds(holes=True, ellipses=True, bitmaps=True), count=count)
    files = [path / "labelmap.txt", path / "class_names.txt"]
    rows = zip(dataset.classes.names, dataset.classes.colours, strict=True)
    lines = [f"{name}:{','.join(str(value) for value in colour)}::" for name, colour in rows]
    write_text(files[0], "\n".join(["# label:color_rgb:parts:actions", *lines]) + "\n")
    write_text(files[1], "\n".join(dataset.classes.names) + "\n")
    for part, of_part in by_part(photos):
        files += _masks(dataset, of_part, path / "SegmentationClass")
        stems = [photo.stem for photo in of_part if photo.shapes is not None]
        write_text(path / "ImageSets" / "Segmentation" / f"{part or 'default'}.txt", "\n".join(stems) + "\n")
    files += write_photo_copies(photos, path / "JPEGImages") if copy_photos else []
    return WriteReport(tuple(files), tuple(general_losses(dataset, photos, copied=copy_photos)))


def _masks(dataset: Dataset, photos: list[DrawnPhoto], folder: Path) -> list[Path]:
    files = []
    for photo in photos:
        if photo.shapes is not None:
            files.append(folder / f"{photo.stem}.png")
            write_bytes(files[-1], palette_png(painted(photo), dataset.classes.colours))
    return files
