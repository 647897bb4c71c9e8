"""Findings about photos that occur twice: copies, near copies, copies across parts, copies with different masks."""

from collections.abc import Sequence

from maskwright.checks.scan import PhotoScan
from maskwright.datasets.compared_photos import Duplicates
from maskwright.findings.finding import Finding, Severity, make_finding, some

MANY_DISAGREE = 0.05


def duplicate_findings(copies: Duplicates, scans: Sequence[PhotoScan]) -> list[Finding]:
    """Return the copies, the copies on both sides of a given split, and the copies whose masks differ."""
    return [*_exact(copies), *_near(copies), *_leaks(copies, scans), *_disagreements(copies, scans)]


def _exact(copies: Duplicates) -> list[Finding]:
    if not copies.exact:
        return []
    evidence = f"{len(copies.exact)} times: " + some([" = ".join(group) for group in copies.exact])
    names = tuple(name for group in copies.exact for name in group)
    return [make_finding("duplicate-exact", evidence, photos=names)]


def _near(copies: Duplicates) -> list[Finding]:
    if not copies.near:
        return []
    pairs = some([f"{p.first} ~ {p.second} ({p.said})" for p in copies.near])
    cut = (
        f"; {copies.cut} pairs were left apart, since a group may have {copies.most} photos at most"
        if copies.cut
        else ""
    )
    names = tuple(dict.fromkeys(name for p in copies.near for name in (p.first, p.second)))
    evidence = f"{len(copies.near)} pairs: {pairs}{cut}"
    return [make_finding("duplicate-near", evidence, photos=names, variant="many" if copies.cut else "")]


def _leaks(copies: Duplicates, scans: Sequence[PhotoScan]) -> list[Finding]:
    parts = {scan.name: scan.part for scan in scans}
    pairs = [(p.first, p.second, p.turned) for p in copies.near]
    pairs += [(group[0], name, "") for group in copies.exact for name in group[1:]]
    leaks = [(a, b, turned) for a, b, turned in pairs if parts[a] and parts[b] and parts[a] != parts[b]]
    if not leaks:
        return []
    shown = some([f"{a} ({parts[a]}) ~ {b} ({', '.join(filter(None, (parts[b], t)))})" for a, b, t in leaks])
    names = tuple(dict.fromkeys(name for a, b, _ in leaks for name in (a, b)))
    turned = sum(bool(turned) for *_, turned in leaks)
    said = f", {turned} of them with one turned or mirrored" if turned else ""
    variant = "changed" if turned > len(leaks) / 2 else ""
    return [make_finding("split-leak", f"{len(leaks)} pairs{said}: {shown}", photos=names, variant=variant)]


def _disagreements(copies: Duplicates, scans: Sequence[PhotoScan]) -> list[Finding]:
    """Return the copies of one file that have different masks."""
    digests = {scan.name: scan.mask.digest for scan in scans if scan.mask is not None}
    groups = [[name for name in group if name in digests] for group in copies.exact]
    groups = [group for group in groups if len({digests[name] for name in group}) > 1]
    if not groups:
        return []
    evidence = f"{len(groups)} times: " + some([" = ".join(group) for group in groups])
    names = tuple(name for group in groups for name in group)
    severity: Severity = "warning" if len(names) > MANY_DISAGREE * len(digests) else "note"
    return [make_finding("duplicate-disagree", evidence, photos=names, severity=severity)]
