"""Checking a dataset before anything is trained on it."""

from maskwright.checks.alignment import fit_findings
from maskwright.checks.masks import class_findings, mask_findings, name_findings, vanishing_findings
from maskwright.checks.photos import duplicate_findings, photo_findings
from maskwright.checks.scan import look_at_all
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.duplicates import duplicate_groups
from maskwright.findings.finding import Finding, ranked

BROKEN_PHOTO = ("photo-missing", "photo-unreadable", "photo-depth", "photo-canvas")


def check(dataset: Dataset, *, working_long_side_px: int | None = None) -> list[Finding]:
    """Return everything found in the dataset, errors first, with what was found while reading the annotations.

    Every photo is decoded once and whole, every mask once. Objects that vanish are looked for where the long
    side of the photos at the working scale is given.
    """
    broken = {name for f in dataset.findings if f.code in BROKEN_PHOTO for name in f.photos}
    wrong = {name for f in dataset.findings if f.severity == "error" for name in f.photos}
    looks = look_at_all(dataset, broken, working_long_side_px=working_long_side_px)
    sound = [look for look in looks if look.name not in wrong]
    thumbs = {look.name: look.thumb for look in looks if look.thumb is not None}
    findings = [*dataset.findings, *photo_findings(sound), *mask_findings(sound, dataset.classes)]
    findings += fit_findings(sound)
    findings += [*class_findings(sound, dataset.classes), *name_findings(dataset.classes)]
    findings += duplicate_findings(duplicate_groups(dataset, thumbs), looks)
    if working_long_side_px is not None:
        findings += vanishing_findings(sound, dataset.classes, working_long_side_px)
    return ranked(findings)
