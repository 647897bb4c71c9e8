"""File names as people compare them: their words and numbers, the ending that says what a file is, and their keys."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote

from maskwright.datasets.part_names import PARTS
from maskwright.imaging.decoders.array_files import ARRAY_SUFFIXES
from maskwright.imaging.decoders.image_files import IMAGE_SUFFIXES

PHOTO_WORDS = frozenset(
    [
        *("image", "images", "img", "imgs", "photo", "photos", "picture", "pictures", "pic", "pics"),
        *("rgb", "sat", "raw", "input", "inputs", "original", "originals", "src", "source", "frame"),
        *("frames", "volume", "scan", "scans", "jpegimages", "jpeg", "jpg", "leftimg8bit", "colour"),
        *("color", "bf", "dapi"),
    ]
)
MASK_WORDS = frozenset(
    [
        *("mask", "masks", "label", "labels", "lbl", "annotation", "annotations", "annot", "ann", "anno"),
        *("annos", "seg", "segs", "segmentation", "segmentations", "segmentationclass", "gt", "gts"),
        *("groundtruth", "truth", "target", "targets", "manual", "semantic", "labelids", "gtfine", "mk"),
        *("roi", "matte", "trimap"),
    ]
)
COUNTED_WORDS = frozenset(["mask", "masks", "roi"])
"""A number glued to these counts masks of one photo; manual1 is a person's drawing, label1 may be a class."""
TRUTH_WORDS = frozenset(["ground", "truth"])
"""Both are left out of names that hold them; ground alone is a place."""
PART_WORDS = {**PARTS, "tr": "train", "va": "val", "vd": "val", "te": "test", "ts": "test"}
"""The part that a word of a folder's name stands for; the short ones are too short for other names."""
SET_WORDS = frozenset(["set", "data", "dataset", "split"])
"""What may be glued to the word for a part, as in trainset."""
HASH_LENGTH = 16
INDEX_DIGITS = 4
ENDING_LEAST = 2
"""So many files of a folder have an ending: a name that lacks other endings may have it too."""
FOLDERS_LEAST, ROLES_MOST = 3, 8
"""Whole names say roles where so many folders hold a file of that name, and there are no more names than that."""

_WORD = re.compile(r"[^\W_]+")
_GLUED = re.compile(r"(.*\d\d)([^\W\d_]{2,})")
_COUNTED = re.compile(r"([^\W\d_]+)(\d{1,2})")
_DATED = re.compile(r"([^\W\d_]+)((?:19|20)\d\d)")
_ORDINAL = re.compile(r"\d(st|nd|rd|th)\w*", re.IGNORECASE)
_RUNS = re.compile(r"\d+|[^\W\d_]+")


@dataclass(frozen=True)
class Name:
    """A file's name in parts: the `core` that photo and mask share, and the `ending` that says what a file is.

    `ending` is lower case, its words joined by spaces, "" if there is none. `index` is the number behind it, as in
    `a_mask_2`.
    """

    stem: str
    core: str
    ending: str = ""
    index: str = ""


@lru_cache(maxsize=1 << 15)  # every way to compare names asks for each of them again
def plain(text: str) -> str:
    """Return a name in one Unicode form and lower case, without percent signs and endings of image files."""
    text = unicodedata.normalize("NFC", unquote(text)).casefold()
    while (cut := Path(text)).suffix in IMAGE_SUFFIXES + ARRAY_SUFFIXES and cut.stem:
        text = cut.stem
    return text.strip()


@lru_cache(maxsize=1 << 15)
def runs(text: str) -> tuple[str, ...]:
    """Return the words and numbers of a name, in order: `IMG_0007b` gives img, 7 and b; zeros in front do not count."""
    parts = _RUNS.findall(plain(text))
    return tuple(str(int(run)) if run.isdigit() and run.isascii() else run for run in parts)


