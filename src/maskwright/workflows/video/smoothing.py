"""Probabilities of a video smoothed over time along the motion of the picture, and the flicker before and after."""

from dataclasses import dataclass

import numpy as np

from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.photos import Photo
from maskwright.imaging.video.motion import Grey, Motion, flicker_score, motion_between, moved, small_grey
from maskwright.inference.logits_to_masks import Logits, probabilities_of

REMEMBERED_SHARE = 0.6
"""The weight of the frames before, where the picture shows the same."""
SAME_LEVELS = 8.0
"""At this many grey levels of difference the weight has fallen to 1/e."""
SMALLEST = 1e-6


@dataclass(frozen=True)
class Memory:
    """What a frame leaves for the next, all at the working scale: brightness, probabilities, and masks."""

    grey: Grey
    probabilities: Logits
    raw_mask: Mask
    smooth_mask: Mask


@dataclass(frozen=True)
class SmoothedFrame:
    """The logits to take the mask from, what to remember, and the flicker from 0 to 1, NaN for a first frame."""

    logits: Logits
    memory: Memory
    raw_flicker: float
    flicker: float


def smooth_frame(photo: Photo, logits: Logits, before: Memory | None, *, smooth: bool) -> SmoothedFrame:
    """Return a frame's CxHxW logits, averaged with those of the frames before if `smooth`, and its flicker."""
    raw = probabilities_of(logits)
    grey = small_grey(photo, (logits.shape[1], logits.shape[2]))
    if before is None or before.grey.shape != grey.shape:
        mask = _strongest(raw)
        return SmoothedFrame(logits, Memory(grey, raw, mask, mask), float("nan"), float("nan"))
    motion = motion_between(before.grey, grey)
    averaged = along_motion(raw, before.probabilities, motion) if smooth else raw
    memory = Memory(grey, averaged, _strongest(raw), _strongest(averaged))
    raw_flicker = flicker_score(before.raw_mask, memory.raw_mask, motion)
    if not smooth:
        return SmoothedFrame(logits, memory, raw_flicker, raw_flicker)
    flicker = flicker_score(before.smooth_mask, memory.smooth_mask, motion)
    return SmoothedFrame(np.log(np.maximum(averaged, SMALLEST)), memory, raw_flicker, flicker)


def along_motion(now: Logits, before: Logits, motion: Motion) -> Logits:
    """Return CxHxW probabilities averaged with those of the frame before, moved along; not where the picture differs.

    The weight of the past is `REMEMBERED_SHARE` where a pixel is as bright as where it came from, and falls to 0.
    """
    weight = REMEMBERED_SHARE * np.exp(-np.square(motion.difference / SAME_LEVELS)).astype(np.float32)
    past = np.stack([moved(channel, motion.map_xy) for channel in before])
    return np.asarray(now + weight * (past - now), dtype=np.float32)


def _strongest(probabilities: Logits) -> Mask:
    return np.asarray(np.argmax(probabilities, axis=0), dtype=np.uint8)
