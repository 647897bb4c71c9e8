"""What a report shows, as plain values."""

from dataclasses import dataclass

from maskwright.classes import Colour
from maskwright.evaluation.calibration_error import Calibration
from maskwright.evaluation.expected_iou import Risk
from maskwright.evaluation.verdict import Verdict
from maskwright.findings.finding import Finding
from maskwright.report.charts.training import LoggedStep, Phase

TableValue = str | int | float | None


@dataclass(frozen=True)
class Fact:
    """One line under the title, such as `Fact("photos", "40")`."""

    name: str
    value: str


@dataclass(frozen=True)
class Score:
    """The headline: `value` with its interval, all in 0..1 or None, and `what` it is in words.

    `honest` means that the photos were held out from every choice; where it is False, `how_to_get_honest` says
    what to run.
    """

    value: float | None
    low: float | None
    high: float | None
    what: str
    honest: bool
    how_to_get_honest: str = ""


@dataclass(frozen=True)
class ClassScores:
    """The scores of one class over all pixels, in 0..1 or NaN where it is absent; `share` is its part of the pixels."""

    name: str
    colour: Colour
    iou: float
    low: float
    high: float
    dice: float
    precision: float
    recall: float
    share: float


@dataclass(frozen=True)
class Totals:
    """The two means, and pixel accuracy beside what naming `constant_class` everywhere would score."""

    iou_per_photo: float
    iou_dataset: float
    pixel_accuracy: float
    constant_accuracy: float
    constant_class: str


@dataclass(frozen=True)
class PlanRow:
    """One choice of the plan with its reason."""

    name: str
    value: str
    why: str


@dataclass(frozen=True)
class Panel:
    """A photo as JPEG; `iou` is NaN where it has no object.

    With `overlays` (PNG by kind: errors, truth, prediction) the photo is bare, without them both outlines are on it.
    """

    name: str
    iou: float
    jpeg: bytes
    caption: str = ""
    overlays: tuple[tuple[str, bytes], ...] = ()

    @property
    def size_bytes(self) -> int:
        """The bytes of all its pictures."""
        return len(self.jpeg) + sum(len(png) for _, png in self.overlays)


@dataclass(frozen=True)
class Preview:
    """An example of one augmentation, or of all together, as JPEG of about 320 px."""

    name: str
    jpeg: bytes

    @property
    def size_bytes(self) -> int:
        """The bytes of its picture."""
        return len(self.jpeg)


@dataclass(frozen=True)
class ScoreTable:
    """Column names and rows; numbers with a point are shown with three digits, None and NaN as a dash."""

    columns: tuple[str, ...]
    rows: tuple[tuple[TableValue, ...], ...]


@dataclass(frozen=True)
class Report:
    """Everything that a report shows, as plain values; `worst` is worst first, `best` best first.

    `first` are the pictures of the first screen with their words: worst, middle, best. `confused` says which class is
    taken for which most often. `about` is the line below the title.
    """

    title: str
    facts: tuple[Fact, ...]
    score: Score
    totals: Totals | None
    classes: tuple[ClassScores, ...]
    curve: tuple[LoggedStep, ...]
    plan: tuple[PlanRow, ...]
    findings: tuple[Finding, ...]
    worst: tuple[Panel, ...]
    best: tuple[Panel, ...]
    augmentations: tuple[Preview, ...]
    photos: ScoreTable | None
    folds: ScoreTable | None = None
    sizes: ScoreTable | None = None
    verdict: Verdict | None = None
    first: tuple[tuple[str, Panel], ...] = ()
    confusion: ScoreTable | None = None
    confused: str = ""
    phases: tuple[Phase, ...] = ()
    about: str = ""
    calibration: Calibration | None = None
    calibration_interval: tuple[float, float] | None = None
    risk: Risk | None = None
