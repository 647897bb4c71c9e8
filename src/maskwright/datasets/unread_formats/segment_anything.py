"""Masks that Segment Anything made of everything in a photo: segments without a class, one file each."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from maskwright.datasets.parsing.text_files import csv_header
from maskwright.datasets.photo_search.photo_index import name_below
from maskwright.errors import DataError

COLUMNS = frozenset(["predicted_iou", "stability_score"])
TABLES_MOST = 20


def refuse_unnamed_segments(root: Path, masks: Iterable[Path], others: Sequence[Path]) -> None:
    """Raise DataError where masks lie beside the table that Segment Anything writes of the segments of a photo."""
    folders = {path.parent for path in masks}
    tables = [path for path in others if path.name == "metadata.csv" and path.parent in folders]
    known = next((table for table in tables[:TABLES_MOST] if set(csv_header(table)[0]) >= COLUMNS), None)
    if known is None:
        return
    raise DataError(
        f"{root}: the masks in {len(tables)} folders are segments of Segment Anything (as "
        f"{name_below(known.parent, root)}, by its metadata.csv): they have no class, and a number means another thing "
        "in each photo. If one kind of object is wanted, delete all other segments from each folder, and add --set "
        "data.masks=union; else draw outlines with a name, in CVAT or LabelMe for example, whose AI tools use the same "
        "model"
    )
