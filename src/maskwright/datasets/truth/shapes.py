"""What a person drew: polygons with holes, ellipses and bitmaps, painted in order.

Coordinates are pixels of the upright photo: whole numbers are pixel corners, and a pixel belongs to a shape when its
centre does. Later shapes are painted over earlier ones. Class id 255 is an ignored region. An object of several
polygons is several shapes; a hole is a ring more of one polygon. docs/reference/shapes.md says it at length.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from maskwright.errors import ShapeError
from maskwright.imaging.mask_geometry import Bools, Mask, Points
from maskwright.imaging.rasterize import paint_ellipse, paint_polygons
from maskwright.imaging.run_lengths.codec import Counts, check_runs, mask_of_runs, run_lengths

Ring = Points | tuple[tuple[float, float], ...]
"""Points x, y of a closed outline, the last joined to the first."""

FARTHEST_PX = 1e7
"""No photo reaches so far: coordinates beyond are damage."""
CORNER_AREA = 1e-3
"""Three points that span more than half of this are on no line."""


@dataclass(frozen=True, eq=False)
class Polygon:
    """The pixels of class `class_id` within an odd number of rings: the outline `xy` and the `holes` in it."""

    class_id: int
    xy: Ring
    holes: tuple[Ring, ...] = ()

    @property
    def rings(self) -> list[Points]:
        """The outline and the holes, each Nx2."""
        return [np.asarray(ring, dtype=np.float64).reshape(-1, 2) for ring in (self.xy, *self.holes)]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Polygon) and self._numbers == other._numbers

    def __hash__(self) -> int:
        return hash(self._numbers)

    @property
    def _numbers(self) -> tuple[object, ...]:
        return self.class_id, *((len(ring), ring.tobytes()) for ring in self.rings)


@dataclass(frozen=True)
class Ellipse:
    """An ellipse of class `class_id`, centre and radii in pixels, turned by `angle_rad` clockwise."""

    class_id: int
    centre_xy: tuple[float, float]
    radii_xy: tuple[float, float]
    angle_rad: float = 0.0


@dataclass(frozen=True, eq=False)
class Bitmap:
    """Single pixels of class `class_id`: run lengths, row after row, of a box whose first pixel is `corner_xy`."""

    class_id: int
    corner_xy: tuple[int, int]
    size_hw: tuple[int, int]
    counts: Counts

    @property
    def pixels(self) -> Bools:
        """The box as an HxW mask."""
        return mask_of_runs(self.counts, self.size_hw)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Bitmap) and self._numbers == other._numbers

    def __hash__(self) -> int:
        return hash(self._numbers)

    @property
    def _numbers(self) -> tuple[object, ...]:
        return self.class_id, self.corner_xy, self.size_hw, self.counts.tobytes()


Shape = Polygon | Ellipse | Bitmap


@dataclass(frozen=True)
class Shapes:
    """Truth as drawn shapes, painted in order over background."""

    shapes: tuple[Shape, ...]


def bitmap_of(class_id: int, pixels: Bools, *, corner_xy: tuple[int, int] = (0, 0)) -> Bitmap:
    """Return the bitmap of an HxW mask whose first pixel is `corner_xy`, cut to the pixels that are set."""
    rows, columns = np.flatnonzero(pixels.any(axis=1)), np.flatnonzero(pixels.any(axis=0))
    if not rows.size:
        return Bitmap(class_id, corner_xy, (0, 0), np.zeros(0, dtype=np.int64))
    top, left = int(rows[0]), int(columns[0])
    box = pixels[top : int(rows[-1]) + 1, left : int(columns[-1]) + 1]
    corner = (corner_xy[0] + left, corner_xy[1] + top)
    return Bitmap(class_id, corner, (box.shape[0], box.shape[1]), run_lengths(np.ascontiguousarray(box)))


def bitmap_of_runs(class_id: int, counts: Counts, size_hw: tuple[int, int], *, by_columns: bool = False) -> Bitmap:
    """Return the bitmap of run lengths over a whole photo, row after row or column after column.

    ValueError where they do not cover it exactly.
    """
    lines, across = size_hw[::-1] if by_columns else size_hw
    check_runs(counts, lines * across)
    ends = np.cumsum(counts)
    ones = np.flatnonzero(counts[1::2]) * 2 + 1
    if not ones.size:
        return bitmap_of(class_id, np.zeros((0, 0), dtype=np.bool_))
    first = int(ends[ones[0] - 1]) // across
    last = (int(ends[ones[-1]]) - 1) // across
    within = np.clip(ends, first * across, (last + 1) * across)
    within[1:] -= within[:-1].copy()
    within[0] -= first * across
    box = mask_of_runs(within, (last + 1 - first, across))
    return bitmap_of(class_id, box.T if by_columns else box, corner_xy=(first, 0) if by_columns else (0, first))


def checked_ring(points: object) -> Points:
    """Return the points x, y of an outline as an Nx2 array; ValueError says why they enclose no area."""
    try:
        xy = np.asarray(points, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise ShapeError("has coordinates that are not numbers") from error
    if len(xy.shape) != 2 or xy.shape[1] != 2 or len(xy) < 3:
        raise ShapeError(f"has {len(xy) if xy.shape else 0} points, and an area takes three")
    if not np.abs(xy).max() <= FARTHEST_PX:
        raise ShapeError("has coordinates that are not numbers, or beyond any photo")
    if not _has_area(xy):
        raise ShapeError("has no area: its points lie on one line")
    return xy


def outline(numbers: object) -> Points:
    """Return the outline that a flat list x, y, x, y, ... gives; ValueError says why it encloses no area."""
    try:
        flat = np.asarray(numbers, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise ShapeError("has coordinates that are not numbers") from error
    if len(flat.shape) != 1 or flat.size % 2:
        raise ShapeError("has an x without a y")
    return checked_ring(flat.reshape(-1, 2))


def outlines(rings: Sequence[object]) -> list[Points] | None:
    """Return the outlines that many flat lists x, y, x, y, ... give, as `outline` does one by one, but in one go.

    None where any of them is damaged or unusual: then each has to be looked at.
    """
    if not all(type(ring) is list and len(ring) >= 6 and len(ring) % 2 == 0 for ring in rings):
        return None
    try:
        flat = np.array([number for ring in rings for number in ring], dtype=np.float64)  # type: ignore[attr-defined]
    except (TypeError, ValueError, OverflowError):
        return None
    if flat.ndim != 1 or not np.abs(flat).max(initial=0.0) <= FARTHEST_PX:
        return None
    xy = flat.reshape(-1, 2)
    ends = np.cumsum([len(ring) // 2 for ring in rings])  # type: ignore[arg-type]
    starts = np.concatenate([[0], ends[:-1]])
    first, second = xy[starts + 1] - xy[starts], xy[starts + 2] - xy[starts]
    drawn = [xy[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
    spans = np.abs(first[:, 0] * second[:, 1] - second[:, 0] * first[:, 1]) > CORNER_AREA
    return drawn if all(_has_area(drawn[i]) for i in np.flatnonzero(~spans).tolist()) else None


def finite(value: object) -> float:
    """Return a number that a file gives as float; ValueError where it is none, or beyond any photo."""
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError) as error:
        raise ShapeError("has coordinates that are not numbers") from error
    if not abs(number) <= FARTHEST_PX:
        raise ShapeError("has coordinates that are not numbers, or beyond any photo")
    return number


def shape_or_reason(make: Callable[[], Shape]) -> Shape | str:
    """Return the shape that `make` makes from what a file gives, or why there is none, as the end of a sentence."""
    try:
        return make()
    except KeyError as error:
        return f"lacks {error.args[0]!r}"
    except ShapeError as error:
        return str(error)
    except ValueError as error:
        return f"is damaged ({error})"
    except (TypeError, AttributeError, IndexError, OverflowError):
        return "is not written as this format writes shapes"


def _has_area(xy: Points) -> bool:
    """Tell whether the points do not all lie on one line (the signed area would miss a figure of eight)."""
    (x0, y0), (x1, y1), (x2, y2) = xy[:3].tolist()
    if abs((x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)) > CORNER_AREA:  # of nearly all outlines this tells
        return True
    spread = xy - xy[0]
    lengths = (spread**2).sum(axis=1)
    far = spread[lengths.argmax()]
    return bool((np.abs(spread[:, 0] * far[1] - spread[:, 1] * far[0]) > 1e-9 * lengths.max()).any())


def rectangle(class_id: int, corner_xy: tuple[float, float], size_wh: tuple[float, float]) -> Polygon:
    """Return the upright box with its upper left corner and its width and height as a polygon."""
    (x, y), (wide, high) = corner_xy, size_wh
    return Polygon(class_id, checked_ring([(x, y), (x + wide, y), (x + wide, y + high), (x, y + high)]))


def turned(polygon: Polygon, angle_rad: float, *, about_xy: tuple[float, float]) -> Polygon:
    """Return the polygon turned clockwise by `angle_rad` about a point."""
    if not angle_rad:
        return polygon
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    points = (np.asarray(polygon.xy) - about_xy) @ np.array([[cos, sin], [-sin, cos]]) + about_xy
    return Polygon(polygon.class_id, checked_ring(points))


def ellipse(centre_xy: tuple[float, float], radii_xy: tuple[float, float], *, angle_rad: float = 0.0) -> Ellipse:
    """Return the ellipse of class id 0; ValueError where a radius is 0 or less."""
    if not min(radii_xy) > 0:
        raise ShapeError("has a radius of 0 or less")
    return Ellipse(0, centre_xy, radii_xy, angle_rad)


def with_class(shape: Shape, class_id: int) -> Shape:
    """Return the shape as one of another class."""
    if isinstance(shape, Polygon):  # thousands in a photo, and `replace` takes twice as long
        return Polygon(class_id, shape.xy, shape.holes)
    return replace(shape, class_id=class_id)


def moved(shape: Shape, by_xy: tuple[int, int]) -> Shape:
    """Return the shape moved by whole pixels to the right and down."""
    match shape:
        case Polygon():
            outline, *holes = (ring + by_xy for ring in shape.rings)
            return replace(shape, xy=outline, holes=tuple(holes))
        case Ellipse(_, (x, y)):
            return replace(shape, centre_xy=(x + by_xy[0], y + by_xy[1]))
        case Bitmap(_, (x, y)):
            return replace(shape, corner_xy=(x + by_xy[0], y + by_xy[1]))


def paint(shapes: Iterable[Shape], full_hw: tuple[int, int], size_hw: tuple[int, int]) -> Mask:
    """Return the shapes, given in pixels of a `full_hw` canvas, painted in order on a `size_hw` canvas."""
    scale_xy = size_hw[1] / full_hw[1], size_hw[0] / full_hw[0]
    mask = np.zeros(size_hw, dtype=np.uint8)
    for kind, of_kind in groupby(shapes, type):
        if kind is Polygon:
            polygons = [shape for shape in of_kind if isinstance(shape, Polygon)]
            paint_polygons(mask, [p.rings for p in polygons], [p.class_id for p in polygons], scale_xy=scale_xy)
            continue
        for shape in of_kind:
            if isinstance(shape, Ellipse):
                _paint_ellipse(mask, shape, scale_xy)
            elif isinstance(shape, Bitmap):
                _paint_bitmap(mask, shape, scale_xy)
    return mask


def _paint_ellipse(mask: Mask, shape: Ellipse, scale_xy: tuple[float, float]) -> None:
    centre = (shape.centre_xy[0] * scale_xy[0], shape.centre_xy[1] * scale_xy[1])
    radii = (shape.radii_xy[0] * scale_xy[0], shape.radii_xy[1] * scale_xy[1])
    paint_ellipse(mask, centre, radii, angle_rad=shape.angle_rad, value=shape.class_id)


def _paint_bitmap(mask: Mask, shape: Bitmap, scale_xy: tuple[float, float]) -> None:
    """Paint the pixels; on a scaled canvas each pixel takes what lies under its centre."""
    pixels = shape.pixels
    columns, from_columns = _hit(shape.corner_xy[0], pixels.shape[1], scale_xy[0], mask.shape[1])
    rows, from_rows = _hit(shape.corner_xy[1], pixels.shape[0], scale_xy[1], mask.shape[0])
    if rows.size and columns.size:
        box = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        box[pixels[np.ix_(from_rows, from_columns)]] = shape.class_id


def _hit(corner: int, length: int, scale: float, canvas: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the canvas places whose centres lie on `length` pixels from `corner` on, and the pixels that they hit."""
    first, last = np.clip((corner * scale - 1, (corner + length) * scale + 1), 0, canvas).astype(np.int64)
    places = np.arange(first, last)
    pixels = np.floor((places + 0.5) / scale).astype(np.int64) - corner
    on_it = (pixels >= 0) & (pixels < length)
    return places[on_it], pixels[on_it]
