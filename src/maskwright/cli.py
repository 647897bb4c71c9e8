"""The command line: one short function a verb. Everything heavy is imported inside, so that --help is instant.

Exit code 0: good. 1: findings of severity error. 2: the user's mistake, told in one line.
"""

import argparse
import atexit
import os
import sys
import warnings
from collections.abc import Callable, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeVar

from maskwright import __version__
from maskwright.errors import ConfigError, MaskwrightError
from maskwright.findings import Finding, finding_as_json, ranked

if TYPE_CHECKING:
    from maskwright.job import Result, Screen
    from maskwright.judge.evaluate import Evaluation
    from maskwright.training.loop import Progress as TrainingProgress

Number = TypeVar("Number", int, float)

DATA_HELP = "a folder of photos with annotations or masks, or an annotation file"
SET_HELP = "any other setting, as in --set optim.lr_decoder=1e-3, --set data.ignore=11 or --set split.folds=dealt"


class _Parser(argparse.ArgumentParser):
    """An ArgumentParser that tells a mistake in one line, as every other mistake is told."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"maskwright: {message}; see {self.prog} --help\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; return the exit code."""
    options = _parser().parse_args(arguments)
    warnings.filterwarnings("ignore", "Image size")  # Pillow on photos from 89 megapixels on: they are welcome
    if isinstance(sys.stdout, TextIOWrapper):  # a file name may hold bytes that are no text
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        code: int = options.verb(options)
        sys.stdout.flush()
        return code
    except MaskwrightError as error:
        print(f"maskwright: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nmaskwright: stopped; the same command with --resume goes on with a training", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="maskwright", description="A segmentation model from a few dozen labelled photos, or the reason why not."
    )
    parser.add_argument("--version", action="version", version=f"maskwright {__version__}")
    verbs = parser.add_subparsers(title="verbs", required=True, metavar="VERB")

    check = _verb(verbs, "check", _check, "say what is wrong with photos and annotations")
    check.add_argument("data", metavar="DATA", type=Path, help=DATA_HELP)
    check.add_argument("--json", metavar="F", type=Path, help="write the findings as a ranked list")
    check.add_argument("--sheet", metavar="F", type=Path, help="write a contact sheet (PNG) of all photos and masks")
    _add_only_and_set(check)

    plan = _verb(verbs, "plan", _plan, "print how training would be done, and why")
    plan.add_argument("data", metavar="DATA", type=Path, help=DATA_HELP)
    plan.add_argument("--out", metavar="F", type=Path, help="write it as a plan.toml to edit")
    plan.add_argument("--minutes", metavar="M", type=_minutes, default=None, help="wall-clock of one training")
    _add_only_and_set(plan)

    train = _verb(verbs, "train", _train, "train a model, judge it, and write the report")
    train.add_argument("data", metavar="DATA", type=Path, help=DATA_HELP)
    train.add_argument("--out", metavar="RUN", type=Path, required=True, help="the run folder to make")
    train.add_argument("--minutes", metavar="M", type=_minutes, help="wall-clock of one training (default 10)")
    train.add_argument("--seed", metavar="S", type=_seed, default=0, help="same seed, same model (default 0)")
    train.add_argument("--folds", metavar="K", type=_folds, default=0, help="cross-validate: K further trainings")
    train.add_argument("--plan", metavar="F", type=Path, help="an edited plan.toml")
    train.add_argument("--resume", action="store_true", help="go on with an interrupted run")
    _add_only_and_set(train)

    evaluate = _verb(verbs, "evaluate", _evaluate, "judge a trained model on annotated photos")
    evaluate.add_argument("run", metavar="RUN", type=Path, help="a run folder")
    evaluate.add_argument("data", metavar="DATA", type=Path, help=DATA_HELP)
    evaluate.add_argument("--json", metavar="F", type=Path, help="write the scores, a row a photo")
    _add_only_and_set(evaluate)

    predict = _verb(verbs, "predict", _predict, "write masks, overlays and polygons for new photos")
    predict.add_argument("run", metavar="RUN", type=Path, help="a run folder")
    predict.add_argument("photos", metavar="PHOTOS", nargs="+", help="photo files, folders, or patterns in quotes")
    predict.add_argument("--out", metavar="DIR", type=Path, required=True, help="the folder to write into")

    report = _verb(verbs, "report", _report, "write a run's report.html anew")
    report.add_argument("run", metavar="RUN", type=Path, help="a run folder")

    demo = _verb(verbs, "demo", _demo, "draw photos of puzzle grids and do the whole job on them, in 4 minutes")
    demo.add_argument("--out", metavar="DIR", type=Path, default=Path("demo"), help="the folder to make (default demo)")
    demo.add_argument("--minutes", metavar="M", type=_minutes, default=2.2, help="wall-clock of the training")
    demo.add_argument("--seed", metavar="S", type=_seed, default=0, help="draws and trains the same again")
    return parser


