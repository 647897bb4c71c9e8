"""Findings about how folders of photos and masks were read: what was put together, left out, or looks wrong."""

from collections.abc import Sequence

from maskwright.datasets.reader_types import Remark
from maskwright.findings.finding import Finding, make_finding, some

REASONS_MOST = 6


def reading_finding(remarks: Sequence[Remark]) -> Finding:
    """Return the note of how photos and masks were put together, where that could be meant otherwise."""
    return make_finding("folder-reading", "; ".join(remark.detail for remark in remarks))


def unused_finding(remarks: Sequence[Remark]) -> Finding:
    """Return the note of files that are neither photo nor mask, or of which a part is read, by reason."""
    texts = []
    for remark in remarks[:REASONS_MOST]:
        count = "" if remark.topic == "masks" else f"{len(remark.samples)}: "
        texts.append(f"{count}{some(remark.samples, most=3)} ({remark.detail})")
    if len(remarks) > REASONS_MOST:
        texts.append(f"{len(remarks) - REASONS_MOST} more reasons")
    return make_finding("file-unused", "; ".join(texts))


def across_finding(remark: Remark) -> Finding:
    """Return the warning of masks that were paired with photos of another folder."""
    return make_finding("pairs-across-folders", f"{len(remark.samples)}: {remark.detail}", photos=remark.samples)


def bands_finding(remark: Remark) -> Finding:
    """Return the note of photos with more bands than three."""
    return make_finding("bands-unused", f"{len(remark.samples)} photos have {remark.detail}: {some(remark.samples)}")


def nodata_finding(remark: Remark) -> Finding:
    """Return the note of pixels that negative values or NaN mark as having no data."""
    return make_finding("mask-nodata", remark.detail, photos=remark.samples)


def background_finding(remark: Remark) -> Finding:
    """Return the warning of binary masks whose object looks like the background, or is an outline alone."""
    return make_finding("mask-ground", remark.detail, variant=remark.topic)


def orphan_finding(remark: Remark) -> Finding:
    """Return the warning of masks that found no photo, with what was found instead."""
    evidence = f"{len(remark.samples)}: {some(remark.samples)}"
    if remark.detail:
        evidence += f"; {remark.detail}"
    return make_finding("mask-missing", evidence, variant=remark.topic)
