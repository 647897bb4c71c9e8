"""What several verbs take: DATA, --set, --only, --net, and the numbers on the command line."""

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from maskwright.cli.paths import path
from maskwright.wording import capitalised

if TYPE_CHECKING:
    Verbs = argparse._SubParsersAction[argparse.ArgumentParser]

Number = TypeVar("Number", int, float)
Run = Callable[[argparse.Namespace], int]

FORMATS = (
    "via",
    "via3",
    "coco",
    "yolo",
    "labelme",
    "cvat",
    "label-studio",
    "supervisely",
    "geojson",
    "cityscapes",
    "rle-csv",
    "voc",
    "masks",
)
"""The formats that are written, as datasets.converting lists them, which is not imported for --help."""

DATA_HELP = "a folder of photos with annotations or masks, an annotation file, or a zip that a tool exported"
RUNS_HELP = "a run folder; several as RUN1,RUN2 or RUN/folds are averaged"
SET_HELP = (
    "any other setting, as in --set optim.lr_decoder=1e-3, --set loss=dice, --set optim=sgd, --set augment=none, "
    "--set plan=plan.toml (an edited plan), --set data.ignore=11 or --set split.folds=interleaved"
)


def add_verb(verbs: "Verbs", name: str, text: str, *, run: Run, example: str) -> argparse.ArgumentParser:
    """Add a verb that `run` carries out; return its parser, which takes the verb's own arguments."""
    parser = verbs.add_parser(
        name,
        help=text,
        description=capitalised(text) + ".",
        epilog=f"example: {example}",
    )
    parser.set_defaults(verb=name, run_verb=run)
    parser.add_argument("-q", "--quiet", action="store_true", help="print results only: no progress, no notes")
    parser.add_argument("-v", "--verbose", action="store_true", help="print the traceback of an unexpected error")
    return parser


def add_data(parser: argparse.ArgumentParser) -> None:
    """Add DATA, the photos with their annotations."""
    parser.add_argument("data", metavar="DATA", type=path, help=DATA_HELP)


def add_runs(parser: argparse.ArgumentParser) -> None:
    """Add RUN, one run folder or several."""
    parser.add_argument("run", metavar="RUN", type=path, help=RUNS_HELP)


def add_net(parser: argparse.ArgumentParser) -> None:
    """Add --net."""
    parser.add_argument("--net", metavar="NAME", help="the network to train (default unet), as --set net=NAME")


def add_only(parser: argparse.ArgumentParser) -> None:
    """Add --only."""
    parser.add_argument("--only", metavar="CLASS", help="take this class as the one object, all others as background")


def add_object(parser: argparse.ArgumentParser) -> None:
    """Add --object."""
    text = "the class that verdict and report are about (default: all object classes together)"
    parser.add_argument("--object", metavar="CLASS", default="", help=text)


def add_engine(parser: argparse.ArgumentParser) -> None:
    """Add --on, the engine that shares the work out."""
    text = "let Ray share the work: ray on this machine, ray://auto on a node of a cluster, ray://HOST:6379"
    parser.add_argument("--on", metavar="ENGINE", type=engine, help=text)


def engine(text: str) -> str:
    """Return an engine as it was typed; one that there is not is refused."""
    if text != "ray" and not (text.startswith("ray://") and len(text) > len("ray://")):
        raise argparse.ArgumentTypeError(f"{text!r} is no engine: give ray, ray://auto or ray://HOST:6379")
    return text


def add_set(parser: argparse.ArgumentParser, text: str = SET_HELP) -> None:
    """Add --set, which can be given several times."""
    parser.add_argument("--set", metavar="KEY=VALUE", dest="sets", action="append", default=[], help=text)


def with_net(options: argparse.Namespace) -> list[str]:
    """Return the `--set` assignments; `--net NAME` comes first."""
    return [*([f"net={options.net}"] if options.net else []), *options.sets]


def minutes(text: str) -> float:
    """Return a time in minutes, above 0 and below a month."""
    value = _number(float, text)
    if value is None or not 0 < value < 60 * 24 * 30:
        raise argparse.ArgumentTypeError(f"{text!r} is no time: give minutes above 0, such as 10")
    return value


def positive(text: str) -> float:
    """Return a number above 0."""
    value = _number(float, text)
    if value is None or not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0: give one such as 12.5")
    return value


def score(text: str) -> float:
    """Return a score between 0 and 1."""
    value = _number(float, text)
    if value is None or not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no score: give a number between 0 and 1, such as 0.9")
    return value


def count(text: str) -> int:
    """Return a whole number from 1 to 100,000."""
    value = _number(int, text)
    if value is None or not 0 < value <= 100_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a count: give a whole number from 1 to 100,000")
    return value


def folds(text: str) -> int:
    """Return a number of folds, at least 2."""
    value = _number(int, text)
    if value is None or value < 2:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of folds: give at least 2, such as 5")
    return value


def devices(text: str) -> int:
    """Return a number of devices, at least 1."""
    value = _number(int, text)
    if value is None or value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of devices: give at least 1, such as 2")
    return value


def seed(text: str) -> int:
    """Return a seed, from 0 to 2^32 - 1."""
    value = _number(int, text)
    if value is None or not 0 <= value < 2**32:
        raise argparse.ArgumentTypeError(f"{text!r} is no seed: give a whole number from 0 to {2**32 - 1}")
    return value


def _number(kind: Callable[[str], Number], text: str) -> Number | None:
    try:
        return kind(text)
    except ValueError:
        return None