def numbers(text: str) -> tuple[int, ...]:
    """Return the numbers of a name, in order."""
    return tuple(int(run) for run in runs(text) if run.isdigit() and run.isascii())


def folder_words(folder: Sequence[str]) -> Counter[str]:
    """Return the words of folder names, in lower case, `trainannot` and `train_images` parted alike."""
    words: Counter[str] = Counter()
    for name in folder:
        for word in _WORD.findall(plain(name)):
            words.update(_unglued(word))
    return words


@lru_cache(maxsize=1 << 12)  # folders are few, their photos many
def _unglued(word: str) -> tuple[str, ...]:
    """Return the part and the rest of a word such as trainannot, trainset, maskstrain or train2017."""
    for part in sorted(PART_WORDS, key=len, reverse=True):
        for first, second in ((word[: len(part)], word[len(part) :]), (word[-len(part) :], word[: -len(part)])):
            if first == part and second in PHOTO_WORDS | MASK_WORDS | SET_WORDS:
                return part, second
    dated = _DATED.fullmatch(word)
    return (dated[1], dated[2]) if dated is not None and dated[1] in PARTS else (word,)


def _tokens(stem: str) -> list[tuple[int, str]]:
    """Return where each word or number of a stem begins, and what it is; `0001mask` is parted in two."""
    tokens = []
    for match in _WORD.finditer(stem):
        if (glued := _GLUED.fullmatch(match[0])) is not None:
            tokens += [(match.start(), glued[1]), (match.start() + len(glued[1]), glued[2])]
        elif (counted := _COUNTED.fullmatch(match[0])) is not None and counted[1].casefold() in COUNTED_WORDS:
            tokens += [(match.start(), counted[1]), (match.start() + len(counted[1]), counted[2])]
        else:
            tokens.append((match.start(), match[0]))
    return tokens


def _is_word(token: str) -> bool:
    letters = sum(c.isalpha() for c in token)
    hexadecimal = len(token) >= HASH_LENGTH and all(c in "0123456789abcdefABCDEF" for c in token)
    return not hexadecimal and (bool(_ORDINAL.fullmatch(token)) or (token[0].isalpha() and 2 * letters >= len(token)))


def _bare(stem: str) -> str:
    """Return a stem without the endings of image files in it, as in `photo.jpg` of photo.jpg.png."""
    while Path(stem).suffix.lower() in IMAGE_SUFFIXES + ARRAY_SUFFIXES and Path(stem).stem:
        stem = Path(stem).stem
    return stem


@lru_cache(maxsize=1 << 15)  # photo and mask often share it, and each is asked for several times
def _readings(stem: str) -> tuple[Name, ...]:
    """Return every way to part a stem into a core and an ending of words, the longest ending first."""
    bare = _bare(stem)
    tokens = _tokens(bare)
    index = ""
    if len(tokens) > 1 and tokens[-1][1].isdigit() and len(tokens[-1][1]) <= INDEX_DIGITS and _is_word(tokens[-2][1]):
        index = tokens[-1][1]
    end = len(tokens) - bool(index)
    first = end
    while first > 0 and _is_word(tokens[first - 1][1]):
        first -= 1
    ways = []
    for start in range(first, end):
        core = bare[: tokens[start][0]].rstrip(" _-.([{")
        ending = " ".join(token for _, token in tokens[start:end]).casefold()
        ways.append(Name(stem, core, ending, index))
    return tuple(ways)


def name_files(places: Sequence[tuple[tuple[str, ...], str]]) -> list[Name]:
    """Return the names of files, given by folder and stem, each parted into a core and an ending.

    A word is an ending if what is before it is the name of another file or has other endings too, if all names of
    the folder end in it, or if it is the whole name and says photo or mask, or is found in most folders.
    """
    stems = Counter(plain(stem) for _, stem in places)
    endings: dict[str, set[str]] = defaultdict(set)
    for _, stem in places:
        for way in _readings(stem):
            if not way.index:
                endings[plain(way.core)].add(way.ending)
    known = _Known(stems, endings, _shared_endings(places))
    names = [_parted(folder, stem, known) for folder, stem in places]
    used = Counter((_general(folder), name.ending) for (folder, _), name in zip(places, names, strict=True))
    return [
        name if name.ending else _with_known_ending(_general(folder), name, used)
        for (folder, _), name in zip(places, names, strict=True)
    ]


