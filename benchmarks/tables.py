"""From outcomes to tables: paired differences with their intervals, as Markdown and JSON."""

import json
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.cells import Outcome
from maskwright.planning.machine import this_machine

DRAWS = 4000
OURS = "maskwright"
PACKAGES = ("torch", "torchvision", "timm", "segmentation-models-pytorch", "albumentations", "scikit-learn", "numpy")


@dataclass(frozen=True)
class Compared:
    """A method against ours on one set: means over the same photos, and ours minus theirs with its 95 % interval."""

    set_name: str
    method: str
    photos: int
    mean_iou: float
    dataset_iou: float
    ahead: float
    low: float
    high: float
    train_s: float
    predict_s: float
    steps: float
    peak_mb: float


def compared(outcomes: Sequence[Outcome]) -> list[Compared]:
    """Return one row a set and method, ours first."""
    rows = []
    for set_name in dict.fromkeys(one.cell.set_name for one in outcomes):
        here = [one for one in outcomes if one.cell.set_name == set_name]
        methods = sorted(dict.fromkeys(one.cell.method for one in here), key=lambda m: (m != OURS, m))
        for method in methods:
            theirs = [one for one in here if one.cell.method == method]
            rows.append(_row(theirs, [one for one in here if one.cell.method == OURS]))
    return rows


def _row(theirs: Sequence[Outcome], ours: Sequence[Outcome]) -> Compared:
    a, b = _by_photo(ours), _by_photo(theirs)
    both = sorted(set(a) & set(b))
    differences = np.array([a[key] - b[key] for key in both])
    low, high = _interval(differences)
    first = theirs[0]
    return Compared(
        first.cell.set_name,
        first.cell.method,
        len(b),
        float(np.mean(list(b.values()))),
        float(np.mean([one.dataset_iou for one in theirs])),
        float(differences.mean()) if len(both) else float("nan"),
        low,
        high,
        float(np.mean([one.train_s for one in theirs])),
        float(np.mean([one.predict_s / max(1, len(one.photo_ious)) for one in theirs])),
        float(np.mean([one.steps for one in theirs])),
        max(one.peak_mb for one in theirs),
    )


def _by_photo(outcomes: Iterable[Outcome]) -> dict[tuple[int, int, str], float]:
    return {
        (one.cell.fold, one.cell.seed, name): value
        for one in outcomes
        for name, value in one.photo_ious.items()
        if value is not None
    }


