"""The kinds of masks that photos have: a folder or an ending each, and what each kind is called."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from maskwright.datasets.image_folders.image_roles import FolderImage
from maskwright.datasets.image_folders.pairs.names import MASK_WORDS, PART_WORDS, folder_words, plain
from maskwright.datasets.image_folders.pairs.pairing import Match

KINDS_MOST = 12
_CAMEL = re.compile(r"\d(?:st|nd|rd|th)\w*|[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+|[^\W\d_A-Za-z]+")


@dataclass(frozen=True)
class MaskKind:
    """The masks of one folder and ending: the words that tell it from photos, without those of given parts.

    `is_class`: a table calls these masks by the name of their class, which is the only folder here.
    """

    folders: tuple[str, ...]
    ending: str
    is_class: bool = False

    @property
    def words(self) -> frozenset[str]:
        """All words of the kind, in lower case."""
        return frozenset(folder_words(self.folders)) - set(PART_WORDS) | frozenset(self.ending.split())


def kinds_of_masks(
    masks: Sequence[Sequence[FolderImage]], photos: Iterable[FolderImage], *, classes: Mapping[str, str]
) -> dict[str, MaskKind]:
    """Return the kind of each mask by its path: the folders that hold no photos, and the ending.

    `masks` are those of one photo each, `classes` what a table calls some of them. Folders that differ by numbers are
    one kind where no photo has masks in two of them, and where there would be very many kinds.
    """
    photos = list(photos)
    shared = {part for photo in photos for part in photo.file.folder}
    stems = {plain(photo.name.stem) for photo in photos}
    every = [mask for several in masks for mask in several]
    kinds = _with_class_folders({mask.below: _kind(mask, shared, stems) for mask in every}, every)
    kinds |= {
        mask.below: MaskKind((classes[mask.below],), "", is_class=True) for mask in every if mask.below in classes
    }
    if len(set(kinds.values())) > KINDS_MOST and not classes:
        general = {below: _general(kind) for below, kind in kinds.items()}
        kinds = general if len(set(general.values())) < len(set(kinds.values())) else kinds
    kinds = _of_one_name(kinds, masks)
    if len(set(kinds.values())) <= KINDS_MOST or classes or _are_of_many_photos(kinds, masks):
        return _merged(kinds, masks)
    return {below: MaskKind((), kind.ending) for below, kind in kinds.items()}


def _with_class_folders(kinds: dict[str, MaskKind], masks: Iterable[FolderImage]) -> dict[str, MaskKind]:
    """Return the kinds, masks alone of their photo as the class that a folder around them is called by.

    Other masks end in two such names at least: beside a_colon.png and a_liver.png, colon/b.png is of the colon.
    """
    endings = {kind.ending for kind in kinds.values() if kind.ending and not kind.folders}
    named: dict[str, MaskKind] = {}
    for mask in masks:
        if kinds[mask.below] == MaskKind((), ""):
            words = (" ".join(folder_words((part,))) for part in mask.file.folder)
            ending = next((word for word in words if word in endings), None)
            named |= {mask.below: MaskKind((), ending)} if ending is not None else {}
    return kinds | named if len({kind.ending for kind in named.values()}) > 1 else kinds


def _are_of_many_photos(kinds: Mapping[str, MaskKind], masks: Sequence[Sequence[FolderImage]]) -> bool:
    """Tell whether most kinds have masks of many photos each: they are kinds, and no folders of a photo each."""
    counts = Counter(kind for several in masks for kind in {kinds[mask.below] for mask in several})
    return len(masks) > 1 and 2 * sum(2 * count >= len(masks) for count in counts.values()) > len(counts)


def _general(kind: MaskKind) -> MaskKind:
    """Return a kind with a sign for numbers in folders, and for those in its ending that number photos."""
    folders = tuple(re.sub(r"[0-9a-f]{16,}|\d+", "#", part) for part in kind.folders)
    return MaskKind(folders, re.sub(r"\d{3,}", "#", kind.ending))


def _of_one_name(kinds: Mapping[str, MaskKind], masks: Sequence[Sequence[FolderImage]]) -> dict[str, MaskKind]:
    """Return the kinds, those as one whose innermost folder has one name and of which no photo has two.

    So are label/EX of one part and segmentation label/EX of another.
    """
    by_name: dict[tuple[str, str], list[MaskKind]] = defaultdict(list)
    for kind in dict.fromkeys(kinds.values()):
        if kind.folders:
            by_name[" ".join(folder_words(kind.folders[-1:])), kind.ending].append(kind)
    met = {frozenset(pair) for several in masks for pair in combinations({kinds[m.below] for m in several}, 2)}
    names = {
        kind: _general(kind) if len(set(map(_general, alike))) == 1 < len(alike) else alike[0]
        for alike in by_name.values()
        if not any(frozenset(pair) in met for pair in combinations(alike, 2))
        for kind in alike
    }
    return {below: names.get(kind, kind) for below, kind in kinds.items()}


def _merged(kinds: Mapping[str, MaskKind], masks: Sequence[Sequence[FolderImage]]) -> dict[str, MaskKind]:
    """Return the kinds, those as one that differ by numbers and of which no photo has two."""
    meeting = set()
    for several in masks:
        own = {kinds[mask.below] for mask in several}
        counts = Counter(_general(kind) for kind in own)
        meeting |= {kind for kind, count in counts.items() if count > 1}
    together = Counter(_general(kind) for kind in set(kinds.values()))
    return {
        below: kind if together[_general(kind)] == 1 or _general(kind) in meeting else _general(kind)
        for below, kind in kinds.items()
    }


def _kind(mask: FolderImage, shared: Collection[str], photo_stems: Collection[str]) -> MaskKind:
    """Return the kind of a mask; the end of a name that a photo has too, as in 01_dr, is none."""
    own = [part for part in mask.file.folder if part not in shared]
    ending = "" if plain(mask.name.stem) in photo_stems else mask.name.ending
    return MaskKind(tuple(stripped for part in own if (stripped := _without_part(part))), ending)


def _without_part(folder: str) -> str:
    """Return a folder's name without the word for a given part: train_masks and val_masks are one kind."""
    words = folder_words((folder,))
    if not set(words) & set(PART_WORDS):
        return folder
    return " ".join(word for word in words if word not in PART_WORDS)


