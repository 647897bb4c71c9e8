"""diagnose: say why a model does not work, ours or anybody's."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from maskwright.cli.arguments import add_set, add_verb
from maskwright.cli.console import announce, exit_code_of, load_torch, screen
from maskwright.cli.paths import may_be_log, may_be_run, path, require_given, require_run, result_file
from maskwright.cli.runtimes import add_runtime
from maskwright.errors import ConfigError
from maskwright.findings.finding import Findings, finding_as_json
from maskwright.output_file_names import ONNX_SUFFIX

if TYPE_CHECKING:
    from maskwright.cli.arguments import Verbs
    from maskwright.diagnosis.diagnose import Diagnosis
    from maskwright.diagnosis.evidence.evidence import Evidence
    from maskwright.planning.settings import Settings
    from maskwright.workflows.progress.screen import Screen

SET_HELP = (
    "data.ignore=11 (as the run had it), diagnose.score_name=iou, metric=0.710 (the score that your own code printed)"
)

NAME = "diagnose"
EXAMPLE = "maskwright diagnose --truth masks/ --pred predictions/"


def add(verbs: "Verbs") -> None:
    """Add the verb with its arguments."""
    parser = add_verb(verbs, NAME, "say why a model does not work, ours or anybody's", run=run, example=EXAMPLE)
    parser.add_argument(
        "run",
        metavar="RUN",
        type=path,
        nargs="?",
        help="a run folder of ours, a file that a training logged, or with --truth a file of `export`: model.onnx",
    )
    parser.add_argument("--truth", metavar="DIR", type=path, help="masks, or photos with annotations")
    parser.add_argument(
        "--pred",
        metavar="DIR",
        type=path,
        help="predictions: masks or probabilities (PNG, npy, npz, pt) or YOLO lines, a file each; or one stack for all",
    )
    parser.add_argument("--photos", metavar="DIR", type=path, help="the photos of --truth, for pictures on the page")
    parser.add_argument("--train-truth", metavar="DIR", type=path, help="masks of the training photos")
    parser.add_argument("--train-pred", metavar="DIR", type=path, help="predictions of the training photos")
    parser.add_argument(
        "--history", metavar="F", type=path, help="what the training logged: json, csv, a text log, or events"
    )
    add_runtime(parser)
    parser.add_argument("--json", metavar="F", type=result_file, help="write the findings as a ranked list")
    parser.add_argument("--out", metavar="F", type=result_file, help="write a page with pictures (html)")
    add_set(parser, SET_HELP)


def run(options: argparse.Namespace) -> int:
    """Diagnose what was given; return 1 with a finding of severity error."""
    _require_inputs(options)
    announce(f"reading {', '.join(str(given) for given in _given(options))} ...", quiet=options.quiet)
    from maskwright.diagnosis.diagnose import examine
    from maskwright.diagnosis.next_step import Given, next_step
    from maskwright.files import write_json
    from maskwright.report.diagnosis_page import score_of, write_diagnosis

    shown = screen(quiet=options.quiet)
    evidence = _evidence(options, shown)
    announce(f"{_counted(evidence)}: looking for faults ...", quiet=options.quiet)
    diagnosis = examine(evidence, count=shown.count)
    _print_diagnosis(diagnosis)
    given = Given(options.run, options.truth, options.pred, options.history)
    if _is_sound(diagnosis):
        step = next_step(evidence, score_of(evidence), given=given)
        print(f"nothing wrong was found in what was given\nNext: {step.words}: {step.command}")
    findings = list(diagnosis.findings)
    if options.out:
        findings = write_diagnosis(diagnosis, evidence, options.out, given=given)
        print(f"page: {options.out}")
    if options.json:
        write_json(options.json, [finding_as_json(finding) for finding in findings])
    return exit_code_of(findings)


def _require_inputs(options: argparse.Namespace) -> None:
    """Raise an error where what was given is not there, does not fit together, or is nothing."""
    _take_log_as_history(options)
    if options.run:
        _require_run(options)
    elif options.runtime != "auto":
        raise ConfigError("--runtime says what computes RUN, and none is given: leave it out")
    for given in (
        options.truth,
        options.pred,
        options.train_truth,
        options.train_pred,
        options.history,
        options.photos,
    ):
        if given:
            require_given(given)
    if not _given(options):
        _settings(options)  # a setting that diagnose does not take is the nearer answer
        raise ConfigError("nothing to diagnose: give RUN, or --truth DIR --pred DIR, or --history F")


def _require_run(options: argparse.Namespace) -> None:
    """Raise an error unless RUN is a run folder, or an exported file with labelled photos to predict."""
    if not _is_exported(options.run) or (not options.truth and may_be_run(options.run.parent)):
        require_run(options.run)
    elif not options.truth or options.pred:
        raise ConfigError(
            f"{options.run} holds no photos: give labelled ones, which it then predicts, as --truth DIR without --pred"
        )


def _is_exported(run: Path | None) -> bool:
    return run is not None and run.suffix == ONNX_SUFFIX and run.is_file()


def _take_log_as_history(options: argparse.Namespace) -> None:
    """Read a log in the place of RUN, or a folder of another tool's logs, as what a training logged."""
    run = options.run
    if not run or not (_is_log(run) or _holds_logs(run)):
        return
    if options.history:
        raise ConfigError(f"{run} is a log, and --history {options.history} is given, too: give one of the two")
    options.run, options.history = None, run


