"""All faults that a history shows, causes before consequences."""

from maskwright.diagnosis.curves.checkpoint_by_lowest_score import checkpoint_findings
from maskwright.diagnosis.curves.constant_answers.absent_labels import unlabelled_findings
from maskwright.diagnosis.curves.learning_rate_schedule import rate_findings
from maskwright.diagnosis.curves.loss_curve import loss_findings
from maskwright.diagnosis.curves.metric_curve import metric_findings
from maskwright.diagnosis.curves.missing_train_mode import evaluation_mode_findings
from maskwright.diagnosis.curves.restarts import breaks_late, restart_findings
from maskwright.diagnosis.curves.running_averages import running_average_findings
from maskwright.diagnosis.curves.running_means import running_mean_findings
from maskwright.diagnosis.curves.second_stage import second_stage_findings
from maskwright.diagnosis.curves.train_against_validation import generalisation_findings
from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.history.history import History
from maskwright.findings.catalogue import catalogue
from maskwright.findings.finding import Finding, make_finding

RATES = ("lr-too-high", "lr-too-low", "loss-flat")
"""What a loss alone lays to the learning rate; not where the rate itself, or a collapse, explains the loss."""
DIVERGED = ("lr-too-high", "loss-not-finite")
"""Errors that end a training early, so that nothing can be said of how its rate would have gone on."""


WARMING = catalogue()["lr-schedule"].words("warming").title
"""A rate that never was what it should be: that a rare class is not yet found is its consequence."""


def history_findings(evidence: Evidence) -> list[Finding]:
    """Return every fault that the history in the evidence shows; none without a history.

    Where only background is predicted, a loss that does not fall is its consequence, not that of a high rate. So it is
    of a rate that is spent or still warms up. A training that breaks in one late row had a rate that served until then.
    Beside a score that is a mean over all epochs, the time from which on the model overfits stands in the evidence.
    """
    metrics = metric_findings(evidence)
    collapsed = any(finding.code == "accuracy-majority" for finding in metrics)
    rates = rate_findings(evidence)
    explained = collapsed or any(finding.severity != "note" for finding in rates)
    losses = [f for f in loss_findings(evidence) if not (explained and f.code in RATES and f.severity != "error")]
    if any(finding.code in DIVERGED and finding.severity == "error" for finding in losses):
        rates = []
    if breaks_late(evidence.history):
        losses = [finding for finding in losses if finding.code != "lr-too-high"]
    generalisation = generalisation_findings(evidence)
    losses = second_stage_findings(evidence.history) or losses
    if evidence.history is not None and unlabelled_findings(evidence.history):
        generalisation = []
    if rates and rates[0].title == WARMING:
        metrics = [finding for finding in metrics if finding.code != "class-missing"]
    if running_mean_findings(evidence.history):
        generalisation = [finding for finding in generalisation if finding.code != "overfitting"]
    return [
        *_said(evidence.history),
        *running_average_findings(evidence.history),
        *evaluation_mode_findings(evidence.history),
        *restart_findings(evidence),
        *losses,
        *metrics,
        *checkpoint_findings(evidence),
        *generalisation,
        *rates,
    ]


def _said(history: History | None) -> list[Finding]:
    """Return the worst that a log says in words beside its numbers."""
    worst = history.said[:1] if history is not None else ()
    return [make_finding("log-warns", s.evidence, variant=s.variant, severity=s.severity) for s in worst]
