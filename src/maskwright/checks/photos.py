"""Findings about the photos themselves: missing, damaged, tiny, flat, without annotation, or few."""

from collections.abc import Mapping, Sequence, Set

import numpy as np

from maskwright.checks.scan import PhotoScan
from maskwright.classes import ClassTable
from maskwright.datasets.reader_types import PhotoHeader
from maskwright.findings.finding import Finding, Severity, make_finding, some

TINY_PX = 32
UNUSABLE_PX = 8
FEW_PHOTOS = 10
WRAPPED_LEAST = 2
MAX_BLACK = 3
"""Highest grey of a black photo: one of floats from 0 to 1 that was stored as bytes has values up to 1."""
MIN_BRIGHT = 30
"""Highest grey that others must reach in the median for it to be their exception."""
MAX_DIM = 20
"""Highest grey of a dim photo: 12 bits divided by 256 are 15 at most, and a little more as JPEG."""
MIN_LIGHT = 100
"""Highest grey that others must reach in the median for it to be their exception."""
MIN_DIM = 2
"""Dim photos that there must be."""
MIN_DIM_SHARE = 0.05
"""Share of all photos that must be dim."""

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
    if trouble == "unreadable":
        reasons = f"{len(names)}: {some([headers[name].detail or name for name in names], most=3)}"
        return make_finding(_HEADER_CODES[trouble], reasons, photos=names)
    modes = f" (mode {', '.join(sorted({headers[name].detail for name in names}))})" if trouble == "depth" else ""
    return make_finding(_HEADER_CODES[trouble], f"{len(names)}: {some(names)}{modes}", photos=names)


def photo_findings(scans: Sequence[PhotoScan], classes: ClassTable) -> list[Finding]:
    """Return what is wrong with single photos, and whether there are few."""
    empty = {s.name for s in scans if s.mask is not None and not s.mask.counts[list(classes.scored)].any()}
    return [
        *_unreadable(scans),
        *_tiny(scans),
        *_flat(scans),
        *_black(scans, empty),
        *_dim(scans, empty),
        *_wrapped(scans),
        *_unannotated(scans),
        *_few(scans),
    ]


def _unreadable(scans: Sequence[PhotoScan]) -> list[Finding]:
    bad = [scan for scan in scans if scan.trouble]
    if not bad:
        return []
    evidence = f"{len(bad)}: {some([scan.trouble for scan in bad], most=3)}"
    return [make_finding("photo-unreadable", evidence, photos=[scan.name for scan in bad])]


def _tiny(scans: Sequence[PhotoScan]) -> list[Finding]:
    sizes = {scan.name: scan.size_hw for scan in scans if scan.size_hw and min(scan.size_hw) < TINY_PX}
    unusable = {name: size for name, size in sizes.items() if min(size) < UNUSABLE_PX}
    small = {name: size for name, size in sizes.items() if name not in unusable}
    both: tuple[tuple[Mapping[str, tuple[int, int]], Severity], ...] = ((unusable, "error"), (small, "warning"))
    return [make_finding("photo-tiny", _sizes(s), photos=s, severity=severity) for s, severity in both if s]


def _sizes(sizes: Mapping[str, tuple[int, int]]) -> str:
    return f"{len(sizes)}: " + some([f"{name} is {wide}x{high}" for name, (high, wide) in sizes.items()])


def _flat(scans: Sequence[PhotoScan]) -> list[Finding]:
    flat = [scan.name for scan in scans if scan.thumb is not None and scan.thumb.min() == scan.thumb.max()]
    if not flat:
        return []
    return [make_finding("photo-flat", f"{len(flat)}: {some(flat)}", photos=flat)]


def _black(scans: Sequence[PhotoScan], empty: Set[str]) -> list[Finding]:
    """Return the photos that hold hardly any values but 0 and 1, where others are bright.

    `empty` are the photos without an object: where all of these are, they may be dark rightly, as pictures of
    fluorescence are.
    """
    highest = {scan.name: int(scan.thumb.max()) for scan in scans if scan.thumb is not None}
    lowest = {scan.name: int(scan.thumb.min()) for scan in scans if scan.thumb is not None}
    black = [name for name, top in highest.items() if lowest[name] < top <= MAX_BLACK]
    others = [top for top in highest.values() if top > MAX_BLACK]
    if set(black) <= empty or (len(black) < len(highest) and np.median(others) < MIN_BRIGHT):
        return []
    text = (
        f"{len(black)} of {len(highest)} photos hold values up to {max(highest[n] for n in black)} only: {some(black)}"
    )
    return [make_finding("photo-flat", text, photos=black, variant="black", severity="error")]


def _dim(scans: Sequence[PhotoScan], empty: Set[str]) -> list[Finding]:
    """Return the photos that hold a dozen grey levels, as 12 bits divided by 256 leave; they show objects."""
    highest = {scan.name: scan.brightest for scan in scans if scan.brightest is not None}
    dim = [name for name, top in highest.items() if MAX_BLACK < top <= MAX_DIM]
    others = [top for top in highest.values() if top > MAX_DIM]
    if len(dim) < max(MIN_DIM, MIN_DIM_SHARE * len(highest)) or set(dim) <= empty:
        return []
    if others and np.median(others) < MIN_LIGHT:
        return []
    most = max(highest[name] for name in dim)
    text = f"{len(dim)} of {len(highest)} photos hold values up to {most} of 255 only"
    text += f", the others up to {np.median(others):.0f} in the median" if others else ""
    return [make_finding("photo-flat", f"{text}: {some(dim)}", photos=dim, variant="dim")]


def _wrapped(scans: Sequence[PhotoScan]) -> list[Finding]:
    shares = {scan.name: scan.wrapped for scan in scans if scan.wrapped}
    if len(shares) < WRAPPED_LEAST:
        return []
    evidence = (
        f"{len(shares)} of {len(scans)}: {some(list(shares))}; {min(shares.values()):.1%} to {max(shares.values()):.1%}"
        " of neighbouring pixels jump between values near 255 and near 0, and the values go on beyond the jump"
    )
    return [make_finding("photo-wrapped", evidence, photos=shares)]


def _unannotated(scans: Sequence[PhotoScan]) -> list[Finding]:
    bare = [scan.name for scan in scans if not scan.annotated]
    if not bare:
        return []
    evidence = f"{len(bare)} of {len(scans)}: {some(bare)}; they are neither trained on nor scored"
    return [make_finding("photo-unannotated", evidence, photos=bare)]


def _few(scans: Sequence[PhotoScan]) -> list[Finding]:
    count = sum(scan.annotated and not scan.trouble for scan in scans)
    if count >= FEW_PHOTOS:
        return []
    evidence = f"{count} annotated photos, fewer than {FEW_PHOTOS}: any score from them is uncertain"
    return [make_finding("photos-few", evidence)]
