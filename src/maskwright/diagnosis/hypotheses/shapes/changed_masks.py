"""What a change of all predicted masks gives, and how deep pixels lie: shared by the claims about shapes."""

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.diagnosis.evidence.evidence import Evidence, Pair, mean_iou_or_zero
from maskwright.diagnosis.undo.undone_evidence import share_better_of_changed
from maskwright.evaluation.metrics import value_counts
from maskwright.imaging.mask_geometry import Bools, Mask


def iou_after(pairs: Sequence[Pair], change: Callable[[Mask], Mask], evidence: Evidence) -> tuple[float, float]:
    """Return the IoU after a change, and the share of photos that gain by it."""
    count = len(evidence.classes)
    before = [value_counts(p.truth, p.prediction, count) for p in pairs]
    after = [value_counts(p.truth, change(p.prediction), count) for p in pairs]
    iou = mean_iou_or_zero(np.sum(after, axis=0), evidence.classes)
    return iou, share_better_of_changed(before, after, evidence.classes)


def depth_of(part: Bools, edge: int = 0) -> NDArray[np.float32]:
    """Return each pixel's distance to what is not in the part; the photo's edge counts as inside where `edge` is 1."""
    padded = np.pad(part.astype(np.uint8), 1, mode="edge") if edge else np.pad(part.astype(np.uint8), 1)
    return np.asarray(cv2.distanceTransform(padded, cv2.DIST_L2, 3)[1:-1, 1:-1], dtype=np.float32)
