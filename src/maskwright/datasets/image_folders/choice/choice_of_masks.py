"""Which of several kinds of masks are the truth, and whether they are one object or a class each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from shlex import quote
from typing import Literal

from maskwright.datasets.image_folders.choice.mask_relations import (
    KindFacts,
    Planes,
    Relation,
    are_borders,
    facts_of,
    foreground,
    is_field_of_view,
    relation_of,
    sampled,
)
from maskwright.datasets.image_folders.choice.mask_sets import MaskKind, labels_of
from maskwright.datasets.image_folders.image_roles import FolderImage
from maskwright.datasets.image_folders.pairs.names import natural, plain
from maskwright.errors import DataError
from maskwright.findings.finding import some

Together = Literal["alone", "union", "classes"]
ByPhoto = Mapping[str, Mapping[MaskKind, Sequence[FolderImage]]]

FEW_PHOTOS = 0.6
"""A second drawing of the same regions that covers at most this share of the photos is set aside."""
NUMBERED_LEAST = 0.8
KINDS_OFFERED_MOST, KINDS_SHOWN, KINDS_LISTED = 4, 8, 24
SEVERAL, FULL = 2, 0.75
"""Of more kinds than two some may be classes and others not; one that covers so much may be no class."""
INSTANCE_WORDS = ("instance", "panoptic")
BORDER_WORDS = ("edge", "border", "bound", "contour", "outline")
_SAID: Mapping[Relation, str] = {
    "apart": "apart from",
    "within": "within",
    "around": "around",
    "alike": "much like",
    "finer": "finer than",
    "coarser": "coarser than",
    "other": "crossing",
    "same": "the same regions as",
}


@dataclass(frozen=True)
class MaskChoice:
    """The kinds of masks that are the truth, in the order of their classes, and how they go together.

    `view` is the kind that shows the field of view; `unused` says of every other kind why it is not used.
    """

    kinds: tuple[MaskKind, ...]
    together: Together
    labels: Mapping[MaskKind, str]
    view: MaskKind | None = None
    unused: Mapping[MaskKind, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Kinds:
    """What is known of all kinds: their names, samples and facts."""

    labels: Mapping[MaskKind, str]
    samples: Sequence[Planes]
    facts: Mapping[MaskKind, KindFacts]
    together: frozenset[frozenset[MaskKind]]

    def relation(self, first: MaskKind, second: MaskKind) -> Relation:
        return relation_of(first, second, self.samples)


def choose_masks(photos: ByPhoto, root: Path, *, wanted: str | None = None) -> MaskChoice:
    """Return which kinds of masks are the truth; DataError asks where that is not clear.

    `wanted` is "union" or "classes", or names the kinds that count, parted by commas.
    """
    kinds = sorted({kind for masks in photos.values() for kind in masks}, key=_kind_key)
    known = _known(photos, kinds)
    if wanted is not None and plain(wanted) not in ("union", "classes"):
        return _named(known, wanted, root)
    view = next((kind for kind in kinds if len(kinds) > 1 and is_field_of_view(kind, kinds, known.samples)), None)
    unused: dict[MaskKind, str] = {}
    remaining = [kind for kind in kinds if kind != view]
    for first, second in combinations(remaining, 2):
        if frozenset((first, second)) in known.together and not {first, second} & set(unused):
            _set_aside(first, second, known, unused)
    remaining = [kind for kind in remaining if kind not in unused]
    met = [pair for pair in combinations(remaining, 2) if frozenset(pair) in known.together]
    together = _together(met, known, unused=unused, wanted=wanted, root=root)
    remaining = [kind for kind in remaining if kind not in unused]
    return MaskChoice(tuple(remaining), together, known.labels, view, unused)


def _kind_key(kind: MaskKind) -> tuple[object, ...]:
    return (*(natural(part) for part in kind.folders), natural(kind.ending))


def _known(photos: ByPhoto, kinds: Sequence[MaskKind]) -> _Kinds:
    samples = sampled(photos, kinds)
    counts = {kind: sum(kind in masks for masks in photos.values()) for kind in kinds}
    facts = {kind: facts_of(kind, samples, counts[kind]) for kind in kinds}
    met = {frozenset(pair) for masks in photos.values() for pair in combinations(masks, 2)}
    return _Kinds(labels_of(kinds), samples, facts, frozenset(met))


def _set_aside(first: MaskKind, second: MaskKind, known: _Kinds, unused: dict[MaskKind, str]) -> None:
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
        if numbers and facts.one_piece >= NUMBERED_LEAST and facts.values > known.facts[other].values:
            unused[finer] = f"numbers single objects of {known.labels[other]}"


def _roughness(kind: MaskKind, known: _Kinds) -> tuple[object, ...]:
    """Return a key by which classes come before objects, ids before colours, and small ids before large ones."""
    facts = known.facts[kind]
    return (_says_objects(known.labels[kind]), facts.coloured, facts.highest, known.labels[kind])


def _says_borders(label: str) -> bool:
    """Tell whether masks are called borders: membranes look the same, and are a class of their own."""
    return any(word in label.casefold() for word in BORDER_WORDS)


def _says_objects(label: str) -> bool:
    return any(word in label.casefold() for word in (*INSTANCE_WORDS, "object"))


def _numbers_instances(kind: MaskKind, known: _Kinds) -> bool:
    """Tell whether masks are called those of instances, and hold more than object and background."""
    return any(word in known.labels[kind].casefold() for word in INSTANCE_WORDS) and not known.facts[kind].is_binary


def _together(
    met: Sequence[tuple[MaskKind, MaskKind]],
    known: _Kinds,
    *,
    unused: dict[MaskKind, str],
    wanted: str | None,
    root: Path,
) -> Together:
    """Return how the kinds that photos have several of go together; DataError asks where that is open."""
    if not met:
        return "alone"
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
    if binary and set(left.values()) == {"apart"} and not _are_numbers(left, known):
        return "classes"
    raise _question(left, known, root)


def _are_numbers(pairs: Iterable[tuple[MaskKind, MaskKind]], known: _Kinds) -> bool:
    """Tell whether kinds are called 1, 2, ..., which may number objects or classes."""
    return all(known.labels[kind].isdigit() for pair in pairs for kind in pair)


def _question(left: Mapping[tuple[MaskKind, MaskKind], Relation], known: _Kinds, root: Path) -> DataError:
    kinds = list(dict.fromkeys(kind for pair in left for kind in pair))
    texts = []
    for kind in kinds:
        facts = known.facts[kind]
        values = f"{facts.values} {'colours' if facts.coloured else 'values'}"
        texts.append(f"{known.labels[kind]} ({facts.photos} photos, {values})")
    (first, second), relation = next(iter(left.items()))
    how = f"{known.labels[first]} lies {_SAID[relation]} {known.labels[second]}"
    if len(kinds) > KINDS_SHOWN:
        one = next((kind for kind in kinds if known.facts[kind].is_binary), kinds[0])
        example = f"--set {quote(f'data.masks={known.labels[one]}')}"
        return DataError(
            f"{root}: photos have {len(kinds)} kinds of masks: {some(texts, most=KINDS_LISTED)}; {how}: choose one of "
            f"them, as {example}, or several parted by commas, a class each"
        )
    ways = ["--set data.masks=classes (a class each)", "--set data.masks=union (one object)"]
    if len(kinds) > SEVERAL:
        full = [kind for kind in kinds if _covers_most(kind, known)]
        if full:
            names = some([known.labels[kind] for kind in full])
            how += f"; {names} nearly fill the photos, as the area that counts does, which is no class"
        joined = ",".join(known.labels[kind] for kind in kinds if kind not in full)
        ways.insert(0, f"--set {quote(f'data.masks={joined}')} (names joined by commas are a class each)")
    if set(left.values()) != {"apart"} or not _are_numbers(left, known):  # one number alone would drop objects
        offered = dict.fromkeys(_with_other_photos(kind, known) for kind in kinds)
        ways += [f"--set {quote(f'data.masks={names}')}" for names in list(offered)[:KINDS_OFFERED_MOST]]
    return DataError(
        f"{root}: photos have several kinds of masks: {some(texts, most=6)}; {how}: choose {', or '.join(ways)}"
    )


def _covers_most(kind: MaskKind, known: _Kinds) -> bool:
    """Tell whether masks of object and background alone nearly fill most photos."""
    shares = [float(foreground(planes[kind]).mean()) for planes in known.samples if kind in planes]
    return known.facts[kind].is_binary and len(shares) > 1 and sorted(shares)[len(shares) // 2] >= FULL


def _with_other_photos(kind: MaskKind, known: _Kinds) -> str:
    """Return what a kind is called, with those of several values that other photos have in its place, by commas.

    Of kinds that no photo has beside another one, no values are known.
    """
    together = [kind]
    if not known.facts[kind].is_binary:
        for other in sorted(known.labels, key=lambda other: -known.facts[other].photos):
            is_apart = all(other != one and frozenset((one, other)) not in known.together for one in together)
            if is_apart and (not known.facts[other].is_binary or known.facts[other].values == 0):
                together.append(other)
    return ",".join(known.labels[one] for one in sorted(together, key=_kind_key))


def _named(known: _Kinds, wanted: str, root: Path) -> MaskChoice:
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
    return MaskChoice(tuple(chosen), "classes" if are_classes else "alone", known.labels, None, others)


def kinds_called(name: str, labels: Mapping[MaskKind, str]) -> list[MaskKind]:
    """Return the kinds whose label is the name, or else those whose folder or ending has it among its words."""
    bare = plain(name).strip("_.- /")
    exact = [kind for kind, label in labels.items() if plain(label) == bare]
    return exact or [kind for kind in labels if bare in kind.words or bare in (plain(part) for part in kind.folders)]
