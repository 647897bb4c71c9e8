"""The contact sheet of a dataset: every photo with its mask filled and outlined, in one picture."""

import io
import math
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from maskwright.datasets.dataset import Dataset, Sample
from maskwright.errors import DataError
from maskwright.files import write_bytes
from maskwright.findings.finding import Finding
from maskwright.imaging.drawing import draw_overlay
from maskwright.imaging.mask_geometry import reduce_photo
from maskwright.imaging.photos import Photo
from maskwright.wording import count_of

THUMBNAIL_PX = 240
SMALLEST_THUMBNAIL_PX = 96
SHEET_PX = 2600
GAP = 10
"""Space around a thumbnail, in px."""
HEAD = 44
"""Height of a line of the header, in px."""
FILL = 0.35
FILE_BYTES = 1_000_000
"""A sheet is to be sent and opened anywhere."""
COLOURS = 256
"""Colours of its palette, which takes a third of the bytes of full colour."""
INK = (32, 34, 38)
PALE = (226, 226, 222)
RED = (208, 32, 40)
PAPER = (252, 252, 250)


def contact_sheet(
    dataset: Dataset, findings: Iterable[Finding] = (), *, on_photo: Callable[[], None] | None = None
) -> Photo:
    """Return one picture (RGB) of every photo with its mask and its name below, under a legend of the classes.

    Photos named by a finding of severity error are framed in red. Thumbnails are 240 px and shrink with many
    photos; one photo at a time is in memory.
    """
    bad = {name for finding in findings if finding.severity == "error" for name in finding.photos}
    columns, thumbnail_px = _layout(len(dataset))
    slot_hw = (thumbnail_px + 2 * GAP + 14, thumbnail_px + GAP)
    rows = max(1, math.ceil(len(dataset) / columns))
    head = _header(dataset, max(columns * slot_hw[1] + GAP, 320))
    sheet = np.full((len(head) + rows * slot_hw[0], head.shape[1], 3), PAPER, dtype=np.uint8)
    sheet[: len(head)] = head
    for index, sample in enumerate(dataset.samples):
        top, left = len(head) + index // columns * slot_hw[0], GAP + index % columns * slot_hw[1]
        tile = _tile(dataset, sample, thumbnail_px, bad=sample.name in bad)
        sheet[top : top + tile.shape[0], left : left + tile.shape[1]] = tile
        if on_photo is not None:
            on_photo()
    return sheet


def write_contact_sheet(
    dataset: Dataset, path: Path, findings: Iterable[Finding] = (), *, on_photo: Callable[[], None] | None = None
) -> None:
    """Write the contact sheet as PNG below 1 MB, whole or not at all; a sheet of many photos is reduced for that."""
    image = Image.fromarray(contact_sheet(dataset, findings, on_photo=on_photo))
    data = _as_png(image)
    while len(data) > FILE_BYTES:
        factor = min(0.9, math.sqrt(FILE_BYTES / len(data)))
        image = image.resize((round(image.width * factor), round(image.height * factor)), Image.Resampling.LANCZOS)
        data = _as_png(image)
    write_bytes(path, data)


def _as_png(image: Image.Image) -> bytes:
    data = io.BytesIO()
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(data, "PNG", optimize=True)
    return data.getvalue()


def _layout(count: int) -> tuple[int, int]:
    """Return columns and the size of thumbnails: about 4:3 as a whole, within SHEET_PX where that can be."""
    columns = max(1, round(math.sqrt(count * 1.2)))
    fitting = SHEET_PX // columns - GAP
    return columns, int(np.clip(fitting, SMALLEST_THUMBNAIL_PX, THUMBNAIL_PX))


def _tile(dataset: Dataset, sample: Sample, thumbnail_px: int, *, bad: bool) -> Photo:
    """Return one thumbnail, centred over its name, framed in red if `bad`."""
    tile = np.full((thumbnail_px + 16, thumbnail_px, 3), PAPER, dtype=np.uint8)
    picture = _thumbnail(dataset, sample, thumbnail_px)
    height, width = picture.shape[:2]
    top, left = (thumbnail_px - height), (thumbnail_px - width) // 2
    tile[top:thumbnail_px, left : left + width] = picture
    image = Image.fromarray(tile)
    draw = ImageDraw.Draw(image)
    if bad:
        draw.rectangle((left, top, left + width - 1, thumbnail_px - 1), outline=RED, width=3)
    name = _shortened(sample.name, thumbnail_px)
    draw.text((thumbnail_px / 2, thumbnail_px + 1), name, RED if bad else INK, font=_font(11), anchor="ma")
    return np.asarray(image)


def _thumbnail(dataset: Dataset, sample: Sample, thumbnail_px: int) -> Photo:
    """Return the photo at thumbnail size with its mask; a pale tile with a cross where there is no photo."""
    try:
        photo = reduce_photo(dataset.photo(sample, long_side_px=thumbnail_px), thumbnail_px)
    except DataError:
        return _crossed(thumbnail_px)
    try:
        mask = dataset.mask(sample, size_hw=(photo.shape[0], photo.shape[1]))
    except DataError:
        return photo
    return draw_overlay(photo, mask, dataset.classes, fill=FILL)


def _crossed(side_px: int) -> Photo:
    image = Image.new("RGB", (side_px, side_px * 3 // 4), PALE)
    draw = ImageDraw.Draw(image)
    draw.line((0, 0, *image.size), RED, 1)
    draw.line((0, image.height, image.width, 0), RED, 1)
    return np.asarray(image)


def _header(dataset: Dataset, width_px: int) -> Photo:
    """Return the strip over the sheet: name, number of photos, and the classes in their colours, in lines."""
    title = f"{dataset.root.name}: {count_of(len(dataset), 'photo')}"
    x, line = GAP + _font(16).getlength(title) + 24, 0
    places = []
    for class_id in dataset.classes.scored:
        wide = 18 + _font(13).getlength(dataset.classes.names[class_id])
        if x + wide > width_px - GAP and x > GAP:
            x, line = float(GAP), line + 1
        places.append((class_id, x, HEAD * (line + 0.5)))
        x += wide + 18
    image = Image.new("RGB", (width_px, HEAD * (line + 1)), PAPER)
    draw = ImageDraw.Draw(image)
    draw.text((GAP, HEAD / 2), title, INK, font=_font(16), anchor="lm")
    for class_id, left, middle in places:
        draw.rectangle((left, middle - 6, left + 12, middle + 6), fill=dataset.classes.colours[class_id])
        draw.text((left + 18, middle), dataset.classes.names[class_id], INK, font=_font(13), anchor="lm")
    return np.asarray(image)


def _font(size_px: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size_px)


def _shortened(name: str, width_px: int) -> str:
    """Return the name, cut at the front where it is wider than the tile: photos differ by their tail."""
    text = name
    while _font(11).getlength(text) > width_px and len(text) > 2:
        text = "…" + text.lstrip("…")[1:]
    return text
