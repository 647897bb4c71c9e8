"""The part of the audit on predictions: a fault injected, the first finding obeyed, the IoU measured again."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from benchmarks.field.bases import Base, base_of
from benchmarks.field.cures.again import probabilities, repeated
from benchmarks.field.cures.cure import Cure, How
from benchmarks.field.cures.known_faults import KNOWN
from benchmarks.field.cures.obey import followed
from benchmarks.field.faults import FAULTS, Fault, Pairs, pairs_of
from benchmarks.field.filters import FILTERS
from benchmarks.field.members import MEMBERS
from benchmarks.field.recent_threads import RECENT
from benchmarks.field.suite import HARM, named
from benchmarks.field.threads import THREADS
from benchmarks.field.writers import WRITERS
from maskwright.diagnosis.diagnose import examine
from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.diagnosis.undo.undone_evidence import iou_of
from maskwright.errors import MaskwrightError
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import Finding

PART = "predictions"
MOST_PHOTOS = 8
"""Photos of each set: half of the field suite's, so that the audit takes half the time."""
BETWEEN_GROUPS = ("orientation-fails",)
"""Codes that compare groups of photos, which half of the photos are too few for."""
EVERY = (*KNOWN, *FAULTS, *MEMBERS, *THREADS, *FILTERS, *WRITERS, *RECENT)


def cases(names: tuple[str, ...], done: set[tuple[str, str]]) -> Iterator[Cure]:
    """Yield the cures of every fault on the sets that is not done yet: every fault on one set, then on a second one."""
    for turn in range(len(names)):
        for place, fault in enumerate(EVERY):
            name = names[(place + turn) % len(names)]
            if (named(fault), name) not in done:
                yield cured(fault, _photos_for(fault, name)) or Cure(PART, named(fault), name, "", "none", 0.0, 0.0)


def _photos_for(fault: Fault, name: str) -> Base:
    """Return the base with few photos, with all of them where a fault shows between two groups of photos."""
    return base_of(name) if fault.codes[0] in BETWEEN_GROUPS else few(base_of(name))


def few(base: Base) -> Base:
    """Return the base with fewer photos."""
    return replace(
        base, truths=tuple(spread_evenly(base.truths, MOST_PHOTOS)), maps=tuple(spread_evenly(base.maps, MOST_PHOTOS))
    )


def cured(fault: Fault, base: Base) -> Cure | None:
    """Inject, obey the first finding, and measure.

    None where nothing was injected or named, where it did no harm, or where the files are refused.
    """
    pairs = fault.inject(base, np.random.default_rng(7))
    if pairs is None:
        return None
    classes = None if fault.codes[0] == "instance-ids" else base.classes
    try:
        evidence = read_pairs(pairs, classes=classes)
    except MaskwrightError:
        return None
    before = _iou(evidence)
    first = _first(evidence) if _iou(read_pairs(pairs_of(base), classes=classes)) - before >= HARM else None
    if first is None:
        return None
    how, changed = _obeyed(first, fault, base, pairs)
    if changed is None:
        return Cure(PART, named(fault), base.name, first.code, "none", before, before)
    after = read_pairs(changed, classes=classes)
    gone = _iou(after) <= before and first.code not in _codes(after)  # looked at only where it decides
    return Cure(PART, named(fault), base.name, first.code, how, before, _iou(after), gone)


def _obeyed(first: Finding, fault: Fault, base: Base, pairs: Pairs) -> tuple[How, Pairs | None]:
    maps = probabilities(fault, base) if first.code == "pred-excess" else None
    if maps is not None:  # "save probabilities and diagnose again"
        second = _first(read_pairs(maps, classes=base.classes))
        return "command", maps if second is None else followed(second, maps)
    if first.code == "truth-empty":  # "take photo and mask out of the folder"
        named_places = {int(name.removeprefix("pair ")) for name in first.photos}
        return "command", [pair for place, pair in enumerate(pairs) if place not in named_places]
    try:
        changed = followed(first, pairs)
    except NameError:  # a line for the user's own code, on scores that are not in the files
        changed = None
    except Exception as error:  # a fix that does not run cures nothing, and is shown among the worst rows
        print(f"{named(fault)} on {base.name}: {first.code}: {type(error).__name__}: {error}")
        changed = pairs
    if changed is not None:
        return "command", changed
    again = repeated(first.code, fault, base)
    return ("none", None) if again is None else ("again", again)


def _iou(evidence: Evidence) -> float:
    return float(np.nan_to_num(iou_of(evidence)))


def _first(evidence: Evidence) -> Finding | None:
    return next((f for f in examine(evidence).findings if f.severity != "note"), None)


def _codes(evidence: Evidence) -> set[str]:
    return {f.code for f in examine(evidence).findings if f.severity != "note"}
