"""Evaluations as files: evaluation.json and photos.csv written, and evaluation.json read again."""

import csv
import io
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maskwright.classes import ClassTable
from maskwright.errors import RunError
from maskwright.evaluation import metrics
from maskwright.evaluation.bootstrap import bootstrap_dataset_iou
from maskwright.evaluation.calibration_error import calibration_as_json, calibration_from_json
from maskwright.evaluation.evaluate import Evaluation, PhotoScore
from maskwright.evaluation.expected_iou import LEAST_EXPECTED_IOU
from maskwright.evaluation.object_sizes import ObjectScore
from maskwright.files import read_json, reading, spreadsheet_cell, write_json, write_text
from maskwright.output_file_names import EVALUATION_FILE, PHOTO_SCORES_FILE

EVALUATED_AGAIN = "the same `maskwright train` with --resume evaluates it again"


def evaluation_as_json(evaluation: Evaluation) -> dict[str, object]:
    """Return everything that `RUN/evaluation.json` holds; NaN becomes null."""
    counts, names = evaluation.counts, evaluation.classes.names
    spread = evaluation.mean_iou_per_photo
    intervals = bootstrap_dataset_iou(np.array([p.counts for p in evaluation.photos]))
    by_class = {name: _number(value) for name, value in zip(names, metrics.iou(counts), strict=True)}
    return {
        "held_out": evaluation.held_out,
        "scale": evaluation.scale,
        "classes": list(names),
        "scored_classes": [names[c] for c in evaluation.classes.scored],
        "photo_count": len(evaluation.photos),
        "mean_iou_per_photo": _number(spread.value),
        "mean_iou_per_photo_interval": [_number(spread.low), _number(spread.high)],
        "median_iou_per_photo": _number(_median(evaluation.photo_ious)),
        "dataset_iou": {"mean": _number(evaluation.dataset_iou), "classes": by_class},
        "dataset_iou_interval": {n: [_number(i.low), _number(i.high)] for n, i in zip(names, intervals, strict=True)},
        "dice": dict(zip(names, map(_number, metrics.dice(counts)), strict=True)),
        "precision": dict(zip(names, map(_number, metrics.precision(counts)), strict=True)),
        "recall": dict(zip(names, map(_number, metrics.recall(counts)), strict=True)),
        "pixel_accuracy": _number(metrics.pixel_accuracy(counts)),
        "constant_class_accuracy": _number(metrics.constant_accuracy(counts)),
        "constant_class_iou": _number(metrics.constant_mean_iou(counts, evaluation.classes.scored)),
        "object_sizes": [{k: _number(v) for k, v in asdict(size_bin).items()} for size_bin in evaluation.object_sizes],
        **_confidence_as_json(evaluation),
        "counts": counts.tolist(),
        "photos": [photo_row(evaluation, photo) for photo in evaluation.photos],
    }


def _confidence_as_json(evaluation: Evaluation) -> dict[str, object]:
    """Return what is known of the probabilities; nothing where the masks came without."""
    values: dict[str, object] = {}
    if evaluation.calibration:
        interval = [_number(end) for end in evaluation.calibration_interval or ()] or None
        values["calibration"] = {**calibration_as_json(evaluation.calibration), "error_interval": interval}
    if risk := evaluation.risk:
        values["confidence"] = {
            "least_expected_iou": risk.threshold,
            "unsure": risk.unsure,
            "poor": risk.poor,
            "found": risk.found,
            "precision": _number(risk.precision),
            "recall": _number(risk.recall),
            "risk_coverage": [list(point) for point in risk.curve],
        }
    return values


