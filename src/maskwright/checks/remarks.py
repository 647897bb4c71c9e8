"""Findings from what readers remarked: shapes without use, unknown classes, photos listed twice, masks left over."""

from collections.abc import Callable, Mapping, Sequence

from maskwright.datasets.dataset import Dataset
from maskwright.datasets.reading import Remark, RemarkKind
from maskwright.datasets.shapes import Shapes
from maskwright.findings.finding import Finding, Severity, some

_SHAPE_TEXTS: Mapping[RemarkKind, tuple[str, str]] = {
    "shape-invalid": ("Shapes cannot be filled", "draw them again as polygons, or delete them"),
    "shape-outside": ("Shapes lie outside their photo", "check that the photos were not resized or turned since"),
    "shape-unclassed": ("Shapes have no class while others have one", "give them a class, or delete them"),
    "shape-filled": ("Open lines were filled as if they were closed", "draw areas as polygons if that is not meant"),
    "class-unknown": ("Shapes have a class that is not in classes.csv", "add it to classes.csv, or correct the shapes"),
}


def remark_findings(dataset: Dataset) -> list[Finding]:
    """Return the findings about all that the dataset's reader remarked, in the order of its remarks."""
    by_kind: dict[RemarkKind, list[Remark]] = {}
    for remark in dataset.facts.remarks:
        by_kind.setdefault(remark.kind, []).append(remark)
    return [finding for kind, remarks in by_kind.items() for finding in _judged(dataset, kind, remarks)]


def _judged(dataset: Dataset, kind: RemarkKind, remarks: Sequence[Remark]) -> list[Finding]:
    if kind in _SHAPE_TEXTS:
        return _shape_findings(dataset, kind, remarks)
    return [_OTHERS[kind](remark) for remark in remarks]


def _shape_findings(dataset: Dataset, kind: RemarkKind, remarks: Sequence[Remark]) -> list[Finding]:
    """Return an error for photos that have no other shape left, a warning for the others."""
    bare = {s.name for s in dataset.samples if isinstance(s.truth, Shapes) and not s.truth.shapes}
    lost = [remark for remark in remarks if bare.issuperset(remark.samples)]
    harmless = [remark for remark in remarks if not bare.issuperset(remark.samples)]
    findings = [_shape_finding(kind, lost, "error")] if lost else []
    severity: Severity = "note" if kind == "shape-filled" else "warning"
    return findings + ([_shape_finding(kind, harmless, severity)] if harmless else [])


def _shape_finding(kind: RemarkKind, remarks: Sequence[Remark], severity: Severity) -> Finding:
    title, fix = _SHAPE_TEXTS[kind]
    names = tuple(dict.fromkeys(name for remark in remarks for name in remark.samples))
    more = "; these photos have no other shape and are left out" if severity == "error" else ""
    shown = some([f"{remark.samples[0]}: {remark.detail}" for remark in remarks], most=3)
    return Finding(kind, severity, title, f"{len(remarks)} in {len(names)} photos: {shown}{more}", fix, names)


def _invalid_attributes(remark: Remark) -> Finding:
    title = f"{remark.detail} has attributes that are not valid JSON"
    evidence = f"{len(remark.samples)} rows: {some(dict.fromkeys(remark.samples))}; undefined was read as no value"
    return Finding(
        "attribute-invalid", "warning", title, evidence, "export the annotations again as json, or correct these rows"
    )


def _two_parts(remark: Remark) -> Finding:
    title, evidence = (
        "Photos are listed in several parts of the split",
        f"{some(remark.samples)}: kept only in the part held out",
    )
    return Finding("split-leak", "warning", title, evidence, "list each photo once", remark.samples)


def _listed_photo_missing(remark: Remark) -> Finding:
    evidence = f"{len(remark.samples)}: {some(remark.samples)}"
    title, fix = f"Photos named in {remark.detail} are missing", "put them back, or remove their lines"
    return Finding("photo-missing", "warning", title, evidence, fix)


def _mask_without_photo(remark: Remark) -> Finding:
    evidence = f"{len(remark.samples)}: {some(remark.samples)}"
    title, fix = "Masks have no photo beside them", "give photo and mask the same name, or remove the mask"
    return Finding("mask-missing", "warning", title, evidence, fix)


_OTHERS: Mapping[RemarkKind, Callable[[Remark], Finding]] = {
    "attribute-invalid": _invalid_attributes,
    "listed-photo-missing": _listed_photo_missing,
    "mask-without-photo": _mask_without_photo,
    "two-parts": _two_parts,
}
