"""docs/reference/cli.md, made from the parser itself: `python -m docs_tools.cli_page`."""

import argparse
import os
from pathlib import Path

from maskwright.cli.parser import parser
from maskwright.files import write_text

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "cli.md"
WIDTH = "100"
INTRODUCTION = """Each verb prints this text with `--help`. Exit codes:

* 0: good; for `train`, the model is there.
* 1: findings of severity error, a failed arm of `compare`, or photos that `predict` could not read.
* 2: a mistake in the command, explained in one line.
* 3: an unexpected error; the line names its report file.
* 130, 143: stopped by Ctrl-C, by SIGTERM."""


def page() -> str:
    """Return the page as markdown: the help of every verb."""
    os.environ["COLUMNS"] = WIDTH
    whole = parser()
    lines = ["# Command line", "", "<!-- made by `make docs`; do not edit -->", ""]
    lines += [INTRODUCTION, ""]
    for name, verb in _verbs(whole).items():
        lines += [f"## {name}", "", "```text", verb.format_help().rstrip(), "```", ""]
    return "\n".join(lines)


def _verbs(whole: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    choices = (action.choices for action in whole._actions if isinstance(action, argparse._SubParsersAction))
    return {name: verb for group in choices for name, verb in group.items()}


if __name__ == "__main__":
    write_text(PAGE, page())
