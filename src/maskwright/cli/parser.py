"""The parser of the whole command line, put together from one module for each verb."""

import argparse
from typing import NoReturn

from maskwright._version import __version__
from maskwright.cli.hints import plainly, verbs_of
from maskwright.cli.verbs.analysis import compare, diagnose, learning_curve
from maskwright.cli.verbs.data import check, convert, cut, demo, draw, plan
from maskwright.cli.verbs.model import evaluate, export, live, report, serve, train, verify
from maskwright.cli.verbs.model.predict import verb as predict
from maskwright.cli.verbs.reference import completion, help, nets, settings

JOURNEY = (
    ("Try it without photos of your own", (demo, draw)),
    ("Your photos and masks", (check, convert, cut, plan)),
    ("A model", (train, evaluate, predict, serve, live, report)),
    ("The model elsewhere", (export, verify)),
    ("Why does it not work, and what works better?", (diagnose, compare, learning_curve)),
    ("What can be set", (settings, nets, help, completion)),
)
"""The verbs in the order in which people need them."""


class _Parser(argparse.ArgumentParser):
    """An ArgumentParser that reports a mistake in one line, as all other mistakes are reported."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"maskwright: {plainly(message, self.epilog or '')}; see {self.prog} --help\n")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line.

    The parsed options hold the verb's name in `verb` and the function that carries it out in `run_verb`.
    """
    whole = _Parser(
        prog="maskwright", description="A segmentation model from a few dozen labelled photos, or the reason why not."
    )
    whole.add_argument("-V", "--version", action="version", version=f"maskwright {__version__}")
    verbs = whole.add_subparsers(title="verbs", required=True, metavar="VERB")
    for _, modules in JOURNEY:
        for module in modules:
            module.add(verbs)
    return whole


def overview(whole: argparse.ArgumentParser) -> str:
    """Return what `maskwright` alone prints: the verbs by journey, with an example of each."""
    verbs = verbs_of(whole)
    lines = [whole.description or "", ""]
    for heading, modules in JOURNEY:
        lines.append(heading)
        for module in modules:
            verb = verbs[module.NAME]
            lines += [f"  {module.NAME:14} {verb.description}", f"  {'':14} {module.EXAMPLE}"]
        lines.append("")
    return "\n".join([*lines, "`maskwright VERB --help` explains a verb and its flags."])
