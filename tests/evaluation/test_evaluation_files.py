"""evaluation.json: what no evaluation gives is refused, so that no report is made of it."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from maskwright.classes import ClassTable
from maskwright.evaluation.calibration_error import BINS, Calibration
from maskwright.evaluation.evaluate import Evaluation, PhotoScore
from maskwright.evaluation.evaluation_files import evaluation_as_json, evaluation_from_json
from maskwright.evaluation.object_sizes import ObjectScore

CLASSES = ClassTable(("background", "object"), ((0, 0, 0), (255, 0, 0)), background=0)


def stored() -> dict[str, Any]:
    calibration = Calibration((10,) * BINS, tuple(0.5 + bin_number for bin_number in range(BINS)), (4,) * BINS)
    counts = np.array([[90, 2], [1, 7]])
    photo = PhotoScore("a", counts, objects=(ObjectScore(1, 8, 0.875, 0.7),), expected_iou=0.6)
    evaluation = Evaluation(CLASSES, (photo,), calibration=calibration, calibration_interval=(0.1, 0.2))
    values: dict[str, Any] = json.loads(json.dumps(evaluation_as_json(evaluation)))
    return values


def test_what_was_written_is_read_back() -> None:
    assert evaluation_as_json(evaluation_from_json(stored(), CLASSES)) == stored()


DAMAGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "a bin more": lambda values: values["calibration"]["pixels"].append(1),
    "a bin that is a list": lambda values: values["calibration"].update(pixels=[[1]] * BINS),
    "a bin that is a dict": lambda values: values["calibration"].update(probability=[{}] * BINS),
    "more right than there are": lambda values: values["calibration"].update(right=[11] * BINS),
    "an endless sum": lambda values: values["calibration"].update(probability=[float("inf")] * BINS),
    "an interval above 1": lambda values: values["calibration"].update(error_interval=[0, 2]),
    "a threshold that is no number": lambda values: values["confidence"].update(least_expected_iou=float("nan")),
    "negative counts": lambda values: values["photos"][0].update(counts=[[-1, 0], [0, 1]]),
    "counts of other classes": lambda values: values["photos"][0].update(counts=[[1]]),
    "counts of unequal rows": lambda values: values["photos"][0].update(counts=[[1, 2], [3]]),
    "an IoU above 1": lambda values: values["photos"][0].update(objects=[[1, 8, 0.5, 3.0]]),
    "an expected IoU below 0": lambda values: values["photos"][0].update(expected_iou=-0.1),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_values_that_no_evaluation_gives_are_refused(damage: Callable[[dict[str, Any]], object]) -> None:
    values = stored()
    damage(values)
    with pytest.raises((ValueError, TypeError)):
        evaluation_from_json(values, CLASSES)
