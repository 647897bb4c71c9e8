"""Findings about the photos themselves: broken, tiny, bare, without annotation, or there twice."""

from collections.abc import Mapping, Sequence

from maskwright.checks.scan import Look
from maskwright.datasets.duplicates import Duplicates
from maskwright.datasets.reading import PhotoHeader
from maskwright.findings.finding import Finding, Severity, some

TINY_PX = 32
UNUSABLE_PX = 8
FEW_PHOTOS = 10
MANY_DISAGREE = 0.05


_HEADER_TEXTS: Mapping[str, tuple[str, Severity, str, str]] = {
    "missing": (
        "photo-missing",
        "error",
        "Photos named in the annotations are missing",
        "put them beside the annotations or into images/, or remove them from the annotations",
    ),
    "unreadable": (
        "photo-unreadable",
        "error",
        "Photos cannot be opened as images",
        "save them again as JPEG or PNG, or remove them",
    ),
    "depth": (
        "photo-depth",
        "error",
        "Photos have a depth or a channel count that cannot be used",
        "save them as 8-bit RGB, or as 8- or 16-bit grey",
    ),
    "canvas": (
        "photo-canvas",
        "note",
        "Missing photos stand at the given canvas size",
        "this is for counting pixels only: put the photos beside the annotations to train",
    ),
}


def header_findings(headers: Mapping[str, PhotoHeader]) -> list[Finding]:
    """Return the findings of photos, by sample name, that are missing, unreadable or of an unusable depth."""
    named = {trouble: [name for name, h in headers.items() if h.trouble == trouble] for trouble in _HEADER_TEXTS}
    return [_header_finding(trouble, names, headers) for trouble, names in named.items() if names]


def _header_finding(trouble: str, names: Sequence[str], headers: Mapping[str, PhotoHeader]) -> Finding:
    code, severity, title, fix = _HEADER_TEXTS[trouble]
    modes = f" (mode {', '.join(sorted({headers[name].detail for name in names}))})" if trouble == "depth" else ""
    return Finding(code, severity, title, f"{len(names)}: {some(names)}{modes}", fix, tuple(names))


def photo_findings(looks: Sequence[Look]) -> list[Finding]:
    """Return what is wrong with single photos, and whether there are few."""
    return [*_unreadable(looks), *_tiny(looks), *_flat(looks), *_unannotated(looks), *_few(looks)]


def _unreadable(looks: Sequence[Look]) -> list[Finding]:
    bad = [look for look in looks if look.trouble]
    if not bad:
        return []
    evidence = f"{len(bad)}: {some([look.trouble for look in bad], most=3)}"
    fix = "save them again from the originals, or remove them"
    title = "Photos cannot be decoded, or only in part"
    return [Finding("photo-unreadable", "error", title, evidence, fix, tuple(look.name for look in bad))]


def _tiny(looks: Sequence[Look]) -> list[Finding]:
    sizes = {look.name: look.size_hw for look in looks if look.size_hw and min(look.size_hw) < TINY_PX}
    useless = {name: size for name, size in sizes.items() if min(size) < UNUSABLE_PX}
    small = {name: size for name, size in sizes.items() if name not in useless}
    fix = "give the photos at their original size, or remove them"
    findings = []
    if useless:
        title = f"Photos under {UNUSABLE_PX} pixels wide or high show nothing"
        findings.append(Finding("photo-tiny", "error", title, _sizes(useless), fix, tuple(useless)))
    if small:
        title = f"Photos are under {TINY_PX} pixels wide or high"
        findings.append(Finding("photo-tiny", "warning", title, _sizes(small), fix, tuple(small)))
    return findings


def _sizes(sizes: Mapping[str, tuple[int, int]]) -> str:
    return f"{len(sizes)}: " + some([f"{name} is {wide}x{high}" for name, (high, wide) in sizes.items()])


def _flat(looks: Sequence[Look]) -> list[Finding]:
    flat = [look.name for look in looks if look.thumb is not None and look.thumb.min() == look.thumb.max()]
    if not flat:
        return []
    title, fix = "Photos are one grey from edge to edge", "look at them, and remove them if nothing is to be seen"
    return [Finding("photo-flat", "warning", title, f"{len(flat)}: {some(flat)}", fix, tuple(flat))]


