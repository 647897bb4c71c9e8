"""The report: one self-contained HTML file that opens from disk, on a phone, in the dark, and on paper."""

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from jinja2 import Environment, PackageLoader, StrictUndefined

from maskwright.classes import Colour
from maskwright.findings.finding import Finding, ranked
from maskwright.report.curves_svg import LoggedStep, iou_curve_svg, loss_curve_svg

MOST_WORST, MOST_BEST = 12, 6
PICTURE_BYTES = 1_900_000
"""All pictures together, before base64 makes four bytes of three: this keeps the file under 3 MB."""

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
    """A photo with truth and prediction outlined, as JPEG of about 640 px; `iou` is NaN where it has no object."""

    name: str
    iou: float
    jpeg: bytes
    caption: str = ""


@dataclass(frozen=True)
class Preview:
    """An example of one augmentation, or of all together, as JPEG of about 320 px."""

    name: str
    jpeg: bytes


@dataclass(frozen=True)
class ScoreTable:
    """Column names and rows; numbers with a point are shown with three digits, None and NaN as a dash."""

    columns: tuple[str, ...]
    rows: tuple[tuple[TableValue, ...], ...]


@dataclass(frozen=True)
class Report:
    """Everything that a report shows, as plain values; `worst` is worst first, `best` best first."""

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


Picture = TypeVar("Picture", Panel, Preview)


def page_environment() -> Environment:
    """Return where the templates of all pages are filled in: everything is escaped, an unknown name is an error."""
    return Environment(
        loader=PackageLoader("maskwright", "report/templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render_report(report: Report) -> str:
    """Return the report as HTML: no script, no request to anywhere, under 3 MB.

    At most 12 worst and 6 best photos are shown, fewer where their pictures are too large; the table holds all.
    """
    environment = page_environment()
    environment.filters.update(number=number, percent=percent, share=_share, table_value=table_value, data_uri=data_uri)
    previews, left = _within(report.augmentations, len(report.augmentations), PICTURE_BYTES)
    best, left = _within(report.best, MOST_BEST, left)
    worst, _ = _within(report.worst, MOST_WORST, left)
    return environment.get_template("report.html").render(
        report=report,
        facts=report.facts,
        previews=previews,
        groups=[("Worst first", worst), ("Best", best)],
        findings=ranked(report.findings),
        loss_svg=loss_curve_svg(report.curve),
        iou_svg=iou_curve_svg(report.curve),
    )


def _within(pictures: Sequence[Picture], most: int, budget_bytes: int) -> tuple[list[Picture], int]:
    """Return the first pictures that fit the number and the bytes, and the bytes that are left."""
    kept: list[Picture] = []
    for picture in pictures[:most]:
        if len(picture.jpeg) > budget_bytes:
            break
        kept.append(picture)
        budget_bytes -= len(picture.jpeg)
    return kept, budget_bytes


def number(value: float | None) -> str:
    """Return a score with three digits; what is None or NaN is absent."""
    return "absent" if value is None or math.isnan(value) else f"{value:.3f}"


def percent(value: float | None) -> str:
    """Return a share as percent with three significant digits; what is None or NaN is absent."""
    return "absent" if value is None or math.isnan(value) else f"{100 * value:.3g} %"


def table_value(value: TableValue) -> str:
    """Return a table cell as text: three digits for numbers with a point, a dash for None and NaN."""
    match value:
        case None:
            return "–"
        case float():
            return "–" if math.isnan(value) else f"{value:.3f}"
        case _:
            return str(value)


def _share(value: float | None) -> float:
    """Return a score as a CSS percentage, 0 where it is absent."""
    return 0.0 if value is None or math.isnan(value) else round(100 * min(max(value, 0.0), 1.0), 2)


def data_uri(jpeg: bytes) -> str:
    """Return a JPEG as an address that holds it whole."""
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()
