"""Findings about masks and classes: empty, ignored, uniform, rare, absent, misspelt, or too small."""

import re
from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from maskwright.checks.scan import VANISHING_PX, Look, MaskLook
from maskwright.classes import IGNORE, ClassTable
from maskwright.findings.finding import Finding, Severity, make_finding, some

RARE_SHARE = 0.005
EMPTY_BY_MISTAKE = 0.1
MANY_VANISH = 0.1
ADAM_RATE = 1e-3
"""The usual rate: Adam moves no weight by more than about this in a step."""

Named = list[tuple[str, MaskLook]]


def mask_findings(looks: Sequence[Look], classes: ClassTable) -> list[Finding]:
    """Return what is wrong with single masks."""
    masks: Named = [(look.name, look.mask) for look in looks if look.mask is not None]
    return [
        *_unreadable(looks),
        *_unknown(masks, classes),
        *_all_ignore(masks),
        *_empty(masks, classes),
        *_uniform(masks, classes),
    ]


def _unreadable(looks: Sequence[Look]) -> list[Finding]:
    bad = {look.name: look.mask_trouble for look in looks if look.mask_trouble}
    return [make_finding("mask-unreadable", _counted(list(bad.values())), photos=bad)] if bad else []


def _counted(shown: Sequence[str]) -> str:
    return f"{len(shown)}: {some(shown)}"


def _unknown(masks: Named, classes: ClassTable) -> list[Finding]:
    beyond = {name: np.flatnonzero(mask.counts[len(classes) : IGNORE]) + len(classes) for name, mask in masks}
    beyond = {name: ids for name, ids in beyond.items() if len(ids)}
    shown = [f"{name} holds {some([str(i) for i in ids])}" for name, ids in beyond.items()]
    values = {"last": len(classes) - 1}
    return [make_finding("mask-values", _counted(shown), values=values, photos=beyond)] if beyond else []


def _all_ignore(masks: Named) -> list[Finding]:
    names = [name for name, mask in masks if not mask.counts[:IGNORE].any()]
    return [make_finding("mask-all-ignore", _counted(names), photos=names)] if names else []


def _empty(masks: Named, classes: ClassTable) -> list[Finding]:
    if classes.background is None:
        return []
    names = [name for name, mask in masks if mask.counts[classes.background] and not _objects_of(mask, classes)]
    if not names:
        return []
    if len(names) == len(masks):
        return [make_finding("mask-empty", _counted(names), photos=names, variant="all")]
    severity: Severity = "note" if len(names) > EMPTY_BY_MISTAKE * len(masks) else "warning"
    return [make_finding("mask-empty", _counted(names), photos=names, severity=severity)]


def _objects_of(mask: MaskLook, classes: ClassTable) -> int:
    return int(mask.counts[:IGNORE].sum() - (mask.counts[classes.background] if classes.background is not None else 0))


def _uniform(masks: Named, classes: ClassTable) -> list[Finding]:
    names = []
    for name, mask in masks:
        held = np.flatnonzero(mask.counts[:IGNORE])
        if len(held) == 1 and held[0] != classes.background:
            names.append(name)
    return [make_finding("mask-uniform", _counted(names), photos=names)] if names else []


def class_findings(looks: Sequence[Look], classes: ClassTable) -> list[Finding]:
    """Return how the pixels divide between the classes, and which are rare, absent or in one part only."""
    masks = [look.mask for look in looks if look.mask is not None]
    counts = sum((mask.counts for mask in masks), np.zeros(256, dtype=np.int64))[: len(classes)]
    if not counts.sum():
        return []
    present = [sum(bool(mask.counts[i]) for mask in masks) for i in range(len(classes))]
    return [*_shares(counts, present, classes, len(masks)), *_absent(counts, classes), *_one_part(looks, classes)]


def _shares(counts: NDArray[np.int64], present: Sequence[int], classes: ClassTable, masks: int) -> list[Finding]:
    shares = counts / counts.sum()
    order = [int(i) for i in np.argsort(-shares, kind="stable") if counts[i]]
    said = [f"{classes.names[i]} {shares[i]:.2%} in {present[i]} of {masks} masks" for i in order]
    findings = [make_finding("class-shares", some(said, most=30))]
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
    absent = [classes.names[i] for i in classes.scored if not counts[i]]
    return [make_finding("class-absent", some(absent, most=20))] if absent else []


def _one_part(looks: Sequence[Look], classes: ClassTable) -> list[Finding]:
    parts = sorted({look.part for look in looks if look.part and look.mask})
    seen = {
        part: sum((look.mask.counts > 0 for look in looks if look.part == part and look.mask), np.zeros(256, np.int64))
        for part in parts
    }
    uneven = []
    for i in classes.scored:
        having = [part for part in parts if seen[part][i]]
        if having and len(having) < len(parts):
            uneven.append(f"{classes.names[i]} is in {' and '.join(having)} only")
    return [make_finding("class-one-part", some(uneven))] if uneven else []


def vanishing_findings(looks: Sequence[Look], classes: ClassTable, working_long_side_px: int) -> list[Finding]:
    """Return which classes have objects that are under four pixels large at the working scale."""
    objects, vanishing, specks = (np.zeros(len(classes), np.int64) for _ in range(3))
    names = []
    for look in looks:
        for found in look.mask.objects if look.mask else ():
            objects[found.class_id] += found.objects
            vanishing[found.class_id] += found.vanishing
            specks[found.class_id] += min(found.specks, found.vanishing)
        if look.mask and any(found.vanishing for found in look.mask.objects):
            names.append(look.name)
    if not names:
        return []
    said = [f"{vanishing[i]} of {objects[i]} of {classes.names[i]}" for i in classes.scored if vanishing[i]]
    lost = vanishing - specks
    severity: Severity = "warning" if (lost > MANY_VANISH * objects).any() else "note"
    evidence = f"under {VANISHING_PX:g} px at a long side of {working_long_side_px} px: {some(said, most=20)}"
    if specks.any():
        evidence += f"; {specks.sum()} of them are as small in the photos themselves"
    if not lost.any():
        return [make_finding("object-vanishes", evidence, photos=names, severity=severity, variant="specks")]
    values = {"scale": 2 * working_long_side_px}
    return [make_finding("object-vanishes", evidence, values=values, photos=names, severity=severity)]


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
