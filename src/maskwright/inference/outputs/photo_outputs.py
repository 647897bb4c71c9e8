"""What a prediction writes of one photo: mask, overlay, regions, and rows of the tables."""

from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from maskwright.classes import ClassTable
from maskwright.datasets.formats.via.via2 import via_entry
from maskwright.imaging.drawing import draw_overlay, encode_jpeg
from maskwright.imaging.maps.place import ground_of
from maskwright.imaging.mask_geometry import Mask, reduce_photo, reduced_size_hw, resize_mask
from maskwright.imaging.photos import Photo
from maskwright.inference.outputs.object_table import About, PhotoRows, Scale, rows_of
from maskwright.inference.outputs.polygons import mask_regions
from maskwright.inference.prediction import Prediction
from maskwright.inference.sources.photo_list import PhotoToDo

OVERLAY_LONG_SIDE_PX = 1600


@dataclass(frozen=True)
class Measuring:
    """How objects are measured; `unlike` says of a photo and its file how it differs from training, "" if not."""

    scale: Scale = field(default_factory=Scale)
    unlike: Callable[[Photo, Path], str] | None = None


@dataclass(frozen=True)
class PhotoOutputs:
    """What a prediction writes of one photo: two encoded pictures, an entry of the regions file, rows of the tables."""

    mask_png: bytes
    overlay_jpeg: bytes
    entry: dict[str, object]
    rows: PhotoRows


def photo_outputs(
    photo: Photo, prediction: Prediction, todo: PhotoToDo, *, classes: ClassTable, measuring: Measuring
) -> PhotoOutputs:
    """Return what is written of a photo and its prediction; nothing is written yet."""
    mask = prediction.mask
    unlike = measuring.unlike(photo, todo.path) if measuring.unlike else ""
    return PhotoOutputs(
        encode_mask(mask, classes),
        _overlay(photo, mask, classes),
        via_entry(shown_name(todo), todo.path.stat().st_size, mask_regions(mask, classes)),
        rows_of(shown_name(todo), prediction, classes, measuring.scale, about=About(unlike, ground_of(todo.path))),
    )


def shown_name(todo: PhotoToDo) -> str:
    """Return the file name of a photo in the regions file."""
    return (Path(todo.name).parent / todo.path.name).as_posix()


def encode_mask(mask: Mask, classes: ClassTable) -> bytes:
    """Return the HxW class ids as a PNG whose palette shows the class colours."""
    image = Image.fromarray(mask)
    image.putpalette([value for colour in classes.colours for value in colour])
    data = BytesIO()
    image.save(data, format="PNG", compress_level=4)
    return data.getvalue()


def _overlay(photo: Photo, mask: Mask, classes: ClassTable) -> bytes:
    small = photo
    while max(small.shape) >= 2 * OVERLAY_LONG_SIDE_PX:  # halving is several times as fast as other reductions
        small = reduce_photo(small, (max(small.shape) + 1) // 2)
    size_hw = reduced_size_hw((photo.shape[0], photo.shape[1]), OVERLAY_LONG_SIDE_PX)
    if small.shape[:2] != size_hw:  # by less than two: averaging areas takes eight times as long, and looks the same
        small = np.asarray(cv2.resize(small, size_hw[::-1], interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
    return encode_jpeg(draw_overlay(small, resize_mask(mask, size_hw), classes), 88)
