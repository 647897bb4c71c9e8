"""Findings from what readers remarked: shapes without use, unknown classes, names that differ, masks left over."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from maskwright.checks.folder_remarks import (
    across_finding,
    background_finding,
    bands_finding,
    nodata_finding,
    orphan_finding,
    reading_finding,
    unused_finding,
)
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.reader_types import Remark, RemarkKind
from maskwright.datasets.truth.shapes import Shapes
from maskwright.findings.finding import Finding, Severity, make_finding, some
from maskwright.imaging.photos import photo_orientation

SHAPE_KINDS: Mapping[RemarkKind, Severity] = {
    "class-unknown": "warning",
    "shape-filled": "note",
    "shape-invalid": "warning",
    "shape-outside": "warning",
    "shape-unclassed": "warning",
}
"""Remarks about single shapes, and how much they matter to a photo that has other shapes."""
ADDRESS, BY_ROWS, INVERTED = "address", "by-rows", "inverted"


def remark_findings(dataset: Dataset) -> list[Finding]:
    """Return the findings about all that the dataset's reader remarked, kind by kind."""
    by_kind: dict[RemarkKind, list[Remark]] = {}
    for remark in dataset.facts.remarks:
        by_kind.setdefault(remark.kind, []).append(remark)
    return [finding for kind, remarks in by_kind.items() for finding in _judged(dataset, kind, remarks)]


def _judged(dataset: Dataset, kind: RemarkKind, remarks: Sequence[Remark]) -> list[Finding]:
    if kind in SHAPE_KINDS:
        return _shape_findings(dataset, kind, remarks)
    if kind == "name-differs":
        return _name_findings(remarks)
    if kind == "reading-choice":
        return _choice_findings(remarks)
    if kind == "folder-reading":
        return [reading_finding(remarks)]
    if kind == "file-unused":
        return [unused_finding(remarks)]
    if kind == "shape-two-classes":
        return [_two_classes(remarks)]
    if kind == "size-stated":
        return _size_findings(dataset, remarks)
    if kind == "image-id-shared":
        return [_shared_ids(dataset, remark) for remark in remarks]
    return [_OTHERS[kind](remark) for remark in remarks]


def _shape_findings(dataset: Dataset, kind: RemarkKind, remarks: Sequence[Remark]) -> list[Finding]:
    """Return an error for photos that have no other shape left, a warning or note for the others."""
    bare = {s.name for s in dataset.samples if isinstance(s.truth, Shapes) and not s.truth.shapes}
    lost = [remark for remark in remarks if bare.issuperset(remark.samples)]
    harmless = [remark for remark in remarks if not bare.issuperset(remark.samples)]
    more = "; these photos have no other shape and are left out"
    findings = []
    if lost:
        variant = _variant(kind, lost)
        text = _shown(lost) + more
        findings.append(make_finding(kind, text, photos=_names(lost), severity="error", variant=variant))
    if harmless:
        severity, variant = SHAPE_KINDS[kind], _variant(kind, harmless)
        text = _shown(harmless)
        findings.append(make_finding(kind, text, photos=_names(harmless), severity=severity, variant=variant))
    return findings


def _variant(kind: RemarkKind, remarks: Sequence[Remark]) -> str:
    """Return the variant of the words: all these shapes are boxes, or in pixels, or the usual one."""
    topics = {remark.topic for remark in remarks}
    return topics.pop() if kind == "shape-invalid" and len(topics) == 1 else ""


def _shown(remarks: Sequence[Remark]) -> str:
    shown = some([f"{', '.join(remark.samples)}: {remark.detail}" for remark in remarks], most=3)
    return f"{len(remarks)} in {len(_names(remarks))} photos: {shown}"


def _names(remarks: Sequence[Remark]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for remark in remarks for name in remark.samples))


def _two_classes(remarks: Sequence[Remark]) -> Finding:
    """Ask where one shape has several classes: its photo is left out until a person says which counts."""
    box = next((remark.topic for remark in remarks if remark.topic), "NAME")
    evidence = f"{_shown(remarks)}; these photos are left out"
    return make_finding("shape-two-classes", evidence, values={"box": box}, photos=_names(remarks))


