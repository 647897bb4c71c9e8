"""Findings about classes: their shares of the pixels, rare, absent, in one part of a split only, or misspelt."""

import re
from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from maskwright.checks.scan import PhotoScan
from maskwright.classes import ClassTable
from maskwright.findings.finding import Finding, Severity, make_finding, some

RARE_SHARE = 0.005
ADAM_RATE = 1e-3
"""The usual rate: Adam moves no weight by more than about this in a step."""


def class_findings(scans: Sequence[PhotoScan], classes: ClassTable) -> list[Finding]:
    """Return how the pixels divide between the classes, and which are rare, absent or in one part only."""
    masks = [scan.mask for scan in scans if scan.mask is not None]
    counts = sum((mask.counts for mask in masks), np.zeros(256, dtype=np.int64))[: len(classes)]
    if not counts.sum():
        return []
    present = [sum(bool(mask.counts[i]) for mask in masks) for i in range(len(classes))]
    return [*_shares(counts, present, classes, len(masks)), *_absent(counts, classes), *_one_part(scans, classes)]


def _shares(counts: NDArray[np.int64], present: Sequence[int], classes: ClassTable, masks: int) -> list[Finding]:
    shares = counts / counts.sum()
    order = [int(i) for i in np.argsort(-shares, kind="stable") if counts[i]]
    texts = [f"{classes.names[i]} {shares[i]:.2%} in {present[i]} of {masks} masks" for i in order]
    findings = [make_finding("class-shares", some(texts, most=30))]
    rare = [i for i in order if i in classes.scored and shares[i] < RARE_SHARE]
    if rare:
        evidence = some([f"{classes.names[i]} {shares[i]:.3%}" for i in rare])
        findings.append(make_finding("class-rare", evidence + _plain_loss(float(shares[rare[-1]]))))
    return findings


def _plain_loss(share: float) -> str:
    """Say what cross-entropy without weights makes of a class with this share of the pixels."""
    constant = -share * np.log(share) - (1 - share) * np.log(1 - share)
    bias = float(np.log(share / (1 - share)))
    return (
        f"; painting none of it is right in {1 - share:.2%} of the pixels at a cross-entropy of {constant:.3f}: plain "
        f"cross-entropy goes there first, its bias down to {bias:.1f} (up to {-bias / ADAM_RATE:,.0f} steps of Adam at "
        f"{ADAM_RATE:g}), and then paints only what looks {(1 - share) / share:,.0f} times likelier than not"
    )


def _absent(counts: NDArray[np.int64], classes: ClassTable) -> list[Finding]:
    """Return the classes that no mask shows: a note where most classes are shown, as in a part of a larger set."""
    absent = [classes.names[i] for i in classes.scored if not counts[i]]
    if not absent:
        return []
    severity: Severity = "warning" if 2 * len(absent) >= len(list(classes.scored)) else "note"
    return [make_finding("class-absent", some(absent, most=20), severity=severity)]


def _one_part(scans: Sequence[PhotoScan], classes: ClassTable) -> list[Finding]:
    parts = sorted({scan.part for scan in scans if scan.part and scan.mask})
    with_class = {
        part: sum((scan.mask.counts > 0 for scan in scans if scan.part == part and scan.mask), np.zeros(256, np.int64))
        for part in parts
    }
    uneven = []
    for i in classes.scored:
        having = [part for part in parts if with_class[part][i]]
        if having and len(having) < len(parts):
            uneven.append(f"{classes.names[i]} is in {' and '.join(having)} only")
    return [make_finding("class-one-part", some(uneven))] if uneven else []


def name_findings(classes: ClassTable) -> list[Finding]:
    """Return the pairs of class names that are probably one class, spelt in two ways."""
    pairs = [f"{a!r} and {b!r}" for a, b in combinations(classes.names, 2) if _misspelt(a, b)]
    return [make_finding("class-misspelt", some(pairs))] if pairs else []


def _misspelt(first: str, second: str) -> bool:
    """Tell names apart by case, separators or one letter; numbers and single letters tell classes apart."""
    a, b = (re.findall(r"[^\W_]+", name.casefold()) for name in (first, second))
    if "".join(a) == "".join(b):
        return bool(a)
    different = [(x, y) for x, y in zip(a, b, strict=False) if x != y]
    if len(a) != len(b) or len(different) != 1:
        return False
    x, y = different[0]
    return min(len(x), len(y)) >= 3 and re.sub(r"\d", "", x) != re.sub(r"\d", "", y) and _one_edit(x, y)


def _one_edit(a: str, b: str) -> bool:
    """Tell whether one letter changed, added or left out, or two neighbours swapped, makes one of the other."""
    if abs(len(a) - len(b)) > 1:
        return False
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    if len(a) == len(b):
        swapped = a[start + 2 :] == b[start + 2 :] and a[start : start + 2] == b[start : start + 2][::-1]
        return a[start + 1 :] == b[start + 1 :] or swapped
    short, long = sorted((a, b), key=len)
    return short[start:] == long[start + 1 :]