def photo_row(evaluation: Evaluation, photo: PhotoScore) -> dict[str, object]:
    """Return one photo's row; an object is its class id, area in px, recall and IoU."""
    values = metrics.iou(photo.counts)
    by_class = {name: _number(v) for name, v in zip(evaluation.classes.names, values, strict=True)}
    mean = _number(metrics.mean_over(values, evaluation.classes.scored))
    objects = [[o.class_id, o.area_px, _number(o.recall), _number(o.iou)] for o in photo.objects]
    row = {"photo": photo.name, "fold": photo.fold, "iou": mean, "classes": by_class}
    if math.isfinite(photo.expected_iou):
        row["expected_iou"] = _number(photo.expected_iou)
    return {**row, "counts": photo.counts.tolist(), "objects": objects}


def write_evaluation(evaluation: Evaluation, folder: Path) -> None:
    """Write `evaluation.json` and `photos.csv` (one row a photo) into the run folder."""
    write_json(folder / EVALUATION_FILE, evaluation_as_json(evaluation))
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["photo", "fold", "iou", *(f"iou {name}" for name in evaluation.classes.names)])
    for photo in evaluation.photos:
        values = metrics.iou(photo.counts)
        mean = metrics.mean_over(values, evaluation.classes.scored)
        fold = "" if photo.fold is None else photo.fold
        table.writerow(
            [spreadsheet_cell(photo.name), fold, *("" if math.isnan(v) else f"{v:.5f}" for v in (mean, *values))]
        )
    write_text(folder / PHOTO_SCORES_FILE, text.getvalue())


def read_evaluation(run: Path, classes: ClassTable, *, advice: str = EVALUATED_AGAIN) -> Evaluation:
    """Return the evaluation that a run folder keeps; RunError with advice where none can be read."""
    path = run / EVALUATION_FILE
    if not path.exists():
        raise RunError(f"{run} has not been evaluated: {advice}")
    with reading(path, error=RunError, advice=advice):
        values: Any = read_json(path)
        evaluation = evaluation_from_json(values, classes)
        if not evaluation.photos:
            raise ValueError("no photos")
        return evaluation


def evaluation_from_json(values: dict[str, object], classes: ClassTable) -> Evaluation:
    """Return the evaluation that was stored; ValueError or TypeError where no evaluation gives such values."""
    rows: list[dict[str, Any]] = values["photos"]  # type: ignore[assignment]
    photos = tuple(_photo_from_row(row, len(classes)) for row in rows)
    stored: dict[str, Any] | None = values.get("calibration")  # type: ignore[assignment]
    calibration = calibration_from_json(stored) if stored else None
    ends = (stored or {}).get("error_interval")
    interval = (_share(ends[0]), _share(ends[1])) if ends else None
    confidence: dict[str, Any] = values.get("confidence") or {}  # type: ignore[assignment]
    threshold = _share(confidence.get("least_expected_iou", LEAST_EXPECTED_IOU))
    scale, held_out = str(values["scale"]), bool(values["held_out"])
    return Evaluation(classes, photos, scale, held_out, calibration, interval, threshold)


def _photo_from_row(row: dict[str, Any], class_count: int) -> PhotoScore:
    counts = np.array(row["counts"], dtype=np.int64)
    if counts.shape != (class_count, class_count) or (counts < 0).any():
        raise ValueError(f"counts of {row['photo']} are not {class_count} x {class_count} numbers of pixels")
    objects = tuple(
        ObjectScore(int(c), int(px), _share(recall), _share(iou)) for c, px, recall, iou in row.get("objects", ())
    )
    fold = None if row["fold"] is None else int(row["fold"])
    expected = _share(row["expected_iou"]) if "expected_iou" in row else math.nan
    return PhotoScore(str(row["photo"]), counts, fold, objects, expected)


def _share(value: float) -> float:
    """Return a number from 0 to 1; ValueError for any other."""
    if not 0 <= float(value) <= 1:
        raise ValueError(f"{value} is not from 0 to 1")
    return float(value)


def _median(values: NDArray[np.float64]) -> float:
    return float(np.nanmedian(values)) if not np.isnan(values).all() else math.nan


def _number(value: float) -> float | None:
    return round(float(value), 6) if math.isfinite(value) else None
