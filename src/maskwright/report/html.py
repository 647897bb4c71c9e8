"""The report: one self-contained HTML file that opens from disk, on a phone, in the dark, and on paper."""

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from jinja2 import Environment, PackageLoader, StrictUndefined

from maskwright.classes import Colour
from maskwright.evaluation.verdict import Verdict
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

    `first` are the pictures of the first screen with their words: worst, median, best.
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
    """Return the report as HTML: no script is needed, no request to anywhere, under 3 MB.

    At most 12 worst and 6 best photos are shown, fewer where their pictures are too large; the table holds all.
    """
    environment = page_environment()
    environment.filters.update(number=number, percent=percent, share=_share, table_value=table_value, data_uri=data_uri)
    left = PICTURE_BYTES - sum(panel.size_bytes for _, panel in report.first)
    previews, left = _within(report.augmentations, len(report.augmentations), left)
    best, left = _within(report.best, MOST_BEST, left)
    worst, _ = _within(report.worst, MOST_WORST, left)
    return environment.get_template("report.html").render(
        report=report,
        facts=report.facts,
        previews=previews,
        groups=[("Worst first", worst), ("Best", best)],
        urgent=[finding for finding in ranked(report.findings) if finding.severity != "note"],
        notes=[finding for finding in ranked(report.findings) if finding.severity == "note"],
        choices=_choices(report.plan),
        training=training_in_words(report.curve),
        dots=dots_svg(report.photos),
        loss_svg=loss_curve_svg(report.curve),
        iou_svg=iou_curve_svg(report.curve),
    )


def _within(pictures: Sequence[Picture], most: int, budget_bytes: int) -> tuple[list[Picture], int]:
    """Return the first pictures that fit the number and the bytes, and the bytes that are left."""
    kept: list[Picture] = []
    for picture in pictures[:most]:
        if picture.size_bytes > budget_bytes:
            break
        kept.append(picture)
        budget_bytes -= picture.size_bytes
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
    """Return a JPEG, or a PNG, as an address that holds it whole."""
    kind = "png" if jpeg.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64," + base64.b64encode(jpeg).decode()


CHOICES = {
    "scale.long_side_px": "Photos are reduced to a long side of {} px",
    "scale.crop_px": "The network sees crops of {} px",
    "net.encoder": "The encoder is {}",
    "loss.mix": "The loss is {}",
    "optim.steps": "Training takes {} steps",
}


def _choices(plan: Sequence[PlanRow]) -> list[tuple[str, str]]:
    """Return the five choices that matter most as sentences, each with its reason."""
    rows = {row.name: row for row in plan}
    return [(words.format(rows[key].value), rows[key].why) for key, words in CHOICES.items() if key in rows]


RISING = 0.02


def training_in_words(curve: Sequence[LoggedStep]) -> str:
    """Return in one sentence where the validation IoU ended, and whether it was still rising; "" where unknown."""
    ious = [p.validation_iou for p in curve if p.validation_iou is not None and math.isfinite(p.validation_iou)]
    if len(ious) < 4:
        return ""
    earlier = ious[-1 - max(1, len(ious) // 4)]
    if ious[-1] - earlier > RISING:
        return f"The validation IoU was {ious[-1]:.2f} and still rising at its last value: more minutes may help."
    return f"The validation IoU was {ious[-1]:.2f} at its last value and no longer rising."


def dots_svg(photos: ScoreTable | None) -> str:
    """Return one dot a photo on an axis from 0 to 1 as inline SVG; "" without scores."""
    if photos is None or "IoU" not in photos.columns:
        return ""
    at = photos.columns.index("IoU")
    values = sorted(v for row in photos.rows if isinstance(v := row[at], float) and not math.isnan(v))
    if not values:
        return ""
    label = (
        f"IoU of {len(values)} photos from {values[0]:.2f} to {values[-1]:.2f}, median {values[len(values) // 2]:.2f}"
    )
    height: dict[int, int] = {}
    parts = [f'<svg class="chart" viewBox="0 0 460 96" role="img" aria-label="{label}">']
    parts += ['<line class="grid" x1="20" x2="440" y1="72" y2="72"/>']
    parts += [f'<text x="{20 + 420 * v:.0f}" y="90" text-anchor="middle">{v:g}</text>' for v in (0, 0.25, 0.5, 0.75, 1)]
    for value in values:
        place = round(value * 60)
        height[place] = height.get(place, 0) + 1
        y = 66 - 9 * min(6, height[place] - 1)
        parts.append(f'<circle class="dot" cx="{20 + 420 * value:.1f}" cy="{y}" r="4" opacity=".75"/>')
    return "".join(parts) + "</svg>"
