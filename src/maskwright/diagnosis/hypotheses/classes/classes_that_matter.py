"""Classes of which enough is true, in enough photos, for their absence to matter."""

from maskwright.diagnosis.evidence.evidence import Evidence

NEVER = 0.02
"""Predicted area of a class against its true area, below which it is never predicted."""
LEAST_AREA = 0.003
"""Share of the true pixels that a class must have for its absence to matter."""
FEWEST_PHOTOS = 2
"""Photos that must show it."""
LEAST_OF_OBJECTS = 0.01
"""Share of the pixels of all objects that is enough too: small objects are few of all pixels."""
LARGE_PART = 0.25
"""The same share from which on one photo is enough."""


def classes_that_matter(evidence: Evidence) -> list[int]:
    """Return the classes whose absence would matter: by their share of all pixels or of all objects', and photos."""
    true, background = evidence.table.sum(axis=1), evidence.classes.background
    objects = true.sum() - (0 if background is None else true[background])
    least = min(LEAST_AREA * true.sum(), max(LEAST_OF_OBJECTS * objects, 1))
    often = [c for c, count in enumerate(photos_with(evidence)) if count >= FEWEST_PHOTOS]
    large = [c for c in range(len(true)) if c != background and true[c] > LARGE_PART * objects]
    return [c for c in range(len(true)) if true[c] > least and c in {*often, *large}]


def photos_with(evidence: Evidence) -> list[int]:
    """Return in how many photos the truth shows each class."""
    return [sum(case.table[c].sum() > 0 for case in evidence.cases) for c in range(len(evidence.classes))]
