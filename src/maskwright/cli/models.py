"""The verbs about trained models and networks: evaluate, predict, diagnose, report, nets."""

import argparse
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from maskwright.cli.console import code_of, print_findings, print_scores
from maskwright.cli.options import masks_in, require_known_columns
from maskwright.errors import ConfigError, MaskwrightError
from maskwright.findings.finding import finding_as_json, ranked

if TYPE_CHECKING:
    from maskwright.planning.settings import Settings


def evaluate(options: argparse.Namespace) -> int:
    """Judge a trained model on annotated photos."""
    from maskwright.diagnosis.diagnose import diagnose
    from maskwright.evaluation.evaluate import evaluation_as_json
    from maskwright.files import write_json
    from maskwright.planning.settings import read_settings
    from maskwright.workflows.finished_run import evaluate_run

    settings = read_settings(options.sets)
    if settings.plan:
        raise ConfigError(f"--set {settings.plan[0]}: a trained model keeps its plan; evaluate takes --set data.*")
    _refuse_dividing(settings, "evaluate")
    evaluation, findings = evaluate_run(options.run, options.data, settings, only=options.only, tell=print)
    findings = ranked([*findings, *diagnose(evaluation)])
    print_findings(findings)
    print_scores(evaluation)
    if options.json:
        write_json(options.json, {**evaluation_as_json(evaluation), "findings": [finding_as_json(f) for f in findings]})
    return code_of(findings)


def predict(options: argparse.Namespace) -> int:
    """Write masks, overlays and polygons of new photos."""
    from maskwright.inference.files import photos_to_do, predict_files
    from maskwright.inference.load import load

    photos = photos_to_do(options.photos, out=options.out)
    segmenter = load(options.run)
    print(f"{len(photos)} photos")
    predicted = predict_files(segmenter, photos, options.out, on_photo=lambda todo: print(f"  {todo.path}"))
    print_findings(predicted.findings)
    print(
        f"{predicted.done} photos predicted: {options.out}/masks, {options.out}/overlays, "
        f"{options.out}/regions.via.json"
    )
    if predicted.done == 0:
        raise MaskwrightError(f"none of the {len(photos)} photos could be read: give JPEG or PNG photos")
    return code_of(predicted.findings)


def diagnose(options: argparse.Namespace) -> int:
    """Say why a model does not work."""
    from maskwright.diagnosis.diagnose import examine
    from maskwright.diagnosis.evidence.evidence import Evidence
    from maskwright.files import write_json
    from maskwright.planning.settings import read_settings
    from maskwright.report.diagnosis_page import write_diagnosis
    from maskwright.workflows.diagnose import Folders, with_given

    settings = read_settings(options.sets)
    if settings.plan:
        raise ConfigError(
            f"--set {settings.plan[0]}: diagnose trains nothing; it takes --set data.*, diagnose.*, metric="
        )
    _refuse_dividing(settings, "diagnose")
    evidence = Evidence()
    if options.run:
        from maskwright.workflows.finished_run import evidence_of_run

        evidence = evidence_of_run(options.run, settings, tell=print)
    folders = Folders(options.truth, masks_in(options.pred), options.train_truth, masks_in(options.train_pred))
    evidence = with_given(evidence, folders, options.history, settings=settings)
    if evidence.history is not None:
        require_known_columns(evidence.history, alone=not evidence.cases)
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
    return code_of(findings)


def report(options: argparse.Namespace) -> int:
    """Write a run's report anew."""
    from maskwright.report.run_page import write_run_report

    print(f"report: {write_run_report(options.run)}")
    return 0


def nets(options: argparse.Namespace) -> int:
    """List the networks."""
    from maskwright.models.catalogue import NETWORKS, require_network

    for name in options.names:
        require_network(name)
    from maskwright.files import write_json
    from maskwright.models.cost import HEADING, cost

    print(HEADING)
    rows = []
    for name in options.names or NETWORKS:
        rows.append(cost(name, timed=not options.untimed))
        print(rows[-1], flush=True)
    if options.json:
        write_json(options.json, [asdict(row) for row in rows])
    return 0


def _refuse_dividing(settings: "Settings", verb: str) -> None:
    """Raise ConfigError for settings that only a training goes by."""
    if settings.split != type(settings.split)() or settings.plan_file is not None or not settings.check:
        raise ConfigError(
            f"--set split.*, plan= and check= are for `maskwright train`: {verb} divides and trains nothing"
        )
