"""Printing of scores, findings and verdicts."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from maskwright.findings.finding import Finding, ranked

if TYPE_CHECKING:
    from maskwright.evaluation.evaluate import Evaluation
    from maskwright.evaluation.verdict import Verdict
    from maskwright.workflows.progress.screen import Screen
    from maskwright.workflows.training.pipeline import Result


def announce(line: str, *, quiet: bool) -> None:
    """Print what begins now, at once, unless only results are wanted."""
    if not quiet:
        print(line, flush=True)


def load_torch(*, quiet: bool) -> None:
    """Import PyTorch, which takes seconds, and say so, unless only results are wanted."""
    from maskwright.workflows.progress import torch_import

    torch_import.load_torch(lambda line: announce(line, quiet=quiet))


def screen(*, quiet: bool = False) -> "Screen":
    """Return a screen that prints lines and shows progress; a quiet one does neither."""
    from maskwright.workflows.progress.screen import silent_screen
    from maskwright.workflows.progress.terminal import text_screen

    return silent_screen() if quiet else text_screen(_print)


def _print(line: str) -> None:
    print(line, flush=True)


def print_result(result: "Result", *, quiet: bool = False) -> None:
    """Print what a job found and scored, where the run is, and last the verdict with the next command."""
    print_findings([finding for finding in result.findings if finding.severity != "note"], quiet=quiet)
    print_scores(result.evaluation)
    print(f"run:    {result.out}")
    print(f"report: {result.report}")
    print_verdict(result.verdict)


def print_verdict(verdict: "Verdict") -> None:
    """Print how good the model is, whether that can be trusted, and the next command."""
    print(f"{verdict.sentence}.")
    print(f"{verdict.trust_sentence}.")
    print(f"Next: {verdict.command}")


def print_scores(evaluation: "Evaluation") -> None:
    """Print the scores of an evaluation."""
    from maskwright.evaluation import metrics
    from maskwright.evaluation.headline import headline

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


def exit_code_of(findings: Sequence[Finding]) -> int:
    """Return the exit code: 1 with a finding of severity error, else 0."""
    return int(any(finding.severity == "error" for finding in findings))