def labels_of(kinds: Iterable[MaskKind]) -> dict[MaskKind, str]:
    """Return a short name for each kind, by what tells it from the others: a folder's name, or else the ending."""
    kinds = list(dict.fromkeys(kinds))
    held = Counter(part for kind in kinds for part in kind.folders)
    labels = {}
    for kind in kinds:
        folders = [part for part in kind.folders if held[part] == 1] or list(kind.folders[-1:])
        same_folders = [other for other in kinds if other.folders == kind.folders]
        label = kind.ending if len(same_folders) > 1 else "/".join(folders)
        labels[kind] = label or kind.ending or "masks"
    twice = Counter(labels.values())
    whole = {kind: "/".join([*dict.fromkeys(kind.folders), *([kind.ending] if kind.ending else [])]) for kind in kinds}
    return _without_numbers({kind: label if twice[label] == 1 else whole[kind] for kind, label in labels.items()})


def _without_numbers(labels: Mapping[MaskKind, str]) -> dict[MaskKind, str]:
    """Return the labels without the sign that stands for numbers, where they still differ: GT for 01_GT and 02_GT."""
    bare = {kind: re.sub(r"[ _.-]*#[ _.-]*", " ", label).strip().replace("/ ", "/") for kind, label in labels.items()}
    counts = Counter(bare.values())
    return {kind: text if text and counts[text] == 1 else labels[kind] for kind, text in bare.items()}


def class_names(labels: Sequence[str]) -> list[str]:
    """Return the names of classes that kinds of masks stand for: their labels without numbers and words for masks.

    The labels as they are where that leaves nothing, or the same, of two of them.
    """
    names = []
    for label in labels:
        words = [word for word in _CAMEL.findall(label) if word.lower() not in MASK_WORDS and not word.isdigit()]
        words = [word for word in words if word.lower() != "ground" or "truth" not in label.lower()]
        names.append(" ".join(words))
    return names if all(names) and len(set(names)) == len(names) else list(labels)


def by_photo(matches: Iterable[Match], kinds: Mapping[str, MaskKind]) -> dict[str, dict[MaskKind, list[FolderImage]]]:
    """Return the masks of each photo by kind; every match must have one photo."""
    masks_of: dict[str, dict[MaskKind, list[FolderImage]]] = defaultdict(lambda: defaultdict(list))
    for match in matches:
        masks_of[match.photos[0].below][kinds[match.mask.below]].append(match.mask)
    return masks_of
