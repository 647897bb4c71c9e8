"""Findings about the photos themselves: damaged, tiny, flat, without annotation, or twice."""

from collections.abc import Mapping, Sequence

from maskwright.checks.scan import Look
from maskwright.datasets.duplicates import Duplicates
from maskwright.datasets.reading import PhotoHeader
from maskwright.findings.finding import Finding, Severity, make_finding, some

TINY_PX = 32
UNUSABLE_PX = 8
FEW_PHOTOS = 10
MANY_DISAGREE = 0.05


_HEADER_CODES: Mapping[str, str] = {
    "missing": "photo-missing",
    "unreadable": "photo-unreadable",
    "depth": "photo-depth",
    "canvas": "photo-canvas",
}


def header_findings(headers: Mapping[str, PhotoHeader]) -> list[Finding]:
    """Return the findings of photos, by sample name, that are missing, unreadable or of an unusable depth."""
    named = {trouble: [name for name, h in headers.items() if h.trouble == trouble] for trouble in _HEADER_CODES}
    return [_header_finding(trouble, names, headers) for trouble, names in named.items() if names]


def _header_finding(trouble: str, names: Sequence[str], headers: Mapping[str, PhotoHeader]) -> Finding:
    modes = f" (mode {', '.join(sorted({headers[name].detail for name in names}))})" if trouble == "depth" else ""
    return make_finding(_HEADER_CODES[trouble], f"{len(names)}: {some(names)}{modes}", photos=names)


def photo_findings(looks: Sequence[Look]) -> list[Finding]:
    """Return what is wrong with single photos, and whether there are few."""
    return [*_unreadable(looks), *_tiny(looks), *_flat(looks), *_unannotated(looks), *_few(looks)]


def _unreadable(looks: Sequence[Look]) -> list[Finding]:
    bad = [look for look in looks if look.trouble]
    if not bad:
        return []
    evidence = f"{len(bad)}: {some([look.trouble for look in bad], most=3)}"
    return [make_finding("photo-unreadable", evidence, photos=[look.name for look in bad])]


def _tiny(looks: Sequence[Look]) -> list[Finding]:
    sizes = {look.name: look.size_hw for look in looks if look.size_hw and min(look.size_hw) < TINY_PX}
    unusable = {name: size for name, size in sizes.items() if min(size) < UNUSABLE_PX}
    small = {name: size for name, size in sizes.items() if name not in unusable}
    both: tuple[tuple[Mapping[str, tuple[int, int]], Severity], ...] = ((unusable, "error"), (small, "warning"))
    return [make_finding("photo-tiny", _sizes(s), photos=s, severity=severity) for s, severity in both if s]


def _sizes(sizes: Mapping[str, tuple[int, int]]) -> str:
    return f"{len(sizes)}: " + some([f"{name} is {wide}x{high}" for name, (high, wide) in sizes.items()])


def _flat(looks: Sequence[Look]) -> list[Finding]:
    flat = [look.name for look in looks if look.thumb is not None and look.thumb.min() == look.thumb.max()]
    if not flat:
        return []
    return [make_finding("photo-flat", f"{len(flat)}: {some(flat)}", photos=flat)]


def _unannotated(looks: Sequence[Look]) -> list[Finding]:
    bare = [look.name for look in looks if not look.annotated]
    if not bare:
        return []
    evidence = f"{len(bare)} of {len(looks)}: {some(bare)}; they are neither trained on nor scored"
    return [make_finding("photo-unannotated", evidence, photos=bare)]


def _few(looks: Sequence[Look]) -> list[Finding]:
    count = sum(look.annotated and not look.trouble for look in looks)
    if count >= FEW_PHOTOS:
        return []
    evidence = f"{count} annotated photos, fewer than {FEW_PHOTOS}: any score from them is uncertain"
    return [make_finding("photos-few", evidence)]


def duplicate_findings(found: Duplicates, looks: Sequence[Look]) -> list[Finding]:
    """Return the copies, the copies on both sides of a given split, and the copies whose masks differ."""
    return [*_exact(found), *_near(found), *_leaks(found, looks), *disagreements(found, looks)]


def _exact(found: Duplicates) -> list[Finding]:
    if not found.exact:
        return []
    evidence = f"{len(found.exact)} times: " + some([" = ".join(group) for group in found.exact])
    names = tuple(name for group in found.exact for name in group)
    return [make_finding("duplicate-exact", evidence, photos=names)]


def _near(found: Duplicates) -> list[Finding]:
    if not found.near:
        return []
    pairs = some([f"{p.first} ~ {p.second} ({p.correlation:.2f})" for p in found.near])
    cut = (
        f"; {found.cut} pairs were left apart, since a group may have {found.most} photos at most" if found.cut else ""
    )
    names = tuple(dict.fromkeys(name for p in found.near for name in (p.first, p.second)))
    evidence = f"{len(found.near)} pairs: {pairs}{cut}"
    return [make_finding("duplicate-near", evidence, photos=names, variant="many" if found.cut else "")]


def _leaks(found: Duplicates, looks: Sequence[Look]) -> list[Finding]:
    parts = {look.name: look.part for look in looks}
    pairs = [(p.first, p.second) for p in found.near]
    pairs += [(group[0], name) for group in found.exact for name in group[1:]]
    leaks = [(a, b) for a, b in pairs if parts[a] and parts[b] and parts[a] != parts[b]]
    if not leaks:
        return []
    shown = some([f"{a} ({parts[a]}) ~ {b} ({parts[b]})" for a, b in leaks])
    names = tuple(dict.fromkeys(name for pair in leaks for name in pair))
    return [make_finding("split-leak", f"{len(leaks)} pairs: {shown}", photos=names)]


def disagreements(found: Duplicates, looks: Sequence[Look]) -> list[Finding]:
    """Return the copies of one file that have different masks."""
    digests = {look.name: look.mask.digest for look in looks if look.mask is not None}
    groups = [[name for name in group if name in digests] for group in found.exact]
    groups = [group for group in groups if len({digests[name] for name in group}) > 1]
    if not groups:
        return []
    evidence = f"{len(groups)} times: " + some([" = ".join(group) for group in groups])
    names = tuple(name for group in groups for name in group)
    severity: Severity = "warning" if len(names) > MANY_DISAGREE * len(digests) else "note"
    return [make_finding("duplicate-disagree", evidence, photos=names, severity=severity)]
