"""Settings of `--set data.*` and `--set split.*`: how to read the data and how to divide it."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from annotated_types import Ge, Gt, Le, Lt
from pydantic import TypeAdapter, ValidationError

from maskwright.errors import ConfigError
from maskwright.planning.overrides import split_assignments

T = TypeVar("T")


@dataclass(frozen=True)
class DataSettings:
    """`ignore`: mask value that does not count; `attribute`: which VIA region attribute names the class.

    `only`: the class that is the one object. Of the training part: `photos` are taken, and of their masks the
    share `keep_pixels` of the pixels; photos held out are judged whole.
    """

    ignore: Annotated[int, Ge(0), Le(65535)] | None = None
    attribute: str | None = None
    only: str | None = None
    photos: Annotated[int, Ge(1)] | None = None
    keep_pixels: Annotated[float, Gt(0.0), Le(1.0)] = 1.0


@dataclass(frozen=True)
class SplitSettings:
    """`test`: share held out; `folds`: contiguous blocks, or photos dealt in name order; `groups`: csv photo,group."""

    test: Annotated[float, Gt(0.0), Lt(1.0)] | None = None
    folds: Literal["blocks", "dealt"] = "blocks"
    groups: Path | None = None


@dataclass(frozen=True)
class DiagnoseSettings:
    """`photos`: a folder of photos for the pictures; `score`: what the user's own code prints, called `score_name`."""

    photos: Path | None = None
    score: str | None = None
    score_name: str = ""


@dataclass(frozen=True)
class Settings:
    """Everything that `--set` can say; `plan` are the assignments that concern the plan, as they were given.

    `plan_file`: the plan.toml of `--set plan=FILE`, which they change. `check`: whether `train` looks at photos and
    masks first.
    """

    data: DataSettings
    split: SplitSettings
    plan: tuple[str, ...]
    plan_file: Path | None = None
    diagnose: DiagnoseSettings = DiagnoseSettings()
    check: bool = True


def read_settings(assignments: Sequence[str]) -> Settings:
    """Return the settings in `section.key=value` assignments; ConfigError names key and allowed values."""
    trees: dict[str, dict[str, Any]] = {"data": {}, "split": {}, "diagnose": {}}
    plan = []
    plan_file = None
    look = True
    for assignment in assignments:
        if assignment.partition("=")[0].strip() == "check":
            look = _yes_or_no(assignment)
            continue
        if assignment.partition("=")[0].strip() == "plan" and "=" in assignment:
            plan_file = Path(assignment.partition("=")[2].strip()).expanduser()
            continue
        key, value = split_assignments([assignment])[0]
        section, _, name = key.partition(".")
        if section in trees:
            # "0.490" says how exact it is, the number 0.49 does not.
            trees[section][name] = assignment.partition("=")[2].strip() if key == "diagnose.score" else value
        else:
            plan.append(assignment)
    checked = (_checked(DataSettings, "data", trees), _checked(SplitSettings, "split", trees))
    return Settings(*checked, tuple(plan), plan_file, _checked(DiagnoseSettings, "diagnose", trees), look)


def require_no_training(settings: Settings, verb: str) -> None:
    """Raise ConfigError if there are settings that only a training uses."""
    if settings.split != SplitSettings() or settings.plan_file is not None or not settings.check:
        raise ConfigError(
            f"--set split.*, plan= and check= are for `maskwright train`: {verb} divides and trains nothing"
        )


def _yes_or_no(assignment: str) -> bool:
    match assignment.partition("=")[2].strip().lower():
        case "true" | "yes" | "on":
            return True
        case "false" | "no" | "off":
            return False
        case other:
            raise ConfigError(f"--set check: {other!r} is neither true nor false")


def _checked(kind: type[T], section: str, trees: dict[str, dict[str, Any]]) -> T:
    names = [f.name for f in fields(kind)]  # type: ignore[arg-type]
    for key in trees[section]:
        if key not in names:
            raise ConfigError(f"--set {section}.{key}: unknown key; {section} has {', '.join(names)}")
    try:
        return TypeAdapter(kind).validate_python(trees[section])
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join([section, *(str(part) for part in first["loc"][:1])])
        raise ConfigError(f"--set {key}: {first['msg']}, not {first['input']!r}") from error
