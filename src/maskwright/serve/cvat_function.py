"""A function for CVAT's `cvat-cli task auto-annotate`: each object of the mask as a mask or a polygon in CVAT.

The command, with the package cvat-cli: `cvat-cli task auto-annotate TASK --function-module
maskwright.serve.cvat_function -p run=str:runs/photos-1`. The labels of the task are matched by their names.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from maskwright.imaging.mask_geometry import Bools, components
from maskwright.inference.outputs.polygons import mask_regions
from maskwright.inference.prediction import Prediction
from maskwright.inference.segmenter import Segmenter
from maskwright.optional_packages import import_extra
from maskwright.workflows.export import load_with

if TYPE_CHECKING:
    from cvat_sdk.auto_annotation import DetectionFunctionContext, DetectionFunctionSpec


@dataclass(frozen=True)
class CvatFunction:
    """A run as a detection function of CVAT; label ids are class ids."""

    segmenter: Segmenter
    spec: "DetectionFunctionSpec"

    def detect(self, context: "DetectionFunctionContext", image: Image.Image) -> list[Any]:
        """Return the objects of a picture as shapes; those below the context's confidence threshold are left out."""
        prediction = self.segmenter.prediction(image)
        least = context.conf_threshold or 0.0
        if context.conv_mask_to_poly:
            return list(_polygons(prediction, self.segmenter, least))
        return list(_masks(prediction, self.segmenter, least))


def create(run: str, runtime: str = "auto") -> CvatFunction:
    """Return the function of a run folder or an exported file, as CVAT calls it with `-p run=str:RUN`."""
    tools = import_extra("cvat_sdk.auto_annotation", "cvat", purpose="annotating in CVAT")
    segmenter = load_with(Path(run), runtime, tell=lambda _: None)
    names = segmenter.classes.names
    labels = [tools.label_spec(names[class_id], class_id) for class_id in segmenter.classes.scored]
    return CvatFunction(segmenter, tools.DetectionFunctionSpec(labels=labels))


def _objects(prediction: Prediction, segmenter: Segmenter, least: float) -> Iterator[tuple[int, Bools]]:
    for class_id in segmenter.classes.scored:
        numbers, count = components(np.asarray(prediction.mask == class_id))
        for number in range(1, count + 1):
            patch = np.asarray(numbers == number)
            if float(prediction.confidence[patch].mean()) >= least:
                yield class_id, patch


def _masks(prediction: Prediction, segmenter: Segmenter, least: float) -> Iterator[Any]:
    from cvat_sdk import auto_annotation, masks

    for class_id, patch in _objects(prediction, segmenter, least):
        yield auto_annotation.mask(class_id, masks.encode_mask(patch))


def _polygons(prediction: Prediction, segmenter: Segmenter, least: float) -> Iterator[Any]:
    from cvat_sdk import auto_annotation

    for class_id, patch in _objects(prediction, segmenter, least):
        alone = np.where(patch, np.uint8(class_id), np.uint8(segmenter.classes.background or 0))
        for _, points in mask_regions(alone, segmenter.classes):
            yield auto_annotation.polygon(class_id, points.reshape(-1).tolist())
