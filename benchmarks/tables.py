"""From outcomes to tables: paired differences with their intervals, as Markdown and JSON."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.trials import Outcome

DRAWS = 4000
OURS = "maskwright"
LEAST_PHOTOS = 4
"""Fewer give no interval: redrawing two photos gives back the two."""


@dataclass(frozen=True)
class Compared:
    """A method against ours on one set: means over the same photos, and ours minus theirs with its 95 % interval.

    `ahead` is 0 for ours and None where ours was not measured; `low` and `high` are None below four photos.
    """

    set_name: str
    method: str
    photos: int
    mean_iou: float
    dataset_iou: float
    ahead: float | None
    low: float | None
    high: float | None
    train_s: float
    predict_s: float
    steps: float
    peak_mb: float
    machine: str
    measured: str = ""


def compared(outcomes: Sequence[Outcome]) -> list[Compared]:
    """Return one row a set and method, ours first."""
    rows = []
    for set_name in dict.fromkeys(one.trial.set_name for one in outcomes):
        here = [one for one in outcomes if one.trial.set_name == set_name]
        methods = sorted(dict.fromkeys(one.trial.method for one in here), key=lambda m: (m != OURS, m))
        for method in methods:
            theirs = [one for one in here if one.trial.method == method]
            rows.append(_row(theirs, [one for one in here if one.trial.method == OURS]))
    return rows


def _row(theirs: Sequence[Outcome], ours: Sequence[Outcome]) -> Compared:
    a, b = _by_photo(ours), _by_photo(theirs)
    both = sorted(set(a) & set(b))
    differences = np.array([a[key] - b[key] for key in both])
    low, high = _interval(differences) or (None, None)
    first = theirs[0]
    return Compared(
        first.trial.set_name,
        first.trial.method,
        len(b),
        float(np.mean(list(b.values()))),
        float(np.mean([one.dataset_iou for one in theirs])),
        float(differences.mean()) if len(both) else None,
        low,
        high,
        float(np.mean([one.train_s for one in theirs])),
        float(np.mean([one.predict_s / max(1, len(one.photo_ious)) for one in theirs])),
        float(np.mean([one.steps for one in theirs])),
        max(one.peak_mb for one in theirs),
        first.machine[0],
        first.measured,
    )


def _by_photo(outcomes: Iterable[Outcome]) -> dict[tuple[int, int, str], float]:
    return {
        (one.trial.fold, one.trial.seed, name): value
        for one in outcomes
        for name, value in counted(one.photo_ious).items()
    }


def counted(photo_ious: Mapping[str, float | None]) -> dict[str, float]:
    """Return the IoU of every photo; 1 for one that shows no object and in which none was seen.

    So all methods are judged on the same photos, and a false alarm on a clean photo costs as much as a missed object.
    """
    return {name: 1.0 if value is None else value for name, value in photo_ious.items()}


def mean_iou(outcome: Outcome) -> float:
    """Return the mean IoU over all photos of a trial."""
    return float(np.mean(list(counted(outcome.photo_ious).values())))


def _interval(differences: NDArray[np.float64]) -> tuple[float, float] | None:
    """Return the 95 % percentile interval of the mean of paired differences over redrawn photos, None of too few."""
    if len(differences) < LEAST_PHOTOS:
        return None
    rng = np.random.default_rng(0)
    means = differences[rng.integers(len(differences), size=(DRAWS, len(differences)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def as_markdown(outcomes: Sequence[Outcome]) -> str:
    """Return BENCHMARKS.md: a table a set, then every trial's value."""
    rows = compared(outcomes)
    lines = [
        "# Benchmarks",
        "",
        "What follows down to *Every trial* is written by `make bench`; the sections after it by the commands they",
        "name, each with its own machine and day. Every method gets the same photos and division,",
        "the same ImageNet weights where it has an encoder, and the same wall-clock (the pixel forest, the constant",
        "class and 40 epochs take what they take), one at a time on the same machine. IoU is the mean over the",
        "held-out photos at full resolution; a photo without any object, in which none is seen, counts 1. *Ahead* is",
        "maskwright's IoU minus the method's, photo by photo, with the 95 % interval over redrawn photos of these very",
        "trainings: what another seed would give is not in it. Below four photos there is none.",
        "",
        "*[LEADERBOARD.md](LEADERBOARD.md) has the newer figures, on one core; the tables here are of two cores.*",
        "",
        *(f"- {line}" for line in dict.fromkeys(line for one in outcomes for line in one.machine)),
        *_when([one.measured for one in outcomes]),
        "",
        *_summary_lines(rows),
    ]
    for set_name in dict.fromkeys(one.trial.set_name for one in outcomes):
        here = [one for one in outcomes if one.trial.set_name == set_name]
        minutes = sorted({one.trial.minutes for one in here})
        trials = ", ".join(sorted({f"fold {one.trial.fold} seed {one.trial.seed}" for one in here}))
        lines += [f"## {set_name}", "", f"{', '.join(f'{m:g}' for m in minutes)} minutes a training; {trials}.", ""]
        lines += [
            "| method | photos | IoU per photo | dataset IoU | ahead (95 %) | training | steps | s a photo | peak MB |"
        ]
        lines += ["|---|---|---|---|---|---|---|---|---|"]
        lines += [_markdown_row(row) for row in rows if row.set_name == set_name]
        lines += ["", *_extra_lines(here)]
    lines += ["## Every trial", "", "| trial | IoU per photo | dataset IoU | training |", "|---|---|---|---|"]
    lines += [
        f"| {one.trial.key} | {mean_iou(one):.4f} | {one.dataset_iou:.4f} | {one.train_s:.0f} s |" for one in outcomes
    ]
    return "\n".join(lines) + "\n"


