"""The photos to predict: what files, folders and patterns name, each with a name in the output, and what is skipped."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from glob import glob, has_magic
from itertools import takewhile
from pathlib import Path

from maskwright.errors import DataError
from maskwright.imaging.decoders.image_files import FILMS
from maskwright.imaging.photos import PHOTO_SUFFIXES
from maskwright.inference.sources.masks_to_skip import masks_to_skip
from maskwright.inference.sources.output_names import own_names
from maskwright.output_file_names import is_output


@dataclass(frozen=True)
class PhotoToDo:
    """One photo, and its own path below the output folders, without suffix."""

    path: Path
    name: str


@dataclass(frozen=True)
class Skipped:
    """A file, by its path or URL, that is not predicted, and why."""

    path: Path | str
    reason: str

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


@dataclass(frozen=True)
class PhotoList:
    """The photos to predict, the files that were named and are no photos, and in sentences which masks are left out."""

    photos: tuple[PhotoToDo, ...]
    skipped: tuple[Skipped, ...] = ()
    left_out: tuple[str, ...] = ()


def photos_to_do(inputs: Iterable[str | Path], *, out: Path) -> PhotoList:
    """Return the photos that files, folders and patterns name, each with an output name of its own.

    Folders are searched to the bottom, without hidden files, run folders, predictions, and what lies below `out`.
    Paths below a folder, and below what comes before a pattern's first wildcard, are kept. Links count under their
    own names. Masks that a folder holds beside its photos are left out. Raises DataError if an input names no photo.
    """
    relatives: dict[Path, Path] = {}
    skipped: dict[Path, Skipped] = {}
    left_out: list[str] = []
    for text in inputs:
        named = [(_absolute(path), relative) for path, relative in named_files(Path(text), out.resolve())]
        other = [path for path, relative in named if relative is None]
        masks = {_absolute(path) for path in masks_to_skip(Path(text))} if Path(text).is_dir() else set()
        photos = {path: relative for path, relative in named if relative is not None and path not in masks}
        if not_photos := sorted({path for path, relative in named if relative is not None} & masks):
            left_out.append(_left_out(text, not_photos, len(photos)))
        if not photos:
            raise DataError(no_photo_reason(text, other, out))
        skipped |= {path: Skipped(path, skipped_reason(path)) for path in other}
        relatives = {**photos, **relatives}
    names = own_names([path.as_posix() for path in relatives], [kept.as_posix() for kept in relatives.values()])
    photos_named = zip(relatives, names, strict=True)
    photos_to_predict = tuple(PhotoToDo(path, name) for path, name in photos_named)
    return PhotoList(photos_to_predict, tuple(skipped.values()), tuple(left_out))


def _left_out(text: str | Path, masks: Sequence[Path], photos: int) -> str:
    """Return the sentence on a folder that is a dataset: its masks are no photos to predict."""
    counted = "1 photo is" if photos == 1 else f"{photos} photos are"
    first = os.path.relpath(masks[0], _absolute(Path(text)))
    rest = f"1 mask left out ({first})" if len(masks) == 1 else f"{len(masks)} masks left out (as {first})"
    return f"{text} is a dataset: {counted} predicted and {rest}; name files, or a pattern, to predict those"


def no_photo_reason(text: str | Path, skipped: list[Path], out: Path) -> str:
    """Return in one line why an input names no photo."""
    path = Path(text)
    if path.exists() and path.resolve().is_relative_to(out.resolve()):
        return f"{text} is where the masks would go: choose another --out"
    if skipped:
        more = f" and {len(skipped) - 1} more" if len(skipped) > 1 else ""
        return f"{text} names no photo: {Skipped(skipped[0], skipped_reason(skipped[0]))}{more}"
    return f"{text} names no photo: give photo files, a folder of photos, or a pattern in quotes"


def skipped_reason(path: Path) -> str:
    """Return why a file is not predicted."""
    if path.suffix.lower() in FILMS:
        return f"a film; predict it by itself, as in `maskwright predict RUN {path.name}`"
    if _is_special(path):
        return "a pipe or a device, and no file"
    return "no photo, by its suffix" if path.suffix else "no photo: it has no suffix"


def _is_special(path: Path) -> bool:
    """Tell whether a path is a pipe, a socket or a device: opening a pipe that nobody writes to waits for ever."""
    return path.exists() and not path.is_file()


def _absolute(path: Path) -> Path:
    """Return the path without "..", but with its links: several links to one photo keep their names."""
    return Path(os.path.abspath(path))  # noqa: PTH100 - Path.resolve would follow the links


def named_files(path: Path, out: Path) -> Iterator[tuple[Path, Path | None]]:
    """Yield the files that one input names, with the path below it that is kept; None for files to skip."""
    if path.is_dir():
        outputs = {folder for folder in path.rglob("*") if folder.is_dir() and is_output(folder)}
        for file in sorted(path.rglob("*")):
            relative = file.relative_to(path)
            hidden = any(part.startswith(".") for part in relative.parts) or not outputs.isdisjoint(file.parents)
            if not hidden and not file.is_dir() and not file.resolve().is_relative_to(out):
                is_photo = file.suffix.lower() in PHOTO_SUFFIXES and not _is_special(file)
                yield file, relative if is_photo else None
    elif path.is_file():
        yield path, None if path.suffix.lower() in FILMS else Path(path.name)
    else:
        fixed = Path(*takewhile(lambda part: not has_magic(part), path.parts))
        for match in sorted(glob(str(path), recursive=True)):  # noqa: PTH207 - a pattern may begin at the root
            file = Path(match)
            if file.is_file() and not file.resolve().is_relative_to(out):
                yield file, file.relative_to(fixed) if file.suffix.lower() in PHOTO_SUFFIXES else None
