"""What a learning curve says in words: the sentence with the forecast, and whether a score can be reached at all."""

import math
from dataclasses import dataclass

from maskwright.evaluation.bootstrap import Interval
from maskwright.wording import capitalised
from maskwright.workflows.learning_curve.forecast import Forecast
from maskwright.workflows.learning_curve.label_agreement import LabelAgreement

TARGETS = (*(i / 20 for i in range(2, 20)), 0.98)
UNREACHABLE = 0.2
"""A score that a smaller share of the forecasts reach is out of reach."""
UNCERTAIN = 0.6
"""A score that a smaller share of the forecasts reach is reached "perhaps"."""
MOST_TIMES = 50
"""A score that takes more than so many times the photos is out of reach in practice."""


@dataclass(frozen=True)
class Reach:
    """Whether `target` can be reached by more photos: `photos` needed, NaN where it is out of reach, and a sentence."""

    target: float
    photos: float
    sentence: str


def spread(interval: Interval) -> str:
    """Return a score with its interval, as in "0.81 (0.77 to 0.85)"."""
    return f"{interval.value:.2f} ({interval.low:.2f} to {interval.high:.2f})"


def forecast_sentence(
    forecast: Forecast, photos: int, agreement: LabelAgreement, target: float | None = None, *, is_rough: bool = False
) -> str:
    """Return what there is, what twice the photos would give, and a score with the photos that it takes.

    The parameters are those of `outlook_sentence`.
    """
    now = forecast.at(photos)
    return f"{photos} photos: {spread(now)}. {outlook_sentence(forecast, photos, agreement, target, is_rough=is_rough)}"


def outlook_sentence(
    forecast: Forecast, photos: int, agreement: LabelAgreement, target: float | None = None, *, is_rough: bool = False
) -> str:
    """Return what twice the photos would give, and a score with the photos that it takes.

    `target` None asks for the next round score above the forecast. `is_rough`: trainings were too short or too few to
    say where the curve leads, and the sentence says no more than that.
    """
    perhaps = "perhaps " if is_rough else ""
    text = f"Twice as many would {perhaps}give {spread(forecast.at(2 * photos))}"
    reach = reach_of(forecast, photos, agreement, target, is_rough=is_rough)
    return f"{text}. {capitalised(reach.sentence)}" if reach else text


def reach_of(
    forecast: Forecast, photos: int, agreement: LabelAgreement, target: float | None = None, *, is_rough: bool = False
) -> Reach | None:
    """Return how many photos a score takes; None where every round score is likely with twice the photos."""
    high = forecast.at(2 * photos).high
    wanted = target or next((value for value in TARGETS if value > high), None)
    if wanted is None:
        return None
    if wanted <= forecast.at(photos).value:
        return Reach(wanted, float(photos), f"{wanted:.2f} is reached already")
    share, needed = forecast.photos_for(wanted)
    if is_rough and agreement.ceiling >= wanted:
        return Reach(wanted, math.nan, f"whether more photos like these reach {wanted:.2f} is not known yet")
    if share < UNREACHABLE or needed > MOST_TIMES * photos:
        return Reach(
            wanted,
            math.nan,
            f"{wanted:.2f} is out of reach of more photos like these: " + _why(forecast, agreement, wanted),
        )
    perhaps = "perhaps " if share < UNCERTAIN else ""
    return Reach(wanted, needed, f"{wanted:.2f} would {perhaps}take about {_round(needed):,} photos")


def _why(forecast: Forecast, agreement: LabelAgreement, wanted: float) -> str:
    if agreement.ceiling < wanted and agreement.source == "copies":
        return (
            f"labels agree only to {agreement.agreement:.2f} with themselves ({agreement.pairs} photos labelled twice)"
        )
    if agreement.ceiling < wanted:
        return f"labels agree only to {agreement.agreement:.2f} with themselves if outlines are drawn again"
    return f"the curve levels off at about {forecast.asymptote.value:.2f}"


def _round(photos: float) -> int:
    """Return a number of photos with two significant digits."""
    step = int(10 ** max(0, math.floor(math.log10(max(photos, 1))) - 1))
    return round(photos / step) * step
