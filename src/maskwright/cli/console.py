"""What people see: progress of a training, scores, findings."""

import atexit
import math
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from maskwright.findings.finding import Finding, ranked

if TYPE_CHECKING:
    from rich.progress import Progress

    from maskwright.evaluation.evaluate import Evaluation
    from maskwright.training.progress import Progress as TrainingProgress
    from maskwright.workflows.prepare import Screen
    from maskwright.workflows.train import Result


def announce(line: str, *, quiet: bool) -> None:
    """Print what begins now, at once, unless only results are wanted."""
    if not quiet:
        print(line, flush=True)


def count_of(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural unless it is 1."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def screen(*, quiet: bool = False) -> "Screen":
    """Return a screen that prints lines and shows progress; a quiet one does neither."""
    from maskwright.workflows.prepare import Screen

    if quiet:
        return Screen(_ignore, lambda _: _ignore)
    shown: list[Progress] = []
    return Screen(print, lambda name: watch(name, shown))


def _ignore(_: object) -> None:
    """Show nothing."""


def watch(name: str, shown: "list[Progress]") -> "Callable[[TrainingProgress], None]":
    """Return what shows the progress of one training: a bar on a terminal, a line now and then elsewhere.

    `shown` holds the bar before it, which ends when this one begins: its training may have failed.
    """
    if not sys.stderr.isatty():
        return _lines(name)
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[state]}"))
    bar = Progress(
        *columns,
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        redirect_stdout=sys.stdout.isatty(),  # leave redirected stdout alone
    )
    task = bar.add_task(name, total=None, state="measuring the speed of this machine")
    _take_over(bar, shown)
    atexit.register(bar.stop)  # an interrupted bar would leave the terminal without a cursor

    def show(progress: "TrainingProgress") -> None:
        bar.update(task, completed=progress.step, total=progress.steps, state=_state(progress))
        if progress.step >= progress.steps:
            bar.stop()

    return show


def _take_over(bar: "Progress", shown: "list[Progress]") -> None:
    while shown:
        shown.pop().stop()
    shown.append(bar)
    bar.start()


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


def print_result(result: "Result", *, quiet: bool = False) -> None:
    """Print what a job found and scored, where the run is, and last the verdict with the next command."""
    print_findings([finding for finding in result.findings if finding.severity != "note"], quiet=quiet)
    print_scores(result.evaluation)
    print(f"run:    {result.out}")
    print(f"report: {result.report}")
    judged = result.verdict
    print(f"{judged.sentence}.")
    print(f"{judged.trust_sentence}.")
    print(f"Next: {judged.command}")


def print_scores(evaluation: "Evaluation") -> None:
    """Print the scores of an evaluation."""
    from maskwright.evaluation import metrics
    from maskwright.report.run_page import headline

    spread = evaluation.mean_iou_per_photo
    known = f"95 % interval {spread.low:.3f} to {spread.high:.3f}"
    span = known if math.isfinite(spread.low) else "too few for an interval"
    print(f"{headline(evaluation)}: {spread.value:.3f} ({span})")
    print(f"dataset IoU, mean over classes: {evaluation.dataset_iou:.3f}")
    if len(evaluation.classes.scored) > 1:
        by_class = metrics.iou(evaluation.counts)
        for class_id in evaluation.classes.scored:
            print(f"  {evaluation.classes.names[class_id]:20} {by_class[class_id]:.3f}")
    print(
        f"pixel accuracy {metrics.pixel_accuracy(evaluation.counts):.3f}; "
        f"the best constant class would have {metrics.constant_accuracy(evaluation.counts):.3f}"
    )


def print_findings(findings: Sequence[Finding], *, quiet: bool = False) -> None:
    """Print findings, errors first; without notes if only results are wanted."""
    for finding in ranked(findings):
        if not (quiet and finding.severity == "note"):
            print(finding)


def code_of(findings: Sequence[Finding]) -> int:
    """Return the exit code: 1 with a finding of severity error, else 0."""
    return int(any(finding.severity == "error" for finding in findings))
