"""A measured learning curve with its forecast, as the page, the JSON and Python code get it."""

from dataclasses import dataclass
from pathlib import Path

from maskwright.datasets.label_bits import LabelBits
from maskwright.evaluation.bootstrap import Interval
from maskwright.notebook.html import box, sentence
from maskwright.runs.enough_steps import FEW_STEPS
from maskwright.workflows.label_errors import Suspect
from maskwright.workflows.learning_curve.forecast import Forecast
from maskwright.workflows.learning_curve.label_agreement import LabelAgreement
from maskwright.workflows.learning_curve.points import Point
from maskwright.workflows.learning_curve.quality import NOT_MEASURED, MeasuredQuality
from maskwright.workflows.learning_curve.report.words import forecast_sentence, outlook_sentence

PAGE = "learning_curve.html"
"""The page of a learning curve."""
VALUES = "learning_curve.json"
"""The same as JSON."""
SHORT_MINUTES = 0.75
"""Shorter trainings do not say where the curve leads."""
FEWEST_SUBSETS = 3
"""A curve of fewer subsets does not say where it leads."""


@dataclass(frozen=True)
class ArmGain:
    """What an optional arm changes: the difference in IoU on the same photos, paired, at each number of photos."""

    arm: str
    points: tuple[Point, ...]
    gains: tuple[tuple[float, Interval], ...]


@dataclass(frozen=True)
class Setting:
    """What the trainings were: where the photos are, how long each took, at which size photos were seen, in what crops.

    `photo_hw`: the mean size of photos at the working scale; `weights`: what training started from; `command`: what
    measures this curve again, from finished trainings; `longer`: what measures it with longer ones in another folder.
    """

    data: Path
    command: str
    minutes: float
    folds: int
    long_side_px: int
    crop_px: int
    photo_hw: tuple[int, int]
    weights: str
    net: str
    longer: str = ""


@dataclass(frozen=True)
class LearningCurve:
    """A measured learning curve and its forecast; `maskwright.learning_curve` returns it.

    `photos`: how many there are in all, in `groups` that belong together; `points` of the main trainings, subsets
    ascending; `arms`: the optional ones. `suspects`: photos whose masks look wrong; `without_suspects`: the mean IoU
    of the largest subset without them. `target`: the IoU that was asked for. `failed`: why trainings failed.
    `quality`: how good the models of the largest subset are.
    """

    folder: Path
    setting: Setting
    photos: int
    groups: int
    points: tuple[Point, ...]
    forecast: Forecast
    agreement: LabelAgreement
    bits: LabelBits
    arms: tuple[ArmGain, ...] = ()
    suspects: tuple[Suspect, ...] = ()
    without_suspects: float = float("nan")
    target: float | None = None
    failed: tuple[str, ...] = ()
    quality: MeasuredQuality = NOT_MEASURED

    @property
    def now(self) -> Interval:
        """The IoU of one training on all photos, on new ones, with its 80 % interval."""
        return self.forecast.at(self.photos)

    @property
    def doubled(self) -> Interval:
        """The IoU that twice the photos would give, with its 80 % interval."""
        return self.forecast.at(2 * self.photos)

    @property
    def gain(self) -> Interval:
        """What twice the photos would add, with its 80 % interval: narrower than both, as the level cancels."""
        return self.forecast.gain(self.photos, 2 * self.photos)

    @property
    def steps(self) -> float:
        """The steps of the shortest training of the main curve."""
        return min(point.steps for point in self.points)

    @property
    def is_short(self) -> bool:
        """True if the trainings were too short to show what the photos can give."""
        return self.setting.minutes < SHORT_MINUTES or self.steps < FEW_STEPS

    @property
    def is_rough(self) -> bool:
        """True if the trainings were too short, or the subsets too few, to say where the curve leads."""
        return self.is_short or len(self.points) < FEWEST_SUBSETS

    @property
    def sentence(self) -> str:
        """The forecast in one sentence, with no more confidence than the trainings allow."""
        return forecast_sentence(self.forecast, self.photos, self.agreement, self.target, is_rough=self.is_rough)

    @property
    def outlook(self) -> str:
        """What twice the photos would give, and what it takes to reach a round score, as in `sentence`."""
        return outlook_sentence(self.forecast, self.photos, self.agreement, self.target, is_rough=self.is_rough)

    @property
    def page(self) -> Path:
        """The page with the plot."""
        return self.folder / PAGE

    def __repr__(self) -> str:
        return f"<LearningCurve {self.sentence}>"

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the sentence, and where the page is."""
        return box(f"{self.sentence}.", sentence(f"Page: {self.page}"))
