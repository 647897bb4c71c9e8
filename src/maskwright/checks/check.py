"""Checking a dataset before anything is trained on it."""

from maskwright.checks.alignment import fit_findings
from maskwright.checks.exchanged import exchange_findings
from maskwright.checks.mask_files import mask_file_findings
from maskwright.checks.masks import class_findings, mask_findings, name_findings, vanishing_findings
from maskwright.checks.photos import duplicate_findings, header_findings, photo_findings
from maskwright.checks.remarks import remark_findings
from maskwright.checks.scan import look_at_all
from maskwright.checks.shapes import hidden_findings, scale_findings
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.duplicates import duplicate_groups
from maskwright.findings.finding import Finding, ranked


def check(dataset: Dataset, *, working_long_side_px: int | None = None) -> list[Finding]:
    """Return everything that is wrong or worth knowing about the dataset, errors first.

    Every photo is decoded once and whole, every mask once. Objects that vanish are looked for where the long
    side of the photos at the working scale is given.
    """
    from_files = file_findings(dataset)
    broken = {name for name, header in dataset.facts.headers.items() if header.trouble}
    wrong = {name for f in from_files if f.severity == "error" for name in f.photos}
    looks = look_at_all(dataset, broken, working_long_side_px=working_long_side_px)
    sound = [look for look in looks if look.name not in wrong]
    thumbs = {look.name: look.thumb for look in looks if look.thumb is not None}
    findings = [*from_files, *photo_findings(sound), *mask_findings(sound, dataset.classes)]
    findings += [*scale_findings(dataset), *hidden_findings(dataset)]
    exchanged = exchange_findings(dataset, sound)
    moved = {name for finding in exchanged for name in finding.photos}
    findings += [*exchanged, *fit_findings([look for look in sound if look.name not in moved])]
    findings += [*class_findings(sound, dataset.classes), *name_findings(dataset.classes)]
    findings += duplicate_findings(duplicate_groups(dataset, thumbs), looks)
    if working_long_side_px is not None:
        findings += vanishing_findings(sound, dataset.classes, working_long_side_px)
    return ranked(findings)


def file_findings(dataset: Dataset) -> list[Finding]:
    """Return what the label files, the photos' headers and the values of mask files show, errors first."""
    return ranked([*remark_findings(dataset), *header_findings(dataset.facts.headers), *mask_file_findings(dataset)])
