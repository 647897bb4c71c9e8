"""The order of a diagnosis: what undoing gives back first, causes before consequences."""

from collections.abc import Iterable
from dataclasses import replace

from maskwright.findings.catalogue import catalogue, causes_of, ranks
from maskwright.findings.finding import Finding

DRAWN = frozenset({"pred-speckled", "patches-distant", "empty-positives", "boundary-coarse"})
"""How a model draws that has not learnt enough: consequences of underfitting, where there is any."""
EXPLAINED_BY_ANY_BUT: dict[str, frozenset[str]] = {
    "accuracy-majority": frozenset(),
    "val-below-constant": frozenset(),
    "score-constant": frozenset(),
    "underfitting": DRAWN,
}
"""Consequences of every cause that weighs (an error, or one that gives back 0.05 or more), those named aside."""
FOREMOST = frozenset({"softmax-one-channel", "pred-divided", "pred-constant", "underfitting"})
"""What leaves nothing to compute with, or nothing learnt: it stands before all that can be undone."""
ENOUGH = 0.05


def ranked_causes(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings by the IoU that undoing gives back, then in the order of the catalogue; notes come last.

    A consequence of a cause that is there is left out and named in the cause's evidence.
    """
    found = [_explained(finding) for finding in findings]
    kept = [finding for finding in found if not _causes(finding, found)]
    dropped = [finding for finding in found if finding not in kept]
    order = sorted(kept, key=_key)
    for consequence in dropped:
        codes = {f.code for f in _causes(consequence, found)}
        cause = next((f for f in order if f.code in codes), None)
        if cause is not None:
            said = f"; this explains, too: {catalogue()[consequence.code].meaning} ({consequence.evidence})"
            order[order.index(cause)] = replace(cause, evidence=cause.evidence + said)
    return order


def with_raised(raised: Iterable[Finding], ranked: list[Finding]) -> list[Finding]:
    """Return a ranked diagnosis with what guards saw during training: their causes first, consequences where none is.

    Where both name a code, the guard's finding stands: it saw the step.
    """
    told = [finding for finding in raised if finding.severity != "note"]
    causes = [finding for finding in told if finding.code not in EXPLAINED_BY_ANY_BUT]
    rest = [finding for finding in ranked if finding.code not in {cause.code for cause in causes}]
    if any(_weighs(finding) and finding.code not in EXPLAINED_BY_ANY_BUT for finding in (*causes, *rest)):
        return [*causes, *rest]
    later = [f for f in told if f.code in EXPLAINED_BY_ANY_BUT and f.code not in {one.code for one in rest}]
    return [*causes, *(f for f in rest if f.severity != "note"), *later, *(f for f in rest if f.severity == "note")]


def _explained(finding: Finding) -> Finding:
    entry = catalogue()[finding.code]
    mechanism, source = finding.mechanism or entry.mechanism, finding.read_more or entry.read_more
    return replace(finding, mechanism=mechanism, read_more=source)


def _causes(finding: Finding, found: list[Finding]) -> list[Finding]:
    spared = EXPLAINED_BY_ANY_BUT.get(finding.code)
    if spared is None:
        return [f for f in found if f.code in causes_of(finding.code)]
    return [f for f in found if f.code not in EXPLAINED_BY_ANY_BUT.keys() | spared and _weighs(f)]


def _weighs(finding: Finding) -> bool:
    return finding.severity == "error" or (finding.recovered_iou or 0) >= ENOUGH


def _key(finding: Finding) -> tuple[int, int, float, int]:
    foremost = finding.code in FOREMOST
    consequence = finding.code in EXPLAINED_BY_ANY_BUT and not foremost
    worth = 1.0 if foremost else finding.recovered_iou or 0.0
    return int(finding.severity == "note"), int(consequence), -worth, ranks()[finding.code]
