"""Pictures for people: the contact sheet of a dataset, and curves as SVG."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from maskwright.datasets.dataset import Dataset, Sample
from maskwright.imaging.photos import Photo, reduce_photo
from maskwright.errors import DataError
from maskwright.files import write_with
from maskwright.findings import Finding
from maskwright.imaging.drawing import draw_outline

THUMBNAIL_PX, SMALLEST_THUMBNAIL_PX, SHEET_PX = 240, 96, 2600
GAP, HEAD = 10, 44
INK, PALE, RED, PAPER = (32, 34, 38), (226, 226, 222), (208, 32, 40), (252, 252, 250)


def contact_sheet(dataset: Dataset, findings: Iterable[Finding] = ()) -> Photo:
    """Return one picture (RGB) of every photo with its mask outlined and its name below, under a legend of the classes.

    Photos named by a finding of severity error are framed in red. Thumbnails are 240 px and shrink with many
    photos; one photo at a time is in memory.
    """
    bad = {name for finding in findings if finding.severity == "error" for name in finding.photos}
    columns, thumbnail_px = _layout(len(dataset))
    cell_hw = (thumbnail_px + 2 * GAP + 14, thumbnail_px + GAP)
    rows = max(1, math.ceil(len(dataset) / columns))
    head = _header(dataset, max(columns * cell_hw[1] + GAP, 320))
    sheet = np.full((len(head) + rows * cell_hw[0], head.shape[1], 3), PAPER, dtype=np.uint8)
    sheet[: len(head)] = head
    for index, sample in enumerate(dataset.samples):
        top, left = len(head) + index // columns * cell_hw[0], GAP + index % columns * cell_hw[1]
        tile = _tile(dataset, sample, thumbnail_px, bad=sample.name in bad)
        sheet[top : top + tile.shape[0], left : left + tile.shape[1]] = tile
    return sheet


def write_contact_sheet(dataset: Dataset, path: Path, findings: Iterable[Finding] = ()) -> None:
    """Write the contact sheet as PNG, whole or not at all."""
    image = Image.fromarray(contact_sheet(dataset, findings))
    write_with(path, lambda temporary: image.save(temporary, "PNG"))


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
    """Return the photo at thumbnail size with its mask outlined; a pale tile with a cross where there is no photo."""
    try:
        photo = reduce_photo(dataset.photo(sample, long_side_px=thumbnail_px), thumbnail_px)
    except DataError:
        return _crossed(thumbnail_px)
    try:
        mask = dataset.mask(sample, size_hw=(photo.shape[0], photo.shape[1]))
    except DataError:
        return photo
    return draw_outline(photo, mask, dataset.classes)


def _crossed(side_px: int) -> Photo:
    image = Image.new("RGB", (side_px, side_px * 3 // 4), PALE)
    draw = ImageDraw.Draw(image)
    draw.line((0, 0, *image.size), RED, 1)
    draw.line((0, image.height, image.width, 0), RED, 1)
    return np.asarray(image)


def _header(dataset: Dataset, width_px: int) -> Photo:
    """Return the strip over the sheet: name, number of photos, and the classes in their colours, in lines."""
    title = f"{dataset.root.name}: {len(dataset)} photo{'' if len(dataset) == 1 else 's'}"
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
    """Return the name, its head cut where it is wider than the tile: the tail tells photos apart."""
    kept = name
    while _font(11).getlength(kept) > width_px and len(kept) > 2:
        kept = "…" + kept.lstrip("…")[1:]
    return kept


@dataclass(frozen=True)
class CurvePoint:
    """The state of a training at one logged step; `validation_iou` is None between validations."""

    step: int
    minutes: float
    loss: float
    validation_iou: float | None = None


def loss_curve_svg(curve: Sequence[CurvePoint]) -> str:
    """Return the training loss against minutes as inline SVG: every logged value pale, their running mean strong."""
    points = [(p.minutes, p.loss) for p in curve if math.isfinite(p.loss)]
    means = list(zip([x for x, _ in points], _running_mean([y for _, y in points]), strict=True))
    top = _ceiling(max((y for _, y in points), default=1.0))
    every = 1 + len(points) // 600
    return _chart(
        [_polyline(points[::every], "raw"), _polyline(means[::every], "line")], points, top=top, name="training loss"
    )


def iou_curve_svg(curve: Sequence[CurvePoint]) -> str:
    """Return the validation IoU (0 to 1) against minutes as inline SVG, a dot for every validation."""
    points = [
        (p.minutes, p.validation_iou) for p in curve if p.validation_iou is not None and math.isfinite(p.validation_iou)
    ]
    return _chart([_polyline(points, "line"), _Dots(tuple(points))], points, top=1.0, name="validation IoU")


@dataclass(frozen=True)
class _Polyline:
    points: tuple[tuple[float, float], ...]
    css: str


@dataclass(frozen=True)
class _Dots:
    points: tuple[tuple[float, float], ...]


_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 460, 250, 48, 446, 16, 208


def _polyline(points: Sequence[tuple[float, float]], css: str) -> _Polyline:
    return _Polyline(tuple(points), css)


def _chart(marks: Sequence[_Polyline | _Dots], points: Sequence[tuple[float, float]], *, top: float, name: str) -> str:
    """Return axes, grid lines, ticks, labels and the marks; colours are left to CSS (class "chart")."""
    if not points:
        return f'<p class="muted">No {escape(name)} was logged.</p>'
    right = _ceiling(max(x for x, _ in points))
    first, last = points[0][1], points[-1][1]
    label = f"{name} against minutes: from {first:.3g} at the start to {last:.3g} after {points[-1][0]:.1f} minutes"
    parts = [f'<svg class="chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(label)}">']
    parts += [_y_tick(value, top) for value in _ticks(top)] + [_x_tick(value, right) for value in _ticks(right)]
    parts += [_mark(mark, right, top) for mark in marks]
    parts.append(f'<text x="{(_LEFT + _RIGHT) / 2}" y="{_HEIGHT - 6}" text-anchor="middle">minutes</text></svg>')
    return "".join(parts)


def _mark(mark: _Polyline | _Dots, right: float, top: float) -> str:
    places = [(_x(x, right), _y(y, top)) for x, y in mark.points]
    match mark:
        case _Polyline(_, css):
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
            return f'<polyline class="{css}" points="{path}"/>'
        case _Dots():
            return "".join(f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in places)


def _y_tick(value: float, top: float) -> str:
    y = _y(value, top)
    line = f'<line class="grid" x1="{_LEFT}" x2="{_RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
    return line + f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{value:.4g}</text>'


def _x_tick(value: float, right: float) -> str:
    return f'<text x="{_x(value, right):.1f}" y="{_BOTTOM + 18}" text-anchor="middle">{value:.4g}</text>'


def _x(value: float, right: float) -> float:
    return _LEFT + (_RIGHT - _LEFT) * value / right


def _y(value: float, top: float) -> float:
    return _BOTTOM - (_BOTTOM - _TOP) * min(max(value, 0.0), top) / top


def _spacing(span: float) -> float:
    """Return 1, 2 or 5 times a power of ten that cuts `span` into two to five parts."""
    unit: float = 10.0 ** math.floor(math.log10(span))
    return next(unit * f for f in (0.2, 0.5, 1.0, 2.0) if span / (unit * f) <= 5)


def _ceiling(span: float) -> float:
    """Return the next tick at or above `span`."""
    span = max(span, 1e-6)
    step = _spacing(span)
    return math.ceil(span / step - 1e-9) * step


def _ticks(top: float) -> list[float]:
    step = _spacing(top)
    return [i * step for i in range(round(top / step) + 1)]


def _running_mean(values: Sequence[float]) -> list[float]:
    """Return the mean over a window of about a fifteenth of the values, narrower at both ends."""
    half = max(1, len(values) // 30)
    sums = np.concatenate([[0.0], np.cumsum(values)])
    at = np.arange(len(values))
    reach = np.minimum(half, np.minimum(at, len(values) - 1 - at))
    return [float(v) for v in (sums[at + reach + 1] - sums[at - reach]) / (2 * reach + 1)]
