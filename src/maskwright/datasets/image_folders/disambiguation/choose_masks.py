"""Which of several kinds of masks are the truth, and whether they are one object or a class each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Literal

from maskwright.datasets.image_folders.disambiguation.ambiguity_errors import are_numbers, mask_question
from maskwright.datasets.image_folders.disambiguation.mask_kind_facts import ByPhoto, KnownKinds, kind_key, known_kinds
from maskwright.datasets.image_folders.disambiguation.mask_kinds import MaskKind
from maskwright.datasets.image_folders.disambiguation.mask_relations import (
    are_borders,
    is_field_of_view,
)
from maskwright.datasets.image_folders.pairs.names import plain
from maskwright.errors import DataError
from maskwright.findings.finding import some

Together = Literal["alone", "union", "classes"]

FEW_PHOTOS = 0.6
"""A second drawing of the same regions that covers at most this share of the photos is set aside."""
NUMBERED_LEAST = 0.8
UNREADABLE = "cannot be read as masks: fractions, as of heights, are no classes"
INSTANCE_WORDS = ("instance", "panoptic")
BORDER_WORDS = ("edge", "border", "bound", "contour", "outline")


@dataclass(frozen=True)
class MaskChoice:
    """The kinds of masks that are the truth, in the order of their classes, and how they go together.

    `view` is the kind that shows the field of view; `unused` says of every other kind why it is not used. `overlap`:
    kinds that are a class each share pixels.
    """

    kinds: tuple[MaskKind, ...]
    together: Together
    labels: Mapping[MaskKind, str]
    view: MaskKind | None = None
    unused: Mapping[MaskKind, str] = field(default_factory=dict)
    overlap: bool = False


def choose_masks(photos: ByPhoto, root: Path, *, wanted: str | None = None) -> MaskChoice:
    """Return which kinds of masks are the truth; DataError asks where that is not clear.

    `wanted` is "union" or "classes", or names the kinds that count, parted by commas.
    """
    kinds = sorted({kind for masks in photos.values() for kind in masks}, key=kind_key)
    known = known_kinds(photos, kinds)
    if wanted is not None and plain(wanted) not in ("union", "classes"):
        return _named(known, wanted, root)
    view = next((kind for kind in kinds if len(kinds) > 1 and is_field_of_view(kind, kinds, known.samples)), None)
    unreadable = {kind for kind in kinds if known.facts[kind].values == 0}
    unused = dict.fromkeys(unreadable, UNREADABLE) if len(unreadable) < len(kinds) else dict[MaskKind, str]()
    remaining = [kind for kind in kinds if kind != view and kind not in unused]
    for first, second in combinations(remaining, 2):
        if frozenset((first, second)) in known.together and not {first, second} & set(unused):
            _set_aside(first, second, known, unused)
    remaining = [kind for kind in remaining if kind not in unused]
    met = [pair for pair in combinations(remaining, 2) if frozenset(pair) in known.together]
    together = _together(met, known, unused=unused, wanted=wanted, root=root)
    remaining = [kind for kind in remaining if kind not in unused]
    overlap = together == "classes" and known.overlap(remaining)
    return MaskChoice(tuple(remaining), together, known.labels, view, unused, overlap)


def _set_aside(first: MaskKind, second: MaskKind, known: KnownKinds, unused: dict[MaskKind, str]) -> None:
    """Note the one of two kinds that says nothing more than the other: its copy, its borders, its objects numbered."""
    relation = known.relation(first, second)
    ways = [(line, region) for line, region in ((first, second), (second, first)) if _says_borders(known.labels[line])]
    lines = next((way for way in ways if are_borders(*way, known.samples)), None)
    if lines is not None:
        unused[lines[0]] = f"draws the borders of {known.labels[lines[1]]}"
    elif relation == "same":
        worse = max(first, second, key=lambda kind: _roughness(kind, known))
        other = second if worse == first else first
        unused[worse] = f"the same regions as {known.labels[other]}"
    elif relation in ("within", "around"):
        inner, outer = (first, second) if relation == "within" else (second, first)
        if _numbers_instances(inner, known) and not _numbers_instances(outer, known):
            unused[inner] = f"numbers single objects of {known.labels[outer]}"
    elif relation in ("finer", "coarser"):
        finer, other = (first, second) if relation == "finer" else (second, first)
        facts = known.facts[finer]
        numbers = facts.numbered or _says_objects(known.labels[finer])
        if not (numbers and facts.one_piece >= NUMBERED_LEAST and facts.values > known.facts[other].values):
            return
        if known.facts[other].photos <= FEW_PHOTOS * facts.photos and not known.facts[other].is_binary:
            unused[other] = f"shows objects of {known.labels[finer]}, for fewer photos"
        else:
            unused[finer] = f"numbers single objects of {known.labels[other]}"


def _roughness(kind: MaskKind, known: KnownKinds) -> tuple[object, ...]:
    """Return a key by which classes come before objects, ids before colours, and small ids and few folders first."""
    facts = known.facts[kind]
    return (_says_objects(known.labels[kind]), facts.coloured, facts.highest, len(kind.folders), known.labels[kind])


def _says_borders(label: str) -> bool:
    """Tell whether masks are called borders: membranes look the same, and are a class of their own."""
    return any(word in label.casefold() for word in BORDER_WORDS)


def _says_objects(label: str) -> bool:
    return any(word in label.casefold() for word in (*INSTANCE_WORDS, "object"))


def _numbers_instances(kind: MaskKind, known: KnownKinds) -> bool:
    """Tell whether masks are called those of instances, and hold more than object and background."""
    return any(word in known.labels[kind].casefold() for word in INSTANCE_WORDS) and not known.facts[kind].is_binary


def _together(
    met: Sequence[tuple[MaskKind, MaskKind]],
    known: KnownKinds,
    *,
    unused: dict[MaskKind, str],
    wanted: str | None,
    root: Path,
) -> Together:
    """Return how the kinds that photos have several of go together; DataError asks where that is open."""
    if not met:
        are_classes = all(kind.is_class and known.facts[kind].is_binary for kind in known.labels)
        by_folder = wanted is not None and plain(wanted) == "classes" and are_classes
        return "classes" if by_folder and len(known.labels) > 1 else "alone"
    if wanted is not None:
        return "union" if plain(wanted) == "union" else "classes"
    relations = {pair: known.relation(*pair) for pair in met}
    for pair, relation in relations.items():
        lesser, greater = sorted(pair, key=lambda kind: known.facts[kind].photos)
        if relation == "alike" and known.facts[lesser].photos <= FEW_PHOTOS * known.facts[greater].photos:
            unused[lesser] = f"draws the regions of {known.labels[greater]} again, for fewer photos"
    left = {pair: relation for pair, relation in relations.items() if not set(pair) & set(unused)}
    if not left:
        return "alone"
    binary = all(known.facts[kind].is_binary for pair in left for kind in pair)
    if binary and set(left.values()) == {"apart"} and not are_numbers(left, known):
        return "classes"
    raise mask_question(left, known, root, unused=unused)


def _named(known: KnownKinds, wanted: str, root: Path) -> MaskChoice:
    """Return the kinds that a person named, each a class where they are several.

    Kinds of several values of which no photo has two keep the classes of their values.
    """
    chosen: list[MaskKind] = []
    for name in wanted.split(","):
        fitting = kinds_called(name, known.labels)
        if not fitting:
            held = some(sorted(known.labels.values()), most=8)
            raise DataError(f"{root}: no masks are called {name.strip()!r}; there are {held}")
        chosen += [kind for kind in fitting if kind not in chosen]
    others = {kind: "another kind of masks was chosen" for kind in known.labels if kind not in chosen}
    met = any(frozenset(pair) in known.together for pair in combinations(chosen, 2))
    are_classes = "," in wanted and (met or all(known.facts[kind].is_binary for kind in chosen))
    together: Together = "classes" if are_classes else "alone"
    return MaskChoice(
        tuple(chosen), together, known.labels, None, others, overlap=are_classes and known.overlap(chosen)
    )


def kinds_called(name: str, labels: Mapping[MaskKind, str]) -> list[MaskKind]:
    """Return the kinds whose label is the name, or else those whose folder or ending has it among its words."""
    bare = plain(name).strip("_.- /")
    exact = [kind for kind, label in labels.items() if plain(label) == bare]
    return exact or [kind for kind in labels if bare in kind.words or bare in (plain(part) for part in kind.folders)]
