"""All faults that a history shows, causes before consequences."""

from maskwright.findings import Finding
from maskwright.judge.diagnose.cases import Evidence
from maskwright.judge.diagnose.generalising import generalising_findings
from maskwright.judge.diagnose.loss_curves import loss_findings
from maskwright.judge.diagnose.metric_curves import metric_findings


def history_findings(evidence: Evidence) -> list[Finding]:
    """Return every fault that the history in the evidence shows; none without a history."""
    return [*loss_findings(evidence), *metric_findings(evidence), *generalising_findings(evidence)]