def _verb(
    verbs: "argparse._SubParsersAction[_Parser]",
    name: str,
    function: Callable[[argparse.Namespace], int],
    text: str,
) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    parser.set_defaults(verb=function)
    return parser


def _add_only_and_set(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--only", metavar="CLASS", help="take this class as the one object, all others as background")
    parser.add_argument("--set", metavar="KEY=VALUE", dest="sets", action="append", default=[], help=SET_HELP)


def _minutes(text: str) -> float:
    value = _number(float, text)
    if value is None or not 0 < value < 60 * 24 * 30:
        raise argparse.ArgumentTypeError(f"{text!r} is no time: give minutes above 0, such as 10")
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


def _check(options: argparse.Namespace) -> int:
    from maskwright.data.dataset import usable
    from maskwright.files import write_json
    from maskwright.job import checked, open_data
    from maskwright.planning.settings import read_settings
    from maskwright.report.figures import write_contact_sheet

    settings = read_settings(options.sets)
    dataset = open_data(options.data, settings, only=options.only)
    findings = checked(dataset, settings)
    _print_findings(findings)
    print(f"{len(dataset)} photos, classes: {', '.join(dataset.classes.names)}")
    if options.json:
        write_json(options.json, [finding_as_json(finding) for finding in findings])
    if options.sheet:
        write_contact_sheet(dataset, options.sheet, findings)
        print(f"contact sheet: {options.sheet}")
    usable(dataset, findings)
    return _code_of(findings)


def _plan(options: argparse.Namespace) -> int:
    from maskwright.data.checks import check
    from maskwright.data.dataset import usable
    from maskwright.job import Job, open_data, plan_for, shipped_parts
    from maskwright.planning.config import plan_as_tree, write_plan
    from maskwright.planning.machine import this_machine
    from maskwright.planning.settings import read_settings

    settings = read_settings(options.sets)
    dataset = open_data(options.data, settings, only=options.only)
    good = usable(dataset, check(dataset))
    job = Job(options.data, Path(), settings, minutes=options.minutes)
    plan = plan_for(job, shipped_parts(job, good), this_machine())
    for section, values in plan_as_tree(plan).items():
        print(f"[{section}]")
        for key, value in values.items():
            print(f"  {key:17} {value!s:28} {plan.why.get(f'{section}.{key}', '')}")
    if options.out:
        write_plan(plan, options.out)
        print(f"written to {options.out}: edit it, then `maskwright train DATA --plan {options.out} --out RUN`")
    return 0


def _train(options: argparse.Namespace) -> int:
    from maskwright.planning.config import require_encoder
    from maskwright.planning.settings import read_settings

    settings = read_settings(options.sets)
    require_encoder(options.plan, settings.plan)
    from maskwright.job import Job, run_job

    job = Job(
        data=options.data,
        out=options.out,
        settings=settings,
        minutes=options.minutes,
        seed=options.seed,
        folds=options.folds,
        only=options.only,
        plan=options.plan,
        resume=options.resume,
    )
    result = run_job(job, _screen())
    _print_result(result)
    return 0


def _evaluate(options: argparse.Namespace) -> int:
    from maskwright.files import write_json
    from maskwright.job import evaluate_run
    from maskwright.judge.diagnose import diagnose
    from maskwright.judge.evaluate import evaluation_as_json
    from maskwright.planning.settings import read_settings

    settings = read_settings(options.sets)
    if settings.plan:
        raise ConfigError(f"--set {settings.plan[0]}: a trained model keeps its plan; evaluate takes --set data.*")
    evaluation, findings = evaluate_run(options.run, options.data, settings, only=options.only, tell=print)
    findings = ranked([*findings, *diagnose(evaluation)])
    _print_findings(findings)
    _print_scores(evaluation)
    if options.json:
        write_json(options.json, {**evaluation_as_json(evaluation), "findings": [finding_as_json(f) for f in findings]})
    return _code_of(findings)


def _predict(options: argparse.Namespace) -> int:
    from maskwright.infer.load import load
    from maskwright.infer.predict import photos_to_do, predict_files

    photos = photos_to_do(options.photos, out=options.out)
    segmenter = load(options.run)
    print(f"{len(photos)} photos")
    predicted = predict_files(segmenter, photos, options.out, on_photo=lambda todo: print(f"  {todo.path}"))
    _print_findings(predicted.findings)
    print(
        f"{predicted.done} photos predicted: {options.out}/masks, {options.out}/overlays, "
        f"{options.out}/regions.via.json"
    )
    if predicted.done == 0:
        raise MaskwrightError(f"none of the {len(photos)} photos could be read: give JPEG or PNG photos")
    return _code_of(predicted.findings)


def _report(options: argparse.Namespace) -> int:
    from maskwright.report.assemble import write_run_report

    print(f"report: {write_run_report(options.run)}")
    return 0


def _demo(options: argparse.Namespace) -> int:
    from maskwright.data.drawn import draw_puzzle_photos
    from maskwright.infer.load import load
    from maskwright.infer.predict import photos_to_do, predict_files
    from maskwright.job import Job, run_job
    from maskwright.planning.settings import read_settings

    photos, run = options.out / "photos", options.out / "run"
    if run.exists():
        raise ConfigError(f"{run} exists already: remove it, or choose another --out")
    print(f"drawing 40 photos of newspaper puzzles into {photos}")
    draw_puzzle_photos(photos, seed=options.seed)
    settings = read_settings(["split.test=0.25"])
    result = run_job(Job(photos, run, settings, minutes=options.minutes, seed=options.seed), _screen())
    assert result.evaluation.held_out
    held_out = [photos / photo.name for photo in result.evaluation.photos]
    predicted = predict_files(load(run), photos_to_do(held_out, out=options.out), options.out / "predictions")
    print(f"{predicted.done} held-out photos predicted: {options.out / 'predictions'}")
    _print_result(result)
    return 0


def _screen() -> "Screen":
    from maskwright.job import Screen

    return Screen(print, _watch)


def _watch(name: str) -> "Callable[[TrainingProgress], None]":
    """Return where the progress of one training goes: a bar on a terminal, a line now and then elsewhere."""
    if not sys.stderr.isatty():
        return _lines(name)
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[state]}"))
    error_screen = Console(stderr=True)
    bar = Progress(*columns, TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn(), console=error_screen)
    task = bar.add_task(name, total=None, state="measuring the speed of this machine")
    bar.start()
    atexit.register(bar.stop)  # an interrupted bar would leave the terminal without a cursor

    def show(progress: "TrainingProgress") -> None:
        bar.update(task, completed=progress.step, total=progress.steps, state=_state(progress))
        if progress.step >= progress.steps:
            bar.stop()

    return show


