"""A finding about some masks that lie beside what they show, while the others of the dataset fit their photos.

The peak of a mask is how far the edges of the photo are stronger where the mask lies than where it would lie if it were
moved, in standard deviations over all moves tried. A mask fits where its peak is high; it lies nowhere where it is low.
"""

from collections.abc import Sequence

import numpy as np

from maskwright.checks.masks.per_mask_transforms import marked_words
from maskwright.checks.scan import PhotoScan
from maskwright.findings.finding import Finding, Severity, make_finding, some
from maskwright.imaging.edge_alignment import Alignment

MIN_PHOTOS = 8
"""Photos with a measured mask below which nothing is said."""
MAX_PEAK_NOWHERE = 2.0
"""Peak below which a mask lies nowhere, in standard deviations."""
MIN_PEAK_FITTING = 4.0
"""Peak from which on a mask fits its photo, in standard deviations."""
MAX_NOWHERE_SHARE_OF_FITTING = 0.25
"""A mask lies nowhere, too, where its peak is below this share of the median peak of the masks that fit."""
MIN_NOWHERE = 3
"""Masks that must lie nowhere for a finding: one or two may be faint objects."""
MIN_NOWHERE_SHARE = 0.1
"""Share of the measured masks that must lie nowhere for a finding."""
MIN_FITTING_SHARE = 0.6
"""Share of the measured masks that must fit: else the objects of this dataset are faint."""
MAX_BETWEEN_SHARE = 0.1
"""Share of the measured masks that may neither fit nor lie nowhere."""
MIN_CLEAR_GAP = 2.0
"""Standard deviations between the masks that lie nowhere and all others that make a clear gap."""
MAX_BETWEEN_SHARE_BESIDE_GAP = 0.2
"""Share that may neither fit nor lie nowhere where the gap is clear."""
MIN_FAINT_STRENGTH = 0.9
"""Edge strength under the masks, as a share of the photo's usual one, from which on the objects may just be faint."""


def some_misplaced_findings(scans: Sequence[PhotoScan]) -> list[Finding]:
    """Return the masks that lie on no edges of their photos, where the others lie exactly on theirs."""
    peaks = {scan.name: edge_peak(scan.alignment) for scan in scans if scan.alignment is not None}
    fitting = [name for name, peak in peaks.items() if peak >= MIN_PEAK_FITTING]
    usual = float(np.median([peaks[name] for name in fitting])) if fitting else 0.0
    nowhere = [
        name for name, peak in peaks.items() if peak < max(MAX_PEAK_NOWHERE, MAX_NOWHERE_SHARE_OF_FITTING * usual)
    ]
    between = len(peaks) - len(nowhere) - len(fitting)
    if len(peaks) < MIN_PHOTOS or not max(MIN_NOWHERE, MIN_NOWHERE_SHARE * len(peaks)) <= len(nowhere) < len(peaks):
        return []
    gap = min(peak for name, peak in peaks.items() if name not in nowhere) - max(peaks[name] for name in nowhere)
    most_between = MAX_BETWEEN_SHARE_BESIDE_GAP if gap >= MIN_CLEAR_GAP else MAX_BETWEEN_SHARE
    if len(fitting) < MIN_FITTING_SHARE * len(peaks) or between > most_between * len(peaks):
        return []
    fits = {scan.name: float(scan.alignment.by_orientation[0]) for scan in scans if scan.alignment is not None}
    here, there = (float(np.median([fits[name] for name in names])) for names in (nowhere, fitting))
    evidence = (
        f"{len(nowhere)} of {len(peaks)} masks lie on edges of strength {here:.2f}, no stronger than where they are "
        f"moved to anywhere else; {len(fitting)} lie on edges of {there:.2f}, and weaker ones everywhere else"
        f"{marked_words(nowhere, fitting)}: {some(nowhere, most=8)}"
    )
    if len(peaks) < len(scans):
        evidence += f"; {len(scans) - len(peaks)} more photos were not looked at"
    if here >= MIN_FAINT_STRENGTH:
        evidence += "; or the objects of these photos are faint or out of focus"
    severity: Severity = "note" if here >= MIN_FAINT_STRENGTH else "warning"
    return [make_finding("mask-shifted", evidence, variant="some", severity=severity, photos=nowhere)]


def edge_peak(alignment: Alignment) -> float:
    """Return by how many deviations of all shifts the edges are stronger where the mask lies."""
    middle = alignment.shifts.shape[0] // 2
    spread = float(np.nanstd(alignment.shifts))
    return float(alignment.shifts[middle, middle] - np.nanmean(alignment.shifts)) / spread if spread else 0.0
