"""The image files below a folder: which there are, what their headers say, and which one a label file means."""

import os
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from maskwright.datasets.part_names import PARTS, PartName, parts_named, words_of
from maskwright.datasets.photo_search.photo_names import (
    NAME_KEYS,
    NameKey,
    by_folder_and_beginning,
    last_part,
    name_runs,
    numbers_in,
    safe_name,
    unique_pairs,
    with_usual_ending,
)
from maskwright.datasets.photo_search.same_names import folders_of_the_same_names
from maskwright.datasets.photo_search.usual_folders import folders_of_photos, usual_places
from maskwright.datasets.reader_types import PhotoHeader
from maskwright.errors import DataError
from maskwright.imaging.decoders.image_files import too_large_way
from maskwright.imaging.decoders.stored_pixels import ImageHeader
from maskwright.imaging.photos import PHOTO_SUFFIXES, can_be_photo, photo_facts, upright_facts
from maskwright.output_file_names import is_output

MASK_FOLDERS = ("masks", "mask", "labels", "label", "annotations", "gt", "groundtruth", "train_masks", "segmentation")
LONGEST_PART_BYTES = 255
PIXELS_MOST = 500_000_000
"""A photo's mask has a byte a pixel; a damaged header may declare billions."""
OTHER_FOLDER = "folder"
SHARED_ADDRESS = "address"
FOLDER_IN_NAME = "folders, which the listed names begin with"
"""What a photo differs in that lies in another folder than the one named, or whose name belongs to several photos."""


def image_files(root: Path) -> list[Path]:
    """Return every file below `root` that is named like an image, in path order.

    Links to folders are followed, each folder once. Hidden files, what is no regular file, and what maskwright wrote
    into run folders and predictions are left out.
    """
    found: list[Path] = []
    visited: set[tuple[int, int]] = set()
    for folder, subfolders, names in os.walk(root, followlinks=True):
        status = Path(folder).stat()
        if (status.st_dev, status.st_ino) in visited:
            subfolders.clear()
            continue
        visited.add((status.st_dev, status.st_ino))
        subfolders[:] = [name for name in subfolders if not name.startswith(".") and not is_output(Path(folder, name))]
        found += [Path(folder, name) for name in names if _is_image_name(name)]
    return sorted(path for path in found if path.is_file())


def _is_image_name(name: str) -> bool:
    return not name.startswith(".") and os.path.splitext(name)[1].lower() in PHOTO_SUFFIXES  # noqa: PTH122


