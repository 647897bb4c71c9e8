"""The question which of several kinds of masks count, with what may be set."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from shlex import quote

from maskwright.datasets.image_folders.disambiguation.mask_kind_facts import KnownKinds, kind_key
from maskwright.datasets.image_folders.disambiguation.mask_kinds import MaskKind
from maskwright.datasets.image_folders.disambiguation.mask_relations import Relation, agreement, foreground
from maskwright.errors import DataError
from maskwright.findings.finding import some
from maskwright.imaging.mask_geometry import component_areas

MAX_OFFERED = 4
"""Kinds of masks for which the question gives a command each."""
MAX_DESCRIBED = 8
"""Kinds of masks that the question describes."""
MAX_LISTED = 24
"""Kinds of masks that it names where there are too many to describe."""
SEVERAL, FULL = 2, 0.75
"""Of more kinds than two some may be classes and others not; one that covers so much may be no class."""
POINT_MOST_PX = 50
"""The area of the largest dot that marks a place, at the size at which masks are compared."""
NESTED, NEARLY_THE_SAME = ("within", "around"), 0.84
_SAID: Mapping[Relation, str] = {
    "apart": "lie apart from",
    "within": "lie within",
    "around": "lie around",
    "alike": "are much like",
    "finer": "are finer than",
    "coarser": "are coarser than",
    "other": "cross",
    "same": "are the same as",
}


def mask_question(
    left: Mapping[tuple[MaskKind, MaskKind], Relation], known: KnownKinds, root: Path, *, unused: Collection[MaskKind]
) -> DataError:
    """Return the question which kinds count; those of object and background that no photo has beside others too."""
    met = list(dict.fromkeys(kind for pair in left for kind in pair))
    several = {kind for pair in known.together for kind in pair}
    alone = [
        kind for kind in known.labels if kind not in several and kind not in unused and known.facts[kind].values == 2
    ]
    kinds = sorted([*met, *alone], key=kind_key)
    texts = []
    for kind in kinds:
        facts = known.facts[kind]
        values = f"{facts.values} {'colours' if facts.coloured else 'values'}"
        texts.append(f"{known.labels[kind]} ({facts.photos} photos, {values})")
    (first, second), relation = next(iter(left.items()))
    how = f"regions of {known.labels[first]} {_SAID[relation]} those of {known.labels[second]}"
    if len(kinds) > MAX_DESCRIBED:
        one = next((kind for kind in kinds if known.facts[kind].is_binary), kinds[0])
        example = f"--set {quote(f'data.masks={known.labels[one]}')}"
        return DataError(
            f"{root}: photos have {len(kinds)} kinds of masks: {some(texts, most=MAX_LISTED)}; {how}: choose one of "
            f"them, as {example}, or several parted by commas, a class each"
        )
    return DataError(
        f"{root}: photos have several kinds of masks: {some(texts, most=MAX_DESCRIBED)}; {how}"
        f"{_ways(kinds, met, left, known)}"
    )


def _ways(
    kinds: Sequence[MaskKind],
    met: Sequence[MaskKind],
    left: Mapping[tuple[MaskKind, MaskKind], Relation],
    known: KnownKinds,
) -> str:
    """Return what may be set, the likeliest first, with why some kinds are no class beside the others."""
    points = [kind for kind in kinds if are_points(kind, known)]
    names = some([known.labels[kind] for kind in points])
    why = (
        f"; {names} mark{'s' if len(points) == 1 else ''} points of a few pixels, which are no regions"
        if points
        else ""
    )
    ways = ["--set data.masks=classes (a class each)", "--set data.masks=union (one object)"]
    if len(kinds) > SEVERAL:
        full = [kind for kind in kinds if _covers_most(kind, known)]
        if full:
            names = some([known.labels[kind] for kind in full])
            why += f"; {names} nearly fill the photos, as the area that counts does, which is no class"
        again = _drawn_again(left, known)
        if again:
            why += f"; regions of other masks are drawn again in {some([known.labels[kind] for kind in again])}"
        apart = [kind for kind in kinds if kind not in (*full, *again, *points)]
        joined = ",".join(known.labels[kind] for kind in apart)
        if len(apart) > 1 and all(known.facts[kind].is_binary for kind in apart):
            ways.insert(0, f"--set {quote(f'data.masks={joined}')} (names joined by commas are a class each)")
    if set(left.values()) != {"apart"} or not are_numbers(left, known):  # one number alone would drop objects
        offered = dict.fromkeys(_with_other_photos(kind, known) for kind in sorted(met, key=points.__contains__))
        single = [f"--set {quote(f'data.masks={names}')}" for names in list(offered)[:MAX_OFFERED]]
        is_last = not points and all(known.facts[kind].is_binary for kind in kinds)
        ways = [*ways, *single] if is_last else [*single, *ways]
    return f"{why}: choose {', or '.join(ways)}"


def are_points(kind: MaskKind, known: KnownKinds) -> bool:
    """Tell whether masks of object and background hold nothing but dots of a few pixels."""
    areas = [component_areas(foreground(planes[kind])) for planes in known.samples if kind in planes]
    dots = [own for own in areas if len(own)]
    return known.facts[kind].is_binary and bool(dots) and max(int(own.max()) for own in dots) <= POINT_MOST_PX


def _drawn_again(relations: Mapping[tuple[MaskKind, MaskKind], Relation], known: KnownKinds) -> list[MaskKind]:
    """Return the kinds that draw much the same regions as another, which are no class beside it.

    Masks in a folder of their own come after those beside photos, and those of few photos after those of many.
    """
    again: list[MaskKind] = []
    for pair, relation in relations.items():
        is_alike = relation == "alike" or (relation in NESTED and agreement(*pair, known.samples) >= NEARLY_THE_SAME)
        if is_alike and not set(pair) & set(again):
            again.append(max(pair, key=lambda kind: (len(kind.folders), -known.facts[kind].photos, kind_key(kind))))
    return sorted(again, key=kind_key)


def _covers_most(kind: MaskKind, known: KnownKinds) -> bool:
    """Tell whether masks of object and background alone nearly fill most photos."""
    shares = [float(foreground(planes[kind]).mean()) for planes in known.samples if kind in planes]
    return known.facts[kind].is_binary and len(shares) > 1 and sorted(shares)[len(shares) // 2] >= FULL


def _with_other_photos(kind: MaskKind, known: KnownKinds) -> str:
    """Return what a kind is called, with those of several values that other photos have in its place, by commas."""
    together = [kind]
    if not known.facts[kind].is_binary:
        for other in sorted(known.labels, key=lambda other: -known.facts[other].photos):
            is_apart = all(other != one and frozenset((one, other)) not in known.together for one in together)
            if is_apart and not known.facts[other].is_binary:
                together.append(other)
    return ",".join(known.labels[one] for one in sorted(together, key=kind_key))


def are_numbers(pairs: Iterable[tuple[MaskKind, MaskKind]], known: KnownKinds) -> bool:
    """Tell whether kinds are called 1, 2, ..., which may number objects or classes."""
    return all(known.labels[kind].isdigit() for pair in pairs for kind in pair)
