"""The arguments of the command line, and what each may be; a mistake is told in one line."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, TypeVar

from maskwright._version import __version__

Number = TypeVar("Number", int, float)

DATA_HELP = "a folder of photos with annotations or masks, or an annotation file"
RUNS_HELP = "a run folder; several as RUN1,RUN2 or RUN/folds are averaged"
SET_HELP = (
    "any other setting, as in --set optim.lr_decoder=1e-3, --set loss=dice, --set optim=sgd, --set augment=none, "
    "--set plan=plan.toml (an edited plan), --set data.ignore=11 or --set split.folds=dealt"
)

ARM_HELP = "an arm by hand, as in --arm 'plain: loss=ce' --arm 'dice: loss=dice'; the first is the base"


DIAGNOSE_SET_HELP = (
    "data.ignore=11 (as the run had it), diagnose.photos=DIR, diagnose.score_name=iou, "
    "metric=0.710 (your own number, as printed)"
)


class _Parser(argparse.ArgumentParser):
    """An ArgumentParser that tells a mistake in one line, as every other mistake is told."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"maskwright: {message}; see {self.prog} --help\n")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line; the chosen verb's name is in `verb`."""
    whole = _Parser(
        prog="maskwright", description="A segmentation model from a few dozen labelled photos, or the reason why not."
    )
    whole.add_argument("--version", action="version", version=f"maskwright {__version__}")
    verbs = whole.add_subparsers(title="verbs", required=True, metavar="VERB")

    check = _verb(verbs, "check", "say what is wrong with photos and annotations")
    check.add_argument("data", metavar="DATA", type=Path, help=DATA_HELP)
    check.add_argument("--json", metavar="F", type=Path, help="write the findings as a ranked list")
    check.add_argument("--overfit", action="store_true", help="try to learn one photo by heart, in under a minute")
    check.add_argument("--sheet", metavar="F", type=Path, help="write a contact sheet (PNG) of all photos and masks")
    _add_only_and_set(check)

    plan = _verb(verbs, "plan", "print how training would be done, and why")
    plan.add_argument("data", metavar="DATA", type=Path, help=DATA_HELP)
    plan.add_argument("--out", metavar="F", type=Path, help="write it as a plan.toml to edit")
    plan.add_argument("--minutes", metavar="M", type=_minutes, default=None, help="wall-clock of one training")
    _add_net(plan)
    _add_only_and_set(plan)

    train = _verb(verbs, "train", "train a model, judge it, and write the report")
    train.add_argument("data", metavar="DATA", type=Path, help=DATA_HELP)
    train.add_argument("--out", metavar="RUN", type=Path, required=True, help="the run folder to make")
    train.add_argument("--minutes", metavar="M", type=_minutes, help="wall-clock of one training (default 10)")
    train.add_argument("--seed", metavar="S", type=_seed, default=0, help="same seed, same model (default 0)")
    train.add_argument("--folds", metavar="K", type=_folds, default=0, help="cross-validate: K further trainings")
    train.add_argument("--resume", action="store_true", help="go on with an interrupted run")
    _add_net(train)
    _add_only_and_set(train)

    compare = _verb(verbs, "compare", "train several ways on the same photos and seeds, and say which is better")
    compare.add_argument("data", metavar="DATA", type=Path, help=DATA_HELP)
    compare.add_argument("--recipe", metavar="NAME", help="a toml file, or one that comes along: documents/coils ...")
    compare.add_argument("--arm", metavar="NAME:SET;SET", dest="arms", action="append", default=[], help=ARM_HELP)
    compare.add_argument("--out", metavar="DIR", type=Path, required=True, help="the folder to make")
    compare.add_argument("--minutes", metavar="M", type=_minutes, help="wall-clock of each single training")
    compare.add_argument("--seeds", metavar="K", type=_count, help="trainings of each arm, by seeds 0, 1, ...")
    compare.add_argument(
        "--folds", metavar="K", type=_folds, help="judge every photo: K trainings of each arm and seed"
    )
    compare.add_argument("--resume", action="store_true", help="go on; cells that are finished are not trained again")
    compare.add_argument("--set", metavar="KEY=VALUE", dest="sets", action="append", default=[], help=SET_HELP)

    evaluate = _verb(verbs, "evaluate", "judge a trained model on annotated photos")
    evaluate.add_argument("run", metavar="RUN", type=Path, help=RUNS_HELP)
    evaluate.add_argument("data", metavar="DATA", type=Path, help=DATA_HELP)
    evaluate.add_argument("--json", metavar="F", type=Path, help="write the scores, a row a photo")
    _add_only_and_set(evaluate)

    predict = _verb(verbs, "predict", "write masks, overlays and polygons for new photos")
    predict.add_argument("run", metavar="RUN", type=Path, help=RUNS_HELP)
    predict.add_argument("photos", metavar="PHOTOS", nargs="+", help="photo files, folders, or patterns in quotes")
    predict.add_argument("--out", metavar="DIR", type=Path, required=True, help="the folder to write into")

    diagnose = _verb(verbs, "diagnose", "say why a model does not work, ours or anybody's")
    diagnose.add_argument("run", metavar="RUN", type=Path, nargs="?", help="a run folder of ours")
    diagnose.add_argument("--truth", metavar="DIR", type=Path, help="masks, or photos with annotations")
    diagnose.add_argument(
        "--pred", metavar="DIR", type=Path, help="predictions: masks or probabilities (PNG, npy, npz)"
    )
    diagnose.add_argument("--train-truth", metavar="DIR", type=Path, help="masks of photos that were learnt from")
    diagnose.add_argument("--train-pred", metavar="DIR", type=Path, help="predictions of photos that were learnt from")
    diagnose.add_argument("--history", metavar="F", type=Path, help="what the training logged: json, csv, events")
    diagnose.add_argument("--json", metavar="F", type=Path, help="write the findings as a ranked list")
    diagnose.add_argument("--out", metavar="F", type=Path, help="write a page with pictures (html)")
    diagnose.add_argument(
        "--set", metavar="KEY=VALUE", dest="sets", action="append", default=[], help=DIAGNOSE_SET_HELP
    )

    nets = _verb(verbs, "nets", "list the networks: parameters, multiply-adds, milliseconds here")
    nets.add_argument("names", metavar="NAME", nargs="*", help="of these networks only (default: all)")
    nets.add_argument("--untimed", action="store_true", help="run none of them, only count: a few seconds")
    nets.add_argument("--json", metavar="F", type=Path, help="write the list")

    report = _verb(verbs, "report", "write a run's report.html anew")
    report.add_argument("run", metavar="RUN", type=Path, help="a run folder")

    draw = _verb(verbs, "draw", "draw photos with masks to try things on")
    draw.add_argument("what", metavar="WHAT", choices=("coils", "puzzles"), help="coils (on circuit boards) or puzzles")
    draw.add_argument("out", metavar="DIR", type=Path, help="the folder to make")
    draw.add_argument("--count", metavar="N", type=_count, help="how many photos (default 150 boards, 40 puzzles)")
    draw.add_argument("--seed", metavar="S", type=_seed, default=0, help="draws the same again (default 0)")

    demo = _verb(verbs, "demo", "draw photos of puzzle grids and do the whole job on them, in 4 minutes")
    demo.add_argument("--out", metavar="DIR", type=Path, default=Path("demo"), help="the folder to make (default demo)")
    demo.add_argument("--minutes", metavar="M", type=_minutes, default=2.2, help="wall-clock of the training")
    demo.add_argument("--seed", metavar="S", type=_seed, default=0, help="draws and trains the same again")
    return whole


