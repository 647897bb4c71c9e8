"""train: train a model, evaluate it, and write the report."""

import argparse
import os
from typing import TYPE_CHECKING

from maskwright.cli.arguments import (
    add_data,
    add_engine,
    add_net,
    add_object,
    add_only,
    add_set,
    add_verb,
    devices,
    folds,
    minutes,
    seed,
    with_net,
)
from maskwright.cli.console import announce, print_result, screen
from maskwright.cli.paths import path, require_exists
from maskwright.errors import ConfigError
from maskwright.runs.naming import free_folder, name_of, newest_folder
from maskwright.training.distributed.launch import launch
from maskwright.training.distributed.ranks import ranks_of, require_devices
from maskwright.workflows.trackers.tracker import TRACKERS, require_trackers
from maskwright.workflows.training.several_processes import in_several_processes

if TYPE_CHECKING:
    from maskwright.cli.arguments import Verbs
    from maskwright.planning.settings import Settings

NAME = "train"
EXAMPLE = "maskwright train photos/ --minutes 10"
RECIPE_HELP = (
    "the settings of a recipe, as in --recipe article, or of one of its arms, as in 'coils:+ Dice'; --set counts more"
)


def add(verbs: "Verbs") -> None:
    """Add the verb with its arguments."""
    parser = add_verb(verbs, NAME, "train a model, evaluate it, and write the report", run=run, example=EXAMPLE)
    add_data(parser)
    parser.add_argument("--out", metavar="RUN", type=path, help="the run folder to make (default runs/NAME-1)")
    parser.add_argument(
        "--minutes", metavar="M", type=minutes, help="wall-clock of one training; evaluating comes on top (default 10)"
    )
    parser.add_argument(
        "--seed",
        metavar="S",
        type=seed,
        default=0,
        help="same seed, same model (default 0), on the same machine with the same OMP_NUM_THREADS and optim.steps",
    )
    parser.add_argument("--folds", metavar="K", type=folds, default=0, help="cross-validate: K further trainings")
    parser.add_argument(
        "--devices",
        metavar="N",
        type=devices,
        help="train on N GPUs of this machine, or on N of its CPU cores (default 1); for several machines see torchrun",
    )
    parser.add_argument("--resume", action="store_true", help="continue an interrupted run")
    parser.add_argument("--recipe", metavar="NAME", help=RECIPE_HELP)
    log_help = "let tensorboard (in RUN/tensorboard) or mlflow (MLFLOW_TRACKING_URI) follow the run; can be repeated"
    parser.add_argument("--log", metavar="TRACKER", action="append", default=[], choices=TRACKERS, help=log_help)
    add_engine(parser)
    add_net(parser)
    add_only(parser)
    add_object(parser)
    add_set(parser)


def run(options: argparse.Namespace) -> int:
    """Train, evaluate and report; return 0 if the model was written, whatever was found."""
    ranks = ranks_of(os.environ)
    if ranks is not None and options.devices not in (None, ranks.local_count):
        raise ConfigError(f"--devices {options.devices}, but torchrun started {ranks.local_count} here: leave it out")
    if options.on and (ranks is not None or (options.devices or 1) > 1):
        raise ConfigError("--on gives each training to one worker, --devices shares one among processes: leave one out")
    require_exists(options.data)
    require_trackers(tuple(options.log))
    if ranks is None and options.devices is not None and options.devices > 1:
        require_devices(options.devices)
        _settings(options)  # a mistake is reported once, before the processes start
        return launch(options.words, devices=options.devices)
    return _train(options) if ranks is None else in_several_processes(ranks, lambda: _train(options))


def _settings(options: argparse.Namespace) -> "Settings":
    """Return what --set, --net and --recipe ask for; ConfigError for what cannot be used."""
    from maskwright.planning.settings import read_settings

    return read_settings([*_of_recipe(options.recipe, options.minutes), *with_net(options)])


def _train(options: argparse.Namespace) -> int:
    """Do the whole job in this process; its trainings may run in others too."""
    out = options.out or (newest_folder if options.resume else free_folder)(name_of(options.data))
    from maskwright.planning.available_weights import require_available
    from maskwright.runs.request import stored_request

    settings = _settings(options)
    if not (options.resume and stored_request(out)):  # a resumed run goes by its first request
        require_available(settings)
    announce(f"reading {options.data}", quiet=options.quiet)
    from maskwright.workflows.training.job import run_job
    from maskwright.workflows.training.prepare import Job

    job = Job(
        data=options.data,
        out=out,
        settings=settings,
        minutes=options.minutes,
        seed=options.seed,
        folds=options.folds,
        only=options.only,
        resume=options.resume,
        log=tuple(options.log),
        headline=options.object,
        engine=options.on,
    )
    print_result(run_job(job, screen(quiet=options.quiet)), quiet=options.quiet)
    return 0


def _of_recipe(wanted: str | None, minutes: float | None) -> tuple[str, ...]:
    """Return the settings of the recipe that was asked for, none without one; `minutes` replace its length."""
    if wanted is None:
        return ()
    from maskwright.workflows.compare.recipe import settings_to_train

    timed = () if minutes is None else (f"optim.minutes={minutes}", "optim.steps=0")
    return (*settings_to_train(wanted), *timed)