def _general(folder: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(re.sub(r"\d+", "#", part) for part in folder)


def _with_known_ending(folder: tuple[str, ...], name: Name, used: Mapping[tuple[tuple[str, ...], str], int]) -> Name:
    """Return a name without ending with one that other files of its folder have: 00001_hair beside 00002_hair.

    Folders whose names differ by numbers are one here.
    """
    ways = (way for way in _readings(name.stem) if not way.index and any(c.isdigit() for c in way.core))
    return next((way for way in ways if used[folder, way.ending] >= ENDING_LEAST), name)


@dataclass(frozen=True)
class _Known:
    """What is known of all names: how often each stem is there, the endings of each core, and those of each folder."""

    stems: Mapping[str, int]
    endings: Mapping[str, set[str]]
    shared: Mapping[tuple[str, ...], frozenset[str]]


def _parted(folder: tuple[str, ...], stem: str, known: _Known) -> Name:
    stems, endings = known.stems, known.endings
    ways = _readings(stem)
    with_core = [way for way in ways if plain(way.core)]
    for way in with_core:
        numbered = bool(way.index) and plain(stem[: -len(way.index)].rstrip(" _-.")) in stems
        if (plain(way.core) in stems and not _is_role(way.core)) or numbered:
            return way
    for way in with_core:
        is_numbered = any(c.isdigit() for c in way.core) or _says_role(way.ending)
        several = len(endings[plain(way.core)]) > 1 and is_numbered
        if not way.index and (several or way.ending in known.shared.get(folder, ())):
            return way
    for way in ways:
        everywhere = stems[plain(stem)] >= FOLDERS_LEAST and len(stems) <= ROLES_MOST
        if not way.index and not plain(way.core) and (_says_role(way.ending) or everywhere):
            return way
    return Name(stem, _bare(stem))


def _is_role(name: str) -> bool:
    """Tell whether a whole name is made of words that say photo or mask."""
    return all(_is_word(token) for _, token in _tokens(name)) and _says_role(name.casefold())


def _says_role(ending: str) -> bool:
    return bool(set(_WORD.findall(ending)) & (PHOTO_WORDS | MASK_WORDS))


def _shared_endings(places: Sequence[tuple[tuple[str, ...], str]]) -> dict[tuple[str, ...], frozenset[str]]:
    """Return the endings that all files of a folder have, of two files at least."""
    by_folder: dict[tuple[str, ...], list[frozenset[str]]] = defaultdict(list)
    for folder, stem in places:
        by_folder[folder].append(frozenset(way.ending for way in _readings(stem) if not way.index))
    return {folder: frozenset.intersection(*each) for folder, each in by_folder.items() if len(each) > 1}


def without_common(rows: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Return the runs of names without the words that all of them begin or end with; numbers are never left out."""
    if len(rows) < 2:
        return list(rows)
    shortest = min(map(len, rows))
    begins = _common(rows, shortest)
    ends = _common([row[::-1] for row in rows], shortest - begins)
    return [row[begins : len(row) - ends] for row in rows]


def _common(rows: Sequence[tuple[str, ...]], most: int) -> int:
    """Return how many words all rows begin with, numbers not counted."""
    count = 0
    while count < most and len({row[count] for row in rows}) == 1 and not rows[0][count].isdigit():
        count += 1
    return count


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key that puts 2 before 10."""
    return tuple((0, int(run), "") if run.isdigit() else (1, 0, run) for run in runs(text))
