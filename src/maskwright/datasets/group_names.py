"""Groups of photos as folders and names give them: a folder a patient, site or video, and two pictures of one place."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

GROUPS_LEAST, NAMED_GROUPS_LEAST = 4, 3
"""How many folders are groups; fewer are enough where their names say so."""
PHOTOS_A_GROUP = 2
GROUP_WORDS = frozenset(
    [
        "patient",
        "subject",
        "case",
        "person",
        "donor",
        "animal",
        "specimen",
        "slide",
        "site",
        "scene",
        "tile",
        "plot",
        "video",
        "sequence",
    ]
)
SUBJECT_WORDS = frozenset(["patient", "subject", "person", "donor", "animal", "specimen", "slide", "video"])
BLOCK = re.compile(r"block_r\d+_c\d+")
"""The folder of tiles that lie together, as `maskwright cut` names it: a group, however many there are."""
NO_GROUPS = frozenset(["class", "label", "type", "grade", "category", "level", "stage", "kind"])
_HASH = re.compile(r"(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{8,}")
_RUNS = re.compile(rf"{_HASH.pattern}|[0-9a-f]{{16,}}|\d+")
TWIN_WORDS = (
    frozenset(["pre", "post"]),
    frozenset(["before", "after"]),
    frozenset(["left", "right"]),
    frozenset(["l", "r"]),
    frozenset(["od", "os"]),
)
"""Words that tell two pictures of one place or person apart, where their names are the same otherwise: of eyes too."""
TWINS_LEAST = 0.5
COUNTED_MOST = 20
ORIGINAL_WORDS = frozenset(["original", "originals", "orig"])
AUGMENTED_WORDS = frozenset(["aug", "augm", "augmented", "augmentation", "augmentations"])
ALTERED_WORDS = AUGMENTED_WORDS | frozenset(
    [
        *("flip", "flipped", "hflip", "vflip", "fliph", "flipv", "mirror", "mirrored"),
        *("rot", "rotate", "rotated", "rotation"),
    ]
)
EFFECT_WORDS = frozenset(
    ["horizontal", "vertical", "noise", "noisy", "blur", "blurred", "bright", "brightness"],
)
"""What names of copies say that were altered for training; an effect may be what a photo shows, as a vertical crack."""
COPY_WORDS = ORIGINAL_WORDS | ALTERED_WORDS | EFFECT_WORDS
PLAIN, ORIGINAL, EFFECT, ALTERED = range(4)
"""What a name says: nothing, that the photo is the original, an effect that it may show, that it was altered."""
_OF_ONE = re.compile(
    rf"(?P<one>{_HASH.pattern}|(?:{'|'.join(sorted(SUBJECT_WORDS | {'sequence'}))})s?[-_ ]?\d+)"
    r"[-_. ]+(?=\D*\d).+",
    re.IGNORECASE,
)
"""A name that begins with a hash, or with a word for patients or videos and its number, and has a number behind."""
_ROBOFLOW = re.compile(r"\.rf\.[0-9a-zA-Z]{16,}")
_WORD_OR_NUMBER = re.compile(r"[^\W\d_]+|\d+")


def groups_of(photos: Sequence[str]) -> tuple[dict[str, str], str]:
    """Return the group of each photo, given by path with slashes, and what gave it: "folders", "names" or "".

    Folders of patients, sites or videos are groups; else pictures whose names begin with a hash or a patient and
    have a number behind, or differ by a word such as pre and post, or by what programs add to copies that they turn
    and flip, or by a number that counts the photos of one name: 010_HC and 010_2HC.
    """
    if groups := folder_groups(photos):
        return groups, "folders"
    groups = views_of_one(photos) or twin_groups(photos) or copy_groups(photos) or counted_groups(photos)
    return groups, "names" if groups else ""


def folder_groups(photos: Sequence[str]) -> dict[str, str]:
    """Return the group of each photo, by its path: the folder of its patient, site or video; none if any has none.

    Folders are groups where four or more of them (three patients, sites, ...) are named alike but for numbers, with
    two or more photos each on average; folders named after classes are none. Of several levels the deepest counts, or
    the outermost one that is called patients, videos or the like. Folders of three cases or more, whose photos are
    named after them, are groups too, and so are blocks of tiles of a large image.
    """
    folders = {photo: PurePosixPath(photo).parts[:-1] for photo in photos}
    depth = max((len(folder) for folder in folders.values()), default=0)
    named = {level: [folder[level] for folder in folders.values() if len(folder) > level] for level in range(depth)}
    stems = [PurePosixPath(photo).stem for photo in photos]
    levels = [
        level
        for level in range(depth)
        if _are_groups(named[level], len(photos))
        or _are_named_in_photos(named[level], stems)
        or _are_blocks(named[level], len(photos))
    ]
    if not levels:
        return {}
    level = next((level for level in levels if _are_subjects(named[level])), levels[-1])
    return {photo: "/".join(folder[: level + 1]) for photo, folder in folders.items()}


def _are_blocks(folders: Sequence[str], photos: int) -> bool:
    """Tell whether the folders of one level are blocks of tiles."""
    return len(folders) == photos and all(map(BLOCK.fullmatch, folders))


def _are_subjects(folders: Sequence[str]) -> bool:
    """Tell whether folders, named alike but for numbers, are called patients, videos and the like."""
    return bool(_words_of(folders[0]) & SUBJECT_WORDS)


def _are_groups(folders: Sequence[str], photos: int) -> bool:
    """Tell whether the folders of one level are named alike but for numbers, and hold several photos each."""
    counts = Counter(folders)
    alike = {_RUNS.sub("#", folder.casefold()) for folder in counts}
    if len(folders) < photos or len(alike) != 1:
        return False
    template = next(iter(alike))
    words = _words_of(template)
    least = NAMED_GROUPS_LEAST if words & GROUP_WORDS else GROUPS_LEAST
    if "#" not in template or words & NO_GROUPS or len(counts) < least:
        return False
    return photos >= PHOTOS_A_GROUP * len(counts)


def _are_named_in_photos(folders: Sequence[str], stems: Sequence[str]) -> bool:
    """Tell whether each photo's name begins with that of its folder, which has a number, as folders of cases do."""
    counts = Counter(folders)
    begins = len(folders) == len(stems) and all(map(str.startswith, stems, folders))
    are_cases = all(re.search(r"\d\d", folder) and not _words_of(folder) & NO_GROUPS for folder in counts)
    return begins and are_cases and len(counts) >= NAMED_GROUPS_LEAST and len(stems) >= PHOTOS_A_GROUP * len(counts)


