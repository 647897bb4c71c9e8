"""The diagnosis: every fault that the evidence can show."""

from maskwright.findings import Finding
from maskwright.judge.diagnose.scored import score_findings
from maskwright.judge.evaluate import Evaluation


def diagnose(evaluation: Evaluation) -> list[Finding]:
    """Return findings about an evaluation: collapse to one class, no better than a constant, no honest score."""
    return score_findings(evaluation)
