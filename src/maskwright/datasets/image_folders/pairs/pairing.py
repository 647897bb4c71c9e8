"""Which masks belong to which photo, by their names and folders."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from maskwright.datasets.image_folders.image_roles import FolderImage, general, kind_of
from maskwright.datasets.image_folders.pairs.name_comparisons import Key, KeyOf, Level, forced_levels, levels_of
from maskwright.datasets.image_folders.pairs.names import MASK_WORDS, PHOTO_WORDS, folder_words, runs
from maskwright.datasets.image_folders.pairs.split_folders import part_of

ENOUGH = 0.5
"""A way to compare names that pairs this share of the masks of a kind is the kind's way."""

Words = frozenset[tuple[str, int]]


@dataclass(frozen=True)
class Match:
    """A mask with the photos that it may belong to, more than one where there are several kinds of photos."""

    mask: FolderImage
    photos: tuple[FolderImage, ...]
    said: str = ""


@dataclass(frozen=True)
class Pairing:
    """The matches of all masks that found a photo, and the masks left over.

    `foreign` are masks whose name fits a photo of another folder alone, with that photo; `unsure` fit several photos.
    """

    matches: tuple[Match, ...]
    orphans: tuple[FolderImage, ...] = ()
    foreign: tuple[tuple[FolderImage, FolderImage], ...] = ()
    unsure: tuple[Match, ...] = ()
    across: tuple[Match, ...] = field(default=())


def pair(images: Sequence[FolderImage], *, mode: str | None = None) -> Pairing:
    """Return which masks belong to which photos.

    Names are compared by the strictest way that pairs at least half of a kind of masks, only with photos of the
    folders nearest to the masks' own. `mode` overrides that: "number" compares the numbers in names alone,
    "number+1" adds one to the photos' numbers, "order" takes photos and masks as they follow one another.
    """
    photos = [image for image in images if image.role == "photo"]
    masks = [image for image in images if image.role == "mask"]
    near = _Nearness(photos, masks)
    kinds: dict[Key, list[FolderImage]] = defaultdict(list)
    for mask in masks:
        kinds[kind_of(mask)].append(mask)
    levels = levels_of(photos, masks) if mode is None else forced_levels(photos, masks, mode)
    matches: list[Match] = []
    unsure: list[Match] = []
    for members in kinds.values():
        paired, doubtful = _pair_kind(members, photos, levels, near)
        matches += paired
        unsure += doubtful
    found = {match.mask.below for match in (*matches, *unsure)}
    left = [mask for mask in masks if mask.below not in found]
    cases = [match for mask in left if (match := _of_case(mask, photos)) is not None] if mode is None else []
    found |= {match.mask.below for match in cases}
    left = [mask for mask in left if mask.below not in found]
    across, foreign = _beyond(left, photos, levels, {match.mask.file.folder for match in matches})
    found |= {match.mask.below for match in across}
    orphans = tuple(mask for mask in left if mask.below not in found)
    return Pairing((*matches, *cases, *across), orphans, tuple(foreign), tuple(unsure), tuple(across))


class _Nearness:
    """Which folders of photos are nearest to each folder of masks: those that share most words of their paths.

    Of several the ones whose paths begin alike: of data/masks the photos of data are nearer than those of aug_data. Of
    these the plainest: of gt/train the photos of rgb/train, not those of rgb/train_ref.
    Where a folder of masks is as near to two, those beside it are too: beside Other_labels the word in Right_arm_labels
    names no camera.
    """

    def __init__(self, photos: Iterable[FolderImage], masks: Iterable[FolderImage]) -> None:
        folders = {photo.file.folder for photo in photos}
        words = {folder: _numbered_words(folder) for folder in folders}
        self.nearest: dict[tuple[str, ...], frozenset[tuple[str, ...]]] = {}
        plainest_of: dict[frozenset[Words], set[Words]] = {}
        for folder in {mask.file.folder for mask in masks}:
            own = _place_words(folder)
            shared = {other: (len(own & words[other]), _shared_beginning(folder, other)) for other in folders}
            best = max(shared.values(), default=(0, 0))
            # The folder itself is nearer than any other that has all of its words.
            same = frozenset([folder]) & folders
            tied = [other for other, nearness in shared.items() if nearness == best]
            near = {other: words[other] - own for other in _named_in(folder, tied) or tied}
            sets = frozenset(near.values())
            if sets not in plainest_of:
                plainest_of[sets] = _without_supersets(sets)
            plainest = plainest_of[sets]
            self.nearest[folder] = same or frozenset(other for other, more in near.items() if more in plainest)

        beside: dict[tuple[str, ...], list[tuple[str, ...]]] = defaultdict(list)
        for folder in self.nearest.keys() - folders:
            beside[folder[:-1]].append(folder)
        for siblings in beside.values():
            widest = max((self.nearest[folder] for folder in siblings), key=len)
            self.nearest |= {folder: widest for folder in siblings if self.nearest[folder] < widest}

    def of(self, mask: FolderImage, photos: Iterable[FolderImage]) -> list[FolderImage]:
        """Return those of the photos that lie in the folders nearest to the mask's."""
        return [photo for photo in photos if photo.file.folder in self.nearest[mask.file.folder]]