def _words_of(folder: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]+", folder.casefold()))


def views_of_one(photos: Sequence[str]) -> dict[str, str]:
    """Return the group of each photo, by path, whose name begins with what it shows, as 3a850769253b_01 and patient7_2.

    None unless all names do so, with three groups or more of two photos each on average.
    """
    groups: dict[str, str] = {}
    for photo in photos:
        path = PurePosixPath(photo)
        if (named := _OF_ONE.fullmatch(path.stem)) is None:
            return {}
        groups[photo] = (path.parent / named["one"].casefold()).as_posix()
    count = len(set(groups.values()))
    return groups if count >= NAMED_GROUPS_LEAST and len(groups) >= PHOTOS_A_GROUP * count else {}


def twin_groups(photos: Sequence[str]) -> dict[str, str]:
    """Return the group of each photo whose name differs from another's by a word such as pre and post alone.

    None where fewer than half of the photos are in such a pair: the word says something else then.
    """
    for family in TWIN_WORDS:
        by_key: dict[tuple[str, ...], list[str]] = defaultdict(list)
        words: Mapping[tuple[str, ...], set[str]] = defaultdict(set)
        for photo in photos:
            if (twin := _twin_key(photo, family)) is not None:
                by_key[twin[0]].append(photo)
                words[twin[0]].add(twin[1])
        pairs = [members for key, members in by_key.items() if len(words[key]) > 1]
        if sum(map(len, pairs)) > TWINS_LEAST * len(photos):
            return {photo: min(members) for members in pairs for photo in members}
    return {}


def _twin_key(photo: str, family: frozenset[str]) -> tuple[tuple[str, ...], str] | None:
    """Return the words and numbers of a path without its one word of a family, and that word; None without one."""
    runs = _WORD_OR_NUMBER.findall(photo.casefold())
    own = [run for run in runs if run in family]
    return (tuple(run for run in runs if run not in family), own[0]) if len(own) == 1 else None


def copy_groups(photos: Sequence[str]) -> dict[str, str]:
    """Return the group of each photo whose name is another's but for words and numbers that say how it was altered.

    None where fewer than half of the photos have such a copy. Without an original, the numbers that say which copy it
    is must come again with another photo: those of `field1_rot_07` are the photos' own, and rot is what they show.
    """
    keys = {photo: _copy_key(photo) for photo in photos}
    own = {key for key, what in keys.values() if what <= ORIGINAL}
    by_key: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for photo, (key, what) in keys.items():
        is_numbered_copy = what == ALTERED and key not in own and _is_numbered(key, own)
        by_key[key[:-1] if is_numbered_copy else key].append(photo)
    numbered = Counter(number for photo in photos for number in {_copy_number(photo)})
    copies = [
        members
        for key, members in by_key.items()
        if len(members) > 1
        and _are_copies(key, said := {keys[photo][1] for photo in members})
        and (min(said) <= ORIGINAL or any(numbered[_copy_number(photo)] > 1 for photo in members))
    ]
    if sum(map(len, copies)) < TWINS_LEAST * len(photos):
        return {}
    return {photo: min(members) for members in copies for photo in members}


