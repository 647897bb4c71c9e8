"""evaluate: score a trained model on annotated photos."""

import argparse
from typing import TYPE_CHECKING

from maskwright.cli.arguments import add_data, add_object, add_only, add_runs, add_set, add_verb
from maskwright.cli.console import exit_code_of, load_torch, print_findings, print_scores, print_verdict, screen
from maskwright.cli.paths import require_exists, require_run, result_file
from maskwright.cli.runtimes import add_runtime_flags
from maskwright.findings.finding import finding_as_json, ranked
from maskwright.output_file_names import RUN_FACTS_FILE

if TYPE_CHECKING:
    from maskwright.cli.arguments import Verbs

NAME = "evaluate"
EXAMPLE = "maskwright evaluate runs/photos-1 other_photos/"


def add(verbs: "Verbs") -> None:
    """Add the verb with its arguments."""
    parser = add_verb(verbs, NAME, "score a trained model on annotated photos", run=run, example=EXAMPLE)
    add_runs(parser)
    add_data(parser)
    parser.add_argument("--json", metavar="F", type=result_file, help="write the scores, one row for each photo")
    add_only(parser)
    add_object(parser)
    add_runtime_flags(parser)
    add_set(parser)


def run(options: argparse.Namespace) -> int:
    """Evaluate the run; return 1 with a finding of severity error."""
    require_run(options.run, files=True)
    require_exists(options.data)
    from maskwright.planning.settings import read_settings, require_data_alone

    settings = read_settings(options.sets)
    require_data_alone(settings, NAME)
    load_torch(quiet=options.quiet)
    from maskwright.diagnosis.diagnose import diagnose
    from maskwright.evaluation.chosen_class import focused, require_class
    from maskwright.evaluation.evaluation_files import evaluation_as_json
    from maskwright.evaluation.verdict import verdict
    from maskwright.files import write_json
    from maskwright.runs.folder import read_run_facts
    from maskwright.workflows.run_evaluation import evaluate_model, load_model

    facts = read_run_facts(options.run) if (options.run / RUN_FACTS_FILE).exists() else None
    if options.object and facts:
        require_class(options.object, facts.classes)
    shown = screen(quiet=options.quiet)
    model = load_model(options.run, shown, runtime=options.runtime, fast=options.fast)
    evaluation, findings = evaluate_model(model, options.data, settings, only=options.only, screen=shown)
    if options.object:
        evaluation = focused(evaluation, options.object)
    findings = ranked([*findings, *diagnose(evaluation)])
    print_findings(findings, quiet=options.quiet)
    print_scores(evaluation)
    print_verdict(verdict(evaluation, findings, facts=facts, run=options.run))
    if options.json:
        write_json(options.json, {**evaluation_as_json(evaluation), "findings": [finding_as_json(f) for f in findings]})
    return exit_code_of(findings)
