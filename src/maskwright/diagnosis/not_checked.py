"""What a diagnosis could not check, since something was not given."""

from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.findings.finding import Finding, make_finding


def not_checked_findings(evidence: Evidence) -> list[Finding]:
    """Return one note that says what could not be checked, and what to give so that it can."""
    missing = []
    if not evidence.cases:
        missing.append("everything about masks (give --truth and --pred)")
        if evidence.user_score is not None:
            missing.append(f"by which definition {evidence.user_score.value:g} came about (it is computed from masks)")
    elif all(case.histogram is None for case in evidence.cases) and len(evidence.classes) == 2:
        missing.append(
            "the threshold and how probabilities are made (give --pred as probability maps: npy, or PNG 0..255)"
        )
    if 0 < len(evidence.cases) < 4:
        missing.append("whether predictions are mixed up (give at least 4 pairs)")
    if not evidence.train_cases:
        missing.append("overfitting and underfitting (give --train-truth and --train-pred)")
    if evidence.history is None:
        missing.append("learning rate, collapse and noise during training (give --history)")
    if not missing:
        return []
    return [make_finding("not-checked", "; ".join(missing))]
