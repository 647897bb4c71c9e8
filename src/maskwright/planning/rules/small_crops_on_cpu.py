"""Crops of a training that has few minutes: smaller ones, so that it takes more steps."""

import math
from dataclasses import replace

from maskwright.datasets.fingerprint import Fingerprint
from maskwright.planning.plan import Request, ScalePlan
from maskwright.planning.rules.augmentation import Views, Why

SMALL_CROP_PX = 192
SHORT_MINUTES, SHORT_MINUTES_OF_THIN = 3.0, 5.0
"""Up to so many minutes crops are small: for any objects, and for thin ones, which need little context."""
THIN_OBJECT_PX = 16.0
"""Objects narrower than this at the working scale are thin."""


def with_small_crops(
    scale: ScalePlan, fingerprint: Fingerprint, *, request: Request, views: Views, why: Why
) -> ScalePlan:
    """Return the scale with crops of 192 px where a U-Net has few minutes on a CPU; the reason goes into `why`.

    The working scale stays: it is chosen for objects, not for crops. Where some photos show no object, crops stay
    wide: small ones around objects contain too little background.
    """
    thin = not views.scene and _width_px(fingerprint, scale) < THIN_OBJECT_PX
    short = request.minutes <= (SHORT_MINUTES_OF_THIN if thin else SHORT_MINUTES)
    if request.net != "unet" or scale.crop_px <= SMALL_CROP_PX or not short or _has_clean_photos(fingerprint):
        return scale
    reason = "thin objects need little context: " if thin else ""
    why["scale.crop_px"] = f"{SMALL_CROP_PX}: {reason}in few minutes, more steps teach more than wider crops"
    return replace(scale, crop_px=SMALL_CROP_PX)


def _has_clean_photos(fingerprint: Fingerprint) -> bool:
    """Return True if some measured photo certainly shows no object."""
    return sum(c.photos for c in fingerprint.objects) < fingerprint.measured


def _width_px(fingerprint: Fingerprint, scale: ScalePlan) -> float:
    """Return the width of the class at the lower quartile of widths, in working pixels; infinite if none is known."""
    widths = sorted(c.width for c in fingerprint.objects if not math.isnan(c.width))
    return widths[len(widths) // 4] * scale.long_side_px if widths else math.inf