def _interval(differences: NDArray[np.float64]) -> tuple[float, float]:
    """Return the 95 % percentile interval of the mean of paired differences over redrawn photos."""
    if len(differences) < 2:
        return float("nan"), float("nan")
    rng = np.random.default_rng(0)
    means = differences[rng.integers(len(differences), size=(DRAWS, len(differences)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def machine_lines() -> list[str]:
    """Return what the figures were measured on: processor, cores, versions."""
    machine = this_machine()
    device = machine.gpu or f"{machine.cores} CPU cores"
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return [f"{device}, {_processor()}, {platform.system()}, Python {platform.python_version()}", versions]


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:  # noqa: PTH123 - a pseudo file
            return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


def as_markdown(outcomes: Sequence[Outcome]) -> str:
    """Return BENCHMARKS.md: a table a set, then every cell's value."""
    rows = compared(outcomes)
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench`. Every method gets the same photos, division, encoder weights and wall-clock, on the",
        "same machine, one at a time. IoU is the mean over the held-out photos at full resolution;",
        "*ahead* is maskwright's IoU minus the method's, photo by photo, with the 95 % interval over redrawn photos.",
        "",
        *(f"- {line}" for line in machine_lines()),
        "",
        *_summary_lines(rows),
    ]
    for set_name in dict.fromkeys(one.cell.set_name for one in outcomes):
        here = [one for one in outcomes if one.cell.set_name == set_name]
        minutes = sorted({one.cell.minutes for one in here})
        cells = ", ".join(sorted({f"fold {one.cell.fold} seed {one.cell.seed}" for one in here}))
        lines += [f"## {set_name}", "", f"{', '.join(f'{m:g}' for m in minutes)} minutes a training; {cells}.", ""]
        lines += ["| method | IoU per photo | dataset IoU | ahead (95 %) | training | steps | s a photo | peak MB |"]
        lines += ["|---|---|---|---|---|---|---|---|"]
        lines += [_markdown_row(row) for row in rows if row.set_name == set_name]
        lines += ["", *_extra_lines(here)]
    lines += ["## Every cell", "", "| cell | IoU per photo | dataset IoU | training |", "|---|---|---|---|"]
    lines += [
        f"| {one.cell.key} | {one.mean_iou_per_photo:.4f} | {one.dataset_iou:.4f} | {one.train_s:.0f} s |"
        for one in outcomes
    ]
    return "\n".join(lines) + "\n"


def _summary_lines(rows: Sequence[Compared]) -> list[str]:
    """Return a table with a line a set: ours, the best other method, and how far ahead of it we are."""
    lines = ["| set | maskwright | best other method | its IoU | ahead of it (95 %) |", "|---|---|---|---|---|"]
    for ours in (row for row in rows if row.method == OURS):
        others = [row for row in rows if row.set_name == ours.set_name and row.method != OURS]
        if others:
            best = max(others, key=lambda row: row.mean_iou)
            values = f"{ours.mean_iou:.3f} | {best.method} | {best.mean_iou:.3f} | {_ahead(best)}"
            lines.append(f"| {ours.set_name} | {values} |")
    return [*lines, ""]


def _markdown_row(row: Compared) -> str:
    return (
        f"| {row.method} | {row.mean_iou:.3f} | {row.dataset_iou:.3f} | {_ahead(row)} | {row.train_s:.0f} s "
        f"| {row.steps:.0f} | {row.predict_s:.2f} | {row.peak_mb:.0f} |"
    )


def _extra_lines(outcomes: Sequence[Outcome]) -> list[str]:
    """Return the scores beyond IoU, a line a method; none for most sets."""
    if not outcomes[0].extra:
        return []
    names = list(outcomes[0].extra)
    lines = [f"| method | {' | '.join(names)} |", f"|---|{'---|' * len(names)}"]
    for method in dict.fromkeys(one.cell.method for one in outcomes):
        cells = [one for one in outcomes if one.cell.method == method]
        means = [float(np.mean([one.extra[name] for one in cells])) for name in names]
        lines.append(f"| {method} | {' | '.join(f'{mean:.3f}' for mean in means)} |")
    return [*lines, ""]


def beside_lines(folder: Path) -> str:
    """Return what the benchmarks with a command of their own left in the folder, as Markdown; "" where nothing."""
    tables = {"speed": _speed_lines, "fifth": _fifth_lines, "camvid": _camvid_lines}
    lines: list[str] = []
    for name, as_lines in tables.items():
        if (folder / f"{name}.json").exists():
            lines += as_lines(json.loads((folder / f"{name}.json").read_text(encoding="utf-8")))
    return "".join(f"{line}\n" for line in lines)


def _speed_lines(held: dict[str, Any]) -> list[str]:
    speed = held["speed"]
    return [
        *("", "## Speed and memory", "", "`python -m benchmarks.speed`", ""),
        f"Training steps, augmentation included: {speed['ours_mpx_s']:.2f} million pixels a second against "
        f"{speed['smp_mpx_s']:.2f} of smp's default U-Net in fp32, {speed['ratio']:.2f} times as many.",
        *("", "| 12-megapixel photos | peak MB | waiting for data | steps |", "|---|---|---|---|"),
        *(
            f"| {one['photos']} | {one['peak_mb']:.0f} | {one['data_wait_share']:.1%} | {one['steps']} |"
            for one in held["memory"]
        ),
    ]


def _fifth_lines(held: dict[str, Any]) -> list[str]:
    return [
        *(
            "",
            "## The article's 40 epochs, and a fifth of their time",
            "",
            "`python -m benchmarks.fifth`, one fold and one seed.",
            "",
        ),
        "| set | method | IoU per photo | dataset IoU | ahead (95 %) | training | steps |",
        "|---|---|---|---|---|---|---|",
        *(
            f"| {row.set_name} | {row.method} | {row.mean_iou:.3f} | {row.dataset_iou:.3f} "
            f"| {_ahead(row)} | {row.train_s:.0f} s | {row.steps:.0f} |"
            for row in (Compared(**one) for one in held["compared"])
        ),
    ]


def _ahead(row: Compared) -> str:
    return "" if row.method == OURS else f"{row.ahead:+.3f} ({row.low:+.3f} to {row.high:+.3f})"


def _camvid_lines(held: dict[str, Any]) -> list[str]:
    return [
        *("", "## CamVid, the test photos", "", "`python -m benchmarks.camvid_test`", ""),
        f"mIoU {held['miou']:.3f} over 11 classes on {held['test_photos']} photos at 480x360, after "
        f"{held['minutes']:g} minutes ({held['cpu_minutes']:.0f} CPU minutes) on {held['train_photos']} photos; "
        f"{held['machine'][0]}.",
    ]