def counted_groups(photos: Sequence[str]) -> dict[str, str]:
    """Return the group of each photo whose name is another's with a number that counts on: 010_2HC beside 010_HC.

    The name without it holds a number too, and the others count from 1 or 2 without a gap. None of fewer than two
    such groups, nor where one would hold more than half of the photos: the numbers are those of all photos then.
    """
    named = {_folder_and_runs(photo): photo for photo in photos}
    counted: dict[str, dict[int, str]] = defaultdict(dict)
    for (folder, runs), photo in named.items():
        for place, run in enumerate(runs):
            shorter = runs[:place] + runs[place + 1 :]
            base = named.get((folder, shorter)) if _may_count(run) and any(map(str.isdigit, shorter)) else None
            if base is not None:
                counted[base][int(run)] = photo
    groups = {
        photo: base
        for base, others in counted.items()
        if min(others) <= 2 and max(others) - min(others) == len(others) - 1
        for photo in (base, *others.values())
    }
    sizes = Counter(groups.values())
    return groups if len(sizes) > 1 and 2 * max(sizes.values()) <= len(photos) else {}


def groups_said(groups: Mapping[str, str], groups_by: str) -> str:
    """Return what is said of guessed groups: how many, what they were told by, and that photos look like copies."""
    said = f"{len(set(groups.values()))} groups by their {groups_by}"
    if groups_by == "world files":
        return f"{said}: tiles of one group overlap"
    if groups_by != "names" or twin_groups(list(groups)) or not copy_groups(list(groups)):
        return said
    return f"{said}, as many look like changed copies (turned, flipped, brighter) of other photos"


def _folder_and_runs(photo: str) -> tuple[str, tuple[str, ...]]:
    path = PurePosixPath(photo)
    return path.parent.as_posix(), tuple(_WORD_OR_NUMBER.findall(path.stem.casefold()))


def _may_count(run: str) -> bool:
    """Tell whether a run of a name is a small number, written without zeros in front."""
    return run.isdecimal() and run[0] != "0" and int(run) <= COUNTED_MOST


def _is_numbered(key: tuple[str, ...], own: set[tuple[str, ...]]) -> bool:
    """Tell whether a number that ends a name says which copy of a photo it is."""
    return len(key) > 1 and key[-1].isdigit() and key[-2] != "/" and key[:-1] in own


def _are_copies(key: tuple[str, ...], said: set[int]) -> bool:
    """Tell whether photos of one key are copies: the original is there, or their names say so and have a number.

    Without either, their numbers may be those of different photos, as in `leaf_aug_001`.
    """
    own = key[::-1][: key[::-1].index("/")] if key else ()
    has_number = any(run.isdigit() or run == "rf" for run in own)
    return max(said) > PLAIN and (min(said) <= ORIGINAL or (max(said) == ALTERED and has_number))


def _copy_key(photo: str) -> tuple[tuple[str, ...], int]:
    """Return the words and numbers of a path but for those that say how it was altered, and what those say."""
    path = PurePosixPath(photo).with_suffix("").as_posix()
    name = _ROBOFLOW.sub(" rf", path)
    parts = [_WORD_OR_NUMBER.findall(part) for part in name.casefold().split("/")]
    words = {run for runs in parts for run in runs}
    what = ALTERED if name != path or words & ALTERED_WORDS else EFFECT if words & EFFECT_WORDS else PLAIN
    what = ORIGINAL if what == PLAIN and words & ORIGINAL_WORDS else what
    kept = [runs for runs in map(_unaltered, parts) if runs]
    return tuple(run for runs in kept for run in ("/", *runs)), what


def _copy_number(photo: str) -> tuple[str, ...]:
    """Return the numbers of a name that say how it was altered, or which copy it is; none of Roboflow's names."""
    runs = _WORD_OR_NUMBER.findall(_ROBOFLOW.sub("", PurePosixPath(photo).stem).casefold())
    kept = Counter(run for run in _unaltered(runs) if run.isdigit())
    return tuple((Counter(run for run in runs if run.isdigit()) - kept).elements())


def _unaltered(runs: Sequence[str]) -> list[str]:
    """Return a name without the words for what was done, and without the number behind such a word that ends it.

    That number is how far it was turned, or which copy it is; one with nothing in front is the photo's own, as is
    one behind `original`.
    """
    kept: list[str] = []
    for place, run in enumerate(runs):
        is_degree = run.isdigit() and place > 0 and runs[place - 1] in COPY_WORDS - ORIGINAL_WORDS and bool(kept)
        if run not in COPY_WORDS and not is_degree:
            kept.append(run)
    return kept
