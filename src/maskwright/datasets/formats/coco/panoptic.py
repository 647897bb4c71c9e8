"""COCO panoptic: a json of segments beside PNGs whose colours are the numbers of the segments."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from maskwright.datasets.class_tables.handwritten_classes import IGNORE_NAMES
from maskwright.datasets.labels.dataset_from_labels import LabelledPhoto, LabelledShape
from maskwright.datasets.labels.label_merge import LabelFile
from maskwright.datasets.parsing.json_values import Record, record, records, size_hw, text, whole
from maskwright.datasets.parsing.text_files import WHOLE_BYTES, beginning, read_label_json
from maskwright.datasets.photo_search.photo_names import last_part
from maskwright.datasets.truth.shapes import bitmap_of
from maskwright.errors import DataError
from maskwright.imaging.mask_geometry import Bools

PNG_NAME = re.compile(r'"file_name"\s*:\s*"([^"]+\.png)"', re.IGNORECASE)
ANNOTATIONS, IMAGES = re.compile(r'"annotations"\s*:\s*\['), re.compile(r'"images"\s*:\s*\[')
LOOKED_AT = 20
VOID_IS_IGNORED = "pixels of no segment are ignored: the file lists stuff, so that every pixel should have a class"


def lacks_pngs(path: Path) -> bool:
    """Tell whether a file is panoptic, and none of the first PNGs that its annotations name is there."""
    if path.stat().st_size <= WHOLE_BYTES:
        annotations = records(record(read_label_json(path)).get("annotations"))
        named = (text(entry.get("file_name")) for entry in annotations if "segments_info" in entry)
        names = list(islice((name for name in named if name), LOOKED_AT))
    else:
        names = _png_names(beginning(path))
    folders = _png_folders(path)
    return bool(names) and not any((folder / last_part(name)).is_file() for folder in folders for name in names)


def _png_names(text_of_file: str) -> list[str]:
    """Return the first PNGs that the annotations in the beginning of a panoptic file name; its images are photos."""
    start = ANNOTATIONS.search(text_of_file)
    shown = IMAGES.split(text_of_file[start.end() :])[0] if start else ""
    return PNG_NAME.findall(shown)[:LOOKED_AT] if "segments_info" in shown else []


def read_panoptic(path: Path, data: Record, names: dict[str, str]) -> LabelFile:
    """Return what a panoptic file and its PNGs say; `names` are the classes by category id.

    Where the categories hold stuff every pixel ought to have a class, and pixels of no segment are ignored; else
    they are background. Crowds are ignored regions. DataError where a PNG is missing or cannot be read.
    """
    images = {text(entry.get("id")): entry for entry in records(data.get("images"))}
    has_stuff = any(whole(entry.get("isthing")) == 0 for entry in records(data.get("categories")))
    folders = _png_folders(path)
    photos, pngs = [], []
    for annotation in records(data.get("annotations")):
        image = record(images.get(text(annotation.get("image_id"))))
        pngs.append(_png_of(path, folders, text(annotation.get("file_name"))))
        ids = _segment_ids(pngs[-1])
        shapes = tuple(_shapes(annotation, ids, names, has_stuff))
        stated = size_hw(image.get("height"), image.get("width"))
        photos.append(LabelledPhoto(text(image.get("file_name")), shapes, size_hw=stated))
    choices = (VOID_IS_IGNORED,) if has_stuff else ()
    return LabelFile(path, tuple(photos), tuple(names.values()), choices, pngs=tuple(pngs))


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