def _unannotated(looks: Sequence[Look]) -> list[Finding]:
    bare = [look.name for look in looks if not look.annotated]
    if not bare:
        return []
    evidence = f"{len(bare)} of {len(looks)}: {some(bare)}; they are neither trained on nor scored"
    fix = "annotate them, or give them an empty annotation if they show no object"
    return [Finding("photo-unannotated", "warning", "Photos have no annotation", evidence, fix, tuple(bare))]


def _few(looks: Sequence[Look]) -> list[Finding]:
    count = sum(look.annotated and not look.trouble for look in looks)
    if count >= FEW_PHOTOS:
        return []
    evidence = f"{count} annotated photos, fewer than {FEW_PHOTOS}: any score from them is uncertain"
    return [Finding("photos-few", "note", "There are few photos", evidence, "annotate some more, as varied as you can")]


def duplicate_findings(found: Duplicates, looks: Sequence[Look]) -> list[Finding]:
    """Return the copies, the copies on both sides of a given split, and the copies whose masks differ."""
    return [*_exact(found), *_near(found), *_leaks(found, looks), *disagreements(found, looks)]


def _exact(found: Duplicates) -> list[Finding]:
    if not found.exact:
        return []
    evidence = f"{len(found.exact)} times: " + some([" = ".join(group) for group in found.exact])
    names = tuple(name for group in found.exact for name in group)
    fix = "keep one of each; if both stay, a split keeps them together"
    return [Finding("duplicate-exact", "note", "Photos are there twice", evidence, fix, names)]


def _near(found: Duplicates) -> list[Finding]:
    if not found.near:
        return []
    pairs = some([f"{p.first} ~ {p.second} ({p.correlation:.2f})" for p in found.near])
    cut = (
        f"; {found.cut} pairs were left apart, since a group may have {found.most} photos at most" if found.cut else ""
    )
    names = tuple(dict.fromkeys(name for p in found.near for name in (p.first, p.second)))
    fix = "nothing, if that is meant: a split keeps them together"
    if found.cut:
        fix = "give a csv photo,group that says which photos belong together (--set split.groups=FILE)"
    title = "Photos show nearly the same picture"
    return [Finding("duplicate-near", "note", title, f"{len(found.near)} pairs: {pairs}{cut}", fix, names)]


def _leaks(found: Duplicates, looks: Sequence[Look]) -> list[Finding]:
    parts = {look.name: look.part for look in looks}
    pairs = [(p.first, p.second) for p in found.near]
    pairs += [(group[0], name) for group in found.exact for name in group[1:]]
    leaks = [(a, b) for a, b in pairs if parts[a] and parts[b] and parts[a] != parts[b]]
    if not leaks:
        return []
    shown = some([f"{a} ({parts[a]}) ~ {b} ({parts[b]})" for a, b in leaks])
    names = tuple(dict.fromkeys(name for pair in leaks for name in pair))
    title = "Copies of a photo stand in different parts of the given split"
    fix = "move the copies into one part: the score on the others is too good"
    return [Finding("split-leak", "warning", title, f"{len(leaks)} pairs: {shown}", fix, names)]


def disagreements(found: Duplicates, looks: Sequence[Look]) -> list[Finding]:
    """Return the copies of one file that have different masks."""
    digests = {look.name: look.mask.digest for look in looks if look.mask is not None}
    groups = [[name for name in group if name in digests] for group in found.exact]
    groups = [group for group in groups if len({digests[name] for name in group}) > 1]
    if not groups:
        return []
    evidence = f"{len(groups)} times: " + some([" = ".join(group) for group in groups])
    names = tuple(name for group in groups for name in group)
    title, fix = "Copies of one photo have different masks", "compare the masks and keep the right one"
    severity: Severity = "warning" if len(names) > MANY_DISAGREE * len(digests) else "note"
    mechanism = (
        "One picture with two truths cannot be learnt: the model settles between them. "
        "With one copy held out, the score is bounded by how much the two masks agree."
    )
    return [Finding("duplicate-disagree", severity, title, evidence, fix, names, mechanism)]
