"""Ways to compare the names of photos and masks, the strictest first, and what each of them overlooks."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from maskwright.datasets.image_folders.image_roles import FolderImage
from maskwright.datasets.image_folders.pairs.names import (
    MASK_WORDS,
    PHOTO_WORDS,
    TRUTH_WORDS,
    natural,
    numbers,
    plain,
    runs,
    without_common,
)

Key = tuple[object, ...]
KeyOf = Callable[[FolderImage], Key | None]

CASE_OR_UNICODE = "case, Unicode form or a second file ending"
ZEROS_OR_SIGNS = "zeros before numbers, or signs between words"
FOLDER_FIRST = "the name of their folder in front"
BEGINNINGS = "words that all names of a folder begin or end with"
ALL_WORDS = "words that all names of a folder share"
INSIDE = "words inside the mask's name"
WORDS_INSIDE_MOST = 2
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


def levels_of(photos: Sequence[FolderImage], masks: Sequence[FolderImage]) -> tuple[Level, ...]:
    """Return the ways to compare names, the strictest first."""
    photo_runs, mask_runs = _without_common(photos), _without_common(masks)
    photo_names, mask_names = _without_common(photos, whole=True), _without_common(masks, whole=True)
    by_folder = Level(lambda p: (plain(p.name.stem),), _own_folder, MASK_FOLDER)
    looser = _looser_levels(photos, masks)
    common = (
        Level(lambda p: photo_names.get(p.below), lambda m: mask_names.get(m.below), BEGINNINGS),
        Level(lambda p: photo_runs.get(p.below), lambda m: mask_runs.get(m.below), BEGINNINGS),
        Level(lambda p: runs(p.name.stem), _with_words_inside({runs(photo.name.stem) for photo in photos}), INSIDE),
        Level(_without_shared(photos), _without_shared(masks), ALL_WORDS),
        Level(lambda p: photo_names.get(p.below), _without_a_number(photos, masks, mask_names), BEGINNINGS),
    )
    folders, names = _photos_found(photos, masks)
    match (folders > names) - (folders < names):
        case 1:
            return (by_folder, *_plain_levels(), *looser, *common)
        case 0:
            return (*_plain_levels(), by_folder, *looser, *common)
        case _:
            return (*_plain_levels(), *looser, *common)


def _photos_found(photos: Sequence[FolderImage], masks: Sequence[FolderImage]) -> tuple[int, int]:
    """Return how many photos are named like folders of masks, and how many like masks themselves.

    Masks 0.png and 1.png in a folder a photo are not those of the photos 0 and 1; nor are folders 0 and 1 that hold
    the masks of thousands.
    """
    stems = {plain(photo.name.stem) for photo in photos}
    folders = {plain(mask.file.folder[-1]) for mask in masks if mask.file.folder}
    by_runs = {runs(photo.name.stem) for photo in photos} | {runs(photo.name.core) for photo in photos}
    names = {key for mask in masks for key in (runs(mask.name.stem), runs(mask.name.core))}
    return len(stems & folders), len(by_runs & names)


def _plain_levels() -> tuple[Level, ...]:
    """Return the ways that compare whole names, or names without the ending that says what a file is."""
    return (
        Level(lambda p: (p.name.stem,), lambda m: (m.name.stem,)),
        Level(lambda p: (p.name.stem,), _core),
        Level(_core, lambda m: (m.name.stem,)),
        Level(_core, _core),
        Level(lambda p: (plain(p.name.stem),), lambda m: (plain(m.name.stem),), CASE_OR_UNICODE),
        Level(lambda p: (plain(p.name.stem),), _plain_core, CASE_OR_UNICODE),
        Level(_plain_core, _plain_core, CASE_OR_UNICODE),
    )


def _looser_levels(photos: Sequence[FolderImage], masks: Sequence[FolderImage]) -> tuple[Level, ...]:
    """Return the ways that compare the words and numbers of names, and overlook some of these."""
    return (
        Level(lambda p: runs(p.name.stem), lambda m: runs(m.name.stem), ZEROS_OR_SIGNS),
        Level(_core_runs, _core_runs, ZEROS_OR_SIGNS),
        Level(lambda p: runs(p.name.stem), _begins_with({runs(photo.name.stem) for photo in photos}), PHOTO_FIRST),
        Level(_begins_with({runs(mask.name.stem) for mask in masks}), lambda m: runs(m.name.stem), MASK_FIRST),
        Level(_without_role, _without_role, ROLE_WORDS),
        Level(_begins_with({_core_runs(mask) for mask in masks}), _core_runs, MASK_FIRST),
        Level(lambda p: runs(p.name.stem), _behind_folder({runs(photo.name.stem) for photo in photos}), FOLDER_FIRST),
    )


def _without_role(image: FolderImage) -> Key | None:
    """Return the words and numbers of a name but for those that say photo or mask."""
    own = runs(image.name.stem)
    roles = PHOTO_WORDS | MASK_WORDS | (TRUTH_WORDS if set(own) >= TRUTH_WORDS else frozenset())
    return tuple(run for run in own if run not in roles) or None


def _begins_with(names: set[Key]) -> KeyOf:
    """Return the function that gives the longest of some names, as runs, that an image's name begins with."""

    def key(image: FolderImage) -> Key | None:
        own = runs(image.name.stem)
        return next((own[:end] for end in range(len(own) - 1, 0, -1) if own[:end] in names), None)

    return key


