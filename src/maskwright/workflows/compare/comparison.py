"""A comparison as plain values, as JSON, and as a Markdown table."""

import math
from dataclasses import asdict, dataclass

from maskwright.datasets.label_bits import LabelBits
from maskwright.evaluation.bootstrap import Interval
from maskwright.evaluation.object_sizes import EDGES_PX
from maskwright.files import without_nan
from maskwright.workflows.compare.arm_rows import ArmRow, Plot
from maskwright.workflows.compare.recipe import Recipe

COLUMNS = (
    "arm",
    "mean IoU",
    "95 % interval",
    "by seed",
    "difference, paired",
    "against",
    "predicted / true px",
    "false px on empty photos",
    "min",
    "steps",
    "parameters",
    "weights",
)


@dataclass(frozen=True)
class Comparison:
    """The results of a comparison. `judged` names the scored photos, `stand_ins` the arms without their own weights.

    `folder`: where the photos are, as given on the command line. `longer` and `more_seeds`: the commands that compare
    again with more time or with more seeds, "" where they are not known.
    """

    recipe: Recipe
    data: str
    judged: str
    seeds: tuple[int, ...]
    machine: str
    rows: tuple[ArmRow, ...]
    plots: tuple[Plot, ...]
    bits: LabelBits
    stand_ins: tuple[str, ...] = ()
    folder: str = ""
    longer: str = ""
    more_seeds: str = ""


def comparison_as_json(comparison: Comparison) -> dict[str, object]:
    """Return what `compare.json` holds; NaN and infinity become null."""
    bits = comparison.bits
    return {
        "recipe": comparison.recipe.name,
        "title": comparison.recipe.title,
        "data": comparison.data,
        "judged": comparison.judged,
        "seeds": list(comparison.seeds),
        "machine": comparison.machine,
        "arms": [without_nan({**asdict(row), "stand_in": row.name in comparison.stand_ins}) for row in comparison.rows],
        "answers": [without_nan(asdict(plot)) for plot in comparison.plots],
        "label_bits": {
            "together": round(bits.together, 1),
            "mean_by_photo": round(bits.mean_by_photo, 1),
            "class_label": round(bits.class_label, 4),
            "by_photo": {name: round(value, 1) for name, value in bits.by_photo},
        },
    }


def comparison_as_markdown(comparison: Comparison) -> str:
    """Return the table in Markdown, below a line on the scored photos and above one on the label bits."""
    lines = [
        f"{comparison.judged}; seeds {', '.join(map(str, comparison.seeds))}; {comparison.machine}.",
        "",
        f"| {' | '.join(COLUMNS)} |",
        f"|{'---|' * len(COLUMNS)}",
    ]
    lines += [
        "| " + " | ".join(_escaped(cell) for cell in table_cells(comparison, row)) + " |" for row in comparison.rows
    ]
    for row in comparison.rows:
        lines += [f"\n{row.name}: failed - {row.failed}"] if row.failed else []
    columns, cells = size_table(comparison)
    if cells:
        lines += ["", "IoU of single objects by their area (how many):", "", f"| {' | '.join(columns)} |"]
        lines += ["|" + "---|" * len(columns), *("| " + " | ".join(map(_escaped, row)) + " |" for row in cells)]
    lines += ["", str(comparison.bits)]
    for plot in comparison.plots:
        lines += ["", *_plot_lines(plot)]
    return "\n".join(lines) + "\n"


def table_cells(comparison: Comparison, row: ArmRow) -> tuple[str, ...]:
    """Return the values of one arm as text, in the order of COLUMNS."""
    ratio = f" ({row.predicted_px / row.true_px:.2f})" if row.true_px else ""
    return (
        row.name + (" (stand-in)" if row.name in comparison.stand_ins else ""),
        digits(row.iou.value),
        span(row.iou),
        ", ".join(digits(v) for v in row.by_seed),
        "" if row.difference is None else f"{row.difference.value:+.3f} ({signed_span(row.difference)})",
        row.against,
        f"{row.predicted_px:,} / {row.true_px:,}{ratio}",
        f"{row.false_px:,}",
        f"{row.minutes:.1f}" if not math.isnan(row.minutes) else "–",
        str(row.steps),
        f"{row.parameters:,}",
        row.weights or "–",
    )


def size_table(comparison: Comparison) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return columns and rows of the arms' IoU by the area of objects; no rows where all objects are of one size."""
    shown = [i for i in range(len(EDGES_PX) + 1) if any(row.sizes and row.sizes[i].objects for row in comparison.rows)]
    known = [row for row in comparison.rows if row.sizes]
    if len(shown) < 2:
        return (), ()
    columns = ("arm", *(known[0].sizes[i].words for i in shown))
    return columns, tuple(
        (row.name, *(f"{digits(row.sizes[i].iou)} ({row.sizes[i].objects:,})" for i in shown)) for row in known
    )


def digits(value: float) -> str:
    """Return a score with three digits, a dash for NaN."""
    return "–" if math.isnan(value) else f"{value:.3f}"


def span(interval: Interval) -> str:
    """Return the ends of an interval, a dash where there is none."""
    return "–" if math.isnan(interval.low) else f"{interval.low:.3f} to {interval.high:.3f}"


def signed_span(interval: Interval) -> str:
    """Return the ends of the interval of a difference, with their signs."""
    return "–" if math.isnan(interval.low) else f"{interval.low:+.3f} to {interval.high:+.3f}"


def _plot_lines(plot: Plot) -> list[str]:
    places = sorted({point.at for _, points in plot.lines for point in points})
    lines = [f"{plot.title}", "", f"| {plot.x} | {' | '.join(f'{p:g}' for p in places)} |"]
    lines.append("|" + "---|" * (len(places) + 1))
    for name, points in plot.lines:
        by_place = {point.at: point.iou.value for point in points}
        lines.append(f"| {name} | {' | '.join(digits(by_place.get(p, math.nan)) for p in places)} |")
    return lines


def _escaped(cell: str) -> str:
    return cell.replace("|", "\\|").replace("\n", " ")
