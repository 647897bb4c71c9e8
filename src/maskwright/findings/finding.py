"""Findings: what is wrong, or worth knowing, with the evidence and the way out."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from maskwright.findings.catalogue import CODES

Severity = Literal["error", "warning", "note"]

_ORDER: dict[str, int] = {"error": 0, "warning": 1, "note": 2}


@dataclass(frozen=True)
class Finding:
    """One thing found: `code` is a key of CODES, `evidence` says it in numbers, `fix` says what to do.

    `photos` names the samples it is about; a sample named by a finding of severity error is left out of
    training and of scores. A diagnosis adds the `mechanism` in two sentences, `recovered_iou`, the IoU gained when
    the fault is undone in what was given (None where that cannot be done), a source to `read_more`, and a `picture`:
    the name of a file beside the report, "" for none.
    """

    code: str
    severity: Severity
    title: str
    evidence: str
    fix: str
    photos: tuple[str, ...] = ()
    mechanism: str = ""
    recovered_iou: float | None = None
    read_more: str = ""
    picture: str = ""

    def __post_init__(self) -> None:
        assert self.code in CODES, f"no such finding: {self.code}"

    def __str__(self) -> str:
        return f"{self.severity:7} {self.code}: {self.title}\n        {self.evidence}\n        -> {self.fix}"


def ranked(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings with errors first, then warnings, then notes, else in the order of CODES."""
    codes = list(CODES)
    return sorted(findings, key=lambda f: (_ORDER[f.severity], codes.index(f.code)))


def finding_as_json(finding: Finding) -> dict[str, object]:
    """Return the finding as JSON-ready values, keys as in the class."""
    return {
        "code": finding.code,
        "severity": finding.severity,
        "title": finding.title,
        "evidence": finding.evidence,
        "fix": finding.fix,
        "photos": list(finding.photos),
        "mechanism": finding.mechanism,
        "recovered_iou": finding.recovered_iou,
        "read_more": finding.read_more,
        "picture": finding.picture,
    }


def finding_from_json(values: dict[str, object]) -> Finding:
    """Return the finding that `finding_as_json` wrote."""
    fields: dict[str, Any] = dict(values)
    return Finding(**{**fields, "photos": tuple(fields["photos"])})


def some(names: Iterable[str], *, most: int = 5) -> str:
    """Return up to `most` names as text, and how many more there are."""
    names = list(names)
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + rest
