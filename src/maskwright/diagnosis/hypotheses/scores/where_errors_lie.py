"""Where wrong pixels gather: in some photos, in one part of all photos, at small objects, or in one class."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maskwright.classes import IGNORE
from maskwright.diagnosis.evidence.evidence import Case, Evidence, mean_iou
from maskwright.evaluation.metrics import iou
from maskwright.findings.finding import some
from maskwright.imaging.mask_geometry import components, resize_mask

FEWEST_PHOTOS = 6
"""Photos that must show a scored class."""
BAD = 0.6
"""Share of the median IoU below which a photo is bad."""
MOST_BAD = 0.34
"""Share of the photos that may be bad for errors to gather in them."""
HALF = 0.5
"""Share of all wrong pixels that they must hold."""
CELLS = 3
"""Photos are cut into so many parts along each side."""
MORE = 2.0
"""Errors by true object pixel in one part against the rest."""
LEAST_TRUE = 0.08
"""Share of the objects that it must show."""
FEWEST_OBJECTS = 15
"""Objects that tell by size."""
FOUND = 0.1
"""Share of one that must be drawn."""
MISSED = 0.5
"""Share of the small ones that are missed, at least."""
HARDLY_MISSED = 0.25
"""Share of the large ones that are missed, at most."""
LOW = 0.5
"""IoU of a class below which errors may gather in it."""
OF_OTHERS = 0.55
"""Its IoU against the mean of the others, at most."""
FEWEST_CLASSES = 2
"""Classes that the truth must show."""


@dataclass(frozen=True)
class Gathering:
    """Where errors gather: the variant of the finding, and in words with numbers."""

    variant: str
    words: str


def gatherings(evidence: Evidence) -> list[Gathering]:
    """Return where errors gather, the plainest first; nothing where they lie everywhere."""
    looks = (_in_classes, _in_photos, _at_sizes, _in_places)
    return [one for look in looks if (one := look(evidence)) is not None]


def _in_classes(evidence: Evidence) -> Gathering | None:
    level, names = np.nan_to_num(iou(evidence.table)), evidence.classes.names
    shown = [c for c in evidence.classes.scored if evidence.table[c].sum()]
    if len(shown) < FEWEST_CLASSES:
        return None
    worst = sorted((c for c in shown if level[c] < LOW), key=lambda c: level[c])
    others = [c for c in shown if c not in worst]
    if not others or not worst or level[worst].mean() > OF_OTHERS * level[others].mean():
        return None
    said = some([f"{names[c]!r} has {level[c]:.2f}{_taken_for(evidence, c)}" for c in worst], most=3)
    return Gathering("classes", f"of {len(shown)} classes {said}; the others have {level[others].mean():.2f}")


def _taken_for(evidence: Evidence, class_id: int) -> str:
    """Return what most of a class's wrong pixels are predicted as."""
    row = evidence.counts[class_id].astype(float)
    true = row.sum()
    row[class_id] = 0
    other = int(row.argmax())
    return f" ({row[other] / true:.0%} is predicted as {evidence.classes.names[other]!r})" if row[other] else ""


def _in_photos(evidence: Evidence) -> Gathering | None:
    known = [(c, mean_iou(c.table, evidence.classes), _wrong_px(c)) for c in evidence.cases]
    shown = [one for one in known if not np.isnan(one[1])]
    if len(shown) < FEWEST_PHOTOS:
        return None
    usual = float(np.median([level for _, level, _ in shown]))
    bad = [one for one in shown if one[1] < BAD * usual]
    wrong, total = sum(one[2] for one in bad), max(sum(one[2] for one in known), 1)
    if not bad or len(bad) > MOST_BAD * len(shown) or wrong < HALF * total:
        return None
    names = {case.name for case, _, _ in bad}
    table = np.sum([c.table for c in evidence.cases if c.name not in names], axis=0)
    words = (
        f"{len(bad)} of {len(known)} photos hold {wrong / total:.0%} of the wrong pixels "
        f"({some(sorted(names), most=4)}); without them the mean IoU is {mean_iou(table, evidence.classes):.3f}"
    )
    return Gathering("photos", words)


def _wrong_px(case: Case) -> int:
    return int(case.table.sum() - np.trace(case.counts))


def _pairs(evidence: Evidence) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
    for case in evidence.cases:
        yield case.truth, resize_mask(case.prediction, case.truth.shape)


def _at_sizes(evidence: Evidence) -> Gathering | None:
    background = evidence.classes.background
    if background is None:
        return None
    areas, missed = list[float](), list[bool]()
    for case, (truth, guess) in zip(evidence.cases, _pairs(evidence), strict=True):
        marks, count = components((truth != background) & (truth != IGNORE))
        px = np.bincount(marks.ravel(), minlength=count + 1)[1:]
        drawn = np.bincount(marks[guess != background], minlength=count + 1)[1:]
        areas += (px / case.scale**2).tolist()
        missed += (drawn < FOUND * px).tolist()
    if len(areas) < FEWEST_OBJECTS:
        return None
    order = np.argsort(areas)
    small, large = order[: len(order) // 3], order[-(len(order) // 3) :]
    shares = [float(np.array(missed)[part].mean()) for part in (small, large)]
    if shares[0] < MISSED or shares[1] > HARDLY_MISSED:
        return None
    limit = np.array(areas)[small].max()
    words = (
        f"{shares[0]:.0%} of the smaller third of {len(areas)} objects (up to {limit:.0f} px) are missed altogether, "
        f"and {shares[1]:.0%} of the larger third"
    )
    return Gathering("sizes", words)


def _in_places(evidence: Evidence) -> Gathering | None:
    """Compare errors by true object pixel in the thirds of photos, along both sides."""
    background = evidence.classes.background
    wrong, true = np.zeros((CELLS, CELLS)), np.zeros((CELLS, CELLS))
    for truth, guess in _pairs(evidence):
        bad, shown = (truth != guess) & (truth != IGNORE), (truth != background) & (truth != IGNORE)
        for part, total in ((bad, wrong), (shown, true)):
            total += [
                [cell.sum() for cell in np.array_split(row, CELLS, axis=1)] for row in np.array_split(part, CELLS)
            ]
    if not true.sum():
        return None
    thirds = [
        (name, wrong.sum(axis=1 - axis), true.sum(axis=1 - axis), place)
        for axis, names in enumerate((("upper", "middle", "lower"), ("left", "middle", "right")))
        for place, name in enumerate(names)
    ]
    ratios = {name: _ratio(w, t, place) for name, w, t, place in thirds if t[place] >= LEAST_TRUE * t.sum()}
    name = max(ratios, key=lambda key: ratios[key], default="")
    if not name or ratios[name] < MORE:
        return None
    words = (
        f"in the {name} third of photos there are {ratios[name]:.1f} times as many errors by object pixel as elsewhere"
    )
    return Gathering("places", words)


def _ratio(wrong: NDArray[np.float64], true: NDArray[np.float64], place: int) -> float:
    others = [i for i in range(len(true)) if i != place]
    elsewhere = wrong[others].sum() / max(float(true[others].sum()), 1.0)
    return float(wrong[place] / true[place] / max(elsewhere, 1e-9))


def said(found: Sequence[Gathering]) -> str:
    """Return all of them in words, "" for none."""
    return "".join(f"; {one.words}" for one in found)
