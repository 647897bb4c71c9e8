"""Everything that `--set` can say: how to read and divide the data, what to diagnose, and changes of the plan."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt, Le, Lt

from maskwright.errors import ConfigError
from maskwright.files import from_home
from maskwright.planning.overrides import Override, parse_override, parse_overrides
from maskwright.planning.plan import PLAN_SECTIONS


@dataclass(frozen=True)
class DataSettings:
    """How to read the data, and how much of the training photos to use.

    `ignore`: a stored mask value that does not count.
    `attribute`: the VIA region attribute that names the class.
    `invert`: the masks show the ground, and what they leave out is the object.
    `objects`: "one": every mask value but the background is one class; "ids": each value is a class.
    `masks`: what several masks of one photo are: "union", "classes", or the folders or endings that count.
    `photo_folder`: the folder or ending of the photos, where each has several pictures.
    `line_width`: how wide in pixels the open lines of LabelMe and CVAT are drawn.
    `bands`: the three bands, counted from 1, that make a photo, as in 4,3,2.
    `pairing`: "number": masks are paired with photos by their numbers alone; "number+1": by the photo's number and
    one; "order": as they follow one another.
    `only`: the class that is the one object.
    `photos`: how many of the training photos are used.
    `keep_pixels`: the share of the pixels of their masks that is used; held-out photos are evaluated whole.
    """

    ignore: Annotated[int, Ge(0), Le(65535)] | None = None
    attribute: str | None = None
    invert: bool = False
    objects: Literal["one", "ids"] | None = None
    masks: str | None = None
    photo_folder: str | None = None
    line_width: Annotated[float, Gt(0.0), Le(1000.0)] | None = None
    bands: str | None = None
    pairing: str | None = None
    only: str | None = None
    photos: Annotated[int, Ge(1)] | None = None
    keep_pixels: Annotated[float, Gt(0.0), Le(1.0)] = 1.0


@dataclass(frozen=True)
class SplitSettings:
    """How to divide the photos.

    `test`: the share of the photos that is held out; 0 trains on all of them.
    `folds`: "blocks" of neighbouring photos, or "interleaved": photos by name, one to each fold in turn.
    `groups`: a csv file (photo,group); photos of one group stay together.
    """

    test: Annotated[float, Ge(0.0), Lt(1.0)] | None = None
    folds: Literal["blocks", "interleaved"] = "blocks"
    groups: Path | None = None


@dataclass(frozen=True)
class DiagnoseSettings:
    """What `diagnose` is given beside masks and predictions.

    `photos`: a folder of photos for the pictures.
    `score`: the score that your own code printed, with all its digits.
    `score_name`: what your code calls it, such as iou.
    """

    photos: Path | None = None
    score: str | None = None
    score_name: str = ""


@dataclass(frozen=True)
class GeneralSettings:
    """Keys without a section.

    `check`: whether `train` checks photos and masks first.
    `plan`: an edited plan.toml, which the other keys change.
    """

    check: bool = True
    plan: Path | None = None


@dataclass(frozen=True)
class Settings:
    """All `--set` of a command.

    `plan`: those that change the plan, above `plan_file`, an edited plan.toml. `check`: as in GeneralSettings.
    """

    data: DataSettings = DataSettings()
    split: SplitSettings = SplitSettings()
    diagnose: DiagnoseSettings = DiagnoseSettings()
    check: bool = True
    plan_file: Path | None = None
    plan: tuple[Override, ...] = ()


OWN_SECTIONS: Mapping[str, type] = {
    "": GeneralSettings,
    "data": DataSettings,
    "split": SplitSettings,
    "diagnose": DiagnoseSettings,
}
"""Sections that are not part of the plan."""

SECTIONS: Mapping[str, type] = {**OWN_SECTIONS, **PLAN_SECTIONS}
LENGTH = frozenset({"optim.steps", "optim.minutes"})
"""The dataclass that describes each section of `--set`."""


def read_settings(texts: Sequence[str]) -> Settings:
    """Return the settings in `section.key=value` texts; ConfigError names the key and what is allowed."""
    overrides = parse_overrides(texts, SECTIONS)
    trees: dict[str, dict[str, Any]] = {section: {} for section in OWN_SECTIONS}
    plan = []
    for override in overrides:
        for key, value in override.values.items():
            section, _, name = key.rpartition(".")
            if section in trees:
                trees[section][name] = value
        if any(key.partition(".")[0] in PLAN_SECTIONS for key in override.values):
            plan.append(override)
    general = GeneralSettings(**trees[""])
    return Settings(
        DataSettings(**trees["data"]),
        SplitSettings(**trees["split"]),
        DiagnoseSettings(**trees["diagnose"]),
        general.check,
        from_home(general.plan) if general.plan else None,
        tuple(plan),
    )


def plan_overrides(texts: Sequence[str]) -> tuple[Override, ...]:
    """Return `--set` of the plan, parsed; ConfigError names the key and what is allowed."""
    return parse_overrides(texts, PLAN_SECTIONS)


def without_length(texts: Sequence[str]) -> tuple[str, ...]:
    """Return settings as typed without those that say how long a training takes, for a command with --minutes."""
    return tuple(text for text in texts if not LENGTH & set(parse_override(text, SECTIONS).values))


def require_data_alone(settings: Settings, verb: str) -> None:
    """Raise ConfigError if there are settings of a plan or of a training: a trained model keeps its own."""
    if settings.plan:
        raise ConfigError(f"--set {settings.plan[0].text}: a trained model keeps its plan; {verb} takes --set data.*")
    require_no_training(settings, verb)


def require_no_training(settings: Settings, verb: str) -> None:
    """Raise ConfigError if there are settings that only a training uses."""
    if settings.split != SplitSettings() or settings.plan_file is not None or not settings.check:
        raise ConfigError(
            f"--set split.*, plan= and check= are for `maskwright train`: {verb} divides and trains nothing"
        )
