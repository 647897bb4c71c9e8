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
NO_GROUPS = frozenset(["class", "label", "type", "grade", "category", "level", "stage", "kind"])
_HASH = re.compile(r"(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{8,}")
_RUNS = re.compile(rf"{_HASH.pattern}|[0-9a-f]{{16,}}|\d+")
TWIN_WORDS = (
    frozenset(["pre", "post"]),
    frozenset(["before", "after"]),
    frozenset(["left", "right"]),
)
"""Words that tell two pictures of one place or person apart, where their names are the same otherwise."""
TWINS_LEAST = 0.5
COPY_WORDS = frozenset(
    [
        *("aug", "augm", "augmented", "augmentation", "augmentations", "original", "originals", "orig"),
        *("flip", "flipped", "hflip", "vflip", "fliph", "flipv", "horizontal", "vertical", "mirror", "mirrored"),
        *("rot", "rotate", "rotated", "rotation", "noise", "noisy", "blur", "blurred", "bright", "brightness"),
    ]
)
"""What names of copies say that were turned, flipped or altered for training."""
_ROBOFLOW = re.compile(r"\.rf\.[0-9a-zA-Z]{16,}")
_WORD_OR_NUMBER = re.compile(r"[^\W\d_]+|\d+")


def groups_of(photos: Sequence[str]) -> tuple[dict[str, str], str]:
    """Return the group of each photo, given by path with slashes, and what gave it: "folders", "names" or "".

    Folders of patients, sites or videos are groups; else pictures whose names differ by a word such as
    pre and post, or by what programs add to copies that they turn and flip.
    """
    if groups := folder_groups(photos):
        return groups, "folders"
    groups = twin_groups(photos) or copy_groups(photos)
    return groups, "names" if groups else ""


def folder_groups(photos: Sequence[str]) -> dict[str, str]:
    """Return the group of each photo, by its path: the folder of its patient, site or video; none if any has none.

    Folders are groups where four or more of them (three patients, sites, ...) are named alike but for numbers, with
    two or more photos each on average; folders named after classes are none. Of several levels the deepest counts, or
    the outermost one that is called patients, videos or the like.
    """
    folders = {photo: PurePosixPath(photo).parts[:-1] for photo in photos}
    depth = max((len(folder) for folder in folders.values()), default=0)
    named = {level: [folder[level] for folder in folders.values() if len(folder) > level] for level in range(depth)}
    levels = [level for level in range(depth) if _are_groups(named[level], len(photos))]
    if not levels:
        return {}
    level = next((level for level in levels if _are_subjects(named[level])), levels[-1])
    return {photo: "/".join(folder[: level + 1]) for photo, folder in folders.items()}


def _are_subjects(folders: Sequence[str]) -> bool:
    """Tell whether folders, named alike but for numbers, are called patients, videos and the like."""
    return bool(set(re.findall(r"[^\W\d_]+", folders[0].casefold())) & SUBJECT_WORDS)


def _are_groups(folders: Sequence[str], photos: int) -> bool:
    """Tell whether the folders of one level are named alike but for numbers, and hold several photos each."""
    counts = Counter(folders)
    alike = {_RUNS.sub("#", folder.casefold()) for folder in counts}
    if len(folders) < photos or len(alike) != 1:
        return False
    template = next(iter(alike))
    words = set(re.findall(r"[^\W\d_]+", template))
    least = NAMED_GROUPS_LEAST if words & GROUP_WORDS else GROUPS_LEAST
    if "#" not in template or words & NO_GROUPS or len(counts) < least:
        return False
    return photos >= PHOTOS_A_GROUP * len(counts)


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

    None where fewer than half of the photos have such a copy.
    """
    by_key: dict[tuple[str, ...], list[str]] = defaultdict(list)
    altered: set[tuple[str, ...]] = set()
    for photo in photos:
        key, is_altered = _copy_key(photo)
        by_key[key].append(photo)
        altered |= {key} if is_altered else set()
    copies = [members for key, members in by_key.items() if len(members) > 1 and key in altered]
    if sum(map(len, copies)) < TWINS_LEAST * len(photos):
        return {}
    return {photo: min(members) for members in copies for photo in members}


def _copy_key(photo: str) -> tuple[tuple[str, ...], bool]:
    """Return the words and numbers of a path but for those that say how it was altered, and whether there are some."""
    path = PurePosixPath(photo).with_suffix("").as_posix()
    name = _ROBOFLOW.sub("", path)
    parts = [_WORD_OR_NUMBER.findall(part) for part in name.casefold().split("/")]
    kept = [_unaltered(runs) for runs in parts]
    return tuple(run for runs in kept for run in ("/", *runs) if runs), name != path or kept != parts


def _unaltered(runs: Sequence[str]) -> list[str]:
    """Return a name without the words for what was done, and without the number behind such a word that ends it.

    That number is how far it was turned, or which copy it is; one with nothing in front is the photo's own.
    """
    kept: list[str] = []
    for place, run in enumerate(runs):
        is_degree = run.isdigit() and place > 0 and runs[place - 1] in COPY_WORDS and bool(kept)
        if run not in COPY_WORDS and not is_degree:
            kept.append(run)
    return kept
