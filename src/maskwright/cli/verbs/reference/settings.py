"""settings: list what `--set` can change."""

import argparse
from typing import TYPE_CHECKING

from maskwright.cli.arguments import add_verb
from maskwright.cli.paths import path, require_exists

if TYPE_CHECKING:
    from maskwright.cli.arguments import Verbs
    from maskwright.planning.plan import Plan

NAME = "settings"
EXAMPLE = "maskwright settings optim"


def add(verbs: "Verbs") -> None:
    """Add the verb with its arguments."""
    text = "list every --set key with its type, range and meaning"
    parser = add_verb(verbs, NAME, text, run=run, example=EXAMPLE)
    parser.add_argument("words", metavar="WORD", nargs="*", help="only keys that contain this word, such as optim")
    parser.add_argument("--data", metavar="DATA", type=path, help="show the value and its reason for these photos")


def run(options: argparse.Namespace) -> int:
    """Print one block for each key."""
    from maskwright.errors import ConfigError
    from maskwright.planning.setting_list import setting_list

    if options.data:
        require_exists(options.data)
    shown = [row for row in setting_list() if all(word in row.key for word in options.words)]
    if not shown:
        raise ConfigError(f"no key contains {' and '.join(options.words)}: `maskwright settings` lists all")
    plan = _plan(options) if options.data else None
    for setting in shown:
        print(f"{setting.key:26} {setting.kind}{f'; default {setting.default}' if setting.default else ''}")
        print(f"    {setting.meaning}")
        if plan is not None and setting.key in plan.why:
            section, _, name = setting.key.partition(".")
            print(f"    here: {getattr(getattr(plan, section), name)} - {plan.why[setting.key]}")
    return 0


def _plan(options: argparse.Namespace) -> "Plan":
    from maskwright.planning.settings import Settings
    from maskwright.workflows.open_and_check import open_data, rough_plan

    return rough_plan(open_data(options.data, Settings(), only=None), Settings())
