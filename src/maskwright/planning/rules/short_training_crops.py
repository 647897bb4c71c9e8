"""Smaller crops for a U-Net that trains for a few minutes on a CPU, so that it takes more steps."""

import math
from dataclasses import replace

from maskwright.datasets.fingerprint import Fingerprint
from maskwright.planning.plan import Request, ScalePlan
from maskwright.planning.rules.reasons import Why
from maskwright.planning.rules.views import Views

SMALL_CROP_PX = 192
SHORT_MINUTES = 3.0
"""Up to so many minutes crops are small, whatever the objects."""
SHORT_MINUTES_OF_THIN = 5.0
"""Up to so many minutes crops are small for thin objects, which need little context."""
SHORT_MINUTES_OF_SPARSE = 10.0
"""Up to so many minutes crops are small where a photo shows one of many classes, since each is seen rarely."""
THIN_OBJECT_PX = 16.0
"""Objects narrower than this at the working scale are thin."""


def with_small_crops(
    scale: ScalePlan, fingerprint: Fingerprint, *, request: Request, views: Views, why: Why
) -> ScalePlan:
    """Return the scale with crops of 192 px where a U-Net has few minutes on a CPU; the reason goes into `why`.

    The working scale stays: it is chosen for objects, not for crops. Where some photos show no object, crops stay
    wide: small ones around objects contain too little background. Where classes are sparse, that holds only for
    the fewest minutes, in which the background is not learned.
    """
    minutes, reason = _short_minutes(fingerprint, scale, views)
    brief = request.minutes <= SHORT_MINUTES
    wide = _has_clean_photos(fingerprint) and (brief or not views.sparse)
    if request.net != "unet" or scale.crop_px <= SMALL_CROP_PX or request.minutes > minutes or wide:
        return scale
    why["scale.crop_px"] = f"{SMALL_CROP_PX}: {reason}in few minutes, more steps teach more than wider crops"
    return replace(scale, crop_px=SMALL_CROP_PX)


def _short_minutes(fingerprint: Fingerprint, scale: ScalePlan, views: Views) -> tuple[float, str]:
    """Return up to how many minutes crops are small, and why it is longer than usual."""
    if views.sparse:
        return SHORT_MINUTES_OF_SPARSE, "each of many classes is seen rarely: "
    if not views.scene and _width_px(fingerprint, scale) < THIN_OBJECT_PX:
        return SHORT_MINUTES_OF_THIN, "thin objects need little context: "
    return SHORT_MINUTES, ""


def _has_clean_photos(fingerprint: Fingerprint) -> bool:
    """Return True if some measured photo certainly shows no object."""
    return sum(c.photos for c in fingerprint.objects) < fingerprint.measured


def _width_px(fingerprint: Fingerprint, scale: ScalePlan) -> float:
    """Return the width of the class at the lower quartile of widths, in working pixels; infinite if none is known."""
    widths = sorted(c.width for c in fingerprint.objects if not math.isnan(c.width))
    return widths[len(widths) // 4] * scale.long_side_px if widths else math.inf
