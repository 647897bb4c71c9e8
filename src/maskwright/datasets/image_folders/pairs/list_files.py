"""What lists beside the photos give: parts as train.txt or a csv column, masks named on a photo's line, and groups."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from maskwright.datasets.image_folders.image_roles import FolderImage
from maskwright.datasets.image_folders.pairs.names import folder_words, natural
from maskwright.datasets.image_folders.pairs.part_list_files import (
    FOLDERS_MOST,
    LIST_WORDS,
    lists_among,
    part_list_sets,
    texts_in,
)
from maskwright.datasets.image_folders.pairs.sidecar_files import LIST_BYTES_MOST, Given, Names
from maskwright.datasets.image_folders.pairs.split_columns import from_flags
from maskwright.datasets.image_folders.pairs.table_files import TABLE_SUFFIXES, from_table, tables_in
from maskwright.datasets.labels.label_files import subfolders
from maskwright.datasets.parsing.text_files import MANY_FILES, beginning, read_label_text
from maskwright.datasets.part_names import PARTS, PartName
from maskwright.datasets.photo_search.photo_index import name_below
from maskwright.findings.finding import some
from maskwright.imaging.decoders.image_files import IMAGE_SUFFIXES

HEADER_WORDS = LIST_WORDS | {
    "filename",
    "filenames",
    "imageid",
    "imagename",
    "name",
    "mask",
    "masks",
    "label",
    "labels",
    "path",
}
SETS_MOST = 12
HELD_OUT_FIRST: tuple[PartName, ...] = ("test", "val", "train")


def read_lists(root: Path, images: Sequence[FolderImage]) -> Given:
    """Return what the lists of parts, or else the tables, in a dataset say of its photos."""
    photos = [image for image in images if image.role == "photo"]
    masks = [image for image in images if image.role != "photo"]
    names = Names(photos)
    given = _from_list_sets(root, names, Names([*masks, *photos]))
    tables = tables_in(root)
    if given is not None:
        grouped = (from_table(path, names, Names(masks), root) for path in tables)
        by_table = next((table for table in grouped if table.groups), Given())
        return replace(given, groups=by_table.groups, files=(*by_table.files, *given.files))
    if (given := _from_part_tables(tables, names, Names(masks), root)) is not None:
        return given
    texts = few_texts_below(root)
    if (given := from_flags(texts, names, root)).parts or (
        given := _from_pairs(texts, names, Names(masks), root)
    ).masks:
        return given
    said = Given()
    for path in tables:
        given = from_table(path, names, Names(masks), root)
        if given.parts or given.masks or given.groups:
            return given
        said = given if given.parts_said and not said.parts_said else said
    return said


def _from_list_sets(root: Path, photos: Names, others: Names) -> Given | None:
    """Return what sets of lists say: of those in one place the one that names most photos, the last of several alike.

    Sets in other places count too, each for photos that no set before it names. None where there are no lists.
    """
    sets = [
        (next(iter(lists.values())).parent, _from_lists(lists, photos, others, root))
        for lists in islice(part_list_sets(root), SETS_MOST)
    ]
    if not sets:
        return None
    best: dict[Path, Given] = {}
    for folder, given in sorted(sets, key=lambda one: natural(one[0].name)):
        known = best.get(folder.parent)
        if known is None or len(given.parts) >= len(known.parts):
            best[folder.parent] = given
    for folder, given in sets:
        if folder.name == "Segmentation" and given.parts:
            best[folder.parent] = given
    order = [_with_choice(best[parent], sets, root) for parent in dict.fromkeys(folder.parent for folder, _ in sets)]
    whole = order[0]
    for given in order[1:]:
        if given.parts and whole.parts.keys().isdisjoint(given.parts):
            whole = _joined(whole, given) if whole.parts else given
    return whole


def _with_choice(chosen: Given, sets: Sequence[tuple[Path, Given]], root: Path) -> Given:
    """Return a set of lists with the sentence that names it, where folders beside it divide the same photos otherwise.

    Segmentation is not named: the folders beside it are known to be for other tasks.
    """
    folder = next(folder for folder, given in sets if given is chosen)
    otherwise = [
        (other, given)
        for other, given in sets
        if other.parent == folder.parent and given.parts.keys() & chosen.parts.keys() and given.parts != chosen.parts
    ]
    others = [name_below(other, root) for other, _ in otherwise]
    if not others or folder.name == "Segmentation":
        return chosen
    said = (
        f"parts are those of {name_below(folder, root)}; {some(others)} divide the photos otherwise: to take one of "
        f"them, move {folder.name} and the others out of {root}"
    )
    return replace(chosen, parts_said=said, set_aside=tuple(file for _, given in otherwise for file in given.files))


def _joined(first: Given, second: Given) -> Given:
    """Return what two sets of lists of different photos say together."""
    return Given(
        {**first.parts, **second.parts},
        {**first.masks, **second.masks},
        absent=(*first.absent, *second.absent),
        twice=(*first.twice, *second.twice),
        files=(*first.files, *second.files),
        is_whole=first.is_whole or second.is_whole,
        parts_said="; ".join(said for said in (first.parts_said, second.parts_said) if said),
    )


def few_texts_below(root: Path) -> list[Path]:
    """Return the text files in a dataset and in the first folders below it that may list photos."""
    return [text for folder in (root, *subfolders(root)[:FOLDERS_MOST]) for text in _few_texts(folder)]


def _few_texts(folder: Path) -> list[Path]:
    """Return the text files in a folder but very large ones; none where there are many: those label a photo each."""
    texts = texts_in(folder)
    few = texts if len(texts) <= MANY_FILES else []
    return [path for path in few if path.is_file() and path.stat().st_size <= LIST_BYTES_MOST]


def _from_pairs(texts: Iterable[Path], photos: Names, masks: Names, root: Path) -> Given:
    """Return the masks that the first list of photos and masks names, both on each of its lines."""
    for path in texts:
        first = beginning(path).splitlines()[:2]
        if any(sum(Path(cell).suffix.lower() in IMAGE_SUFFIXES for cell in _words(line)) > 1 for line in first):
            given = from_table(path, photos, masks, root)
            if given.masks:
                return given
    return Given()


def _from_part_tables(tables: Sequence[Path], photos: Names, masks: Names, root: Path) -> Given | None:
    """Return what tables of a part each, as train.csv and test.csv of one folder, say; None where they name no photos.

    A photo that two of them name stays in the part that is held out.
    """
    for folder in dict.fromkeys(path.parent for path in tables):
        own = [path for path in tables if path.parent == folder]
        lists = lists_among(own, TABLE_SUFFIXES) or _named_alike(own)
        each = {part: from_table(lists[part], photos, masks, root) for part in HELD_OUT_FIRST if part in lists}
        if len(each) < 2 or not all(given.listed for given in each.values()):
            continue
        parts: dict[str, PartName] = {}
        twice = {
            photo for part, given in each.items() for photo in given.listed if parts.setdefault(photo, part) != part
        }
        return Given(
            parts,
            {photo: several for given in each.values() for photo, several in given.masks.items()},
            {mask: name for given in each.values() for mask, name in given.classes.items()},
            {photo: group for given in each.values() for photo, group in given.groups.items()},
            absent=tuple(name for given in each.values() for name in given.absent),
            twice=tuple(sorted(twice)),
            files=tuple(sorted(file for given in each.values() for file in given.files)),
            is_whole=True,
        )
    return None


def _named_alike(tables: Sequence[Path]) -> dict[PartName, Path]:
    """Return the table of each part, of those whose names differ by the part alone: flood_train_a, flood_test_a."""
    alike: dict[tuple[str, ...], dict[PartName, Path]] = defaultdict(dict)
    for path in tables:
        words = list(folder_words((path.stem,)))
        parts = {PARTS[word] for word in words if word in PARTS}
        if len(parts) == 1:
            alike[tuple(word for word in words if word not in PARTS)].setdefault(next(iter(parts)), path)
    return max(alike.values(), key=len, default={})


def _from_lists(lists: Mapping[PartName, Path], photos: Names, others: Names, root: Path) -> Given:
    """Return what lists of parts say; a photo named twice stays in the part that is held out.

    A line holds a stem or a path, with or without a mask's path behind it or a running number before it, or the name
    of a folder of photos.
    """
    parts: dict[str, PartName] = {}
    masks: dict[str, tuple[FolderImage, ...]] = {}
    absent, twice = [], []
    folders = photos.in_folders(line for path in lists.values() for line in _lines(path, photos))
    for part in HELD_OUT_FIRST:
        for line in _lines(lists.get(part), photos):
            first, second = _split(line)
            ways = (line, first, _without_image_ending(line), _without_image_ending(first), _behind_number(line))
            photo = next((image for way in ways if (image := photos.find(way)) is not None), None)
            inside = folders.get(line, ()) if photo is None else ()
            twice += [image.below for image in inside if parts.setdefault(image.below, part) != part]
            if photo is None:
                absent += [] if inside else [line]
            elif parts.get(photo.below, part) != part:
                twice.append(photo.below)
            else:
                parts[photo.below] = part
                if second and (mask := others.find(second)) is not None and mask is not photo:
                    masks[photo.below] = (*masks.get(photo.below, ()), mask)
    files = tuple(path.relative_to(root).as_posix() for path in lists.values())
    return Given(
        parts,
        masks,
        absent=tuple(absent),
        twice=tuple(sorted(set(twice))),
        files=tuple(sorted(files)),
        is_whole=len(set(parts.values())) > 1,
    )


def _lines(path: Path | None, photos: Names) -> list[str]:
    """Return the lines of a list, without a first one that only names its columns and no photo."""
    if path is None:
        return []
    lines = [line.strip().replace("\\", "/") for line in read_label_text(path).splitlines() if line.strip()]
    first = lines[0].lower() if len(lines) > 1 else ""
    is_header = re.fullmatch(r"[a-z][a-z_ ,;\t]*", first) and set(re.findall(r"[a-z]+", first)) <= HEADER_WORDS
    return lines[1:] if is_header and photos.find(lines[0]) is None else lines


def _words(line: str) -> list[str]:
    return line.replace(",", " ").replace(";", " ").split()


def _split(line: str) -> tuple[str, str]:
    """Return the photo and the mask of a line; the mask is empty if the line names none."""
    words = _words(line) or [line]
    return words[0], (words[1] if len(words) > 1 and "." in words[1] else "")


def _behind_number(line: str) -> str:
    """Return the name on a line that begins with a running number, as in `12 , name` or `12. name`; else nothing."""
    numbered = re.fullmatch(r"[0-9]+[\s,;.:)]+(\S+)", line, re.ASCII)
    return _without_image_ending(numbered[1]) if numbered else ""


def _without_image_ending(name: str) -> str:
    """Return a name without a photo's file ending: lists often name the masks, or photos of another file type."""
    stem, dot, ending = name.rpartition(".")
    return stem if dot and f".{ending.lower()}" in IMAGE_SUFFIXES else name


def given_masks(given: Given, matched: Mapping[str, Sequence[FolderImage]]) -> dict[str, list[FolderImage]]:
    """Return the masks of each photo, those that a list names in place of those that names suggest."""
    named = {mask.below for several in given.masks.values() for mask in several}
    merged: dict[str, list[FolderImage]] = defaultdict(list)
    for photo, masks in matched.items():
        if photo not in given.masks:
            merged[photo] = [mask for mask in masks if mask.below not in named]
    merged |= {photo: list(several) for photo, several in given.masks.items()}
    return {photo: masks for photo, masks in merged.items() if masks}