def _named_in(folder: tuple[str, ...], others: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Return those of some folders whose own names are written in a path as they are: task_cam_2_seg_1.1 is of cam_2.

    None where all are, or none is; what a folder shares with all others is no name of its own.
    """
    runs_of = [" ".join(("", *runs(part), "")) for part in folder]
    named = []
    for other in others:
        own = [part for part in other if not all(part in every for every in others)]
        if own and all(any(" ".join(("", *runs(part), "")) in run for run in runs_of) for part in own):
            named.append(other)
    return named if len(named) < len(others) else []


def _without_supersets(sets: Iterable[Words]) -> set[Words]:
    """Return those of some sets that hold no other whole, comparing each with smaller ones alone."""
    by_size: dict[int, set[Words]] = defaultdict(set)
    for one in sets:
        by_size[len(one)].add(one)
    least: set[Words] = set()
    for size in sorted(by_size):
        least |= {one for one in by_size[size] if not any(smaller < one for smaller in least)}
    return least


def _shared_beginning(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    """Return how many folders two paths begin with alike."""
    return len(list(takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))))


def _place_words(folder: tuple[str, ...]) -> frozenset[tuple[str, int]]:
    """Return the words of the path of masks that say where they lie: GT_color is no nearer to nir_color than to rgb."""
    roles = folder_words(folder[-1:]).keys() & (PHOTO_WORDS | MASK_WORDS)
    own = folder_words(folder) - Counter(roles)
    return frozenset((word, i) for word, count in own.items() for i in range(count))


def _numbered_words(folder: tuple[str, ...]) -> frozenset[tuple[str, int]]:
    """Return the words of a folder's path, a word that is there twice as two."""
    return frozenset((word, i) for word, count in folder_words(folder).items() for i in range(count))


def _pair_kind(
    masks: Sequence[FolderImage], photos: Sequence[FolderImage], levels: Sequence[Level], near: _Nearness
) -> tuple[list[Match], list[Match]]:
    """Return the matches of one kind of masks, and those that fit several photos of one kind."""
    order = _best_first(masks, photos, levels, near)
    matches: list[Match] = []
    unsure: dict[str, Match] = {}
    left = list(masks)
    for level in order:
        taken = {photo.below for match in matches for photo in match.photos}
        free = [photo for photo in photos if photo.below not in taken]
        candidates = list(_matched(left, free, level, near))
        matches += [match for match in candidates if _is_sure(match)]
        unsure |= {match.mask.below: match for match in candidates if not _is_sure(match)}
        done = {match.mask.below for match in matches}
        left = [mask for mask in left if mask.below not in done]
    return matches, [match for below, match in unsure.items() if below in {mask.below for mask in left}]


def _best_first(
    masks: Sequence[FolderImage], photos: Sequence[FolderImage], levels: Sequence[Level], near: _Nearness
) -> list[Level]:
    """Return the levels with the kind's own first: the first that pairs enough, or the one that pairs most."""
    best, most = levels[0], 0
    for level in levels:
        count = sum(_is_sure(match) for match in _matched(masks, photos, level, near))
        if count > most:
            best, most = level, count
        if count >= ENOUGH * len(masks):
            break
    return [best, *(level for level in levels if level is not best)]


def _matched(
    masks: Iterable[FolderImage], photos: Iterable[FolderImage], level: Level, near: _Nearness
) -> Iterator[Match]:
    by_key = _by_key(photos, level.photo)
    for mask in masks:
        key = level.mask(mask)
        candidates = near.of(mask, by_key.get(key, ())) if key is not None else []
        if candidates:
            yield Match(mask, tuple(candidates), level.said)


def _by_key(photos: Iterable[FolderImage], key_of: KeyOf) -> Mapping[Key, list[FolderImage]]:
    by_key: dict[Key, list[FolderImage]] = defaultdict(list)
    for photo in photos:
        if (key := key_of(photo)) is not None:
            by_key[key].append(photo)
    return by_key


def _is_sure(match: Match) -> bool:
    """Tell whether the photos of a match are of different kinds: two of one kind leave open which it is."""
    kinds = Counter((photo.file.folder, photo.name.ending, photo.file.path.suffix.lower()) for photo in match.photos)
    return max(kinds.values()) == 1


def are_apart(mask: FolderImage, photo: FolderImage) -> bool:
    """Tell whether a mask and its photo lie in folders of two days, sites or parts: named alike but for the number."""
    own = [part for part in mask.file.folder if part not in photo.file.folder]
    other = [part for part in photo.file.folder if part not in mask.file.folder]
    alike = any(general(a) == general(b) and "#" in general(a) for a in own for b in other)
    parts = part_of(mask), part_of(photo)
    return alike or (None not in parts and parts[0] != parts[1])


def _of_case(mask: FolderImage, photos: Sequence[FolderImage]) -> Match | None:
    """Return the match of a mask with the one photo below the nearest folder above it that holds any: a folder a case.

    The root is no such folder.
    """
    for depth in range(len(mask.file.folder), 0, -1):
        case = mask.file.folder[:depth]
        inside = [photo for photo in photos if photo.file.folder[:depth] == case]
        if inside:
            alone = len({(photo.name.ending, photo.file.folder) for photo in inside}) == len(inside)
            return Match(mask, tuple(inside)) if alone else None
    return None


def _beyond(
    left: Sequence[FolderImage],
    photos: Sequence[FolderImage],
    levels: Sequence[Level],
    paired_folders: set[tuple[str, ...]],
) -> tuple[list[Match], list[tuple[FolderImage, FolderImage]]]:
    """Return the matches of whole folders of masks that fit photos of a folder further off, and single such masks.

    A folder whose other masks found their photos nearby is not paired with another one.
    """
    across: list[Match] = []
    foreign: list[tuple[FolderImage, FolderImage]] = []
    indices = [(level, _by_key(photos, level.photo)) for level in levels]
    for mask in left:
        for level, by_key in indices:
            key = level.mask(mask)
            candidates = by_key.get(key, []) if key is not None else []
            if len(candidates) == 1:
                if mask.file.folder in paired_folders:
                    foreign.append((mask, candidates[0]))
                else:
                    across.append(Match(mask, tuple(candidates), level.said))
                break
    return across, foreign
