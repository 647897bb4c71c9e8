"""learning-curve: say what more photos would give, from trainings on parts of them."""

import argparse
from typing import TYPE_CHECKING

from maskwright.cli.arguments import add_data, add_engine, add_only, add_set, add_verb, minutes, score
from maskwright.cli.console import announce, screen
from maskwright.cli.paths import path, require_exists

if TYPE_CHECKING:
    from maskwright.cli.arguments import Verbs

NAME = "learning-curve"
EXAMPLE = "maskwright learning-curve photos/"


def add(verbs: "Verbs") -> None:
    """Add the verb with its arguments."""
    text = "say what more photos would give, from trainings on parts of them"
    parser = add_verb(verbs, NAME, text, run=run, example=EXAMPLE)
    parser.set_defaults(again="; the same command goes on")
    add_data(parser)
    parser.add_argument("--minutes", metavar="M", type=minutes, default=30.0, help="for everything (default 30)")
    arms = (
        "train these too, joined by commas: scratch (no pretrained weights), minutes (3 times as long), scale (finer)"
    )
    parser.add_argument("--arms", metavar="A,B", default="", help=arms)
    parser.add_argument("--target", metavar="IOU", type=score, help="ask how many photos this IoU would take")
    parser.add_argument("--out", metavar="DIR", type=path, help="the folder to make (default runs/NAME-learning-curve)")
    add_engine(parser)
    add_only(parser)
    add_set(parser)


def run(options: argparse.Namespace) -> int:
    """Train on nested subsets, print what more photos would give, and write the page."""
    require_exists(options.data)
    from maskwright.planning.settings import read_settings
    from maskwright.workflows.learning_curve.job import default_folder, run_curve_job
    from maskwright.workflows.learning_curve.preparation import CurveJob, require_arms

    settings = read_settings(options.sets)
    arms = tuple(arm.strip() for arm in options.arms.split(",") if arm.strip())
    require_arms(arms)
    out = options.out or default_folder(options.data)
    job = CurveJob(
        options.data,
        out,
        settings,
        options.minutes,
        arms,
        only=options.only,
        target=options.target,
        sets=tuple(options.sets),
        engine=options.on,
    )
    announce(f"reading {options.data}", quiet=options.quiet)
    curve = run_curve_job(job, screen(quiet=options.quiet))
    from maskwright.workflows.learning_curve.report.advice import advice_on, arm_lines, doubts, quality_line

    doubtful = [f"Not certain. {'. '.join(doubts(curve))}"] if doubts(curve) else []
    for line in [*quality_line(curve), curve.sentence, *arm_lines(curve), *doubtful]:
        print(f"{line}.")
    advice = advice_on(curve)
    print(f"Next: {advice.sentence}{f': {advice.command}' if advice.command else ''}")
    print(f"page: {curve.page}")
    return 0
