"""Scores beyond IoU that a set is known by: F1 with a tolerance for thin cracks, photo-level detection of defects."""

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.classes import IGNORE
from maskwright.evaluation.evaluate import Judged

TOLERANCE_PX = 2
DEFECT_PX = (1, 20, 50, 100, 200, 500, 1000)


def extra_scores(set_name: str, judged: list[Judged]) -> dict[str, float]:
    """Return the further scores of a set by name, none for most sets."""
    if set_name == "crackforest":
        return {"f1_2px": tolerant_f1(judged)}
    if set_name == "kolektor":
        return defect_curve(judged)
    return {}


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
    areas = np.array([int((one.prediction == 1).sum()) for one in judged])
    defective = np.array([bool(((one.truth != 0) & (one.truth != IGNORE)).any()) for one in judged])
    curve = {}
    for least in DEFECT_PX:
        flagged = areas >= least
        curve[f"found_at_{least}px"] = round(float(flagged[defective].mean()), 4) if defective.any() else 0.0
        curve[f"flagged_clean_at_{least}px"] = (
            round(float(flagged[~defective].mean()), 4) if (~defective).any() else 0.0
        )
    return curve
