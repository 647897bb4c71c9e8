"""compare: train several ways on the same photos and seeds, and say which is better."""

import argparse
from typing import TYPE_CHECKING

from maskwright.cli.arguments import add_data, add_engine, add_set, add_verb, count, folds, minutes
from maskwright.cli.console import announce, load_torch, screen
from maskwright.cli.paths import path, require_exists
from maskwright.errors import ConfigError
from maskwright.runs.naming import free_folder, name_of, newest_folder

if TYPE_CHECKING:
    from maskwright.cli.arguments import Verbs
    from maskwright.workflows.compare.comparison import Comparison
    from maskwright.workflows.compare.recipe import Recipe

ARM_HELP = "an arm by hand, as in --arm 'plain: loss=ce' --arm 'dice: loss=dice'; the first is the base"

NAME = "compare"
EXAMPLE = "maskwright compare photos/ --arm 'plain: loss=ce' --arm 'dice: loss=dice'"


def add(verbs: "Verbs") -> None:
    """Add the verb with its arguments."""
    text = "train several ways on the same photos and seeds, and say which is better"
    parser = add_verb(verbs, NAME, text, run=run, example=EXAMPLE)
    add_data(parser)
    parser.add_argument("--recipe", metavar="NAME", help="a TOML file or a bundled name, such as documents/coils")
    parser.add_argument("--arm", metavar="NAME:SET;SET", dest="arms", action="append", default=[], help=ARM_HELP)
    parser.add_argument("--out", metavar="DIR", type=path, help="the folder to make (default runs/NAME-compare-1)")
    parser.add_argument("--minutes", metavar="M", type=minutes, help="wall-clock of each single training")
    parser.add_argument("--seeds", metavar="K", type=count, help="trainings of each arm, with seeds 0, 1, ...")
    parser.add_argument("--folds", metavar="K", type=folds, help="cross-validate: K trainings of each arm and seed")
    parser.add_argument("--resume", action="store_true", help="continue; finished trainings are not repeated")
    add_engine(parser)
    add_set(parser)


def run(options: argparse.Namespace) -> int:
    """Train every arm and print the table; return 1 if an arm failed."""
    require_exists(options.data)
    recipe = _recipe(options)
    name = f"{name_of(options.data)}-compare"
    out = options.out or (newest_folder if options.resume else free_folder)(name)
    announce(f"reading {options.data}", quiet=options.quiet)
    load_torch(quiet=options.quiet)
    from maskwright.workflows.compare.job import CompareJob, run_comparison

    job = CompareJob(
        data=options.data,
        out=out,
        recipe=recipe,
        sets=tuple(options.sets),
        minutes=options.minutes,
        seeds=options.seeds,
        folds=options.folds,
        resume=options.resume,
        engine=options.on,
        arms=_words(options),
    )
    comparison = run_comparison(job, screen(quiet=options.quiet))
    _print_comparison(comparison)
    from maskwright.workflows.compare.verdict import compare_verdict

    verdict = compare_verdict(comparison)
    print(f"{verdict.title}. {verdict.sentence}.")
    if verdict.trust:
        print(f"Not certain: {verdict.trust}.")
    print(f"Next: {verdict.command or verdict.advice}")
    print(f"table: {out / 'table.md'}, {out / 'compare.json'}")
    print(f"page:  {out / 'compare.html'}")
    return int(any(row.failed for row in comparison.rows))


def _words(options: argparse.Namespace) -> tuple[str, ...]:
    """Return the words of the command line that name the arms."""
    if options.recipe:
        return ("--recipe", options.recipe)
    return tuple(word for arm in options.arms for word in ("--arm", arm))


def _recipe(options: argparse.Namespace) -> "Recipe":
    from maskwright.workflows.compare.recipe import find_recipe, recipe_of_flags

    if bool(options.recipe) == bool(options.arms):
        raise ConfigError(
            "give either --recipe NAME or arms by hand, as in --arm 'plain: loss=ce' --arm 'dice: loss=dice'"
        )
    return find_recipe(options.recipe) if options.recipe else recipe_of_flags(tuple(options.arms))


def _print_comparison(comparison: "Comparison") -> None:
    from maskwright.workflows.compare.comparison import table_cells

    for row in comparison.rows:
        name, iou, interval, _, difference, against, pixels, *_ = table_cells(comparison, row)
        paired = f"  {difference} against {against}" if difference else ""
        print(f"{name}: mean IoU {iou} ({interval}){paired}; object pixels {pixels}")
        if row.failed:
            print(f"  failed: {row.failed}")
