"""Predictions as Label Studio's regions: brush strokes or polygons, as the project's labels ask for."""

import json
from dataclasses import dataclass

import numpy as np

from maskwright.imaging.run_lengths.codec import run_lengths
from maskwright.imaging.run_lengths.label_studio import encode_brush
from maskwright.inference.outputs.polygons import mask_regions
from maskwright.serve.answers import Json, Prediction


@dataclass(frozen=True)
class LabelControl:
    """The tag of a labelling configuration that takes the regions: `kind` is "brushlabels" or "polygonlabels"."""

    kind: str
    from_name: str
    to_name: str
    value: str
    labels: tuple[str, ...]


def regions_answer(prediction: Prediction, control: LabelControl) -> bytes:
    """Return the regions of the classes that the project has labels for, and their mean confidence, as JSON."""
    regions = _brushes(prediction, control) if control.kind == "brushlabels" else _polygons(prediction, control)
    objects = np.isin(prediction.mask, prediction.classes.scored)
    score = float(prediction.confidence[objects].mean()) if objects.any() else 0.0
    return json.dumps({"result": regions, "score": round(score, 4)}).encode()


def _brushes(prediction: Prediction, control: LabelControl) -> list[Json]:
    regions: list[Json] = []
    for class_id in prediction.classes.scored:
        name, inside = prediction.classes.names[class_id], np.asarray(prediction.mask == class_id, dtype=np.bool_)
        if name in control.labels and inside.any():
            value: Json = {"format": "rle", "rle": encode_brush(run_lengths(inside)), "brushlabels": [name]}
            regions.append(_region(prediction, control, value, len(regions)))
    return regions


def _polygons(prediction: Prediction, control: LabelControl) -> list[Json]:
    height, width = prediction.mask.shape
    percent = 100 / np.array([width, height])
    regions: list[Json] = []
    for name, polygon in mask_regions(prediction.mask, prediction.classes):
        if name in control.labels:
            value: Json = {"points": (polygon * percent).tolist(), "polygonlabels": [name], "closed": True}
            regions.append(_region(prediction, control, value, len(regions)))
    return regions


def _region(prediction: Prediction, control: LabelControl, value: Json, number: int) -> Json:
    height, width = prediction.mask.shape
    return {
        "id": f"maskwright-{number}",
        "type": control.kind,
        "from_name": control.from_name,
        "to_name": control.to_name,
        "original_width": width,
        "original_height": height,
        "image_rotation": 0,
        "value": value,
    }
