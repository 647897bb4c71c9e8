"""The order of a diagnosis: what undoing recovers first, causes before consequences."""

from collections.abc import Iterable
from dataclasses import replace

from maskwright.findings.catalogue import catalogue, causes_of, ranks
from maskwright.findings.finding import Finding

SHAPES = frozenset({"pred-speckled", "patches-distant", "empty-positives", "boundary-coarse"})
"""How masks look that a model makes after too little training: consequences of underfitting."""
EXPLAINED_BY_ANY_BUT: dict[str, frozenset[str]] = {
    "accuracy-majority": frozenset(),
    "val-below-constant": frozenset(),
    "score-constant": frozenset(),
    "underfitting": SHAPES,
}
"""Consequences of every other cause that matters (an error, or one that recovers 0.05 or more), except these."""
FOREMOST = frozenset(
    {"softmax-one-channel", "pred-divided", "pred-constant", "pred-axis", "pred-wrapped", "underfitting"}
)
"""What leaves nothing to compute with, or nothing learned: it comes before all that can be undone."""
EVERYWHERE = frozenset({"overfitting"})
"""What lowers the score of all classes: it comes before faults of one class or shape that give back no more."""
NEVER_SPECKS = frozenset({"class-missing"})
"""What leaves specks in place of one class, and costs the classes that are predicted little by them."""
ENOUGH = 0.05
"""IoU given back from which on a finding counts as a cause."""


def ranked_causes(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings by the IoU that undoing recovers, then errors before warnings; notes come last.

    What is alike in both stands in the order of the catalogue.

    A consequence of a cause in the list is left out and named in the cause's evidence.
    """
    every = list(findings)
    causes = [finding for finding in every if not _causes(finding, every)]
    order = sorted(causes, key=_key)
    for consequence in (finding for finding in every if finding not in causes):
        codes = {f.code for f in _causes(consequence, every)}
        cause = next((f for f in order if f.code in codes), None)
        if cause is not None:
            also = f"; this also explains: {catalogue()[consequence.code].meaning} ({consequence.evidence})"
            order[order.index(cause)] = replace(cause, evidence=cause.evidence + also)
    return order


def with_raised(raised: Iterable[Finding], ranked: list[Finding]) -> list[Finding]:
    """Return a ranked diagnosis with what guards saw during training: causes first, consequences only without a cause.

    Where both name a code, the guard's finding is taken: it saw the step.
    """
    warned = [finding for finding in raised if finding.severity != "note"]
    causes = [finding for finding in warned if finding.code not in EXPLAINED_BY_ANY_BUT]
    rest = [finding for finding in ranked if finding.code not in {cause.code for cause in causes}]
    if any(_matters(finding) and finding.code not in EXPLAINED_BY_ANY_BUT for finding in (*causes, *rest)):
        return [*causes, *rest]
    later = [f for f in warned if f.code in EXPLAINED_BY_ANY_BUT and f.code not in {one.code for one in rest}]
    return [*causes, *(f for f in rest if f.severity != "note"), *later, *(f for f in rest if f.severity == "note")]


def _causes(finding: Finding, every: list[Finding]) -> list[Finding]:
    excepted = EXPLAINED_BY_ANY_BUT.get(finding.code)
    if excepted is None:
        mild = finding.severity == "note"
        causes = causes_of(finding.code) - (NEVER_SPECKS if _are_costly_specks(finding) else frozenset())
        return [f for f in every if f.code in causes and (mild or f.severity != "note")]
    return [f for f in every if f.code not in EXPLAINED_BY_ANY_BUT.keys() | excepted and _matters(f)]


def _are_costly_specks(finding: Finding) -> bool:
    return finding.code == "pred-speckled" and (finding.recovered_iou or 0) >= ENOUGH


def _matters(finding: Finding) -> bool:
    return finding.severity == "error" or (finding.recovered_iou or 0) >= ENOUGH


def _key(finding: Finding) -> tuple[int, int, float, int, int]:
    foremost = finding.code in FOREMOST
    consequence = finding.code in EXPLAINED_BY_ANY_BUT and not foremost
    recovered = 1.0 if foremost else finding.recovered_iou or 0.0
    mild = int(finding.severity != "error")
    rank = -1 if finding.code in EVERYWHERE else ranks()[finding.code]
    return int(finding.severity == "note"), int(consequence), -recovered, mild, rank
