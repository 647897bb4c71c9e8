"""VIA regions: the shape that one draws, and the class that its attributes name."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from maskwright.classes import ClassRow
from maskwright.datasets.labels.dataset_from_labels import LabelledShape, ShapeRemark
from maskwright.datasets.truth.shapes import Ellipse, Polygon, Shape, checked_ring, rectangle
from maskwright.errors import DataError, ShapeError
from maskwright.findings.finding import some
from maskwright.natural_order import natural_key


@dataclass(frozen=True)
class ViaRegion:
    """A region as VIA stores it: each attribute with its values, none where it is empty, several ticked boxes."""

    shape: Mapping[str, object]
    attributes: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class ClassNaming:
    """How regions name their class.

    By the value of `attribute`, in words by `options`; with `box` only regions that have this box ticked count; with
    `by_key` the attribute itself is the class, as where each region has one attribute without a value. None of these:
    regions name no class.
    """

    attribute: str | None = None
    box: str | None = None
    by_key: bool = False
    options: Mapping[str, str] = field(default_factory=dict)


def attribute_values(attributes: object) -> dict[str, tuple[str, ...]]:
    """Return the values of each attribute as text; of check boxes those that are ticked."""
    if not isinstance(attributes, dict):
        return {}
    return {str(key).strip(): _value_texts(value) for key, value in attributes.items()}


def _value_texts(value: object) -> tuple[str, ...]:
    if isinstance(value, dict):
        return tuple(sorted(str(key).strip() for key, ticked in value.items() if ticked))
    text = "" if value is None else str(value).strip()
    return (text,) if text else ()


def class_naming(
    regions: Iterable[ViaRegion],
    wanted: str | None,
    *,
    options: Mapping[str, Mapping[str, str]] | None = None,
    where: str,
) -> ClassNaming:
    """Return how the regions name their class; DataError where that is unclear.

    `wanted` is an attribute or a box that a person chose, `options` the words for the values of each attribute.
    """
    regions = list(regions)
    values: dict[str, set[str]] = {}
    for region in regions:
        for key, texts in region.attributes.items():
            values.setdefault(key, set()).update(texts)
    filled = {key: sorted(texts) for key, texts in values.items() if texts}
    chosen = _chosen(filled, wanted, where)
    if chosen is None:
        keys = [tuple(region.attributes) for region in regions]
        return ClassNaming(by_key=len(set(keys)) > 1 and all(len(key) == 1 for key in keys))
    if chosen in filled:
        return ClassNaming(chosen, options=(options or {}).get(chosen, {}))
    attribute = next(key for key, texts in filled.items() if chosen in texts)
    return ClassNaming(attribute, box=chosen, options=(options or {}).get(attribute, {}))


def _chosen(filled: Mapping[str, Sequence[str]], wanted: str | None, where: str) -> str | None:
    """Return the attribute or the box that names the classes."""
    listed = "; ".join(f"{key} ({some(texts)})" for key, texts in sorted(filled.items()))
    boxes = {text for texts in filled.values() for text in texts}
    if wanted is not None and wanted not in filled and wanted not in boxes:
        raise DataError(f"{where}: no region has a value for the attribute {wanted!r}; there is {listed or 'none'}")
    if wanted is None and len(filled) > 1:
        first = min(filled)
        raise DataError(
            f"{where}: the regions have {len(filled)} attributes: {listed}; "
            f"choose the one that names the classes with --set data.attribute={first} (attribute={first!r} in Python)"
        )
    return wanted if wanted is not None else next(iter(filled), None)


def class_rows(regions: Iterable[ViaRegion], naming: ClassNaming) -> tuple[ClassRow, ...]:
    """Return a row for each class that a region has, in the order of the options; empty where there are none."""
    if naming.box or not naming.options:
        return ()
    values = [region.attributes.get(naming.attribute or "", ()) for region in regions]
    used = {texts[0] for texts in values if len(texts) == 1}
    order = list(naming.options)
    ordered = sorted(used, key=lambda v: (order.index(v) if v in order else len(order), natural_key(v)))
    names = dict.fromkeys(naming.options.get(value) or value for value in ordered)
    return tuple(ClassRow(i, name) for i, name in enumerate(names, 1))


def labelled_shape(region: ViaRegion, naming: ClassNaming) -> LabelledShape | None:
    """Return the region's shape with its class; None where another box than the chosen one is ticked."""
    texts = tuple(region.attributes) if naming.by_key else region.attributes.get(naming.attribute or "", ())
    if naming.box is not None:
        if naming.box not in texts:
            return None
        texts = (naming.box,)
    if len(texts) > 1:
        why = f"has {len(texts)} boxes of {naming.attribute} ticked ({some(texts)})"
        return LabelledShape(None, why, ShapeRemark("shape-two-classes", why, texts[0]))
    name = naming.options.get(texts[0]) or texts[0] if texts else None
    filled = ShapeRemark("shape-filled") if region.shape.get("name") == "polyline" else None
    return LabelledShape(name, region_shape(region.shape), filled)


def region_shape(shape: Mapping[str, object]) -> Shape | str:
    """Return the shape as a polygon or an ellipse of class id 0, or why there is none."""
    name = shape.get("name")
    try:
        match name:
            case "polygon" | "polyline":
                return _polygon(shape["all_points_x"], shape["all_points_y"])
            case "rect":
                x, y, wide, high = (_number(shape[key]) for key in ("x", "y", "width", "height"))
                return rectangle(0, (x, y), (wide, high))
            case "circle":
                radius = _number(shape["r"])
                return _ellipse((_number(shape["cx"]), _number(shape["cy"])), (radius, radius), 0.0)
            case "ellipse":
                cx, cy, rx, ry = (_number(shape[key]) for key in ("cx", "cy", "rx", "ry"))
                return _ellipse((cx, cy), (rx, ry), _number(shape.get("theta", 0.0)))
            case "point":
                return "is a point and covers no area"
    except KeyError as error:
        return f"is a {name} without {error.args[0]}"
    except (TypeError, OverflowError):
        return f"is a {name} with coordinates that are not numbers"
    except ShapeError as error:
        return str(error)
    except ValueError:
        return f"is a {name} with coordinates that are not numbers"
    return f"is of the unknown kind {name!r}"


def _number(value: object) -> float:
    number = float(value)  # type: ignore[arg-type]
    if not math.isfinite(number):
        raise ValueError(number)
    return number


def _polygon(xs: object, ys: object) -> Polygon | str:
    if not isinstance(xs, list) or not isinstance(ys, list):
        raise TypeError(xs, ys)
    if len(xs) != len(ys):
        return f"has {len(xs)} x but {len(ys)} y coordinates"
    xy = [(_number(x), _number(y)) for x, y in zip(xs, ys, strict=True)]
    if len(set(xy)) < 3:
        return f"has {len(set(xy))} different points, and an area takes three"
    return Polygon(0, checked_ring(xy))


def _ellipse(centre: tuple[float, float], radii: tuple[float, float], angle: float) -> Ellipse | str:
    return Ellipse(0, centre, radii, angle) if min(radii) > 0 else "has a radius of 0 or less"
