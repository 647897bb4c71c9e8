"""What is known of all kinds of masks before one of them is chosen: names, samples, facts, and which meet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from maskwright.datasets.image_folders.disambiguation.mask_kinds import MaskKind, labels_of
from maskwright.datasets.image_folders.disambiguation.mask_relations import (
    KindFacts,
    Planes,
    Relation,
    facts_of,
    relation_of,
    sampled,
)
from maskwright.datasets.image_folders.image_roles import FolderImage
from maskwright.datasets.image_folders.pairs.names import natural

ByPhoto = Mapping[str, Mapping[MaskKind, Sequence[FolderImage]]]


@dataclass(frozen=True)
class KnownKinds:
    """What is known of all kinds: their names, samples and facts."""

    labels: Mapping[MaskKind, str]
    samples: Sequence[Planes]
    facts: Mapping[MaskKind, KindFacts]
    together: frozenset[frozenset[MaskKind]]

    def relation(self, first: MaskKind, second: MaskKind) -> Relation:
        return relation_of(first, second, self.samples)

    def overlap(self, kinds: Sequence[MaskKind]) -> bool:
        """Tell whether some of the kinds share pixels of a photo."""
        met = (pair for pair in combinations(kinds, 2) if frozenset(pair) in self.together)
        return any(self.relation(*pair) != "apart" for pair in met)


def kind_key(kind: MaskKind) -> tuple[object, ...]:
    return (*(natural(part) for part in kind.folders), natural(kind.ending))


def known_kinds(photos: ByPhoto, kinds: Sequence[MaskKind]) -> KnownKinds:
    samples = sampled(photos, kinds)
    counts = {kind: sum(kind in masks for masks in photos.values()) for kind in kinds}
    facts = {kind: facts_of(kind, samples, counts[kind]) for kind in kinds}
    met = {frozenset(pair) for masks in photos.values() for pair in combinations(masks, 2)}
    return KnownKinds(labels_of(kinds), samples, facts, frozenset(met))
