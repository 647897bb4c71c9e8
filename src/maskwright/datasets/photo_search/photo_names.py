"""Comparing the names of files as people do: Unicode form, case, ending, zeros in front, %20, and other folders.

Names are compared in rounds, the strictest first. A looser round only pairs names with files that nothing stricter
has taken, and only where one name meets one file; how a name was matched is handed on.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from typing import TypeVar
from urllib.parse import unquote

_Item = TypeVar("_Item")
NameKey = Callable[[str], str]
UPLOAD = re.compile(r"[0-9a-f]{8}-")
"""What Label Studio puts before the names of photos that are uploaded."""


def safe_name(name: str) -> str:
    """Return a name that a file gives as a relative path with slashes that cannot leave its folder.

    An address loses its scheme and its query, a Windows path its drive; `..`, `.` and empty parts are dropped.
    """
    name = name.replace("\\", "/").replace("\x00", "")
    if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*://", name):
        name = re.split(r"[?#]", name.split("://", 1)[1])[0]
    name = re.sub(r"^[a-zA-Z]:", "", name)
    parts = [part for part in name.split("/") if part not in ("", ".", "..")]
    return "/".join(parts)


def before_upload(name: str) -> str | None:
    """Return a file's name before Label Studio put eight letters in front of it; None where it did not."""
    return name[match.end() :] if (match := UPLOAD.match(name)) else None


def last_part(name: str) -> str:
    """Return the name without its folders."""
    return PurePosixPath(safe_name(name)).name


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _unquoted(name: str) -> str:
    return _composed(unquote(name))


def _folded(name: str) -> str:
    return _unquoted(name).casefold()


def _without_ending(name: str) -> str:
    """Drop the last ending, and one before it that is an image's: `a.jpg.png` is `a`."""
    stem = re.sub(r"\.[a-z][a-z0-9]{0,4}$", "", _folded(name))  # 1.2.276 is the name of a scan, and no file ending
    return re.sub(r"\.(jpe?g|png|tiff?|bmp|gif|webp)$", "", stem)


def _spaced(name: str) -> str:
    return re.sub(r"[\s_\-]+", "_", _without_ending(name))


def _without_signs(name: str) -> str:
    """Drop brackets and the like, as web tools do in uploads: `a (1).jpg` is `a_1.jpg`."""
    return re.sub(r"[\s_\-]+", "_", re.sub(r"[^\w\s.\-]", "", _without_ending(name)))


def _unpadded(name: str) -> str:
    own = _without_signs(name)
    return re.sub(r"\d+", lambda digits: str(int(digits[0])) if len(digits[0]) < 20 else digits[0], own)


NAME_KEYS: Mapping[str, NameKey] = {
    "Unicode form": _composed,
    "percent signs": _unquoted,
    "case": _folded,
    "ending": _without_ending,
    "spaces and underscores": _spaced,
    "brackets and other signs": _without_signs,
    "zeros in front": _unpadded,
}
"""What names may differ in, by the key that no longer sees it; each key sees less than the one before."""


def numbers_in(name: str) -> str:
    """Return the whole numbers in a name without their zeros in front: the key of `pairing="number"`."""
    stem = re.sub(r"\.[A-Za-z][A-Za-z0-9]{0,4}$", "", last_part(name))
    return " ".join(number.lstrip("0") or "0" for number in re.findall(r"\d+", stem))


def unique_pairs(
    wanted: Iterable[_Item], files: Iterable[Path], key_of: Callable[[_Item], str], key: NameKey
) -> list[tuple[_Item, Path]]:
    """Return the pairs of which one item and one file share a key, and no other item or file does."""
    items: dict[str, list[_Item]] = {}
    paths: dict[str, list[Path]] = {}
    for item in wanted:
        items.setdefault(key(key_of(item)), []).append(item)
    for path in files:
        paths.setdefault(key(path.name), []).append(path)
    return [(same[0], paths[k][0]) for k, same in items.items() if k and len(same) == len(paths.get(k, ())) == 1]


def name_runs(name: str) -> tuple[str, ...]:
    """Return the words and numbers of a name in order, lower case and without zeros in front."""
    return tuple(
        run.lstrip("0") or "0" if run.isdigit() else run for run in re.findall(r"[0-9]+|[^\W\d_]+", _folded(name))
    )


def by_folder_and_beginning(paths: Iterable[Path], root: Path) -> dict[tuple[str, ...], Path | None]:
    """Return paths by the runs of one of their folders and of the beginning of their name; None where several share it.

    So `case1_day20_slice_0001` is train/case1/case1_day20/scans/slice_0001_266_266.png.
    """
    keyed: dict[tuple[str, ...], Path | None] = {}
    for path in paths:
        own = name_runs(path.stem)
        for folder in dict.fromkeys(name_runs(part) for part in path.relative_to(root).parts[:-1]):
            for end in range(1, len(own) + 1):
                key = (*folder, *own[:end])
                keyed[key] = path if keyed.get(key, path) == path else None
    return keyed


@dataclass(frozen=True)
class NearMiss:
    """A name without a file, and the file whose name comes nearest to it."""

    name: str
    file: Path


def near_misses(names: Sequence[str], files: Sequence[Path], *, most: int = 20) -> list[NearMiss]:
    """Return for up to `most` of the names the file with the most similar name, where one is similar at all."""
    by_name = {path.name: path for path in files[:2000]}
    close = [(name, get_close_matches(last_part(name), by_name, n=1, cutoff=0.6)) for name in names[:most]]
    return [NearMiss(name, by_name[match[0]]) for name, match in close if match]


def with_usual_ending(paths: Iterable[Path]) -> set[Path]:
    """Return the files whose names end as most of them do: without 4_overlay.png beside 1_scan.jpg, 2_scan.jpg."""
    endings = {path: (re.split(r"\d", path.stem)[-1], path.suffix.lower()) for path in paths}
    usual = [ending for ending, _ in Counter(endings.values()).most_common(1)]
    return {path for path, ending in endings.items() if ending in usual}
