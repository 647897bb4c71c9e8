"""What lists beside the photos give: parts as train.txt or a csv column, masks named on a photo's line, and groups."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from maskwright.datasets.image_folders.kinds import FolderImage
from maskwright.datasets.image_folders.pairs.names import folder_words
from maskwright.datasets.labels.class_tables import read_table
from maskwright.datasets.labels.text_files import csv_rows, read_text
from maskwright.datasets.part_names import PARTS, PartName

LIST_FOLDERS = (
    *("", "ImageSets/Segmentation", "*/ImageSets/Segmentation", "*/*/ImageSets/Segmentation", "ImageSets"),
    *("ImageSets/*", "splits", "lists", "split", "*/ImageSets/*"),
)
LIST_WORDS = frozenset(
    ["list", "lists", "ids", "id", "files", "file", "images", "image", "names", "set", "split", "seg", "paths", "img"]
)
HELD_OUT_FIRST: tuple[PartName, ...] = ("test", "val", "train")
GROUP_WORDS = frozenset(
    ["patient", "subject", "case", "site", "group", "scene", "sequence", "video", "slide", "donor", "field", "animal"]
)
TABLES_MOST, TABLE_BYTES_MOST = 20, 1 << 24
NAMED_LEAST = 0.5
"""A column whose cells name images, this share of them at least, is a column of images."""


@dataclass(frozen=True)
class Given:
    """What lists say of photos by their path below the root, and what is wrong with the lists.

    `is_whole`: a photo that is not listed has no part. `masks` are those that stand on a photo's line. `absent` are
    named but not there, `twice` listed in several parts; `files` are the lists, below the root.
    """

    parts: Mapping[str, PartName] = field(default_factory=dict)
    masks: Mapping[str, FolderImage] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    twice: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    is_whole: bool = False


def read_lists(root: Path, images: Sequence[FolderImage]) -> Given:
    """Return what the lists of parts, or else the tables, in a data set say of its photos."""
    photos = [image for image in images if image.role == "photo"]
    masks = [image for image in images if image.role != "photo"]
    lists = part_lists(root)
    if lists:
        return _from_lists(lists, _Names(photos), _Names([*masks, *photos]), root)
    for path in _tables(root):
        given = _from_table(path, _Names(photos), _Names(masks), root)
        if given.parts or given.masks or given.groups:
            return given
    return Given()


def part_lists(root: Path) -> dict[PartName, Path]:
    """Return the list file of each part, from the first usual folder that has any."""
    for folder in LIST_FOLDERS:
        listed = sorted(root.glob(f"{folder}/*" if folder else "*"))
        texts = [p for p in listed if p.suffix.lower() in (".txt", ".lst") and p.is_file()]
        found: dict[PartName, Path] = {}
        for path in texts:
            words = folder_words((path.stem,))
            parts = {PARTS[word] for word in words if word in PARTS}
            if len(parts) == 1 and set(words) - set(PARTS) <= LIST_WORDS:
                found.setdefault(parts.pop(), path)
        if found:
            return found
    return {}


class _Names:
    """Images by every way to name them: each end of the path, with and without file ending, if one alone fits.

    `folders` are the images by the name of the folder they lie in, as lists of videos name them.
    """

    def __init__(self, images: Iterable[FolderImage]) -> None:
        self.by_name: dict[str, FolderImage | None] = {}
        self.folders: dict[str, list[FolderImage]] = defaultdict(list)
        for image in images:
            if image.file.folder:
                self.folders[image.file.folder[-1]].append(image)
            parts = (*image.file.folder, image.file.path.name)
            for start in range(len(parts)):
                name = "/".join(parts[start:])
                for way in (name, name[: -len(image.file.path.suffix)]):
                    known = self.by_name.get(way, image)
                    self.by_name[way] = image if known is image else None

    def find(self, text: str) -> FolderImage | None:
        """Return the image that a path on whatever machine ends like."""
        parts = [part for part in text.replace("\\", "/").split("/") if part not in ("", ".")]
        tails = ("/".join(parts[start:]) for start in range(len(parts)))
        return next((image for tail in tails if (image := self.by_name.get(tail)) is not None), None)


def _from_lists(lists: Mapping[PartName, Path], photos: _Names, others: _Names, root: Path) -> Given:
    """Return what lists of parts say; a photo named twice stays in the part that is held out.

    A line holds a stem or a path, with or without a mask's path behind it.
    """
    parts: dict[str, PartName] = {}
    masks: dict[str, FolderImage] = {}
    absent, twice = [], []
    for part in HELD_OUT_FIRST:
        for line in _lines(lists.get(part)):
            first, second = _split(line)
            photo = photos.find(line) or photos.find(first)
            inside = photos.folders.get(line, ()) if photo is None else ()
            parts |= {image.below: part for image in inside if image.below not in parts}
            if photo is None:
                absent += [] if inside else [line]
            elif parts.get(photo.below, part) != part:
                twice.append(photo.below)
            else:
                parts[photo.below] = part
                if second and (mask := others.find(second)) is not None and mask is not photo:
                    masks[photo.below] = mask
    files = tuple(path.relative_to(root).as_posix() for path in lists.values())
    return Given(parts, masks, {}, tuple(absent), tuple(sorted(set(twice))), tuple(sorted(files)), bool(parts))


def _lines(path: Path | None) -> list[str]:
    if path is None:
        return []
    return [line.strip().replace("\\", "/") for line in read_text(path).splitlines() if line.strip()]


def _split(line: str) -> tuple[str, str]:
    """Return the photo and the mask of a line; the mask is empty if the line names none."""
    words = line.replace(",", " ").split() or [line]
    return words[0], (words[1] if len(words) > 1 and "." in words[1] else "")


def _tables(root: Path) -> list[Path]:
    folders = [root, *sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith("."))]
    found = [path for folder in folders[:TABLES_MOST] for path in sorted(folder.glob("*.csv"))]
    sound = [path for path in found if path.is_file() and path.stat().st_size <= TABLE_BYTES_MOST]
    return [path for path in sound if not read_table(path)][:TABLES_MOST]  # a class list has numbers, as names do


def _from_table(path: Path, photos: _Names, masks: _Names, root: Path) -> Given:
    """Return what a csv says whose cells name photos: columns of parts, of masks, and of patients or sites."""
    header, *rows = csv_rows(read_text(path)) or [[]]
    rows = [row for row in rows if len(row) == len(header)]
    photo = _column_of(rows, photos)
    if photo is None:
        return Given()
    mask = _column_of(rows, masks)
    part = next((i for i in range(len(header)) if _says_parts([row[i] for row in rows])), None)
    group = next((i for i, name in enumerate(header) if _names_group(name, [row[i] for row in rows])), None)
    found = [(row, image) for row in rows if (image := photos.find(row[photo])) is not None]
    return Given(
        {} if part is None else {image.below: PARTS[row[part].strip().lower()] for row, image in found},
        {} if mask is None else {i.below: m for row, i in found if (m := masks.find(row[mask])) is not None},
        {} if group is None else {image.below: row[group].strip() for row, image in found if row[group].strip()},
        tuple(row[photo] for row in rows if photos.find(row[photo]) is None),
        (),
        (path.relative_to(root).as_posix(),),
    )


def _column_of(rows: Sequence[Sequence[str]], names: _Names) -> int | None:
    """Return the column whose cells name most images, of those that name enough of them."""
    counts = [sum(names.find(row[i]) is not None for row in rows) for i in range(len(rows[0]) if rows else 0)]
    best = max(range(len(counts)), key=counts.__getitem__, default=None)
    return best if best is not None and counts[best] >= max(1.0, NAMED_LEAST * len(rows)) else None


def _says_parts(cells: Sequence[str]) -> bool:
    words = Counter(cell.strip().lower() for cell in cells)
    return bool(words) and set(words) <= set(PARTS)


def _names_group(header: str, cells: Sequence[str]) -> bool:
    return bool(set(folder_words((header,))) & GROUP_WORDS) and 1 < len(set(cells)) < len(cells)


def given_masks(given: Given, matched: Mapping[str, Sequence[FolderImage]]) -> dict[str, list[FolderImage]]:
    """Return the masks of each photo, those that a list names in place of those that names suggest."""
    named = {mask.below for mask in given.masks.values()}
    merged: dict[str, list[FolderImage]] = defaultdict(list)
    for photo, masks in matched.items():
        if photo not in given.masks:
            merged[photo] = [mask for mask in masks if mask.below not in named]
    for photo, mask in given.masks.items():
        merged[photo] = [mask]
    return {photo: masks for photo, masks in merged.items() if masks}