def name_below(path: Path, root: Path) -> str:
    """Return the path below `root` with slashes; a path elsewhere keeps its last two parts."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else "/".join(path.parts[-2:])


def read_header(
    path: Path, *, canvas_hw: tuple[int, int] | None = None, stored: ImageHeader | None = None
) -> PhotoHeader:
    """Return what the header of the photo says; a missing photo takes the size `canvas_hw`, if that is given.

    `stored` is the header as stored, where it has been read already.
    """
    if not path.is_file():
        return PhotoHeader(canvas_hw, "canvas") if canvas_hw else PhotoHeader(None, "missing")
    size_bytes = path.stat().st_size
    try:
        header = photo_facts(path) if stored is None else upright_facts(path, stored)
    except DataError as error:
        return PhotoHeader(None, "unreadable", str(error), size_bytes=size_bytes)
    if (pixels := header.size_hw[0] * header.size_hw[1]) > PIXELS_MOST:  # its mask would be of that size too
        detail = f"{path} says in its header that it has {pixels / 1e6:,.0f} million pixels: {too_large_way(path)}"
        return PhotoHeader(None, "unreadable", detail, size_bytes=size_bytes)
    if not can_be_photo(header):
        return PhotoHeader(header.size_hw, "depth", header.mode, size_bytes=size_bytes)
    return PhotoHeader(header.size_hw, deep=header.is_deep, size_bytes=size_bytes)


@dataclass(frozen=True)
class WantedPhoto:
    """A photo as a label file names it, with a second name or address that the file may keep beside the first.

    `folders` are looked into first; `size_bytes` below 0 is unknown.
    """

    name: str
    other_name: str = ""
    size_bytes: int = -1
    part: PartName | None = None
    folders: tuple[Path, ...] = ()


@dataclass(frozen=True)
class FoundPhoto:
    """Where a wanted photo lies, and what its name differs in from the one that was wanted ("" for nothing)."""

    path: Path
    differs_in: str = ""


@dataclass
class _Search:
    """The state of one search: what was found, and every image below the root once that is needed."""

    root: Path
    found: dict[WantedPhoto, FoundPhoto] = field(default_factory=dict)
    images: list[Path] | None = None
    places: dict[tuple[Path, str | None], list[Path]] = field(default_factory=dict)

    def free(self) -> list[Path]:
        """Return the images that no wanted photo has taken, without masks that are named like photos elsewhere."""
        self.images = _without_masks(image_files(self.root), self.root) if self.images is None else self.images
        taken = {photo.path for photo in self.found.values()}
        return [path for path in self.images if path not in taken]

    def repeating(self) -> Mapping[Hashable, set[Path]]:
        """Return the folders of other photos of the names of found ones, by the part and folders that photos are of."""
        found = (((photo.part, photo.folders), one.path) for photo, one in self.found.items())
        return folders_of_the_same_names(found, self.free())


def _without_masks(paths: Sequence[Path], root: Path) -> list[Path]:
    """Return the images without those in a folder called masks whose name another image has too."""
    in_masks = {path: is_in_masks(path, root) for path in paths}
    elsewhere = {path.stem.casefold() for path in paths if not in_masks[path]}
    return [path for path in paths if not (in_masks[path] and path.stem.casefold() in elsewhere)]


def is_in_masks(path: Path, root: Path) -> bool:
    """Tell whether an image lies in a folder that is called masks."""
    return any(part.lower() in MASK_FOLDERS for part in path.relative_to(root).parts[:-1])


def find_photos(
    wanted: Iterable[WantedPhoto], root: Path, *, by_number: bool = False
) -> Mapping[WantedPhoto, FoundPhoto]:
    """Return where the wanted photos lie below `root`; those that are nowhere are left out.

    First each is looked for by its name in its folders, in images/ and in the part's folder; then by its name
    anywhere below the root, where one file has it (or one of that size in bytes, or `train_7.jpg` for 7.jpg of the
    part train); then by names that differ in Unicode form, case, ending or zeros in front. A file is never taken for
    two different names. With `by_number` the numbers in the names decide last.
    """
    search = _Search(root)
    wanted = list(dict.fromkeys(wanted))
    _find_in_places(search, wanted)
    _find_elsewhere(search, [photo for photo in wanted if photo not in search.found])
    keys: dict[str, NameKey] = {**NAME_KEYS, **({"all but the numbers": numbers_in} if by_number else {})}
    for differs_in, key in keys.items():
        left = [photo for photo in wanted if photo not in search.found]
        if left:
            _find_by_key(search, left, key, differs_in)
    _find_by_folder(search, [photo for photo in wanted if photo not in search.found])
    return search.found


def _find_in_places(search: _Search, wanted: Sequence[WantedPhoto]) -> None:
    """Find photos by their whole name, then by its last part, in the usual places."""
    for key in (safe_name, last_part):
        claims: dict[Path, list[_Claim]] = {}
        for photo in wanted:
            if photo not in search.found and (claim := _in_places(search, photo, key)) is not None:
                claims.setdefault(claim.path, []).append(claim)
        for path, some_claims in claims.items():
            _settle(search, path, some_claims, moved=key is last_part)


@dataclass(frozen=True)
class _Claim:
    """That a photo may be a file, by this one of its names."""

    photo: WantedPhoto
    path: Path
    name: str


def _settle(search: _Search, path: Path, claims: Sequence[_Claim], *, moved: bool) -> None:
    """Give a file to all the photos of one name; of photos of several names only to those of the likeliest."""
    if moved and any(found.path == path for found in search.found.values()):
        return
    size = path.stat().st_size
    names = list(dict.fromkeys(claim.name for claim in claims))
    fitting = [claim.name for claim in claims if claim.photo.size_bytes == size]
    chosen = fitting[0] if fitting else names[0]
    for claim in claims:
        if claim.name == chosen:
            elsewhere = moved and ("/" in claim.name or not _is_beside(path, claim.photo))
            shared = len(names) > 1 and not fitting
            differs_in = SHARED_ADDRESS if shared else OTHER_FOLDER if elsewhere else ""
            search.found[claim.photo] = FoundPhoto(path, differs_in)


def _is_beside(path: Path, photo: WantedPhoto) -> bool:
    return any(
        path.parent in (folder, *(folder / name for name in folders_of_photos(folder))) for folder in photo.folders
    )


def _named_folder(photo: WantedPhoto) -> str:
    return PurePosixPath(safe_name(photo.name)).parent.name


def _in_places(search: _Search, photo: WantedPhoto, key: NameKey) -> _Claim | None:
    names = [name for name in dict.fromkeys((safe_name(photo.name), safe_name(photo.other_name))) if _is_usable(name)]
    for base in dict.fromkeys(photo.folders):
        if (base, photo.part) not in search.places:
            search.places[base, photo.part] = usual_places(base, photo.part, search.root)
        for folder in search.places[base, photo.part]:
            for name in names:
                if (folder / key(name)).is_file():
                    return _Claim(photo, folder / key(name), name)
    return None


def _is_usable(name: str) -> bool:
    return bool(name) and all(len(part.encode(errors="replace")) <= LONGEST_PART_BYTES for part in name.split("/"))


def _find_elsewhere(search: _Search, wanted: Sequence[WantedPhoto]) -> None:
    """Find photos by the last part of their name anywhere below the root."""
    if not wanted:
        return
    by_name: dict[str, list[Path]] = {}
    for path in search.free():
        by_name.setdefault(path.name.lower(), []).append(path)
    claims, repeating = dict[Path, list[_Claim]](), search.repeating()
    for photo in wanted:
        one = _one_elsewhere(photo, by_name, search.root)
        if one is not None and one.parent not in repeating.get((photo.part, photo.folders), ()):
            claims.setdefault(one, []).append(_Claim(photo, one, safe_name(photo.name)))
    for path, some_claims in claims.items():
        _settle(search, path, some_claims, moved=True)


def _one_elsewhere(photo: WantedPhoto, by_name: Mapping[str, Sequence[Path]], root: Path) -> Path | None:
    name = last_part(photo.name).lower()
    same = [path for path in by_name.get(name, ()) if _may_be(photo, path, root)]
    if len(same) > 1:
        same = [path for path in same if photo.part in _parts_called(path, root)] or same
    if len(same) == 1:
        return same[0]
    ends = [p for n, paths in by_name.items() if n.endswith((f"_{name}", f"-{name}")) for p in paths] if name else []
    by_part = [p for p in ends if photo.part and p.name.lower()[: -len(name) - 1] == photo.part]
    by_size = [p for p in same or ends if p.stat().st_size == photo.size_bytes]
    return next((paths[0] for paths in (by_size, by_part) if len(paths) == 1), None)


def _parts_called(path: Path, root: Path) -> frozenset[PartName]:
    """Return the parts that words in the folders of a file speak of, as train_val_images and test_images do."""
    return parts_named(word for folder in path.relative_to(root).parts[:-1] for word in words_of(folder))


def _may_be(photo: WantedPhoto, path: Path, root: Path) -> bool:
    """Return whether a file elsewhere can be the photo: not in another part, nor where the named folder exists."""
    folders = [part.lower() for part in path.relative_to(root).parts[:-1]]
    parts = {PARTS[folder] for folder in folders if folder in PARTS}
    if photo.part and parts and photo.part not in parts:
        return False
    named = _named_folder(photo)
    return not named or named.lower() in folders or not any((base / named).is_dir() for base in (root, *photo.folders))


def _find_by_key(search: _Search, wanted: Sequence[WantedPhoto], key: NameKey, differs_in: str) -> None:
    by_name: dict[tuple[str, str | None], list[WantedPhoto]] = {}
    for photo in wanted:
        by_name.setdefault((safe_name(photo.name), photo.part), []).append(photo)
    firsts, repeating = [photos[0] for photos in by_name.values()], search.repeating()
    for photo, path in unique_pairs(firsts, search.free(), lambda photo: last_part(photo.name), key):
        if _may_be(photo, path, search.root) and path.parent not in repeating.get((photo.part, photo.folders), ()):
            for same in by_name[safe_name(photo.name), photo.part]:
                search.found[same] = FoundPhoto(path, differs_in)


def _find_by_folder(search: _Search, wanted: Sequence[WantedPhoto]) -> None:
    """Find photos named by a folder and the beginning of a file, one photo a file; the files all end alike."""
    if not wanted:
        return
    keyed = by_folder_and_beginning(search.free(), search.root)
    places = {photo: path for photo in wanted if (path := keyed.get(name_runs(_stem(photo.name)))) is not None}
    usual = with_usual_ending(places.values())
    places = {photo: path for photo, path in places.items() if path in usual}
    names: dict[Path, set[str]] = {}
    for photo, path in places.items():
        names.setdefault(path, set()).add(photo.name)
    search.found |= {photo: FoundPhoto(path, FOLDER_IN_NAME) for photo, path in places.items() if len(names[path]) == 1}


def _stem(name: str) -> str:
    stem, dot, ending = last_part(name).rpartition(".")
    return stem if dot and f".{ending.lower()}" in PHOTO_SUFFIXES else last_part(name)
