"""COCO panoptic: a json of segments beside PNGs whose colours are the numbers of the segments."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from maskwright.datasets.labels.dataset_from_labels import LabelledPhoto, LabelledShape
from maskwright.datasets.labels.files.json_values import Record, record, records, size_hw, text, whole
from maskwright.datasets.labels.files.label_merge import LabelFile
from maskwright.datasets.labels.files.text_files import beginning
from maskwright.datasets.labels.handwritten_classes import IGNORE_NAMES
from maskwright.datasets.labels.photo_names import last_part
from maskwright.datasets.truth.shapes import bitmap_of
from maskwright.errors import DataError
from maskwright.imaging.mask_geometry import Bools

PNG_NAME = re.compile(r'"file_name"\s*:\s*"([^"]+\.png)"', re.IGNORECASE)
LOOKED_AT = 20
VOID_IS_IGNORED = "pixels of no segment are ignored: the file lists stuff, so that every pixel should have a class"


def lacks_pngs(path: Path) -> bool:
    """Tell whether a file is panoptic, and none of the PNGs that its beginning names is there."""
    text_of_file = beginning(path)
    names = [last_part(name) for name in PNG_NAME.findall(text_of_file)[:LOOKED_AT]]
    if "segments_info" not in text_of_file or not names:
        return False
    folders = _png_folders(path)
    return not any((folder / name).is_file() for folder in folders for name in names)


def read_panoptic(path: Path, data: Record, names: dict[str, str]) -> LabelFile:
    """Return what a panoptic file and its PNGs say; `names` are the classes by category id.

    Where the categories hold stuff every pixel ought to have a class, and pixels of no segment are ignored; else
    they are background. Crowds are ignored regions. DataError where a PNG is missing or cannot be read.
    """
    images = {text(entry.get("id")): entry for entry in records(data.get("images"))}
    has_stuff = any(whole(entry.get("isthing")) == 0 for entry in records(data.get("categories")))
    folders = _png_folders(path)
    photos = []
    for annotation in records(data.get("annotations")):
        image = record(images.get(text(annotation.get("image_id"))))
        ids = _segment_ids(_png_of(path, folders, text(annotation.get("file_name"))))
        shapes = tuple(_shapes(annotation, ids, names, has_stuff))
        stated = size_hw(image.get("height"), image.get("width"))
        photos.append(LabelledPhoto(text(image.get("file_name")), shapes, size_hw=stated))
    return LabelFile(path, tuple(photos), tuple(names.values()), (VOID_IS_IGNORED,) if has_stuff else ())


def _png_folders(path: Path) -> list[Path]:
    """Return where the PNGs of a json may lie: in a folder named after it, beside it, or in one called panoptic."""
    folders = [path.parent / path.stem, path.parent, path.parent / "panoptic", path.parent / path.stem / "panoptic"]
    return folders + sorted(folder for folder in path.parent.iterdir() if "panoptic" in folder.name.casefold())


def _png_of(path: Path, folders: Sequence[Path], name: str) -> Path:
    """Return the PNG of an annotation of a json, from the first of the folders that has it."""
    for folder in folders:
        if name and (folder / last_part(name)).is_file():
            return folder / last_part(name)
    raise DataError(f"{path} needs the PNG {name!r}, which is not there: put the PNGs into {path.parent / path.stem}")


def _segment_ids(path: Path) -> NDArray[np.int32]:
    try:
        with Image.open(path, formats=("PNG",)) as image:
            rgb = np.asarray(image.convert("RGB"), dtype=np.int32)
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise DataError(f"{path} cannot be read ({error}): export the panoptic PNGs again") from error
    ids: NDArray[np.int32] = rgb[:, :, 0] + (rgb[:, :, 1] << 8) + (rgb[:, :, 2] << 16)
    return ids


def _shapes(
    annotation: Record, ids: NDArray[np.int32], names: dict[str, str], has_stuff: bool
) -> Iterator[LabelledShape]:
    if has_stuff and (ids == 0).any():
        yield LabelledShape(IGNORE_NAMES[0], bitmap_of(0, ids == 0))
    for segment in records(annotation.get("segments_info")):
        pixels: Bools = ids == whole(segment.get("id"))
        name = IGNORE_NAMES[0] if whole(segment.get("iscrowd")) == 1 else names.get(text(segment.get("category_id")))
        yield LabelledShape(name, bitmap_of(0, pixels) if pixels.any() else "has no pixel in the PNG")
