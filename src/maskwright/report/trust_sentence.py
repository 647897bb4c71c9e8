"""One line on how far to trust a model, for pages that show its masks."""

from pathlib import Path

from maskwright.diagnosis.diagnose import diagnose
from maskwright.errors import MaskwrightError
from maskwright.evaluation.evaluation_files import read_evaluation
from maskwright.evaluation.headline import headline_evaluation
from maskwright.evaluation.verdict import verdict
from maskwright.runs.folder import read_findings, read_run_facts

UNKNOWN = "How good it is on new photos is not known: maskwright evaluate scores it on annotated photos."


def trust_sentence(run: Path) -> str:
    """Return how good the model of a run folder is and whether that figure can be trusted, in one line."""
    try:
        facts = read_run_facts(run)
        evaluation = headline_evaluation(read_evaluation(run, facts.classes), run)
        findings = [*diagnose(evaluation), *read_findings(run)]
    except MaskwrightError:  # a run whose evaluation is gone still predicts
        return UNKNOWN
    words = verdict(evaluation, findings, facts=facts, run=run)
    return f"{words.title} (IoU; 1 is perfect). {words.trust_statement}."
