"""What a job was asked for, kept in its run folder, so that `--resume` goes on with the same wishes."""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from maskwright.errors import RunError
from maskwright.files import write_json, write_text
from maskwright.planning.settings import Settings

ASKED, GIVEN_PLAN = "asked.json", "given_plan.toml"


@dataclass(frozen=True)
class Asked:
    """Minutes a training (None: the usual ones), the `--set` of the plan, and whether a plan.toml was given."""

    minutes: float | None
    plan: tuple[str, ...]
    plan_given: bool


def keep_asked(folder: Path, settings: Settings, minutes: float | None) -> Asked:
    """Write down what a job begins with, beside it a copy of the plan.toml that was given; return it."""
    asked = Asked(minutes, settings.plan, settings.plan_file is not None)
    if settings.plan_file is not None:
        write_text(folder / GIVEN_PLAN, settings.plan_file.read_text(encoding="utf-8"))
    write_json(folder / ASKED, asdict(asked))
    return asked


def asked_before(folder: Path) -> Asked | None:
    """Return what the job in the folder began with, None where it has nothing to show for it yet."""
    path = folder / ASKED
    if not path.exists() or not any((folder / name).exists() for name in ("checkpoint.pt", "run.json", "folds")):
        return None
    try:
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return Asked(values["minutes"], tuple(values["plan"]), values["plan_given"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(f"{path} is damaged ({error}): choose another --out") from error


def as_asked(folder: Path, asked: Asked, settings: Settings) -> Settings:
    """Return the settings with the plan's part as it was asked for, a given plan.toml from its copy."""
    return replace(settings, plan=asked.plan, plan_file=folder / GIVEN_PLAN if asked.plan_given else None)


def is_other(folder: Path, asked: Asked, settings: Settings, minutes: float | None) -> bool:
    """Tell whether a command says something of the plan that is not what was asked for before."""
    given = settings.plan_file
    other_file = given is not None and (not asked.plan_given or _text(given) != _text(folder / GIVEN_PLAN))
    other_plan = bool(settings.plan) and settings.plan != asked.plan
    return minutes not in (None, asked.minutes) or other_plan or other_file


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""
