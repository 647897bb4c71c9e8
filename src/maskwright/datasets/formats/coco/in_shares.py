"""COCO json whose coordinates are shares of the photo's sides, from 0 to 1, as Azure Machine Learning writes it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from maskwright.datasets.parsing.json_values import Record, items, size_hw, text
from maskwright.errors import DataError

BEYOND = 0.01
"""How far a point on the edge may lie beyond 0 or 1."""
IN_SHARES = "all coordinates lie between 0 and 1: read as shares of each photo's width and height"


def shares_in_pixels(annotations: list[Record], images: Sequence[Record], path: Path) -> tuple[list[Record], str]:
    """Return annotations with shares of sides as pixels, and what was done; DataError where a size is not stated.

    Numbers are shares where no outline of the whole file reaches beyond one pixel.
    """
    outlined = [annotation for annotation in annotations if annotation.get("segmentation")]
    if not outlined or not all(map(_is_share, outlined)):
        return annotations, ""
    size_of = {text(image.get("id")): size_hw(image.get("height"), image.get("width")) for image in images}
    unknown = next((image for image, size in size_of.items() if size is None), None)
    if unknown is not None:
        raise DataError(
            f"{path}: coordinates are shares from 0 to 1, and the image {unknown} has no width and height: add them"
        )
    return [_scaled(annotation, size_of) for annotation in annotations], IN_SHARES


def _rings(annotation: Record) -> list[object]:
    given = annotation.get("segmentation")
    rings = items(given) if not isinstance(given, dict) else []
    return rings if rings and isinstance(rings[0], list) else [rings] if rings else []


def _is_share(annotation: Record) -> bool:
    rings = [items(ring) for ring in _rings(annotation)]
    numbers = [number for ring in rings for number in ring]
    return bool(rings) and all(_is_number(n) and -BEYOND <= n <= 1 + BEYOND for n in numbers)  # type: ignore[operator]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _scaled(annotation: Record, size_of: Mapping[str, tuple[int, int] | None]) -> Record:
    high, wide = size_of.get(text(annotation.get("image_id"))) or (1, 1)
    rings = [_times(items(ring), (wide, high)) for ring in _rings(annotation)]
    drawn = {"segmentation": rings} if rings else {}
    return {**annotation, "bbox": _times(items(annotation.get("bbox")), (wide, high)), **drawn}


def _times(numbers: Sequence[object], sides: tuple[int, int]) -> list[object]:
    return [n * sides[i % 2] if _is_number(n) else n for i, n in enumerate(numbers)]  # type: ignore[operator]
