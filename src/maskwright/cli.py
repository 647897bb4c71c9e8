"""The command line: one short function a verb. Everything heavy is imported inside, so that --help is instant.

Exit code 0: good. 1: findings of severity error. 2: the user's mistake, told in one line.
"""

import argparse
import atexit
import os
import sys
import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

from maskwright.arguments import parser
from maskwright.errors import ConfigError, MaskwrightError
from maskwright.findings import Finding, finding_as_json, ranked

if TYPE_CHECKING:
    from maskwright.data.dataset import Dataset
    from maskwright.job import Result, Screen
    from maskwright.judge.evaluate import Evaluation
    from maskwright.planning.settings import Settings
    from maskwright.training.loop import Progress as TrainingProgress


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; return the exit code."""
    options = parser().parse_args(arguments)
    warnings.filterwarnings("ignore", "Image size")  # Pillow on photos from 89 megapixels on: they are welcome
    if isinstance(sys.stdout, TextIOWrapper):  # a file name may hold bytes that are no text
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        code = VERBS[options.verb](options)
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


def _check(options: argparse.Namespace) -> int:
    from maskwright.data.dataset import usable
    from maskwright.files import write_json
    from maskwright.job import checked, open_data
    from maskwright.planning.settings import read_settings
    from maskwright.report.figures import write_contact_sheet

    settings = read_settings(options.sets)
    dataset = open_data(options.data, settings, only=options.only)
    findings = checked(dataset, settings)
    if options.overfit:
        findings = ranked([*findings, *_overfit(dataset, settings, findings)])
    _print_findings(findings)
    print(f"{len(dataset)} photos, classes: {', '.join(dataset.classes.names)}")
    if options.json:
        write_json(options.json, [finding_as_json(finding) for finding in findings])
    if options.sheet:
        write_contact_sheet(dataset, options.sheet, findings)
        print(f"contact sheet: {options.sheet}")
    usable(dataset, findings)
    return _code_of(findings)


def _overfit(dataset: "Dataset", settings: "Settings", findings: Sequence[Finding]) -> list[Finding]:
    """Try to learn one photo by heart; print what was reached."""
    from maskwright.data.dataset import usable
    from maskwright.job import overfitted
    from maskwright.trials.overfit import BUDGET_S, Attempt, overfit_findings

    print(f"learning one photo by heart, at most {BUDGET_S:.0f} s")

    def show(attempt: Attempt) -> None:
        if attempt.iou is not None:
            reached = f"{attempt.steps} steps  loss {attempt.loss:.3f}  IoU {attempt.iou:.3f}"
            print(f"  {attempt.seconds:3.0f} s  {reached} (working scale)", flush=True)

    result = overfitted(usable(dataset, findings), settings, show)
    print(
        f"can it learn one photo? {result.answer}: IoU {result.iou:.3f} on {result.photo} after {result.seconds:.0f} s"
    )
    return overfit_findings(result)


def _plan(options: argparse.Namespace) -> int:
    from maskwright.data.checks import check
    from maskwright.data.dataset import usable
    from maskwright.job import Job, open_data, plan_for, shipped_parts
    from maskwright.planning.config import plan_as_tree, require_net, write_plan
    from maskwright.planning.machine import this_machine
    from maskwright.planning.settings import read_settings

    settings = read_settings(_with_net(options))
    require_net(settings.plan_file, settings.plan)
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
        print(f"written to {options.out}: edit it, then `maskwright train DATA --set plan={options.out} --out RUN`")
    return 0


def _train(options: argparse.Namespace) -> int:
    from maskwright.planning.config import require_net
    from maskwright.planning.settings import read_settings

    settings = read_settings(_with_net(options))
    require_net(settings.plan_file, settings.plan)
    from maskwright.job import Job, run_job

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
    result = run_job(job, _screen())
    _print_result(result)
    return 0


def _with_net(options: argparse.Namespace) -> list[str]:
    """Return the `--set` assignments, `--net NAME` as the first of them."""
    return [*([f"net={options.net}"] if options.net else []), *options.sets]


def _compare(options: argparse.Namespace) -> int:
    from maskwright.trials.recipes import find_recipe, recipe_of_flags

    if bool(options.recipe) == bool(options.arms):
        raise ConfigError(
            "give either --recipe NAME or arms by hand, as in --arm 'plain: loss=ce' --arm 'dice: loss=dice'"
        )
    recipe = find_recipe(options.recipe) if options.recipe else recipe_of_flags(tuple(options.arms))
    from maskwright.compare_job import CompareJob, run_comparison
    from maskwright.report.compare_table import table_cells

    job = CompareJob(
        data=options.data,
        out=options.out,
        recipe=recipe,
        sets=tuple(options.sets),
        minutes=options.minutes,
        seeds=options.seeds,
        folds=options.folds,
        resume=options.resume,
    )
    comparison = run_comparison(job, _screen())
    for row in comparison.rows:
        name, iou, interval, _, difference, against, pixels, *_ = table_cells(comparison, row)
        paired = f"  {difference} against {against}" if difference else ""
        print(f"{name}: mean IoU {iou} ({interval}){paired}; object pixels {pixels}")
        if row.failed:
            print(f"  failed: {row.failed}")
    print(f"table: {options.out / 'table.md'}, {options.out / 'compare.json'}")
    print(f"page:  {options.out / 'compare.html'}")
    return int(any(row.failed for row in comparison.rows))


def _evaluate(options: argparse.Namespace) -> int:
    from maskwright.files import write_json
    from maskwright.job import evaluate_run
    from maskwright.judge.diagnose.diagnosis import diagnose
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


def _diagnose(options: argparse.Namespace) -> int:
    from maskwright.files import write_json
    from maskwright.judge.diagnose.cases import Evidence
    from maskwright.judge.diagnose.diagnosis import examine
    from maskwright.judge.diagnose.given import Folders, with_given
    from maskwright.planning.settings import read_settings
    from maskwright.report.diagnosis import write_diagnosis

    settings = read_settings(options.sets)
    evidence = Evidence()
    if options.run:
        from maskwright.job import evidence_of_run

        evidence = evidence_of_run(options.run)
    folders = Folders(options.truth, options.pred, options.train_truth, options.train_pred)
    evidence = with_given(evidence, folders, options.history, settings=settings)
    diagnosis = examine(evidence)
    for finding in diagnosis.findings:
        print(finding)
        if finding.mechanism:
            print(f"        why: {finding.mechanism}")
    if all(finding.severity == "note" for finding in diagnosis.findings):
        print("nothing wrong was found in what was given")
    findings = [replace(finding, picture="") for finding in diagnosis.findings]
    if options.out:
        findings = write_diagnosis(diagnosis, evidence, options.out)
        print(f"page: {options.out}")
    if options.json:
        write_json(options.json, [finding_as_json(finding) for finding in findings])
    return _code_of(findings)


def _nets(options: argparse.Namespace) -> int:
    from maskwright.planning.networks import NETWORKS, require_network

    for name in options.names:
        require_network(name)
    from maskwright.files import write_json
    from maskwright.nets.cost import HEADING, cost

    print(HEADING)
    rows = []
    for name in options.names or NETWORKS:
        rows.append(cost(name, timed=not options.untimed))
        print(rows[-1], flush=True)
    if options.json:
        write_json(options.json, [asdict(row) for row in rows])
    return 0


def _report(options: argparse.Namespace) -> int:
    from maskwright.report.assemble import write_run_report

    print(f"report: {write_run_report(options.run)}")
    return 0


def _draw(options: argparse.Namespace) -> int:
    from maskwright.data.drawn import draw_puzzle_photos
    from maskwright.data.drawn_coils import draw_coil_photos

    if options.out.exists() and any(options.out.iterdir()):
        raise ConfigError(f"{options.out} holds files already: choose another folder, or empty it first")
    if options.what == "coils":
        draw_coil_photos(options.out, count=options.count or 150, seed=options.seed)
    else:
        draw_puzzle_photos(options.out, count=options.count or 40, seed=options.seed)
    print(f"photos and annotations: {options.out}")
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


VERBS: dict[str, Callable[[argparse.Namespace], int]] = {
    "check": _check,
    "plan": _plan,
    "train": _train,
    "compare": _compare,
    "evaluate": _evaluate,
    "predict": _predict,
    "diagnose": _diagnose,
    "nets": _nets,
    "report": _report,
    "draw": _draw,
    "demo": _demo,
}
