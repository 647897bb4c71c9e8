"""The table of a video: one row a frame with areas, objects, confidences and flicker."""

import csv
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from maskwright.classes import ClassTable
from maskwright.evaluation.temperature_scaling import corrected_logits
from maskwright.files import spreadsheet_cell
from maskwright.imaging.mask_geometry import Mask, component_areas
from maskwright.inference.logits_to_masks import Logits, probabilities_of
from maskwright.runs.confidence import Correction

FIXED = ("frame", "time_s", "status", "flicker", "raw_flicker")


@dataclass(frozen=True)
class FrameRow:
    """What one frame of a video shows. Flicker: see `flicker_score`; NaN in a first frame.

    `objects`: for each object class its area in pixels, its number of connected objects, and the mean probability of
    its pixels, NaN where it is absent. A broken frame has none.
    """

    frame: int
    time_s: float
    flicker: float
    raw_flicker: float
    objects: tuple[tuple[int, int, float], ...]

    @property
    def is_broken(self) -> bool:
        """True for a frame that could not be decoded."""
        return not self.objects


def objects_in(
    mask: Mask, logits: Logits, *, classes: ClassTable, correction: Correction
) -> tuple[tuple[int, int, float], ...]:
    """Return area in pixels, number of objects and mean probability of each object class in a frame.

    `correction` makes the probabilities believable; the mask comes from the logits as they are.
    """
    probabilities, strongest = probabilities_of(corrected_logits(logits, correction)), logits.argmax(axis=0)
    return tuple(_of_class(mask, probabilities, strongest == class_id, class_id) for class_id in classes.scored)


def _of_class(mask: Mask, probabilities: Logits, inside: Mask, class_id: int) -> tuple[int, int, float]:
    areas = component_areas(np.asarray(mask == class_id, dtype=np.bool_))
    confidence = float(probabilities[class_id][inside].mean()) if inside.any() else math.nan
    return int(areas.sum()), len(areas), confidence


def header(classes: ClassTable) -> list[str]:
    """Return the names of the columns."""
    names = [classes.names[class_id] for class_id in classes.scored]
    of_classes = [f"{name}_{what}" for name in names for what in ("px", "objects", "confidence")]
    return [*FIXED, *map(spreadsheet_cell, of_classes)]


def as_csv(rows: Iterable[FrameRow], columns: Sequence[str] = ()) -> str:
    """Return rows as csv text, below `columns` if there are any."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if columns:
        writer.writerow(columns)
    writer.writerows(_cells(row) for row in rows)
    return text.getvalue()


def _cells(row: FrameRow) -> list[object]:
    if row.is_broken:
        return [row.frame, "", "broken"]
    numbers = [cell for area, count, confidence in row.objects for cell in (area, count, _rounded(confidence, 4))]
    return [
        row.frame,
        f"{row.time_s:.6f}",
        "ok",
        _rounded(row.flicker, 6),
        _rounded(row.raw_flicker, 6),
        *numbers,
    ]


def _rounded(value: float, digits: int) -> str:
    return "" if math.isnan(value) else f"{value:.{digits}f}"