def _when(measured: Sequence[str]) -> list[str]:
    """Return a line that says when the first and the last trial were measured, none where that is not known."""
    known = sorted({one for one in measured if one})
    return [f"- measured {' to '.join(dict.fromkeys((known[0], known[-1])))}"] if known else []


def _summary_lines(rows: Sequence[Compared]) -> list[str]:
    """Return a table with a line a set: ours, the best other method, and how far ahead of it we are."""
    lines = [
        "| set | photos | maskwright | best other method | its IoU | ahead of it (95 %) |",
        "|---|---|---|---|---|---|",
    ]
    for ours in (row for row in rows if row.method == OURS):
        others = [row for row in rows if row.set_name == ours.set_name and row.method != OURS]
        if others:
            best = max(others, key=lambda row: row.mean_iou)
            values = f"{ours.mean_iou:.3f} | {best.method} | {best.mean_iou:.3f} | {_ahead(best)}"
            lines.append(f"| {ours.set_name} | {ours.photos} | {values} |")
    return [*lines, ""]


def _markdown_row(row: Compared) -> str:
    return (
        f"| {row.method} | {row.photos} | {row.mean_iou:.3f} | {row.dataset_iou:.3f} | {_ahead(row)} "
        f"| {row.train_s:.0f} s | {row.steps:.0f} | {row.predict_s:.2f} | {row.peak_mb:.0f} |"
    )


def _extra_lines(outcomes: Sequence[Outcome]) -> list[str]:
    """Return the scores beyond IoU, a line a method; none for most sets."""
    if not outcomes[0].extra:
        return []
    names = list(outcomes[0].extra)
    lines = [f"| method | {' | '.join(names)} |", f"|---|{'---|' * len(names)}"]
    for method in dict.fromkeys(one.trial.method for one in outcomes):
        trials = [one for one in outcomes if one.trial.method == method]
        means = [float(np.mean([one.extra[name] for one in trials])) for name in names]
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
        *("", "## Speed and memory", "", f"`make bench-speed`; {held['machine'][0]}{_day(held)}.", ""),
        f"Training steps, augmentation included: {speed['ours_mpx_s']:.2f} million pixels a second against "
        f"{speed['smp_mpx_s']:.2f} of smp's default U-Net in fp32 on the same encoder, {speed['ratio']:.2f} times as "
        f"many; {speed['whole_ratio']:.2f} times with the whole encoder trained, as there, not its last stages alone.",
        *("", "| 12-megapixel photos | peak MB | waiting for data | steps |", "|---|---|---|---|"),
        *(
            f"| {one['photos']} | {one['peak_mb']:.0f} | {one['data_wait_share']:.1%} | {one['steps']} |"
            for one in held["memory"]
        ),
    ]


def _fifth_lines(held: dict[str, Any]) -> list[str]:
    rows = [(one["fold"], Compared(**{k: v for k, v in one.items() if k != "fold"})) for one in held["compared"]]
    return [
        *("", "## The article's 40 epochs, and a fifth of their time", ""),
        *("`make bench-fifth SETS=crackforest FOLDS='0 1 2 3 4'`, one seed.", ""),
        "| set | fold | method | IoU per photo | dataset IoU | ahead (95 %) | training | steps | on | measured |",
        "|---|---|---|---|---|---|---|---|---|---|",
        *(
            f"| {row.set_name} | {fold} | {row.method} | {row.mean_iou:.3f} | {row.dataset_iou:.3f} "
            f"| {_ahead(row)} | {row.train_s:.0f} s | {row.steps:.0f} "
            f"| {row.machine.partition(',')[0]} | {row.measured} |"
            for fold, row in rows
        ),
        *_fifth_reached([row for _, row in rows]),
    ]


def _fifth_reached(rows: Sequence[Compared]) -> list[str]:
    """Return a table with a line a set: both means over all photos, and whether ours is as good."""
    lines = ["", "| set | folds | maskwright | 40 epochs | reached |", "|---|---|---|---|---|"]
    for name in dict.fromkeys(row.set_name for row in rows):
        ours = [row for row in rows if row.set_name == name and row.method == OURS]
        theirs = [row for row in rows if row.set_name == name and row.method != OURS]
        mean, other = (
            sum(r.mean_iou * r.photos for r in side) / sum(r.photos for r in side) for side in (ours, theirs)
        )
        lines.append(f"| {name} | {len(ours)} | {mean:.3f} | {other:.3f} | {'yes' if mean >= other else 'no'} |")
    return lines


def _day(held: Mapping[str, Any]) -> str:
    return f"; {held['measured']}" if held.get("measured") else ""


def _ahead(row: Compared) -> str:
    if row.method == OURS or row.ahead is None:
        return ""
    return f"{row.ahead:+.3f}" + ("" if row.low is None else f" ({row.low:+.3f} to {row.high:+.3f})")


def _camvid_lines(held: dict[str, Any]) -> list[str]:
    return [
        *("", "## CamVid, the test photos", "", "`make bench-camvid`", ""),
        f"mIoU {held['miou']:.3f} over 11 classes on {held['test_photos']} photos at 480x360, after "
        f"{held['minutes']:.1f} minutes and {held['steps']} steps on {held['train_photos']} photos; "
        f"{held['machine'][0]}{_day(held)}.",
    ]
