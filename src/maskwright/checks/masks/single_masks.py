"""Findings about single masks: unreadable, empty, ignored, uniform, or with objects too small to be seen."""

from collections.abc import Sequence

import numpy as np

from maskwright.checks.scan import VANISHING_PX, MaskSummary, PhotoScan
from maskwright.classes import IGNORE, ClassTable
from maskwright.findings.finding import Finding, Severity, make_finding, some

EMPTY_BY_MISTAKE = 0.1
FEWEST_SHOWN, EMPTY_FOR_EACH = 4, 4
"""With fewer masks that show an object, and so many empty ones for each of them, nearly all are empty."""
MANY_VANISH = 0.1
MIN_VANISHING_AREA = 0.003
"""Share of a class's pixels in objects that vanish: chips beside a road are less, small objects of their own more."""

Named = list[tuple[str, MaskSummary]]


def mask_findings(scans: Sequence[PhotoScan], classes: ClassTable) -> list[Finding]:
    """Return what is wrong with single masks."""
    masks: Named = [(scan.name, scan.mask) for scan in scans if scan.mask is not None]
    return [
        *_unreadable(scans),
        *_unknown(masks, classes),
        *_all_ignore(masks),
        *_empty(masks, classes),
        *_uniform(masks, classes),
    ]


def _unreadable(scans: Sequence[PhotoScan]) -> list[Finding]:
    bad = {scan.name: scan.mask_trouble for scan in scans if scan.mask_trouble}
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
    shown, text = len(masks) - len(names), _counted(names)
    if shown < FEWEST_SHOWN and shown * EMPTY_FOR_EACH <= len(names):
        text += f"; {shown} of {len(masks)} masks {'shows' if shown == 1 else 'show'} an object"
        return [make_finding("mask-empty", text, photos=names, variant="nearly-all")]
    severity: Severity = "note" if len(names) > EMPTY_BY_MISTAKE * len(masks) else "warning"
    return [make_finding("mask-empty", text, photos=names, severity=severity)]


def _objects_of(mask: MaskSummary, classes: ClassTable) -> int:
    return int(mask.counts[:IGNORE].sum() - (mask.counts[classes.background] if classes.background is not None else 0))


def _uniform(masks: Named, classes: ClassTable) -> list[Finding]:
    names = []
    for name, mask in masks:
        held = np.flatnonzero(mask.counts[:IGNORE])
        if len(held) == 1 and held[0] != classes.background:
            names.append(name)
    return [make_finding("mask-uniform", _counted(names), photos=names)] if names else []


def vanishing_findings(scans: Sequence[PhotoScan], classes: ClassTable, working_long_side_px: int) -> list[Finding]:
    """Return which classes have objects that are under four pixels large at the working scale."""
    objects, vanishing, specks, pixels, small = (np.zeros(len(classes), np.int64) for _ in range(5))
    names = []
    for scan in scans:
        for count in scan.mask.objects if scan.mask else ():
            objects[count.class_id] += count.objects
            vanishing[count.class_id] += count.vanishing
            specks[count.class_id] += min(count.specks, count.vanishing)
            pixels[count.class_id] += sum(count.areas)
            small[count.class_id] += sum(sorted(count.areas)[: count.vanishing])
        if scan.mask and any(count.vanishing for count in scan.mask.objects):
            names.append(scan.name)
    if not names:
        return []
    texts = [f"{vanishing[i]} of {objects[i]} of {classes.names[i]}" for i in classes.scored if vanishing[i]]
    lost = vanishing - specks
    matters = (lost > MANY_VANISH * objects) & (small >= MIN_VANISHING_AREA * pixels)
    severity: Severity = "warning" if matters.any() else "note"
    evidence = f"under {VANISHING_PX:g} px at a long side of {working_long_side_px} px: {some(texts, most=20)}"
    if specks.any():
        be = "is" if specks.sum() == 1 else "are"
        evidence += f"; {specks.sum()} of them {be} as small in the photos themselves"
    if not lost.any():
        return [make_finding("object-vanishes", evidence, photos=names, severity=severity, variant="specks")]
    values = {"scale": 2 * working_long_side_px}
    return [make_finding("object-vanishes", evidence, values=values, photos=names, severity=severity)]