def _verb(verbs: "argparse._SubParsersAction[_Parser]", name: str, text: str) -> argparse.ArgumentParser:
    one = verbs.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    one.set_defaults(verb=name)
    return one


def _add_net(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--net", metavar="NAME", help="the network to train (default unet), as --set net=NAME")


def _add_only_and_set(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--only", metavar="CLASS", help="take this class as the one object, all others as background")
    verb.add_argument("--set", metavar="KEY=VALUE", dest="sets", action="append", default=[], help=SET_HELP)


def _minutes(text: str) -> float:
    value = _number(float, text)
    if value is None or not 0 < value < 60 * 24 * 30:
        raise argparse.ArgumentTypeError(f"{text!r} is no time: give minutes above 0, such as 10")
    return value


def _count(text: str) -> int:
    value = _number(int, text)
    if value is None or not 0 < value <= 100_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no number: give at least 1, such as 40")
    return value


def _folds(text: str) -> int:
    value = _number(int, text)
    if value is None or value < 2:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of folds: give at least 2, such as 5")
    return value


def _seed(text: str) -> int:
    value = _number(int, text)
    if value is None or not 0 <= value < 2**32:
        raise argparse.ArgumentTypeError(f"{text!r} is no seed: give a whole number from 0 to {2**32 - 1}")
    return value


def _number(kind: Callable[[str], Number], text: str) -> Number | None:
    try:
        return kind(text)
    except ValueError:
        return None
