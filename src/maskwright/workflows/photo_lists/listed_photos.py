"""A long list of photos: what manifests, folders, patterns and URLs name, each with a name in the output."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from glob import has_magic
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from maskwright.errors import DataError
from maskwright.imaging.photos import PHOTO_SUFFIXES
from maskwright.inference.sources.manifest import is_manifest, manifest_rows
from maskwright.inference.sources.output_names import own_names
from maskwright.inference.sources.photo_list import Skipped, named_files, no_photo_reason, skipped_reason
from maskwright.remote_storage import found_below, is_url, url_name


@dataclass(frozen=True)
class ListedPhotos:
    """Paths or URLs of photos with their names in the output, and what was listed and is no photo.

    Strings, not paths: a million of them must fit into a few hundred megabytes.
    """

    paths: tuple[str, ...]
    names: tuple[str, ...]
    skipped: tuple[Skipped, ...] = ()


def listed_photos(inputs: Iterable[str], *, out: str) -> ListedPhotos:
    """Return the photos of manifests, files, folders, patterns and URLs.

    A row of a manifest that ends like a photo is one: whether it is there shows when it is read. Rows that name no
    photo are skipped. Raises DataError if nothing is listed, or if another input names no photo.
    """
    photos: dict[str, str] = {}
    skipped: dict[str, Skipped] = {}
    for name in inputs:
        files = _of_manifest(name, out) if is_manifest(name) else _of_input(name, out)
        for file in files:
            if file.reason:
                skipped[file.path] = Skipped(file.path, file.reason)
            else:
                photos.setdefault(file.path, file.kept_name)
    if not photos:
        more = f": {next(iter(skipped.values()))}" if skipped else ""
        raise DataError(f"{', '.join(inputs)} lists no photo{more}")
    paths = list(photos)
    return ListedPhotos(tuple(paths), tuple(own_names(paths, list(photos.values()))), tuple(skipped.values()))


class _Listed(NamedTuple):
    """A path, the part of it that its name in the output keeps, and the reason to skip it ("" for a photo)."""

    path: str
    kept_name: str
    reason: str = ""


def _of_manifest(name: str, out: str) -> Iterator[_Listed]:
    for row in manifest_rows(name):
        if _is_photo(row) and not has_magic(row):
            yield _Listed(_absolute(row), url_name(row) if is_url(row) else row.rpartition("/")[2])
        elif is_url(row):
            yield from _of_url(row)
        else:
            files = list(named_files(Path(row), Path(out).resolve()))
            yield from map(_checked, files)
            if not files:
                yield _Listed(row, "", "no file, folder or pattern of this name has a photo")


def _of_input(name: str, out: str) -> Iterator[_Listed]:
    if is_url(name):
        files = list(_of_url(name))
        if all(file.reason for file in files):
            raise DataError(f"{name} names no photo: give the URL of a photo, of a folder, or a pattern in quotes")
        yield from files
        return
    named = list(named_files(Path(name), Path(out).resolve()))
    if all(relative is None for _, relative in named):
        raise DataError(no_photo_reason(name, [path for path, _ in named], Path(out)))
    yield from map(_checked, named)


def _of_url(url: str) -> Iterator[_Listed]:
    """Yield the files of a URL: itself if it ends like a photo, else those below it."""
    if _is_photo(url) and "*" not in url:
        yield _Listed(url, url_name(url))
        return
    folder = url.partition("*")[0].rpartition("/")[0] if "*" in url else url.rstrip("/")
    for file in found_below(url):
        if "/." in file.removeprefix(folder):
            continue
        reason = "" if _is_photo(file) else "no photo, by its suffix"
        yield _Listed(file, file.removeprefix(f"{folder}/"), reason)


def _checked(file: tuple[Path, Path | None]) -> _Listed:
    path, relative = file
    reason = "" if relative is not None else skipped_reason(path)
    return _Listed(_absolute(str(path)), (relative or path).as_posix(), reason)


def _absolute(path: str) -> str:
    return path if is_url(path) else os.path.abspath(path)  # noqa: PTH100 - Path.resolve would follow links


def _is_photo(place: str) -> bool:
    name = urlsplit(place).path if place.startswith(("http://", "https://")) else place
    return os.path.splitext(name)[1].lower() in PHOTO_SUFFIXES  # noqa: PTH122 - a million paths: a Path each is slow
