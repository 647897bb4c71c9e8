"""Where the lists of a given split lie: train.txt, val.txt and test.txt of one folder, or several such sets."""

import os
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path

from maskwright.datasets.image_folders.pairs.names import folder_words
from maskwright.datasets.image_folders.pairs.sidecar_files import LIST_BYTES_MOST
from maskwright.datasets.image_folders.pairs.split_columns import flags_a_quality
from maskwright.datasets.labels.label_files import subfolders
from maskwright.datasets.part_names import JOINT, PARTS, PartName, parts_named

LIST_FOLDERS = (
    *("", "ImageSets/Segmentation", "*/ImageSets/Segmentation", "*/*/ImageSets/Segmentation", "ImageSets"),
    *("ImageSets/*", "splits", "lists", "split", "*/ImageSets/*", "annotations", "metadata"),
)
LIST_SUFFIXES = (".txt", ".lst")
LIST_WORDS = frozenset(
    ["list", "lists", "ids", "id", "files", "file", "images", "image", "names", "set", "split", "seg", "paths", "img"]
)
FOLDERS_MOST = 40


def part_lists(root: Path) -> dict[PartName, Path]:
    """Return the list file of each part, from the first usual folder that has any."""
    return next(part_list_sets(root), {})


def part_list_sets(root: Path) -> Iterator[dict[PartName, Path]]:
    """Yield the list file of each part for every folder that has any, the usual folders first, each folder once."""
    usual = (
        sorted(file for place in (root.glob(folder) if folder else [root]) for file in texts_in(place))
        for folder in LIST_FOLDERS
    )
    others = (texts_in(folder) for folder in subfolders(root)[:FOLDERS_MOST])
    known: set[frozenset[Path]] = set()
    for files in chain(usual, others):
        lists = lists_among(files)
        if lists and not any(set(lists.values()) <= seen for seen in known):
            known.add(frozenset(lists.values()))
            yield lists


def texts_in(folder: Path) -> list[Path]:
    """Return the text files in a folder, in path order, without sorting the photos beside them."""
    if not folder.is_dir():
        return []
    with os.scandir(folder) as entries:
        return sorted(folder / entry.name for entry in entries if entry.name.lower().endswith(LIST_SUFFIXES))


def lists_among(files: Iterable[Path], suffixes: Collection[str] = LIST_SUFFIXES) -> dict[PartName, Path]:
    """Return the list file of each part among some files, without very large ones and such as flag valid photos.

    Where no list is named by its part alone, those of one other word count, as of city_train and city_val; lists of
    several such words are of a class or a task each.
    """
    lists_by_parts: dict[frozenset[PartName], Path] = {}
    of_word: dict[frozenset[str], dict[frozenset[PartName], Path]] = defaultdict(dict)
    for path in files:
        if path.suffix.lower() not in suffixes or not path.is_file():
            continue
        words = folder_words((path.stem,))
        parts = parts_named(words)
        if parts and path.stat().st_size <= LIST_BYTES_MOST:
            more = frozenset(set(words) - PARTS.keys() - LIST_WORDS)
            (of_word[more] if more else lists_by_parts).setdefault(parts, path)
    if not lists_by_parts and len(of_word) == 1 and len(next(iter(of_word.values()))) > 1:
        lists_by_parts = next(iter(of_word.values()))
    if not any("train" in parts for parts in lists_by_parts):
        lists_by_parts = {parts: path for parts, path in lists_by_parts.items() if not flags_a_quality(path)}
    return _of_one_part(lists_by_parts)


def _of_one_part(lists_by_parts: Mapping[frozenset[PartName], Path]) -> dict[PartName, Path]:
    """Return the lists of one part each; one of train and val together is for training where it stands alone."""
    lists = {next(iter(parts)): path for parts, path in lists_by_parts.items() if len(parts) == 1}
    joint = lists_by_parts.get(JOINT)
    return {**lists, "train": joint} if joint is not None and set(lists) == {"test"} else lists
