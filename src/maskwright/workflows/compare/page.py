"""The page of a comparison: one self-contained file with the table, plots, and pictures side by side."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from maskwright.evaluation.verdict import QUALITY_WORDS
from maskwright.imaging.drawing import encode_jpeg
from maskwright.imaging.mask_geometry import reduce_photo
from maskwright.imaging.photos import Photo
from maskwright.output_file_names import TRIALS_FOLDER
from maskwright.report.charts.axis import ceiling
from maskwright.report.rendering import data_uri, page_environment
from maskwright.report.report_data import Fact
from maskwright.report.run_pictures import map_path, panel_path
from maskwright.workflows.compare.arm_rows import ArmRow, photos_to_show
from maskwright.workflows.compare.comparison import Comparison, digits, signed_span, size_table, span, table_cells
from maskwright.workflows.compare.plots import difference_svg, plot_svg
from maskwright.workflows.compare.trial import trial_folder
from maskwright.workflows.compare.verdict import arm_faults, compare_verdict

PICTURE_PX = 420
"""Long side of a picture."""
QUALITY = 78
"""JPEG quality of a picture, 0..100."""
PICTURE_BYTES = 2_200_000
"""All pictures together."""


@dataclass(frozen=True)
class ArmPrediction:
    """One photo as one arm predicts it; `iou` NaN where it has none."""

    arm: str
    iou: float
    jpeg: bytes


@dataclass(frozen=True)
class PhotoRow:
    """One photo under all arms, and why it is shown."""

    photo: str
    why: str
    predictions: tuple[ArmPrediction, ...]


def render_comparison(comparison: Comparison, out: Path) -> str:
    """Return the page as HTML: no script, no request to anywhere; pictures are read from the cells below `out`."""
    environment = page_environment()
    environment.filters.update(digits=digits, span=span, signed=signed_span, data_uri=data_uri)
    return environment.get_template("compare.html").render(
        comparison=comparison,
        recipe=comparison.recipe,
        facts=_facts(comparison),
        lines=[(row, table_cells(comparison, row), _difference(comparison, row)) for row in comparison.rows],
        faults={row.name: arm_faults(row) for row in comparison.rows},
        photo_rows=photo_rows(comparison, out),
        charts=[(plot, plot_svg(plot)) for plot in comparison.plots],
        sizes=size_table(comparison),
        bits=str(comparison.bits),
        best=best_arm(comparison),
        verdict=compare_verdict(comparison),
        quality_words=QUALITY_WORDS,
        nan=math.nan,
    )


def _facts(comparison: Comparison) -> list[Fact]:
    return [
        Fact("recipe", comparison.recipe.name),
        Fact("data", comparison.data),
        Fact("scored on", comparison.judged),
        Fact("seeds", ", ".join(map(str, comparison.seeds))),
        Fact("machine", comparison.machine),
    ]


def best_arm(comparison: Comparison) -> ArmRow | None:
    """Return the arm with the highest mean IoU, None where none has one."""
    known = [row for row in comparison.rows if not math.isnan(row.iou.value)]
    return max(known, key=lambda row: row.iou.value) if known else None


def _difference(comparison: Comparison, row: ArmRow) -> str:
    if row.difference is None:
        return ""
    ends = [abs(v) for r in comparison.rows if r.difference for v in (r.difference.low, r.difference.high)]
    reach = max([v for v in ends if not math.isnan(v)], default=0.0)
    return difference_svg(row.difference, ceiling(max(reach, 0.05)))


def photo_rows(comparison: Comparison, out: Path) -> list[PhotoRow]:
    """Return the same worst and median photos under every arm, as many as fit into the page."""
    rows: list[PhotoRow] = []
    left = PICTURE_BYTES
    for name, why in photos_to_show(comparison.rows):
        predictions = [prediction for row in comparison.rows if (prediction := _prediction(row, name, out)) is not None]
        left -= sum(len(prediction.jpeg) for prediction in predictions)
        if left < 0:
            break
        rows += [PhotoRow(name, why, tuple(predictions))] if predictions else []
    return rows


def _prediction(row: ArmRow, name: str, out: Path) -> ArmPrediction | None:
    folders = sorted((out / TRIALS_FOLDER).glob(f"{trial_folder(out, row.name, 0, 0).parent.name}/seed0-*"))
    folder = next((folder for folder in folders if panel_path(folder, name).exists()), None)
    if folder is None:
        return None
    jpeg = encode_jpeg(reduce_photo(_picture(folder, name), PICTURE_PX), QUALITY)
    return ArmPrediction(row.name, row.photo_ious.get(name, math.nan), jpeg)


def _picture(folder: Path, name: str) -> Photo:
    """Return the photo in grey under the map of its errors; with both outlines where a run has no maps."""
    photo, errors = map_path(folder, name, "photo.jpg"), map_path(folder, name, "errors.png")
    if not (photo.exists() and errors.exists()):
        return np.asarray(Image.open(panel_path(folder, name)).convert("RGB"))
    grey = Image.open(photo).convert("L").convert("RGB")
    overlay = Image.open(errors).convert("RGBA")
    grey.paste(overlay, mask=overlay.getchannel("A"))
    return np.asarray(grey)
