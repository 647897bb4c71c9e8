"""Writes photos in images/, masks of class ids in masks/, and classes.csv."""

import csv
import io
from collections import Counter
from pathlib import Path

from maskwright.classes import IGNORE, ClassTable
from maskwright.datasets.class_tables.colour_texts import colour_text
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.labels.writing import Holds, by_part, drawn_photos, general_losses, painted, write_photo_copies
from maskwright.datasets.reader_types import WriteReport
from maskwright.files import write_bytes, write_text
from maskwright.imaging.palette_png import palette_png
from maskwright.progress_counter import StartCounting, no_counting

NAME = "masks"


def write(dataset: Dataset, path: Path, *, copy_photos: bool = True, count: StartCounting = no_counting) -> WriteReport:
    """Write images/, masks/ and classes.csv; parts of a given split become folders train/, val/ and test/ in both."""
    photos = drawn_photos(dataset, Holds(holes=True, ellipses=True, bitmaps=True), count=count)
    write_text(path / "classes.csv", classes_csv(dataset.classes))
    files = [path / "classes.csv"]
    for part, of_part in by_part(photos):
        for photo in (photo for photo in of_part if photo.shapes is not None):
            files.append(path / "masks" / (part or "") / f"{photo.stem}.png")
            write_bytes(files[-1], palette_png(painted(photo), dataset.classes.colours))
        files += write_photo_copies(of_part, path / "images" / (part or "")) if copy_photos else []
    return WriteReport(tuple(files), tuple(general_losses(dataset, photos, copied=copy_photos)))


def classes_csv(classes: ClassTable) -> str:
    """Return the text of a classes.csv: ids, names and colours, and 255 for what is ignored."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("id", "name", "colour", "ignore"))
    counts = Counter(classes.colours)
    for number, (name, colour) in enumerate(zip(classes.names, classes.colours, strict=True)):
        rows.writerow((number, name, colour_text(colour) if counts[colour] == 1 else "", ""))
    rows.writerow((IGNORE, "ignored", "", "1"))
    return text.getvalue()
