"""Scores beyond IoU that a set is known by: F1 with a tolerance for cracks, Dice of vessels, photos with defects."""

from collections.abc import Callable, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.classes import IGNORE
from maskwright.evaluation.evaluate import Judged
from maskwright.evaluation.metrics import dice

TOLERANCE_PX = 2
DEFECT_PX = (1, 20, 50, 100, 200, 500, 1000)


def extra_scores(set_name: str, judged: list[Judged]) -> dict[str, float]:
    """Return the further scores of a set by name, none for most sets."""
    return EXTRA[set_name](judged) if set_name in EXTRA else {}


def tolerant_f1(judged: list[Judged]) -> float:
    """Return F1 where a pixel within 2 px of the other mask counts as right, the mean over photos with cracks."""
    values = [_tolerant_f1(one.truth == 1, one.prediction == 1) for one in judged if (one.truth == 1).any()]
    return round(float(np.mean(values)), 5)


def _tolerant_f1(truth: NDArray[np.bool_], prediction: NDArray[np.bool_]) -> float:
    if not prediction.any():
        return 0.0
    precision = float(_near(truth)[prediction].mean())
    recall = float(_near(prediction)[truth].mean())
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _near(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    distance = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(distance <= TOLERANCE_PX)


def defect_curve(judged: list[Judged]) -> dict[str, float]:
    """Return, by least area in pixels, the share of defective photos found and of clean photos flagged.

    A photo is flagged if at least so many pixels are predicted as object; it is found if it has a defect.
    """
    areas = np.array([int((one.prediction != 0).sum()) for one in judged])
    defective = np.array([bool(((one.truth != 0) & (one.truth != IGNORE)).any()) for one in judged])
    curve = {}
    for least in DEFECT_PX:
        flagged = areas >= least
        curve[f"found_at_{least}px"] = round(float(flagged[defective].mean()), 4) if defective.any() else 0.0
        curve[f"flagged_clean_at_{least}px"] = (
            round(float(flagged[~defective].mean()), 4) if (~defective).any() else 0.0
        )
    return curve


def vessel_dice(judged: list[Judged]) -> dict[str, float]:
    """Return Dice of class 1 over all counted pixels, and its mean over the photos; ignored pixels do not count."""
    counts = [one.score.counts for one in judged]
    return {
        "dice": round(float(dice(np.sum(counts, axis=0))[1]), 5),
        "dice_per_photo": round(float(np.mean([dice(count)[1] for count in counts])), 5),
    }


EXTRA: Mapping[str, Callable[[list[Judged]], dict[str, float]]] = {
    "crackforest": lambda judged: {"f1_2px": tolerant_f1(judged)},
    "kolektor": defect_curve,
    "magnetic_tile": defect_curve,
    "drive": vessel_dice,
}
"""The further scores of each set that has some; their photos are small enough to be kept until all are judged."""
