"""Findings: what is wrong, or worth knowing, with the evidence and the way out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maskwright.findings.catalogue import Severity as Severity
from maskwright.findings.catalogue import catalogue, ranks
from maskwright.findings.template import filled
from maskwright.notebook.html import box, sentence, table
from maskwright.notebook.show import show
from maskwright.wording import count_of

_ORDER: dict[str, int] = {"error": 0, "warning": 1, "note": 2}


@dataclass(frozen=True)
class Finding:
    """One thing found: `code` is a code of the catalogue, `evidence` gives the numbers, `fix` says what to do.

    `photos` names the samples that the finding is about. A sample named by a finding of severity error is left out of
    training and of scores. `mechanism` says why the fault does harm, `read_more` names a source. A diagnosis adds
    `recovered_iou`, the IoU gained once the fault is undone in the given files (None where that cannot be done), and
    `picture`, the name of a file beside the report ("" for none). Detectors make findings with `make_finding`.

        >>> finding = mw.check_pairs([(photo, mask.T) for photo, mask in mw.open_dataset("photos")])[0]
        >>> finding.severity
        'error'
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
        assert self.code in catalogue(), f"no such finding: {self.code}"

    def __str__(self) -> str:
        return f"{self.severity:7} {self.code}: {self.title}\n        {self.evidence}\n        -> {self.fix}"

    def __repr__(self) -> str:
        return f"<{self.severity} {self.code}: {self.title}>"

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the title, the evidence, the cause and the fix."""
        parts = [self.evidence, *([self.mechanism] if self.mechanism else []), f"What to do: {self.fix}"]
        return box(f"{self.severity.capitalize()}: {self.title}", *(sentence(part) for part in parts))


class Findings(list[Finding]):
    """A list of findings that a notebook shows as a table; `print` shows each with its evidence and its fix."""

    @property
    def are_notes(self) -> bool:
        """Whether none of them is more than a note."""
        return all(finding.severity == "note" for finding in self)

    def __str__(self) -> str:
        return "\n".join(map(str, self)) or "no findings"

    def _repr_html_(self) -> str:
        """Return a table: severity, title, evidence, fix."""
        rows = [(f.severity, f.title, f.evidence, f.fix) for f in self]
        return box(
            count_of(len(rows), "finding"),
            table(("severity", "finding", "evidence", "what to do"), rows) if rows else "",
        )

    def show(self) -> Path | None:
        """Show the table in a notebook, or in the browser; return the page, None in a notebook."""
        return show(self)


def make_finding(
    code: str,
    evidence: str,
    *,
    values: Mapping[str, object] | None = None,
    photos: Iterable[str] = (),
    severity: Severity | None = None,
    variant: str = "",
    recovered_iou: float | None = None,
) -> Finding:
    """Return a finding with the catalogue's words: a detector gives its code, the evidence and what fills the fix.

    `values` fill the {named} fields of the fix, all of them and no others. `severity` overrides the catalogue's.
    `variant` chooses the words for one situation (see the entry); "keras", "pytorch" and "run" choose the fix in the
    user's framework where the entry has one.

    >>> make_finding("photo-flat", "1: dark.png").title
    'Photos have one value from edge to edge'
    """
    words = catalogue()[code].words(variant)
    return Finding(
        code,
        severity or words.severity,
        words.title,
        evidence,
        filled(words.fix, values or {}),
        tuple(photos),
        words.mechanism,
        recovered_iou,
        words.read_more,
    )


def ranked(findings: Iterable[Finding]) -> Findings:
    """Return the findings with errors first, then warnings, then notes, and each in the order of the catalogue."""
    return Findings(sorted(findings, key=lambda f: (_ORDER[f.severity], ranks()[f.code])))


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


def finding_from_json(values: dict[str, Any]) -> Finding:
    """Return the finding that `finding_as_json` wrote; raises ValueError, TypeError or KeyError for anything else."""
    iou = values.get("recovered_iou")
    texts = {key: values[key] for key in ("code", "severity", "title", "evidence", "fix")}
    texts |= {key: values.get(key, "") for key in ("mechanism", "read_more", "picture")}
    photos = tuple(values.get("photos", ()))
    if not all(isinstance(text, str) for text in (*texts.values(), *photos)) or texts["severity"] not in _ORDER:
        raise ValueError("a finding has texts, a severity, and names of photos")
    return Finding(**texts, photos=photos, recovered_iou=None if iou is None else float(iou))


def some(names: Iterable[str], *, most: int = 5) -> str:
    """Return up to `most` names as text, and how many more there are."""
    names = list(names)
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + rest
