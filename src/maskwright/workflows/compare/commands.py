"""The commands that compare the same arms again: with more time, or with more seeds."""

import math
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from maskwright.planning.settings import without_length
from maskwright.runs.enough_steps import ENOUGH_STEPS
from maskwright.runs.naming import another_folder
from maskwright.workflows.compare.arm_rows import ArmRow

LEAST_MINUTES = 10


@dataclass(frozen=True)
class ArmsRequest:
    """What was typed for a comparison: its data, the words that name its arms, and the other flags; None where absent.

    `arms` holds `--recipe NAME`, or `--arm WORDS` for each arm.
    """

    data: Path
    out: Path
    arms: tuple[str, ...]
    sets: tuple[str, ...] = ()
    minutes: float | None = None
    seeds: int | None = None
    folds: int | None = None
    engine: str | None = None


def longer_command(request: ArmsRequest, rows: Sequence[ArmRow]) -> str:
    """Return the command that gives each training enough minutes, into another folder; "" where no arm has trained."""
    trained = [row for row in rows if row.steps and not math.isnan(row.minutes)]
    if not trained or not request.arms:
        return ""
    slow = min(trained, key=lambda row: row.steps)
    wanted = max(LEAST_MINUTES, 2 * slow.minutes, slow.minutes * ENOUGH_STEPS / slow.steps)
    sets = without_length(request.sets)
    minutes = f"{5 * math.ceil(wanted / 5 - 1e-9)}"
    return _command(request, sets, minutes=minutes, seeds=request.seeds, out=another_folder(request.out))


def seeds_command(request: ArmsRequest, count: int) -> str:
    """Return the command that goes on with so many seeds in the same folder; "" where the arms are not known."""
    if not request.arms:
        return ""
    minutes = "" if request.minutes is None else f"{request.minutes:g}"
    return _command(request, request.sets, minutes=minutes, seeds=count, out=request.out) + " --resume"


def _command(request: ArmsRequest, sets: tuple[str, ...], *, minutes: str, seeds: int | None, out: Path) -> str:
    flags = {"--minutes": minutes, "--seeds": seeds, "--folds": request.folds, "--on": request.engine, "--out": out}
    given = [word for flag, value in flags.items() if value not in (None, "") for word in (flag, str(value))]
    settings = [word for setting in sets for word in ("--set", setting)]
    return shlex.join(["maskwright", "compare", str(request.data), *request.arms, *settings, *given])
