"""Zip archives of photos and annotations, unpacked into the user's cache folder until they are unused for two weeks.

Only files that a reader may want are unpacked. Names never lead out of the folder, and sizes are bounded.
"""

import hashlib
import re
import stat
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from maskwright.cache_folder import cache_folder, filled_once
from maskwright.datasets.photo_search.photo_names import safe_name
from maskwright.errors import DataError
from maskwright.imaging.photos import PHOTO_SUFFIXES

LABEL_SUFFIXES = (".json", ".geojson", ".csv", ".xml", ".txt", ".yaml", ".yml", ".names", ".npy", ".npz")
MAX_FILES = 200_000
"""Files that an archive may hold."""
MAX_BYTES = 16 << 30
"""Bytes that its files may have together, unpacked."""
MAX_FILE_BYTES = 1 << 30
"""Bytes that one of its files may have, unpacked."""
MOST_RATIO, SMALL_BYTES = 200, 1 << 24
READ_AT_ONCE = 1 << 20


def is_zip(path: Path) -> bool:
    """Return whether a path is a file that is named like a zip archive, or begins as one; an npz holds arrays."""
    if not path.is_file() or path.suffix.lower() == ".npz":
        return False
    with path.open("rb") as file:
        return path.suffix.lower() == ".zip" or file.read(4) == b"PK\x03\x04"


def zips_in(folder: Path) -> list[Path]:
    """Return the zip archives that lie in a folder, in name order."""
    return sorted(path for path in folder.glob("*") if path.suffix.lower() == ".zip" and path.is_file())


def zips_within(archives: Sequence[Path]) -> list[str]:
    """Return the names of archives inside of some archives; these are not unpacked."""
    names = []
    for path in archives:
        with zipfile.ZipFile(path) as archive:
            names += [name for name in archive.namelist() if name.lower().endswith(".zip")]
    return names


def only_holds(path: Path, suffix: str) -> bool:
    """Tell whether every file in an archive has this ending; a damaged archive holds none."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [entry.filename.lower() for entry in archive.infolist() if not entry.is_dir()]
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, RecursionError):
        return False
    return bool(names) and all(name.endswith(suffix) for name in names)


def unpacked(archives: Sequence[Path], beside: Path | None = None) -> Path:
    """Return a folder that holds what the archives hold, and links to the other entries of the folder `beside`.

    Each archive has its folder there, those that are volumes of one download have one together.
    Unpacked once, and used again while the archives are the same. DataError for an archive that is damaged or
    encrypted, or that would take more room than photos do.
    """

    held = {path: _entries(path) for path in archives}
    others = [entry for entry in sorted(beside.iterdir()) if entry not in archives] if beside else []
    names_of = _folder_names(held)

    def fill(folder: Path) -> None:
        for path, entries in held.items():
            _unpack(path, entries, folder / names_of[path] if beside else folder)
        for entry in others:
            if not (folder / entry.name).exists():
                (folder / entry.name).symlink_to(entry.resolve())

    names = [entry.name for entry in others]  # a photo that is added later needs a link too
    places = [names_of[path] for path in archives]
    return _inner(cached_folder((beside, names, places, [_content(held[path]) for path in archives]), fill))


def _folder_names(archives: Mapping[Path, Sequence[zipfile.ZipInfo]]) -> dict[Path, str]:
    """Return the folder that each archive, with its entries, is unpacked to: its name; volumes of a download share one.

    Cloud folders come as x-001.zip, x-002.zip, each with a part of the files of one folder: no file is in two.
    """
    volumes: dict[str, list[Path]] = {}
    for path in archives:
        volumes.setdefault(re.sub(r"[-_. ]\d{1,3}$|[-_ ]?\(\d{1,3}\)$", "", path.stem), []).append(path)
    names = {path: path.stem for path in archives}
    for name, several in volumes.items():
        held = [entry.filename for path in several for entry in archives[path]]
        if name and len(several) > 1 and len(set(held)) == len(held) and _share_folder(held):
            names |= dict.fromkeys(several, name)
    return names


def _share_folder(names: Sequence[str]) -> bool:
    """Tell whether files lie in one outermost folder."""
    return len({name.split("/", 1)[0] for name in names}) == 1 and all("/" in name for name in names)


def cached_folder(key: object, fill: Callable[[Path], None]) -> Path:
    """Return the folder of the cache for a key, filled by `fill` where there is none yet or a file of it is missing."""
    name = hashlib.sha256(repr(key).encode(errors="replace")).hexdigest()[:16]
    return filled_once(cache_folder("unpacked") / name, fill)


def as_given(text: str, path: Path) -> str:
    """Return a text with the path of an archive, or of its folder, for that of the folder it was unpacked to."""
    return re.sub(re.escape(str(cache_folder("unpacked"))) + r"[\\/][0-9a-f]{16}", lambda _: str(path), text)


def _inner(folder: Path) -> Path:
    """Return the one folder in the folder, where there is nothing else."""
    entries = list(folder.iterdir())
    return entries[0] if len(entries) == 1 and entries[0].is_dir() else folder


def _content(entries: Sequence[zipfile.ZipInfo]) -> list[tuple[str, int, int]]:
    return [(entry.filename, entry.file_size, entry.CRC) for entry in entries]


def _entries(path: Path) -> list[zipfile.ZipInfo]:
    """Return the entries to unpack; DataError for an archive that is damaged, encrypted or too large."""
    try:
        with zipfile.ZipFile(path) as archive:
            listed = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, RecursionError) as error:
        raise DataError(f"{path} is no zip archive, or damaged ({error}): download or export it again") from error
    if len(listed) > MAX_FILES:
        raise DataError(f"{path} holds {len(listed)} files: unpack it yourself, and give the folder")
    wanted = [entry for entry in listed if _is_wanted(entry)]
    if any(entry.flag_bits & 1 for entry in wanted):
        raise DataError(f"{path} is encrypted: unpack it yourself, and give the folder")
    bombs = [entry for entry in wanted if entry.file_size > _most_bytes(entry)]
    if bombs or sum(entry.file_size for entry in wanted) > MAX_BYTES:
        name = bombs[0].filename[:80] if bombs else "all of it"
        raise DataError(f"{path} would unpack to more than photos take ({name}): unpack it yourself, if you trust it")
    return wanted


def _most_bytes(entry: zipfile.ZipInfo) -> int:
    return min(MAX_FILE_BYTES, max(SMALL_BYTES, MOST_RATIO * entry.compress_size))


def _is_wanted(entry: zipfile.ZipInfo) -> bool:
    is_link = stat.S_ISLNK(entry.external_attr >> 16)
    name = safe_name(entry.filename)
    hidden = any(part.startswith((".", "__MACOSX")) for part in name.split("/"))
    named = name.lower().endswith((*PHOTO_SUFFIXES, *LABEL_SUFFIXES)) and not entry.is_dir()
    return named and not hidden and not is_link


def _unpack(path: Path, entries: Sequence[zipfile.ZipInfo], folder: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        for entry in entries:
            target = folder / safe_name(entry.filename)
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                with archive.open(entry) as source, target.open("wb") as file:
                    _copy(source.read, file.write, entry.file_size)
            except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError) as error:
                raise DataError(f"{path}: {entry.filename} is damaged ({error}): download it again") from error


def _copy(read: Callable[[int], bytes], write: Callable[[bytes], object], size: int) -> None:
    """Copy no more bytes than the archive states."""
    left = size
    while left > 0 and (data := read(min(READ_AT_ONCE, left))):
        write(data)
        left -= len(data)
