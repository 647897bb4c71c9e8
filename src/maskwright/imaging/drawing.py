"""Photos with masks drawn on them: filled, outlined, or truth and prediction side by side."""

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.classes import IGNORE, ClassTable
from maskwright.imaging.mask_geometry import Bools, Mask, bounding_box

Photo = NDArray[np.uint8]

FILL = 0.42
"""How much of a filled pixel is the colour of its class."""
GREY = (128, 128, 128)


def line_px(photo: Photo) -> int:
    """Return the width of outlines on a photo of this size: 1 px on thumbnails, 2 px from 600 px on, 10 px on 4000."""
    long_side_px = int(max(photo.shape[:2]))
    return max(1, round(long_side_px / 400))


def draw_overlay(photo: Photo, mask: Mask, classes: ClassTable, *, fill: float = FILL) -> Photo:
    """Return a copy of the photo (HxWx3 RGB), objects filled half-transparently and outlined, ignore hatched grey.

    `fill`, 0..1: how much of a filled pixel is the colour of its class.
    """
    return draw_outline(_hatch_ignored(_filled(photo, mask, classes, share=fill), mask), mask, classes)


def draw_outline(photo: Photo, mask: Mask, classes: ClassTable) -> Photo:
    """Return a copy of the photo with the objects outlined, just inside them, in the colours of their classes."""
    reach = 1 + 2 * line_px(photo)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    drawn, objects = photo.copy(), _objects(mask, classes)
    box = bounding_box(objects)
    if box is None:
        return drawn
    around = tuple(slice(max(0, side.start - reach), side.stop + reach) for side in box)
    part = mask[around]
    edge = np.asarray(cv2.dilate(part, kernel) != cv2.erode(part, kernel)) & objects[around]
    drawn[around][edge] = _colours(classes)[part[edge]]
    return drawn


def draw_outlines(photo: Photo, truth: Mask, prediction: Mask, classes: ClassTable) -> Photo:
    """Return a copy of the photo with the truth as a solid light line, the prediction dashed in class colour.

    Pixels that the truth ignores are hatched grey: no prediction is wrong there. Both lines have a dark rim, so
    that they show on any ground.
    """
    drawn = _hatch_ignored(photo, truth)
    width = line_px(photo)
    for class_id in np.union1d(np.unique(truth), np.unique(prediction)).tolist():
        if class_id in classes.scored:
            solid = _traced(truth == class_id, width, dash_px=0)
            dashed = _traced((prediction == class_id) & (truth != IGNORE), width, dash_px=7 * width)
            colour = classes.colours[class_id]
            for line, tint in ((solid, _light(colour)), (dashed, colour)):
                drawn = _blend(drawn, np.array((20, 20, 24), np.uint8), _thicker(line, 1 + 2 * max(1, width // 2)))
                drawn[line] = tint
    return drawn


def encode_jpeg(photo: Photo, quality: int) -> bytes:
    """Return the photo (RGB) as the bytes of a JPEG file of quality 1 to 100."""
    done, data = cv2.imencode(".jpg", cv2.cvtColor(photo, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert done
    return data.tobytes()


def _objects(mask: Mask, classes: ClassTable) -> Bools:
    is_object = np.isin(np.arange(256), classes.scored).astype(np.uint8)
    return np.asarray(cv2.LUT(np.ascontiguousarray(mask), is_object)).view(np.bool_)


def _colours(classes: ClassTable) -> Photo:
    """Return 256x3 colours by class id; ids beyond the table are grey."""
    table = np.full((256, 3), GREY, dtype=np.uint8)
    table[: len(classes)] = classes.colours
    return table


def _light(colour: tuple[int, int, int]) -> tuple[int, ...]:
    return tuple(round(0.2 * c + 0.8 * 255) for c in colour)


def _filled(photo: Photo, mask: Mask, classes: ClassTable, *, share: float) -> Photo:
    """Return a copy of the photo with the objects half-transparently in the colours of their classes."""
    mixed = photo.copy()
    for class_id in classes.scored:
        where = np.asarray(mask == class_id)
        box = bounding_box(where)
        if box is None:
            continue
        colour = share * np.array(classes.colours[class_id], dtype=np.uint8)
        table = np.rint((1 - share) * np.arange(256)[:, None] + colour).astype(np.uint8)
        tinted = cv2.LUT(np.ascontiguousarray(photo[box]), table.reshape(1, 256, 3))
        mixed[box] = cv2.copyTo(tinted, where[box].view(np.uint8), mixed[box].copy())
    return mixed


def _blend(photo: Photo, colours: Photo, where: Bools, *, share: float = FILL) -> Photo:
    mixed = photo.copy()
    colours = np.broadcast_to(colours, photo.shape)[where]
    mixed[where] = np.rint((1 - share) * photo[where] + share * colours).astype(np.uint8)
    return mixed


def _hatch_ignored(photo: Photo, mask: Mask) -> Photo:
    """Return a copy of the photo with slanted grey stripes where the mask says ignore."""
    ignored = mask == IGNORE
    if not ignored.any():
        return photo.copy()
    period = 6 * line_px(photo)
    rows, columns = np.nonzero(ignored)
    striped = (rows + columns) % period < period // 3
    hatched = photo.copy()
    hatched[rows[striped], columns[striped]] = GREY
    return hatched


def _traced(mask: Bools, width_px: int, *, dash_px: int) -> Bools:
    """Return the line around the components of the mask, broken into dashes of `dash_px` where that is not 0."""
    line = np.zeros(mask.shape, dtype=np.bool_)
    rings, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    for ring in rings:
        x, y = ring[:, 0, 0], ring[:, 0, 1]
        drawn = np.arange(len(ring)) % (2 * dash_px) < dash_px * 1.2 if dash_px else slice(None)
        line[y[drawn], x[drawn]] = True
    return _thicker(line, width_px)


def _thicker(line: Bools, width_px: int) -> Bools:
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width_px, width_px))
    return np.asarray(cv2.dilate(line.astype(np.uint8), kernel), dtype=np.bool_)