def _lines(name: str) -> "Callable[[TrainingProgress], None]":
    begun: list[TrainingProgress] = []

    def show(progress: "TrainingProgress") -> None:
        if not begun:
            begun.append(progress)
        every = max(1, progress.steps // 20)
        if progress.step % every == 0 or progress.step == progress.steps:
            pace = (progress.seconds - begun[0].seconds) / max(1, progress.step - begun[0].step)
            left = pace * (progress.steps - progress.step)
            print(
                f"{name}: step {progress.step}/{progress.steps}  {_state(progress)}  about {left:.0f} s left",
                flush=True,
            )

    return show


def _state(progress: "TrainingProgress") -> str:
    iou = "" if progress.validation_iou is None else f"  validation IoU {progress.validation_iou:.3f} (working scale)"
    return f"loss {progress.loss:.3f}{iou}"


def _print_result(result: "Result") -> None:
    _print_findings([finding for finding in result.findings if finding.severity != "note"])
    _print_scores(result.evaluation)
    print(f"run:    {result.out}")
    print(f"report: {result.report}")


def _print_scores(evaluation: "Evaluation") -> None:
    from maskwright.judge import scores
    from maskwright.report.assemble import headline

    spread = evaluation.mean_iou_per_photo
    print(f"{headline(evaluation)}: {spread.value:.3f} (95 % interval {spread.low:.3f} to {spread.high:.3f})")
    print(f"dataset IoU, mean over classes: {evaluation.dataset_iou:.3f}")
    if len(evaluation.classes.scored) > 1:
        by_class = scores.iou(evaluation.counts)
        for class_id in evaluation.classes.scored:
            print(f"  {evaluation.classes.names[class_id]:20} {by_class[class_id]:.3f}")
    print(
        f"pixel accuracy {scores.pixel_accuracy(evaluation.counts):.3f}; "
        f"the best constant class would have {scores.constant_accuracy(evaluation.counts):.3f}"
    )


def _print_findings(findings: Sequence[Finding]) -> None:
    for finding in ranked(findings):
        print(finding)


def _code_of(findings: Sequence[Finding]) -> int:
    return int(any(finding.severity == "error" for finding in findings))
