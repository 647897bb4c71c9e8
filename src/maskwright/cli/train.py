"""train: train a model, evaluate it, and write the report."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from maskwright.cli.arguments import add_data, add_net, add_only, add_set, add_verb, folds, minutes, seed, with_net
from maskwright.cli.console import print_result, screen

if TYPE_CHECKING:
    from maskwright.cli.arguments import Verbs


def add(verbs: "Verbs") -> None:
    """Add the verb with its arguments."""
    parser = add_verb(verbs, "train", "train a model, evaluate it, and write the report", run=run)
    add_data(parser)
    parser.add_argument("--out", metavar="RUN", type=Path, required=True, help="the run folder to make")
    parser.add_argument("--minutes", metavar="M", type=minutes, help="wall-clock of one training (default 10)")
    parser.add_argument("--seed", metavar="S", type=seed, default=0, help="same seed, same model (default 0)")
    parser.add_argument("--folds", metavar="K", type=folds, default=0, help="cross-validate: K further trainings")
    parser.add_argument("--resume", action="store_true", help="continue an interrupted run")
    add_net(parser)
    add_only(parser)
    add_set(parser)


def run(options: argparse.Namespace) -> int:
    """Train, evaluate and report; return 0 if the model was written, whatever was found."""
    from maskwright.planning.pretrained import require_available
    from maskwright.planning.settings import read_settings
    from maskwright.runs.request import stored_request

    settings = read_settings(with_net(options))
    if not (options.resume and stored_request(options.out)):  # a resumed run goes by its first request
        require_available(settings)
    from maskwright.workflows.prepare import Job
    from maskwright.workflows.train import run_job

    job = Job(
        data=options.data,
        out=options.out,
        settings=settings,
        minutes=options.minutes,
        seed=options.seed,
        folds=options.folds,
        only=options.only,
        resume=options.resume,
    )
    result = run_job(job, screen())
    print_result(result)
    return 0
