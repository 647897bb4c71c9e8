"""How sure a network is of a mask: of each pixel, and of the photo."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maskwright.evaluation.expected_iou import LEAST_EXPECTED_IOU
from maskwright.imaging.mask_geometry import Mask


@dataclass(frozen=True)
class Prediction:
    """The mask of a photo; the probability of the class that each pixel has in it, HxW in 0..1; and the expected IoU.

    Another class may be more probable, where training weighed this one more. Below `least_expected_iou` the photo is
    unsure. A pixel of a patch that was removed keeps the probability of the
    class that it had.
    """

    mask: Mask
    confidence: NDArray[np.float32]
    expected_iou: float
    least_expected_iou: float = LEAST_EXPECTED_IOU

    @property
    def is_unsure(self) -> bool:
        """True if the mask is probably poor and should be looked at."""
        return self.expected_iou < self.least_expected_iou
