"""Which masks belong to which photo, by their names and folders."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from maskwright.datasets.image_folders.kinds import FolderImage, kind_of
from maskwright.datasets.image_folders.names import (
    MASK_WORDS,
    PHOTO_WORDS,
    folder_words,
    numbers,
    plain,
    runs,
    without_common,
)

Key = tuple[object, ...]
KeyOf = Callable[[FolderImage], Key | None]

ENOUGH = 0.5
"""A way to compare names that pairs this share of the masks of a kind is the kind's way."""
CASE_OR_UNICODE = "case, Unicode form or a second file ending"
ZEROS_OR_SIGNS = "zeros before numbers, or signs between words"
BEGINNINGS = "words that all names of a folder begin or end with"
MASK_FOLDER = "folder: each folder of masks is named like its photo"
ROLE_WORDS = "words that say photo or mask"
MASK_FIRST = "what follows the mask's name in the photo's"
PHOTO_FIRST = "what follows the photo's name in the mask's"


@dataclass(frozen=True)
class Level:
    """One way to compare names: what a photo and its mask must share; `said` is what it overlooks, "" for nothing."""

    photo: KeyOf
    mask: KeyOf
    said: str = ""


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
    levels = _levels(photos, masks) if mode is None else _forced_levels(photos, masks, mode)
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
    """Which folders of photos are nearest to each folder of masks: those that share most words of their paths."""

    def __init__(self, photos: Iterable[FolderImage], masks: Iterable[FolderImage]) -> None:
        folders = {photo.file.folder for photo in photos}
        words = {folder: _numbered_words(folder) for folder in folders}
        self.nearest: dict[tuple[str, ...], frozenset[tuple[str, ...]]] = {}
        for folder in {mask.file.folder for mask in masks}:
            own = _numbered_words(folder)
            shared = {other: len(own & words[other]) for other in folders}
            best = max(shared.values(), default=0)
            # The folder itself is nearer than any other that has all of its words.
            same = frozenset([folder]) & folders
            self.nearest[folder] = same or frozenset(other for other, count in shared.items() if count == best)

    def of(self, mask: FolderImage, photos: Iterable[FolderImage]) -> list[FolderImage]:
        """Return those of the photos that lie in the folders nearest to the mask's."""
        return [photo for photo in photos if photo.file.folder in self.nearest[mask.file.folder]]


def _numbered_words(folder: tuple[str, ...]) -> frozenset[tuple[str, int]]:
    """Return the words of a folder's path, a word that is there twice as two."""
    return frozenset((word, i) for word, count in folder_words(folder).items() for i in range(count))


def _levels(photos: Sequence[FolderImage], masks: Sequence[FolderImage]) -> tuple[Level, ...]:
    """Return the ways to compare names, the strictest first."""
    photo_runs, mask_runs = _without_common(photos), _without_common(masks)
    return (
        Level(lambda p: (p.name.stem,), lambda m: (m.name.stem,)),
        Level(lambda p: (p.name.stem,), _core),
        Level(_core, lambda m: (m.name.stem,)),
        Level(_core, _core),
        Level(lambda p: (plain(p.name.stem),), lambda m: (plain(m.name.stem),), CASE_OR_UNICODE),
        Level(lambda p: (plain(p.name.stem),), _plain_core, CASE_OR_UNICODE),
        Level(_plain_core, _plain_core, CASE_OR_UNICODE),
        Level(lambda p: (plain(p.name.stem),), _own_folder, MASK_FOLDER),
        Level(lambda p: runs(p.name.stem), lambda m: runs(m.name.stem), ZEROS_OR_SIGNS),
        Level(_core_runs, _core_runs, ZEROS_OR_SIGNS),
        Level(lambda p: runs(p.name.stem), _begins_with({runs(photo.name.stem) for photo in photos}), PHOTO_FIRST),
        Level(_begins_with({runs(mask.name.stem) for mask in masks}), lambda m: runs(m.name.stem), MASK_FIRST),
        Level(_without_role, _without_role, ROLE_WORDS),
        Level(lambda p: photo_runs.get(p.below), lambda m: mask_runs.get(m.below), BEGINNINGS),
    )


def _without_role(image: FolderImage) -> Key | None:
    """Return the words and numbers of a name but for those that say photo or mask."""
    return tuple(run for run in runs(image.name.stem) if run not in PHOTO_WORDS | MASK_WORDS) or None


def _begins_with(names: set[Key]) -> KeyOf:
    """Return the function that gives the longest of some names, as runs, that an image's name begins with."""

    def key(image: FolderImage) -> Key | None:
        own = runs(image.name.stem)
        return next((own[:end] for end in range(len(own) - 1, 0, -1) if own[:end] in names), None)

    return key


def _forced_levels(photos: Sequence[FolderImage], masks: Sequence[FolderImage], mode: str) -> tuple[Level, ...]:
    if mode == "order":
        places = {**_places(photos), **_places(masks)}
        return (Level(lambda p: places[p.below], lambda m: places[m.below], "all but their order"),)
    shift = int(mode.removeprefix("number") or 0)
    said = "all but their numbers" + (f", the masks' being {shift:+d}" if shift else "")
    return (Level(lambda p: _numbers(p, shift), lambda m: _numbers(m, 0), said),)


def _numbers(image: FolderImage, shift: int) -> Key | None:
    """Return the numbers in a name, the last of them shifted; None for a name without."""
    found = numbers(image.name.stem)
    return (*found[:-1], found[-1] + shift) if found else None


def _places(images: Sequence[FolderImage]) -> dict[str, Key]:
    """Return the place of each image among those of its folder and ending, as people count them."""
    kinds: dict[Key, list[FolderImage]] = defaultdict(list)
    for image in images:
        kinds[image.file.folder, image.name.ending].append(image)
    return {
        image.below: (place,)
        for members in kinds.values()
        for place, image in enumerate(sorted(members, key=lambda image: natural(image.name.stem)))
    }


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key that puts 2 before 10."""
    return tuple((0, int(run), "") if run.isdigit() else (1, 0, run) for run in runs(text))


def _core(image: FolderImage) -> Key:
    """Return the core of a name; the folder for files whose whole name says what they are."""
    return (image.name.core,) if image.name.core else ("", image.file.folder)


def _plain_core(image: FolderImage) -> Key:
    return (plain(image.name.core),) if image.name.core else ("", image.file.folder)


def _core_runs(image: FolderImage) -> Key:
    return runs(image.name.core) or ("", image.file.folder)


def _own_folder(image: FolderImage) -> Key | None:
    return (plain(image.file.folder[-1]),) if image.file.folder else None


def _without_common(images: Sequence[FolderImage]) -> dict[str, Key]:
    """Return, by path, the words and numbers of names without those that all names of a folder and ending share."""
    groups: dict[Key, list[FolderImage]] = defaultdict(list)
    for image in images:
        groups[image.file.folder, image.name.ending].append(image)
    keys: dict[str, Key] = {}
    for members in groups.values():
        rows = without_common([runs(image.name.core) for image in members])
        keys |= {image.below: row for image, row in zip(members, rows, strict=True) if row}
    return keys


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
        found = list(_matched(left, free, level, near))
        matches += [match for match in found if _is_sure(match)]
        unsure |= {match.mask.below: match for match in found if not _is_sure(match)}
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
