"""What to do next after a learning curve: more photos, other masks, more minutes or a finer scale."""

import math
import shlex
from dataclasses import dataclass

from maskwright.evaluation.bootstrap import Interval
from maskwright.evaluation.verdict import QUALITY_WORDS
from maskwright.runs.enough_steps import FEW_STEPS
from maskwright.workflows.learning_curve.curve import FEWEST_SUBSETS, ArmGain, LearningCurve
from maskwright.workflows.learning_curve.design import MINUTES_FACTOR, SCALE_FACTOR

WORTH = 0.015
"""A gain in IoU below this is not worth the work."""
FEW_PHOTOS = 8

WORDS = {
    "scratch": "From random weights",
    "minutes": f"With {MINUTES_FACTOR} times the minutes",
    "scale": f"With photos {SCALE_FACTOR:g} times as large",
}
SUBJECTS = {
    "scratch": "starting from random instead of pretrained weights",
    "minutes": "longer training",
    "scale": "training on larger photos",
}
UNMEASURED = {"minutes": "longer trainings", "scale": f"photos {SCALE_FACTOR:g} times as large"}


@dataclass(frozen=True)
class Advice:
    """What to do next: one sentence, and the command where there is one."""

    sentence: str
    command: str = ""


def quality_line(curve: LearningCurve) -> list[str]:
    """Return how good a model from all photos would be, in one sentence; nothing where no photo shows an object."""
    level = curve.quality.level
    if level not in QUALITY_WORDS:
        return []
    return [f"{level.capitalize()}: {quality_words(curve)}"]


def quality_words(curve: LearningCurve) -> str:
    """Return what a model from all photos would score, and what that means, without a full stop."""
    quality = curve.quality
    score = f"a model from all {curve.photos} photos would score {curve.now.value:.2f} on new ones"
    if quality.level not in QUALITY_WORDS:
        return score
    if curve.now.value <= quality.constant:
        constant = f"less than marking every pixel as {quality.constant_class} ({quality.constant:.2f})"
        return f"{score}, {constant}: it has not learned to find them yet"
    return f"{score}: it {QUALITY_WORDS[quality.level]}"


def arm_lines(curve: LearningCurve) -> list[str]:
    """Return one line for each optional arm: whether it helps, and by how much.

    That is the difference at the largest subset, and for scratch at the smallest too.
    """
    return [line for arm in curve.arms if (line := _arm_line(arm))]


def _arm_line(arm: ArmGain) -> str:
    known = [(photos, gain) for photos, gain in arm.gains if not math.isnan(gain.value)]
    if not known:
        return ""
    shown = known if arm.arm == "scratch" and len(known) == 1 else [known[-1]]
    if arm.arm == "scratch" and len(known) > 1:
        shown = [known[0], known[-1]]
    parts = [f"{gain.value:+.2f}{_span(gain.low, gain.high)} with {photos:g} photos" for photos, gain in shown]
    return f"{_conclusion(arm.arm, [gain for _, gain in shown])}: {' and '.join(parts)}"


def _conclusion(arm: str, gains: list[Interval]) -> str:
    """Return in one sentence what the differences show together."""
    signs = {1 if gain.low > 0 else -1 if gain.high < 0 else 0 for gain in gains}
    subject = SUBJECTS[arm]
    if signs == {1}:
        return f"{subject.capitalize()} helps"
    if signs == {-1}:
        return f"{subject.capitalize()} scores lower"
    if {1, -1} <= signs:
        return f"{subject.capitalize()} helps with some numbers of photos only"
    return f"Whether {subject} helps is not clear, as the difference may be chance"


def _span(low: float, high: float) -> str:
    return f" ({low:+.2f} to {high:+.2f})" if math.isfinite(low) else ""


def doubts(curve: LearningCurve) -> list[str]:
    """Return what limits the trust in scores and forecast, each as a short sentence without its full stop."""
    checks = [
        (curve.groups < FEW_PHOTOS, f"There are only {curve.groups} {_units(curve)}, and one more may move everything"),
        (curve.is_short, f"{_shortness(curve)}, and longer ones score higher"),
        (
            len(curve.points) < FEWEST_SUBSETS,
            f"Only two sizes were tried ({_sizes(curve)} photos), so the forecast is a guess",
        ),
        (curve.groups < curve.photos, f"Photos form {curve.groups} groups, and more photos means more groups"),
        (bool(curve.failed), f"Some trainings failed ({'; '.join(curve.failed)})"),
    ]
    return [words for doubtful, words in checks if doubtful]


def _shortness(curve: LearningCurve) -> str:
    if curve.steps < FEW_STEPS:
        return f"The trainings were short ({curve.steps:.0f} steps in {curve.setting.minutes * 60:.0f} s)"
    return f"The trainings were short ({curve.setting.minutes * 60:.0f} s)"


def _sizes(curve: LearningCurve) -> str:
    return " and ".join(f"{point.photos:.0f}" for point in curve.points)


def _units(curve: LearningCurve) -> str:
    return "photos" if curve.groups == curve.photos else "groups of photos"


def advice_on(curve: LearningCurve) -> Advice:
    """Return what to do next: mend suspect masks, then what gained most, then what was not measured."""
    data = shlex.quote(str(curve.setting.data))
    if curve.suspects:
        names = ", ".join(suspect.name for suspect in curve.suspects[:3])
        return Advice(f"Look at the masks of {names}: the models contradict them with confidence, and they cost score")
    if curve.is_short and curve.setting.longer:
        return Advice("The trainings were too short to say more: measure again with longer ones", curve.setting.longer)
    best = max(curve.arms, key=lambda arm: _gain(arm), default=None)
    if best is not None and best.arm != "scratch" and _gain(best) > max(WORTH, curve.gain.value):
        return Advice(
            f"{WORDS[best.arm]} the score rises by {_gain(best):.2f}, more than twice the photos would give",
            _train(curve, best.arm),
        )
    if curve.gain.value >= WORTH:
        more = f"{curve.photos} more" if curve.groups == curve.photos else f"{curve.groups} more groups of"
        return Advice(f"Label {more} photos like these: the score would rise by about {curve.gain.value:.2f}")
    measured = [arm.arm for arm in curve.arms]
    missing = [arm for arm in ("minutes", "scale") if arm not in measured]
    if missing:
        worth = f"Twice the photos are worth {curve.gain.value:.2f}"
        command = f"{curve.setting.command} --arms {','.join([*measured, *missing])}"
        return Advice(f"{worth}: measure what {' and '.join(UNMEASURED[arm] for arm in missing)} would give", command)
    return Advice("More photos like these are worth little: train with all of them", f"maskwright train {data}")


def _gain(arm: ArmGain) -> float:
    gains = [gain.value for _, gain in arm.gains if gain.low > 0]
    return gains[-1] if gains else 0.0


def _train(curve: LearningCurve, arm: str) -> str:
    data = shlex.quote(str(curve.setting.data))
    if arm == "scale":
        return f"maskwright train {data} --set scale.long_side_px={round(curve.setting.long_side_px * SCALE_FACTOR)}"
    return f"maskwright train {data} --minutes {max(10, round(curve.setting.minutes * MINUTES_FACTOR))}"
