"""Why a few hundred photos can be enough here: locality, the bits of the labels, and pretrained weights, in numbers."""

import math
from dataclasses import dataclass

from maskwright.workflows.learning_curve.curve import LearningCurve

SMALL = 0.01
"""A difference in IoU that is not worth a word."""


@dataclass(frozen=True)
class Enough:
    """The three reasons, one paragraph each, and `verdict`: what the measured curve says about them."""

    verdict: str
    locality: str
    bits: str
    transfer: str


def enough_of(curve: LearningCurve) -> Enough:
    """Return the answer to "why is a few hundred enough here?" for a measured curve."""
    return Enough(_verdict(curve), _locality(curve), _bits(curve), _transfer(curve))


def _verdict(curve: LearningCurve) -> str:
    first, last = curve.points[0], curve.points[-1]
    share = first.iou.value / last.iou.value if last.iou.value > 0 else math.nan
    text = f"{first.photos:g} photos give {first.iou.value:.2f}, {last.photos:g} give {last.iou.value:.2f}"
    if math.isfinite(share):
        text += f": the smallest subset has {share:.0%} of the score of the largest"
    few, end = curve.forecast.at(300).value, curve.forecast.asymptote.value
    return f"{text}. With 300 photos like these the curve is at {few:.2f}, and at {end:.2f} in the end."


def _locality(curve: LearningCurve) -> str:
    height, width = curve.setting.photo_hw
    crop = curve.setting.crop_px
    crops = max(1.0, height * width / crop**2)
    pixels = height * width
    return (
        f"A pixel is decided by what is around it, not by the whole photo. Training sees crops of {crop} px out of "
        f"photos of {width} x {height} px: about {crops:.1f} that do not overlap in each photo, and "
        f"{curve.photos * crops:,.0f} in all {curve.photos}. Each of the {pixels:,} pixels of a photo is an example, "
        "but neighbours say nearly the same."
    )


def _bits(curve: LearningCurve) -> str:
    bits, label = curve.bits.mean_by_photo, max(curve.bits.class_label, 1e-9)
    return (
        f"How much is that? One mask holds about {_about(bits)} bits under a context coder, the name of its class "
        f"{label:.2g}: one labelled photo says as much as {_about(bits / label)} class labels, and {curve.photos} "
        f"photos as much as {_about(curve.photos * bits / label)}."
    )


def _transfer(curve: LearningCurve) -> str:
    scratch = next((arm for arm in curve.arms if arm.arm == "scratch" and arm.gains), None)
    if scratch is None:
        if curve.setting.weights == "random":
            return "These trainings had no pretrained weights: all that the model knows comes from these photos."
        return (
            "The filters for edges, textures and shapes come from ImageNet; the photos only have to say which of them "
            "matter. What that is worth here was not measured: add `--arms scratch` to the command."
        )
    gains = [(photos, -gain.value) for photos, gain in scratch.gains if not math.isnan(gain.value)]
    if not gains:
        return "The trainings without pretrained weights have no score to compare."
    words = ", ".join(f"{worth:+.2f} IoU with {photos:g} photos" for photos, worth in gains)
    return f"Filters for edges, textures and shapes come from ImageNet. That is worth {words}. {_trend(gains)}"


def _trend(gains: list[tuple[float, float]]) -> str:
    """Return how the worth of pretrained weights changes with the photos."""
    first, last = gains[0][1], gains[-1][1]
    if max(first, last) < SMALL:
        return "Here they are worth nothing within the time of these trainings."
    if last < first - SMALL:
        return "Photos of your own take their place as they are added."
    return "More photos of your own do not take their place within the time of these trainings."


def _about(number: float) -> str:
    """Return a number with two significant digits."""
    step = 10 ** max(0, math.floor(math.log10(max(number, 1))) - 1)
    return f"{round(number / step) * step:,}"