def _behind_folder(names: set[Key]) -> KeyOf:
    """Return the function that gives the longest of some names, as runs, that stands behind the name of a folder.

    The mask lies in that folder, whose name has a number: 000/groundtruth/000_frame0003_color is of frame0003.
    """

    def key(image: FolderImage) -> Key | None:
        own = runs(image.name.stem)
        for folder in {runs(part) for part in image.file.folder}:
            if any(run.isdigit() for run in folder) and own[: len(folder)] == folder:
                rest = own[len(folder) :]
                return next((rest[:end] for end in range(len(rest), 0, -1) if rest[:end] in names), None)
        return None

    return key


def _with_words_inside(names: set[Key]) -> KeyOf:
    """Return the function that gives the one name, as runs, that an image's name is without one or two of its words."""

    def key(image: FolderImage) -> Key | None:
        own = runs(image.name.stem)
        fitting = {shorter for shorter, _ in _shorter(own) if shorter in names}
        return next(iter(fitting)) if len(fitting) == 1 else None

    return key


def _shorter(own: tuple[str, ...]) -> Iterator[tuple[Key, tuple[str, ...]]]:
    """Yield a name's runs without one or two of its words, and these words; numbers are never left out."""
    places = [place for place, run in enumerate(own) if not run.isdigit()]
    for count in range(1, WORDS_INSIDE_MOST + 1):
        for left_out in combinations(places, count):
            shorter = tuple(run for place, run in enumerate(own) if place not in left_out)
            if shorter:
                yield shorter, tuple(own[place] for place in left_out)


def words_inside(mask: FolderImage, photo: FolderImage) -> str:
    """Return the words that a mask's name has inside and its photo's has not, "" where it differs otherwise."""
    wanted = runs(photo.name.stem)
    return next((" ".join(words) for shorter, words in _shorter(runs(mask.name.stem)) if shorter == wanted), "")


def _without_a_number(photos: Sequence[FolderImage], masks: Sequence[FolderImage], keys: Mapping[str, Key]) -> KeyOf:
    """Return the function that leaves the first number out of a mask's key, where all masks have the same one there.

    Photos must have one number less: in class13_0001 the 13 names no photo, in day13_0001 it does.
    """
    counts = {len(numbers(photo.name.stem)) for photo in photos}
    first = {numbers(mask.name.stem)[:1] for mask in masks}
    more = {len(numbers(mask.name.stem)) - 1 for mask in masks}
    is_constant = len(masks) > 1 and len(first) == 1 and len(more) == 1 and more <= counts and min(more) > 0

    def key(image: FolderImage) -> Key | None:
        own = keys.get(image.below)
        is_number = is_constant and own and str(own[0]).isdigit()
        return own[1:] if own is not None and is_number else None

    return key


def _without_shared(images: Sequence[FolderImage]) -> KeyOf:
    """Return the function that gives a name's runs without the words that all names of its folder and ending have."""
    shared: dict[Key, set[str]] = {}
    for image in images:
        own = set(runs(image.name.core))
        group = (image.file.folder, image.name.ending)
        shared[group] = shared[group] & own if group in shared else own

    def key(image: FolderImage) -> Key | None:
        words = {run for run in shared.get((image.file.folder, image.name.ending), ()) if not run.isdigit()}
        return tuple(run for run in runs(image.name.core) if run not in words) or None

    return key


def forced_levels(photos: Sequence[FolderImage], masks: Sequence[FolderImage], mode: str) -> tuple[Level, ...]:
    if mode == "order":
        places = {**_places(photos), **_places(masks)}
        return (Level(lambda p: places[p.below], lambda m: places[m.below], "all but their order"),)
    shift = int(mode.removeprefix("number") or 0)
    description = "all but their numbers" + (f", the masks' being {shift:+d}" if shift else "")
    return (Level(lambda p: _numbers(p, shift), lambda m: _numbers(m, 0), description),)


def _numbers(image: FolderImage, shift: int) -> Key | None:
    """Return the numbers in a name, the last of them shifted; None for a name without."""
    values = numbers(image.name.stem)
    return (*values[:-1], values[-1] + shift) if values else None


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


def _core(image: FolderImage) -> Key:
    """Return the core of a name; the folder for files whose whole name says what they are."""
    return (image.name.core,) if image.name.core else ("", image.file.folder)


def _plain_core(image: FolderImage) -> Key:
    return (plain(image.name.core),) if image.name.core else ("", image.file.folder)


def _core_runs(image: FolderImage) -> Key:
    return runs(image.name.core) or ("", image.file.folder)


def _own_folder(image: FolderImage) -> Key | None:
    return (plain(image.file.folder[-1]),) if image.file.folder else None


def _without_common(images: Sequence[FolderImage], *, whole: bool = False) -> dict[str, Key]:
    """Return, by path, the words and numbers of names without those that all names of a folder and ending share.

    With `whole` endings are parts of the names: bus_1-l and mask_1-l share 1-l.
    """
    groups: dict[Key, list[FolderImage]] = defaultdict(list)
    for image in images:
        groups[image.file.folder, "" if whole else image.name.ending].append(image)
    keys: dict[str, Key] = {}
    for members in groups.values():
        rows = without_common([runs(image.name.stem if whole else image.name.core) for image in members])
        keys |= {image.below: row for image, row in zip(members, rows, strict=True) if row}
    return keys