def _size_findings(dataset: Dataset, remarks: Sequence[Remark]) -> list[Finding]:
    """Return a finding each on photos to whose sides shapes were scaled, and on those whose shapes were kept."""
    photos = {sample.name: sample.photo for sample in dataset.samples}
    by_reading: dict[str, list[Remark]] = {}
    for remark in remarks:
        by_reading.setdefault(_reading_of(remark, photos), []).append(remark)
    return [
        make_finding(
            "photo-resized", _shown(alike), photos=_names(alike), variant="" if reading == "scaled" else reading
        )
        for reading, alike in by_reading.items()
    ]


def _reading_of(remark: Remark, photos: Mapping[str, Path]) -> str:
    """Return how coordinates were read; sides that are exchanged without an EXIF rotation have another cause."""
    if remark.topic != "exchanged":
        return remark.topic
    is_rotated = any(photo_orientation(photos[name]) for name in remark.samples if name in photos)
    return "exchanged" if is_rotated else "exchanged-in-file"


def _name_findings(remarks: Sequence[Remark]) -> list[Finding]:
    """Return a note on photos that were found under another name, and a warning where two addresses share a name."""
    alike = [remark for remark in remarks if remark.topic != ADDRESS]
    shared = [remark for remark in remarks if remark.topic == ADDRESS]
    findings = []
    if shared:
        evidence = f"{len(shared)}: {some([remark.detail for remark in shared], most=3)}; the others count as missing"
        findings.append(make_finding("name-differs", evidence, photos=_names(shared), variant="address"))
    if alike:
        counts = Counter(remark.topic for remark in alike).most_common()
        first = {topic: next(remark.detail for remark in alike if remark.topic == topic) for topic, _ in counts}
        evidence = "; ".join(f"{count} differ in {topic} ({first[topic]})" for topic, count in counts)
        findings.append(make_finding("name-differs", evidence, photos=_names(alike)))
    return findings


def _choice_findings(remarks: Sequence[Remark]) -> list[Finding]:
    """Return the finding about choices of one reading, and those about run lengths that were mended."""
    usual = [remark.detail for remark in remarks if remark.topic not in (BY_ROWS, INVERTED)]
    by_rows = [remark.detail for remark in remarks if remark.topic == BY_ROWS]
    inverted = [remark.detail for remark in remarks if remark.topic == INVERTED]
    findings = []
    if usual:
        findings.append(make_finding("reading-choice", "; ".join(usual)))
    if by_rows:
        findings.append(make_finding("reading-choice", by_rows[0], variant=BY_ROWS))
    if inverted:
        findings.append(make_finding("reading-choice", "; ".join(inverted), variant=INVERTED))
    return findings


def _invalid_attributes(remark: Remark) -> Finding:
    rows = some(dict.fromkeys(remark.samples))
    evidence = f"{remark.detail}, {len(remark.samples)} rows: {rows}; `undefined` was read as no value"
    return make_finding("attribute-invalid", evidence)


def _class_unlisted(remark: Remark) -> Finding:
    return make_finding("class-misspelt", remark.detail, variant="unlisted")


def _shared_ids(dataset: Dataset, remark: Remark) -> Finding:
    listed = {PurePosixPath(name).name for name in remark.samples}
    photos = [sample.name for sample in dataset.samples if PurePosixPath(sample.name).name in listed]
    return make_finding("mask-same", remark.detail, variant="image-ids", severity="error", photos=photos)


def _class_ids_differ(remark: Remark) -> Finding:
    return make_finding("class-ids-differ", remark.detail)


def _class_names(remark: Remark) -> Finding:
    return make_finding("class-guessed", remark.detail, variant=remark.topic or "options")


def _two_parts(remark: Remark) -> Finding:
    evidence = f"{some(remark.samples)}: listed in several parts, kept only in the part held out"
    return make_finding("split-leak", evidence, photos=remark.samples, variant="twice")


def _listed_photo_missing(remark: Remark) -> Finding:
    evidence = f"{len(remark.samples)} named in {remark.detail}: {some(remark.samples)}"
    return make_finding("photo-missing", evidence, variant="list")


_OTHERS: Mapping[RemarkKind, Callable[[Remark], Finding]] = {
    "attribute-invalid": _invalid_attributes,
    "bands-unused": bands_finding,
    "class-ids-differ": _class_ids_differ,
    "class-names": _class_names,
    "class-unlisted": _class_unlisted,
    "listed-photo-missing": _listed_photo_missing,
    "mask-ground": background_finding,
    "mask-nodata": nodata_finding,
    "mask-without-photo": orphan_finding,
    "pairs-across-folders": across_finding,
    "two-parts": _two_parts,
}
