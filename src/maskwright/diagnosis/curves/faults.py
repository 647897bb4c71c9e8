"""All faults that a history shows, causes before consequences."""

from maskwright.diagnosis.curves.generalisation import generalising_findings
from maskwright.diagnosis.curves.loss import loss_findings
from maskwright.diagnosis.curves.metrics import metric_findings
from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.findings.finding import Finding


def history_findings(evidence: Evidence) -> list[Finding]:
    """Return every fault that the history in the evidence shows; none without a history."""
    return [*loss_findings(evidence), *metric_findings(evidence), *generalising_findings(evidence)]
