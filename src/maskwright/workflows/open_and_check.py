"""A first look at a dataset as a command names it: opened by its settings, planned by rules alone, and checked."""

import re
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from maskwright.checks.check import check_and_compare, file_findings
from maskwright.datasets.dataset import Dataset, usable
from maskwright.datasets.fingerprint import MOST_PHOTOS, measure
from maskwright.datasets.opening import open_dataset
from maskwright.datasets.reader_types import ReadOptions
from maskwright.datasets.truth.painted_masks import PaintedMasks
from maskwright.errors import ConfigError, DataError
from maskwright.findings.finding import Finding
from maskwright.imaging.photos import Bands
from maskwright.planning.machine import this_machine
from maskwright.planning.make_plan import make_plan
from maskwright.planning.overrides import request_of
from maskwright.planning.plan import Plan
from maskwright.planning.plan_file import with_overrides
from maskwright.planning.settings import DataSettings, Settings
from maskwright.workflows.progress.screen import Screen, silent_screen


def open_data(path: Path, settings: Settings, *, only: str | None, screen: Screen | None = None) -> Dataset:
    """Open a dataset as the settings of `--set data.*` say."""
    options = replace(read_options(settings.data), count=(screen or silent_screen()).count)
    return open_dataset(path, only=only or settings.data.only, options=options)


def read_options(data: DataSettings) -> ReadOptions:
    """Return the settings as choices of a reader; ConfigError for bands that cannot be."""
    return ReadOptions(
        attribute=data.attribute,
        ignore=data.ignore,
        invert=data.invert,
        objects=data.objects,
        bands=_bands(data.bands),
        pairing=_pairing(data.pairing),
        masks=data.masks,
        photo_folder=data.photo_folder,
        line_width=data.line_width,
    )


def _bands(text: str | None) -> Bands | None:
    """Return the bands of `data.bands`, which people count from 1, counted from 0."""
    if text is None:
        return None
    numbers = [int(part) for part in text.split(",") if part.strip().isdecimal()]
    if len(numbers) != 3 or text.count(",") != 2 or min(numbers) < 1:
        raise ConfigError(f"--set data.bands={text}: give three bands, counted from 1, as in data.bands=4,3,2")
    return numbers[0] - 1, numbers[1] - 1, numbers[2] - 1


def _pairing(text: str | None) -> str | None:
    if text is not None and not re.fullmatch(r"order|number([+-]\d{1,6})?", text):
        raise ConfigError(f"--set data.pairing={text}: allowed are number, number+1 (or another shift) and order")
    return text


def checked(dataset: Dataset, settings: Settings, *, screen: Screen | None = None) -> list[Finding]:
    """Return the findings of `check` at the working scale that the dataset's plan will have."""
    return checked_and_compared(dataset, settings, screen=screen)[0]


def checked_and_compared(
    dataset: Dataset, settings: Settings, *, screen: Screen | None = None
) -> tuple[list[Finding], Dataset]:
    """Return the findings of `checked`, and the dataset with what a division of its photos need not find out again."""
    shown, long_side_px, painted = screen or silent_screen(), None, dataset.painted
    dataset = dataset if painted else replace(dataset, painted=PaintedMasks())
    from_files = file_findings(dataset)
    with suppress(DataError):  # no photo can be used: the findings say why
        usable_photos = usable(dataset, from_files)
        long_side_px = rough_plan(usable_photos, settings, screen=shown).scale.long_side_px
    findings, compared = check_and_compare(
        dataset, working_long_side_px=long_side_px, count=shown.count, from_files=from_files
    )
    return findings, replace(compared, painted=painted)


def rough_plan(dataset: Dataset, settings: Settings, *, screen: Screen | None = None) -> Plan:
    """Return the plan by rules and --set alone, before the dataset is divided."""
    request = request_of(settings.plan, minutes=None)
    step = screen.count("measuring", min(len(dataset), MOST_PHOTOS)) if screen else None
    return with_overrides(make_plan(measure(dataset, on_photo=step), this_machine(), request), settings.plan)