def _is_log(path: Path) -> bool:
    return path.is_file() and not may_be_run(path.parent) and may_be_log(path)


def _holds_logs(path: Path) -> bool:
    if not path.is_dir() or may_be_run(path):
        return False
    from maskwright.diagnosis.history.reading import PATTERNS

    return any(any(path.glob(pattern)) for pattern in ("*tfevents*", *PATTERNS))


def _given(options: argparse.Namespace) -> list[object]:
    every = (options.run, options.truth, options.pred, options.train_truth, options.train_pred, options.history)
    return [one for one in every if one]


def _counted(evidence: "Evidence") -> str:
    """Say what was read, so that nobody waits before a silent screen."""
    pairs = f"{len(evidence.cases)} pairs" if evidence.cases else ""
    rows = "" if evidence.history is None else f"{len(evidence.history)} rows of history"
    return " and ".join(part for part in (pairs, rows) if part) or "nothing"


def _settings(options: argparse.Namespace) -> "Settings":
    """Return the settings; ConfigError for one of a training."""
    from maskwright.planning.settings import read_settings, require_no_training

    photos = [f"diagnose.photos={options.photos}"] if options.photos else []
    settings = read_settings([*options.sets, *photos])
    if settings.plan:
        raise ConfigError(
            f"--set {settings.plan[0].text}: diagnose trains nothing; it takes --set data.*, diagnose.*, metric="
        )
    require_no_training(settings, "diagnose")
    return settings


def _evidence(options: argparse.Namespace, shown: "Screen") -> "Evidence":
    from maskwright.diagnosis.evidence.evidence import Evidence
    from maskwright.workflows.diagnosis_inputs import Folders, masks_in, require_known_columns, with_given

    settings = _settings(options)
    evidence = Evidence()
    truth = options.truth
    if options.run:
        load_torch(quiet=options.quiet)
        from maskwright.workflows.run_evaluation import evidence_of_file, evidence_of_run, load_model

        if _is_exported(options.run):
            model = load_model(options.run, shown, runtime=options.runtime)
            evidence, truth = evidence_of_file(model, truth, settings, shown), None
        else:
            evidence = evidence_of_run(options.run, settings, shown, runtime=options.runtime)
    folders = Folders(truth, masks_in(options.pred), options.train_truth, masks_in(options.train_pred))
    evidence = with_given(evidence, folders, options.history, settings=settings, count=shown.count)
    if evidence.history is not None:
        require_known_columns(evidence.history, alone=not evidence.cases, tell=print)
        if evidence.history.reading:
            print(f"{evidence.history.source}: {evidence.history.reading}")
    return evidence


def _print_diagnosis(diagnosis: "Diagnosis") -> None:
    for finding in diagnosis.findings:
        print(finding)
        if finding.mechanism:
            print(f"        why: {finding.mechanism}")


def _is_sound(diagnosis: "Diagnosis") -> bool:
    """True where nothing was found that needs action, and no low score is left without a cause."""
    codes = {finding.code for finding in diagnosis.findings}
    return Findings(diagnosis.findings).are_notes and "score-unexplained" not in codes
