"""The pictures of scored photos that a run keeps for its report: both outlines, and filled maps of errors."""

import os
from hashlib import blake2b
from pathlib import Path

from maskwright.classes import ClassTable
from maskwright.evaluation.evaluate import Judged
from maskwright.files import write_bytes
from maskwright.imaging.drawing import draw_outlines, encode_jpeg
from maskwright.imaging.mask_geometry import reduce_photo, resize_mask
from maskwright.report.error_maps import error_maps

PANEL_PX = 640
OVERLAYS = ("errors", "truth", "prediction")
LONGEST_NAME_BYTES = 255
"""Of a file, on all usual disks."""


def panel_path(run: Path, photo_name: str) -> Path:
    """Return the path of the picture of a scored photo."""
    return _picture(run / "pictures" / "judged", photo_name, ".jpg")


def write_panel(run: Path, judged: Judged, classes: ClassTable, *, whole: bool = False) -> None:
    """Write the scored photo, reduced, with both outlines, and its filled maps, cropped to the objects or `whole`."""
    photo = reduce_photo(judged.photo, PANEL_PX)
    size_hw = (photo.shape[0], photo.shape[1])
    truth, prediction = resize_mask(judged.truth, size_hw), resize_mask(judged.prediction, size_hw)
    picture = draw_outlines(photo, truth, prediction, classes)
    write_bytes(panel_path(run, judged.score.name), encode_jpeg(picture, 76))
    maps = error_maps(judged.photo, judged.truth, judged.prediction, classes, whole=whole)
    write_bytes(map_path(run, judged.score.name, "photo.jpg"), encode_jpeg(maps.crop, 76))
    for kind, png in zip(OVERLAYS, (maps.errors, maps.truth, maps.prediction), strict=True):
        write_bytes(map_path(run, judged.score.name, f"{kind}.png"), png)


def map_path(run: Path, photo_name: str, kind: str) -> Path:
    """Return the path of a map of a scored photo: "photo.jpg" (the crop), "errors.png" and the other overlays."""
    return _picture(run / "pictures" / "errors", photo_name, f".{kind}")


def _picture(folder: Path, photo_name: str, ending: str) -> Path:
    """Return the path of a photo's picture; a name too long for that is cut, and a digest tells it from others."""
    path = folder / f"{photo_name}{ending}"
    name = os.fsencode(path.name)
    if len(name) <= LONGEST_NAME_BYTES:
        return path
    ending = f".{blake2b(name, digest_size=8).hexdigest()}{ending}"
    return path.with_name(name[: LONGEST_NAME_BYTES - len(ending)].decode(errors="ignore") + ending)
