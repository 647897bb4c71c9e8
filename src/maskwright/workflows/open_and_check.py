"""A first look at a dataset as a command names it: opened by its settings, planned by rules alone, and checked."""

from pathlib import Path

from maskwright.checks.check import check, file_findings
from maskwright.datasets.dataset import Dataset, usable
from maskwright.datasets.fingerprint import measure
from maskwright.datasets.opening import open_dataset
from maskwright.errors import DataError
from maskwright.findings.finding import Finding
from maskwright.planning.machine import this_machine
from maskwright.planning.overrides import request_of
from maskwright.planning.plan import Plan
from maskwright.planning.plan_file import with_overrides
from maskwright.planning.rules import make_plan
from maskwright.planning.settings import Settings


def open_data(path: Path, settings: Settings, *, only: str | None) -> Dataset:
    """Open a dataset as the settings of `--set data.*` say."""
    wanted = only or settings.data.only
    return open_dataset(path, only=wanted, attribute=settings.data.attribute, ignore=settings.data.ignore)


def checked(dataset: Dataset, settings: Settings) -> list[Finding]:
    """Return the findings of `check` at the working scale that the dataset's plan will have."""
    try:
        rough = rough_plan(usable(dataset, file_findings(dataset)), settings)
    except DataError:
        return check(dataset)
    return check(dataset, working_long_side_px=rough.scale.long_side_px)


def rough_plan(dataset: Dataset, settings: Settings) -> Plan:
    """Return the plan by rules and --set alone, before the dataset is divided."""
    request = request_of(settings.plan, minutes=None)
    return with_overrides(make_plan(measure(dataset), this_machine(), request), settings.plan)
