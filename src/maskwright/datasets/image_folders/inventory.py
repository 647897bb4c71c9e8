"""Every file below a folder: images with what their headers say, and the paths of all others."""

import os
import stat
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from maskwright.errors import DataError
from maskwright.imaging.decoders.array_files import ARRAY_SUFFIXES
from maskwright.imaging.decoders.image_files import IMAGE_SUFFIXES
from maskwright.imaging.decoders.stored_pixels import ImageHeader, holds_other_numbers, image_header
from maskwright.output_file_names import is_output
from maskwright.progress_counter import StartCounting, no_counting

LINK_BYTES_MOST = 256
SAMPLE_MOST, KINDS_MOST = 120, 40
SYSTEM_FOLDERS = ("__macosx", "$recycle.bin", "@eadir", "__pycache__")
SYSTEM_FILES = ("thumbs.db", "desktop.ini")
HIDDEN = (".", "~$")
"""Names of hidden files begin so, and those that an office program keeps while a file is open."""


@dataclass(frozen=True)
class ImageFile:
    """An image or array file: its path, its folders below the root, and its header; `error` if it has none."""

    path: Path
    folder: tuple[str, ...]
    header: ImageHeader | None
    error: str = ""

    @property
    def stem(self) -> str:
        """The name without its last ending."""
        return self.path.stem


@dataclass(frozen=True)
class Inventory:
    """What lies below `root`: images and other files in path order, and what was left alone.

    `links` are text files that stand for a symlink, as git writes them where it must not make one, and were followed.
    """

    root: Path
    images: tuple[ImageFile, ...]
    others: tuple[Path, ...] = ()
    links: tuple[str, ...] = ()
    special: tuple[str, ...] = ()


def take_inventory(root: Path, *, count: StartCounting = no_counting) -> Inventory:
    """Return every file below a folder, without hidden ones, run folders and predictions.

    Symlinks are followed, loops and devices are not. `count` shows how many images are read.
    """
    walk = _Walk(root)
    paths = sorted(walk.files(root, ()))
    files, images = [(path, folder) for path, folder in paths if _is_image(path)], list[ImageFile]()
    on_image = count("reading files", len(files))
    for path, folder in files:
        images.append(_image(path, folder))
        on_image()
    known = {path for path, _ in files}
    others = tuple(path for path, _ in paths if path not in known)
    return Inventory(root, tuple(images), others, tuple(walk.links), tuple(walk.special))


def _is_image(path: Path) -> bool:
    """Tell by the name whether a file is an image; an array of points or of other numbers is none."""
    suffix = path.suffix.lower()
    return suffix in IMAGE_SUFFIXES or (suffix in ARRAY_SUFFIXES and not holds_other_numbers(path))


def some_images(root: Path) -> tuple[tuple[ImageFile, ...], int]:
    """Return a sample of the images below a folder, some of each folder and file type, and how many there are."""
    kinds: dict[tuple[object, ...], list[tuple[Path, tuple[str, ...]]]] = defaultdict(list)
    count = 0
    for path, folder in _Walk(root).files(root, ()):
        suffix = path.suffix.lower()
        if _is_image(path):
            count += 1
            kinds[folder[:1], folder[-1:] if len(kinds) < KINDS_MOST else (), suffix, _last_word(path)].append(
                (path, folder)
            )
    each = max(2, SAMPLE_MOST // max(1, len(kinds)))
    chosen = [file for files in kinds.values() for file in files[:: max(1, -(-len(files) // each))]]
    return tuple(_image(path, folder) for path, folder in chosen[: 2 * SAMPLE_MOST]), count


def _last_word(path: Path) -> str:
    """Return the letters that a name ends with, which may say what the file is."""
    return path.stem[len(path.stem.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")) :][:12]


class _Walk:
    """A walk through folders that remembers where it has been."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.links: list[str] = []
        self.special: list[str] = []
        self.seen: set[tuple[int, int]] = set()

    def files(self, folder: Path, below: tuple[str, ...]) -> Iterator[tuple[Path, tuple[str, ...]]]:
        """Yield the files below a folder with the names of the folders that lead to them."""
        place = folder.stat()
        if (place.st_dev, place.st_ino) in self.seen:
            self.special.append("/".join(below) or ".")
            return
        self.seen.add((place.st_dev, place.st_ino))
        for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
            if entry.name.startswith(HIDDEN) or entry.name.lower() in SYSTEM_FOLDERS + SYSTEM_FILES:
                continue
            yield from self._entry(entry, below)

    def _entry(self, entry: os.DirEntry[str], below: tuple[str, ...]) -> Iterator[tuple[Path, tuple[str, ...]]]:
        path = Path(entry.path)
        try:
            mode = entry.stat().st_mode
        except OSError:  # a link that leads nowhere
            self.special.append("/".join((*below, entry.name)))
            return
        if stat.S_ISDIR(mode):
            if not is_output(path):
                yield from self.files(path, (*below, entry.name))
        elif not stat.S_ISREG(mode):
            self.special.append("/".join((*below, entry.name)))
        elif (target := linked_folder(path, self.root)) is not None:
            self.links.append("/".join((*below, entry.name)))
            yield from self.files(target, (*below, entry.name))
        else:
            yield path, below


def linked_folder(path: Path, root: Path) -> Path | None:
    """Return the folder that a text file without ending stands for, as git writes symlinks where it may make none.

    Only folders below the data's own parent folder are followed.
    """
    if path.suffix or path.stat().st_size > LINK_BYTES_MOST:
        return None
    try:
        text = path.read_text().strip()
        target = (path.parent / text).resolve()
    except (OSError, ValueError):
        return None
    inside = "/" in text and "\n" not in text and target.is_relative_to(root.resolve().parent)
    return target if inside and target.is_dir() else None


def _image(path: Path, folder: tuple[str, ...]) -> ImageFile:
    try:
        return ImageFile(path, folder, image_header(path))
    except DataError as error:
        return ImageFile(path, folder, None, str(error))
