"""The parser of the whole command line, put together from one module for each verb."""

import argparse
from typing import NoReturn

from maskwright._version import __version__
from maskwright.cli import check, compare, convert, demo, diagnose, draw, evaluate, nets, plan, predict, report, train

VERBS = (check, convert, plan, train, compare, evaluate, predict, diagnose, nets, report, draw, demo)


class _Parser(argparse.ArgumentParser):
    """An ArgumentParser that reports a mistake in one line, as all other mistakes are reported."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"maskwright: {message}; see {self.prog} --help\n")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line.

    The parsed options hold the verb's name in `verb` and the function that carries it out in `run_verb`.
    """
    whole = _Parser(
        prog="maskwright", description="A segmentation model from a few dozen labelled photos, or the reason why not."
    )
    whole.add_argument("--version", action="version", version=f"maskwright {__version__}")
    verbs = whole.add_subparsers(title="verbs", required=True, metavar="VERB")
    for verb in VERBS:
        verb.add(verbs)
    return whole
