"""The report: one self-contained HTML file that opens from disk, on a phone, in the dark, and on paper."""

import base64
import math
import re
from collections.abc import Sequence
from typing import TypeVar

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from maskwright.evaluation.calibration_error import calibration_in_words
from maskwright.evaluation.expected_iou import risk_in_words
from maskwright.findings.finding import ranked
from maskwright.report.charts.dots import PhotoIou, dots_svg
from maskwright.report.charts.reliability import reliability_svg
from maskwright.report.charts.risk import risk_svg
from maskwright.report.charts.training import training_in_words, training_svg
from maskwright.report.commands import code_block, code_of, command_row, with_commands
from maskwright.report.report_data import Panel, PlanRow, Preview, Report, ScoreTable, TableValue
from maskwright.wording import capitalised

MOST_WORST = 12
"""Photos with the lowest IoU that are shown."""
MOST_BEST = 6
"""Photos with the highest IoU that are shown."""
PICTURE_BYTES = 1_900_000
"""All pictures together, before base64 makes four bytes of three: this keeps the file under 3 MB."""

Picture = TypeVar("Picture", Panel, Preview)


def page_environment() -> Environment:
    """Return where the templates of all pages are filled in: everything is escaped, an unknown name is an error."""
    environment = Environment(
        loader=PackageLoader("maskwright", "report/templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(data_uri=data_uri, with_code=with_code, as_sentence=as_sentence, minus=with_minus)
    environment.filters.update(with_commands=with_commands, command_row=command_row, code_block=code_block)
    return environment


def render_report(report: Report) -> str:
    """Return the report as HTML: no script is needed, no request to anywhere, under 3 MB.

    At most 12 worst and 6 best photos are shown, fewer where their pictures are too large; the table holds all.
    """
    environment = page_environment()
    environment.filters.update(number=number, percent=percent, share=share_percent, table_value=table_value)
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
        dots=dots_svg(_photo_ious(report.photos)),
        reliability=reliability_svg(report.calibration) if report.calibration else "",
        calibrated=calibration_in_words(report.calibration) if report.calibration else "",
        risk_chart=risk_svg(report.risk) if report.risk and len(report.risk.curve) > 1 else "",
        risky=risk_in_words(report.risk) if report.risk else "",
        training_svg=training_svg(report.curve, report.phases),
    )


def _within(pictures: Sequence[Picture], most: int, budget_bytes: int) -> tuple[list[Picture], int]:
    """Return the first pictures that fit the number and the bytes, and the bytes that are left."""
    pictures_within: list[Picture] = []
    for picture in pictures[:most]:
        if picture.size_bytes > budget_bytes:
            break
        pictures_within.append(picture)
        budget_bytes -= picture.size_bytes
    return pictures_within, budget_bytes


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


def share_percent(value: float | None) -> float:
    """Return a score as a CSS percentage, 0 where it is absent."""
    return 0.0 if value is None or math.isnan(value) else round(100 * min(max(value, 0.0), 1.0), 2)


def with_code(text: str) -> Markup:
    """Return a text as HTML: escaped, what stands in `backticks` set as code."""
    parts = text.split("`")
    whole = parts if len(parts) % 2 else [text]
    return Markup("").join(code_of(part) if i % 2 else escape(part) for i, part in enumerate(whole))


def as_sentence(text: str) -> str:
    """Return evidence with a full stop, and upper case at its start unless that is a file's name or code."""
    first = text.split(" ", maxsplit=1)[0]
    begun = capitalised(text) if first.strip(",:;").isalpha() else text
    return begun if begun.endswith((".", "!", "?", ":")) else f"{begun}."


def with_minus(text: str) -> str:
    """Return a text with minus signs where hyphens stand before negative numbers."""
    return re.sub(r"(?<![\w.-])-(?=\d)", "\N{MINUS SIGN}", text)


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


def _photo_ious(photos: ScoreTable | None) -> list[PhotoIou]:
    """Return name and IoU of each row that has both."""
    if photos is None or "IoU" not in photos.columns:
        return []
    at = photos.columns.index("IoU")
    return [(str(row[0]), value) for row in photos.rows if isinstance(value := row[at], float)]
