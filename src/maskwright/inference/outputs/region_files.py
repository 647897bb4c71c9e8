"""Predicted masks as regions in the format of a labelling tool."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from maskwright.classes import ClassTable
from maskwright.datasets.converting import convert
from maskwright.datasets.dataset import Dataset, Sample
from maskwright.datasets.reader_types import WriteReport
from maskwright.datasets.truth.shapes import Polygon, Shapes
from maskwright.inference.outputs.polygons import mask_regions
from maskwright.inference.sources.photo_list import PhotoToDo
from maskwright.output_file_names import MASKS_FOLDER


def write_regions(photos: Sequence[PhotoToDo], out: Path, classes: ClassTable, *, to: str) -> WriteReport:
    """Write the regions of the masks in `out/masks` to `out/regions` in the format `to`, without copying photos.

    Photos that were not predicted are left out. ConfigError for a format that is not written.
    """
    samples = tuple(_sample(todo, out, classes) for todo in photos if _mask_path(todo, out).is_file())
    return convert(Dataset(out, "predicted", samples, classes), to, out / "regions", copy_photos=False)


def _mask_path(todo: PhotoToDo, out: Path) -> Path:
    return out / MASKS_FOLDER / f"{todo.name}.png"


def _sample(todo: PhotoToDo, out: Path, classes: ClassTable) -> Sample:
    with Image.open(_mask_path(todo, out)) as image:
        mask = np.asarray(image, dtype=np.uint8)
    polygons = tuple(Polygon(classes.names.index(name), xy) for name, xy in mask_regions(mask, classes))
    name = (Path(todo.name).parent / todo.path.name).as_posix()
    return Sample(name, todo.path, Shapes(polygons), (mask.shape[0], mask.shape[1]))
