"""VIA regions: the shape that one draws, and the class that its attributes name."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maskwright.datasets.shapes import Ellipse, Polygon
from maskwright.errors import DataError
from maskwright.findings.finding import some


@dataclass(frozen=True)
class ViaRegion:
    """A region as VIA stores it; an attribute without a value is left out of `attributes`."""

    shape: Mapping[str, object]
    attributes: Mapping[str, str]


@dataclass(frozen=True)
class BadShape:
    """Why a region gives no shape, as the end of a sentence that begins with the region."""

    why: str


def attribute_values(attributes: object) -> dict[str, str]:
    """Return the attributes that have a value, as text; of check boxes the one that is ticked."""
    if not isinstance(attributes, dict):
        return {}
    values = {str(key).strip(): _value_text(value) for key, value in attributes.items()}
    return {key: value for key, value in values.items() if value}


def _value_text(value: object) -> str:
    if isinstance(value, dict):
        return " + ".join(sorted(str(key).strip() for key, ticked in value.items() if ticked))
    return "" if value is None else str(value).strip()


def choose_attribute(regions: Iterable[ViaRegion], wanted: str | None, *, where: str) -> str | None:
    """Return the attribute that names the classes, None where no region has any; DataError where it is unclear."""
    values: dict[str, set[str]] = {}
    for region in regions:
        for key, value in region.attributes.items():
            values.setdefault(key, set()).add(value)
    listed = "; ".join(f"{key} ({some(sorted(found))})" for key, found in sorted(values.items()))
    if wanted is not None and wanted not in values:
        raise DataError(f"{where}: no region has a value for the attribute {wanted!r}; there is {listed or 'none'}")
    if wanted is None and len(values) > 1:
        first = min(values)
        raise DataError(
            f"{where}: the regions have {len(values)} attributes: {listed}; "
            f"choose the one that names the classes with --set data.attribute={first} (attribute={first!r} in Python)"
        )
    return wanted if wanted is not None else next(iter(values), None)


def natural_key(name: str) -> tuple[tuple[int, int | str], ...]:
    """Return a sort key that puts class2 before class10."""
    return tuple((0, int(t)) if t.isdigit() else (1, t) for t in re.split(r"([0-9]+)", name.lower()) if t)


def region_shape(shape: Mapping[str, object], class_id: int) -> Polygon | Ellipse | BadShape:
    """Return the shape as a polygon or an ellipse of `class_id`, or why it is none."""
    name = shape.get("name")
    try:
        match name:
            case "polygon" | "polyline":
                return _polygon(shape["all_points_x"], shape["all_points_y"], class_id)
            case "rect":
                x, y, wide, high = (_number(shape[key]) for key in ("x", "y", "width", "height"))
                return _polygon([x, x + wide, x + wide, x], [y, y, y + high, y + high], class_id)
            case "circle":
                radius = _number(shape["r"])
                return _ellipse((_number(shape["cx"]), _number(shape["cy"])), (radius, radius), 0.0, class_id)
            case "ellipse":
                cx, cy, rx, ry = (_number(shape[key]) for key in ("cx", "cy", "rx", "ry"))
                return _ellipse((cx, cy), (rx, ry), _number(shape.get("theta", 0.0)), class_id)
            case "point":
                return BadShape("is a point and covers no area")
    except KeyError as error:
        return BadShape(f"is a {name} without {error.args[0]}")
    except (TypeError, ValueError):
        return BadShape(f"is a {name} with coordinates that are no numbers")
    return BadShape(f"is of the unknown kind {name!r}")


def _number(value: object) -> float:
    number = float(value)  # type: ignore[arg-type]
    if not math.isfinite(number):
        raise ValueError(number)
    return number


def _polygon(xs: object, ys: object, class_id: int) -> Polygon | BadShape:
    if not isinstance(xs, list) or not isinstance(ys, list):
        raise TypeError(xs, ys)
    if len(xs) != len(ys):
        return BadShape(f"has {len(xs)} x but {len(ys)} y coordinates")
    xy = [(_number(x), _number(y)) for x, y in zip(xs, ys, strict=True)]
    if len(set(xy)) < 3:
        return BadShape(f"has {len(set(xy))} different points, and an area takes three")
    if not _has_area(np.array(xy)):
        return BadShape("has no area: its points lie on one line")
    return Polygon(class_id, tuple(xy))


def _has_area(xy: NDArray[np.float64]) -> bool:
    """Tell whether the points do not all lie on one line (the signed area would miss a figure of eight)."""
    spread = xy - xy[0]
    far = spread[np.argmax((spread**2).sum(axis=1))]
    return bool(np.any(np.abs(spread[:, 0] * far[1] - spread[:, 1] * far[0]) > 1e-9 * (far**2).sum()))


def _ellipse(
    centre: tuple[float, float], radii: tuple[float, float], angle: float, class_id: int
) -> Ellipse | BadShape:
    if min(radii) <= 0:
        return BadShape("has a radius of 0 or less")
    return Ellipse(class_id, centre, radii, angle)


def is_outside(shape: Polygon | Ellipse, size_hw: tuple[int, int]) -> bool:
    """Tell whether no part of the shape lies on the photo."""
    match shape:
        case Polygon(_, xy):
            low, high = np.min(xy, axis=0), np.max(xy, axis=0)
        case Ellipse(_, centre, radii):
            low, high = np.subtract(centre, max(radii)), np.add(centre, max(radii))
    return bool(high[0] <= 0 or high[1] <= 0 or low[0] >= size_hw[1] or low[1] >= size_hw[0])
