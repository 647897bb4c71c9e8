"""The verdict on a comparison: which arm is best, whether that can be trusted, and what to do next."""

import math
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from maskwright.evaluation.bootstrap import Interval
from maskwright.runs.enough_steps import FEW_STEPS
from maskwright.wording import count_of
from maskwright.workflows.compare.arm_rows import ArmRow
from maskwright.workflows.compare.comparison import Comparison
from maskwright.workflows.compare.significance import paired_difference

FEW_PHOTOS = 10
"""A comparison on fewer photos with an object is called uncertain."""
FLOODED = 2.0
"""So many times the object pixels of the truth are predicted by an arm that floods its photos."""


@dataclass(frozen=True)
class CompareVerdict:
    """What a person needs to know first; `clear` where the difference is more than chance in the choice of photos.

    `best` is None where no arm has a score; `command` is "" where none can be advised. `trust` holds what limits the
    trust, "" for nothing; `trusted` and `trust_statement` say whether the order can be trusted, and why.
    """

    title: str
    best: ArmRow | None
    clear: bool
    sentence: str
    trust: str
    advice: str
    command: str = ""
    trusted: Literal["Yes", "Partly", "No"] = "No"
    trust_statement: str = "There are no two scores to compare"


def compare_verdict(comparison: Comparison) -> CompareVerdict:
    """Return the verdict on a finished comparison."""
    ranked = sorted((row for row in comparison.rows if not math.isnan(row.iou.value)), key=lambda r: -r.iou.value)
    if not ranked:
        return CompareVerdict("No arm has a score", None, False, _faults(comparison.rows), "", _repair(comparison))
    best = ranked[0]
    other, difference = _rival(best, ranked)
    if other is None:
        title = f"{best.name!r}: {best.iou.value:.2f}, and nothing to compare it with"
        return CompareVerdict(title, best, False, _faults(comparison.rows), _trust(comparison), _repair(comparison))
    clear, trust = difference.low > 0, _trust(comparison)
    return CompareVerdict(
        _title(best, other, difference, clear=clear) + (", so far" if clear and trust else ""),
        best,
        clear,
        _scores(best, other) + _sentence(comparison, other, difference, clear=clear),
        trust,
        *_next(comparison, best, clear=clear),
        "No" if not clear else "Partly" if trust else "Yes",
        _trust_statement(trust, clear=clear),
    )


def arm_faults(row: ArmRow) -> tuple[str, ...]:
    """Return in words what is wrong with an arm: failed, collapsed, flooded; nothing for a sound one."""
    if row.failed:
        return (f"failed: {row.failed}",)
    if row.true_px and not row.predicted_px:
        return ("collapsed: it predicts no object pixel on any photo",)
    if row.true_px and row.predicted_px > FLOODED * row.true_px:
        return (f"floods: it predicts {row.predicted_px / row.true_px:.1f} times the object pixels that there are",)
    return ()


def _rival(best: ArmRow, ranked: Sequence[ArmRow]) -> tuple[ArmRow | None, Interval]:
    """Return the arm to name beside the best, and the paired difference to it.

    That is the arm that it is compared with, or the second best where it is the first arm itself.
    """
    against = next((row for row in ranked if row.name == best.against), None)
    other = against or (ranked[1] if len(ranked) > 1 else None)
    if other is None:
        return None, Interval(math.nan, math.nan, math.nan)
    return other, paired_difference(best.photo_ious, other.photo_ious)


def _title(best: ArmRow, other: ArmRow, difference: Interval, *, clear: bool) -> str:
    if clear:
        return f"{best.name!r} beats {other.name!r} by {difference.value:.2f}"
    return f"No clear winner: {best.name!r} {best.iou.value:.2f}, {other.name!r} {other.iou.value:.2f}"


def _scores(best: ArmRow, other: ArmRow) -> str:
    """Return what both arms reach, which a difference alone does not say."""
    both = [
        f"{row.name!r}{words} {row.iou.value:.3f} ({row.quality})" for row, words in ((best, " reaches"), (other, ""))
    ]
    return f"{', '.join(both)}. "


def _sentence(comparison: Comparison, other: ArmRow, difference: Interval, *, clear: bool) -> str:
    text = f"The difference to {other.name!r} is {difference.value:+.3f} on the same photos"
    if math.isfinite(difference.low):
        text += f" (95 % interval {difference.low:+.3f} to {difference.high:+.3f})"
    text += "" if clear else ": this may be chance"
    faults = _faults(comparison.rows)
    return f"{text}. {faults}" if faults else text


def _faults(rows: Sequence[ArmRow]) -> str:
    return "; ".join(f"{row.name!r} {fault}" for row in rows for fault in arm_faults(row))


def _trust(comparison: Comparison) -> str:
    """Return what limits the trust, in one sentence; "" where nothing does."""
    scored = max(len(row.photo_ious) for row in comparison.rows)
    steps = _least_steps(comparison)
    doubts = [
        (len(comparison.seeds) == 1, "one seed (random start) was used, and another may change the order"),
        (scored < FEW_PHOTOS, f"only {count_of(scored, 'photo')} with an object"),
        (0 < steps < FEW_STEPS, f"only {steps} steps were taken, so the arms are hardly trained"),
        (bool(comparison.stand_ins), f"{', '.join(comparison.stand_ins)} used a stand-in for its weights"),
    ]
    return "; ".join(words for doubtful, words in doubts if doubtful)


def _trust_statement(trust: str, *, clear: bool) -> str:
    if not clear:
        return "The difference may be chance" + (f"; {trust}" if trust else "")
    if trust:
        return f"The choice of photos alone does not explain the difference, but {trust}"
    return "The difference is more than chance in the choice of photos"


def _next(comparison: Comparison, best: ArmRow, *, clear: bool) -> tuple[str, str]:
    """Return the advice and the command: longer trainings, then more seeds while in doubt, then the best arm."""
    if 0 < _least_steps(comparison) < FEW_STEPS:
        if comparison.longer:
            advice = "The arms are hardly trained: compare again with more minutes for each single training"
            return advice, comparison.longer
        return "Compare again with more time for each training, as `--minutes 10`, and another `--out`", ""
    if not clear or len(comparison.seeds) == 1:
        if comparison.more_seeds:
            advice = "Train each arm with more seeds; finished trainings are kept, and a difference that stays is real"
            return advice, comparison.more_seeds
        again = "Run the same `maskwright compare` with `--seeds 3 --resume`: finished trainings are kept, "
        return again + "and a difference that stays is one of the arms", ""
    arm = comparison.recipe.named(best.name)
    if arm.starts_from or arm.stand_in or not comparison.folder:
        return f"Train with the settings of {best.name!r}; they are listed below", ""
    settings = [f"--set {shlex.quote(setting)}" for setting in best.settings]
    command = " ".join(["maskwright train", shlex.quote(comparison.folder), *settings])
    return f"Train with the settings of {best.name!r}", command


def _least_steps(comparison: Comparison) -> int:
    return min((row.steps for row in comparison.rows if row.steps), default=0)


def _repair(comparison: Comparison) -> str:
    if any(row.failed for row in comparison.rows):
        return "Mend what each arm names below, then run the same `maskwright compare` with `--resume`"
    return "Label photos that show an object, or give a second arm"
