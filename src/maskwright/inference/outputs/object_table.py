"""objects.csv and totals.csv: a row for each predicted object, and a row for each photo and class."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from maskwright.classes import ClassTable
from maskwright.errors import OutputError
from maskwright.files import read_text, spreadsheet_cell, write_text
from maskwright.imaging.maps.place import Ground
from maskwright.imaging.measuring.objects import Measures, measure_objects
from maskwright.inference.prediction import Prediction

OBJECTS = "objects.csv"
"""The table with a row for each object."""
TOTALS = "totals.csv"
"""The table with a row for each photo and class."""
MOST_BYTES = 1 << 30
"""Of a table of earlier predictions."""

Row = dict[str, str]


@dataclass(frozen=True)
class Scale:
    """How many pixels a millimetre has, None where unknown; smaller objects than an area are left out."""

    px_per_mm: float | None = None
    least_area_px: float = 0.0


@dataclass(frozen=True)
class About:
    """What is known of one photo beside its prediction: how it differs from training, "" if not, and its ground."""

    unlike: str = ""
    ground: Ground | None = None


NOTHING_KNOWN = About()


@dataclass(frozen=True)
class PhotoRows:
    """The rows of one photo in both tables."""

    objects: tuple[Row, ...]
    totals: tuple[Row, ...]


def rows_of(
    name: str, prediction: Prediction, classes: ClassTable, scale: Scale, *, about: About = NOTHING_KNOWN
) -> PhotoRows:
    """Return the rows of one photo: in pixels, and in millimetres where the scale says them, else in metres."""
    measured = measure_objects(
        prediction.mask, classes.scored, confidence=prediction.confidence, least_area_px=scale.least_area_px
    )
    units, unsure = _Units(scale.px_per_mm, about.ground), reasons(prediction, about.unlike)
    objects, totals = [], []
    for class_id in classes.scored:
        of_class = [measures for measures in measured if measures.class_id == class_id]
        first = {"photo": spreadsheet_cell(name), "class": spreadsheet_cell(classes.names[class_id])}
        objects += [
            {**first, "object": str(number), **_object(measures, units), "unsure": unsure}
            for number, measures in enumerate(of_class, 1)
        ]
        totals.append({**first, **_total(of_class, prediction.mask.size, units), "unsure": unsure})
    return PhotoRows(tuple(objects), tuple(totals))


def reasons(prediction: Prediction, unlike: str) -> str:
    """Return why a photo's mask is unsure, in words; "" if nothing speaks against it."""
    low = f"expected IoU {prediction.expected_iou:.2f}" if prediction.is_unsure else ""
    return "; ".join(reason for reason in (low, f"unlike the training photos: {unlike}" if unlike else "") if reason)


@dataclass(frozen=True)
class _Units:
    """What lengths and areas are given in beside pixels."""

    px_per_mm: float | None
    ground: Ground | None


def _object(measures: Measures, units: _Units) -> Row:
    left, top, right, bottom = measures.box
    x, y = measures.centroid_xy
    lengths = {
        "perimeter": measures.perimeter_px,
        "width_mean": measures.width_mean_px,
        "width_max": measures.width_max_px,
        "length": measures.length_px,
    }
    return {
        **_in_units(measures.area_px, lengths, units),
        "left": str(left),
        "top": str(top),
        "right": str(right),
        "bottom": str(bottom),
        "centroid_x": f"{x:.1f}",
        "centroid_y": f"{y:.1f}",
        "confidence": f"{measures.confidence:.3f}",
    }


def _total(of_class: Sequence[Measures], photo_px: int, units: _Units) -> Row:
    area = sum(measures.area_px for measures in of_class)
    lengths = {
        "length": sum(measures.length_px for measures in of_class),
        "width_max": max((measures.width_max_px for measures in of_class), default=0.0),
    }
    sure = sum(measures.confidence * measures.area_px for measures in of_class)
    return {
        "objects": str(len(of_class)),
        **_in_units(area, lengths, units),
        "area_share": f"{area / photo_px:.6f}",
        "confidence": f"{sure / area:.3f}" if area else "",
    }


def _in_units(area_px: int, lengths_px: dict[str, float], units: _Units) -> Row:
    """Return area and lengths in pixels, and in millimetres or metres where these are known."""
    row = {"area_px": str(area_px), **{f"{name}_px": f"{value:.2f}" for name, value in lengths_px.items()}}
    if units.px_per_mm is not None:
        in_mm = {f"{name}_mm": f"{value / units.px_per_mm:.4f}" for name, value in lengths_px.items()}
        return {**row, "area_mm2": f"{area_px / units.px_per_mm**2:.4f}", **in_mm}
    if units.ground is None:
        return row
    row |= {"area_m2": f"{area_px * units.ground.area_m2:.4f}"}
    side_m = units.ground.side_m
    in_m = {} if side_m is None else {f"{name}_m": f"{value * side_m:.4f}" for name, value in lengths_px.items()}
    return {**row, **in_m}


def rows_before(path: Path) -> list[Row]:
    """Return the rows of a table of earlier predictions, none if there is none; OutputError if it is not ours."""
    if not path.exists():
        return []
    rows = list(csv.DictReader(io.StringIO(read_text(path, most_bytes=MOST_BYTES))))
    if any(None in row or None in row.values() or not {"photo", "class", "area_px"} <= row.keys() for row in rows):
        raise OutputError(f"{path} was not written by predict: move it away, or choose another --out")
    return rows


def write_rows(path: Path, before: Sequence[Row], rows: Sequence[Row], photos: Iterable[str]) -> None:
    """Write a table: the earlier rows of other photos, then the rows of these photos, even where they have none."""
    replaced = {spreadsheet_cell(name) for name in photos}
    every = [*(row for row in before if row["photo"] not in replaced), *rows]
    text = io.StringIO()
    columns = dict.fromkeys(column for row in every for column in row)
    table = csv.DictWriter(text, list(columns) or ["photo", "class", "area_px"], restval="", lineterminator="\n")
    table.writeheader()
    table.writerows(every)
    write_text(path, text.getvalue())
