"""Lists of photos by part: train.txt, val.txt and test.txt, as VOC, SegNet and many scripts write them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from maskwright.datasets.formats.mask_pairs import Pair
from maskwright.datasets.labels.photo_index import image_files, name_below
from maskwright.datasets.labels.text_files import read_text
from maskwright.datasets.part_names import PARTS, PartName
from maskwright.datasets.reading import Remark

LIST_FOLDERS = ("", "ImageSets/Segmentation", "ImageSets", "splits", "lists")
HELD_OUT_FIRST: tuple[PartName, ...] = ("test", "val", "train")


def part_lists(root: Path) -> dict[PartName, Path]:
    """Return the list file of each part, from the first usual folder that has any."""
    for folder in LIST_FOLDERS:
        texts = sorted((root / folder).glob("*.txt"))
        found = {PARTS[path.stem.lower()]: path for path in texts if path.stem.lower() in PARTS}
        if found:
            return found
    return {}


def with_listed_parts(pairs: Sequence[Pair], root: Path) -> tuple[list[Pair], list[Remark]]:
    """Return the pairs with the part that a list gives them, and with the mask that stands beside a photo in it.

    A line holds a stem or a path, with or without a mask's path behind it. What no list names has no part; a
    photo named twice stays in the part held out.
    """
    lists = part_lists(root)
    if not lists:
        return list(pairs), []
    by_name = _names(pairs)
    images = {path.relative_to(root).as_posix(): path for path in image_files(root)}
    placed: dict[int, Pair] = {}
    absent, twice = [], []
    for part in HELD_OUT_FIRST:
        for line in _lines(lists.get(part)):
            tails = [*_tails(line), *_tails(_split(line)[0])]
            index = next((by_name[tail] for tail in tails if tail in by_name), None)
            if index is None:
                absent.append(line)
            elif index in placed and placed[index].part != part:
                twice.append(name_below(pairs[index].photo or root, root))
            else:
                mask = _ending(images, _split(line)[1]) or pairs[index].mask
                placed[index] = replace(pairs[index], part=part, mask=mask)
    if not placed:
        return list(pairs), _list_remarks(absent, [], lists)
    listed = [placed.get(i, replace(pair, part=None)) for i, pair in enumerate(pairs)]
    masks = {pair.mask for pair in listed if pair.photo}
    kept = [pair for pair in listed if pair.photo or pair.mask not in masks]
    return kept, _list_remarks(absent, sorted(set(twice)), lists)


def _lines(path: Path | None) -> list[str]:
    if path is None:
        return []
    return [line.strip().replace("\\", "/") for line in read_text(path).splitlines() if line.strip()]


def _split(line: str) -> tuple[str, str]:
    """Return the photo and the mask of a line; the mask is empty if the line names none."""
    words = line.replace(",", " ").split() or [line]
    return words[0], (words[1] if len(words) > 1 and "." in words[1] else "")


def _names(pairs: Sequence[Pair]) -> dict[str, int]:
    """Return the pair by every way to name its photo: each end of the path, with and without suffix, if unique."""
    names: dict[str, int] = {}
    for index, pair in enumerate(pairs):
        if pair.photo is not None:
            parts = pair.photo.parts
            for name in ("/".join(parts[start:]) for start in range(-len(parts), 0)):
                for way in (name, name[: -len(pair.photo.suffix)]):
                    names[way] = index if names.get(way, index) == index else -1
    return {name: index for name, index in names.items() if index >= 0}


def _ending(images: dict[str, Path], name: str) -> Path | None:
    """Return the image whose path below the root is the longest that ends the name."""
    return next((images[tail] for tail in _tails(name) if tail in images), None)


def _tails(name: str) -> list[str]:
    """Return the path and what is left of it without its first folders: lists are often written on other machines."""
    parts = [part for part in name.split("/") if part]
    return ["/".join(parts[start:]) for start in range(len(parts))]


def _list_remarks(absent: Sequence[str], twice: Sequence[str], lists: dict[PartName, Path]) -> list[Remark]:
    where = ", ".join(sorted(path.name for path in lists.values()))
    remarks = [Remark("two-parts", tuple(twice))] if twice else []
    return remarks + ([Remark("listed-photo-missing", tuple(absent), where)] if absent else [])
