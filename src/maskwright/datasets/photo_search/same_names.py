"""Folders that hold other photos under the names of photos that lie elsewhere, as test/1.jpg beside images/1.jpg."""

from collections.abc import Hashable, Iterable
from pathlib import Path


def folders_of_the_same_names(
    found: Iterable[tuple[Hashable, Path]], others: Iterable[Path]
) -> dict[Hashable, set[Path]]:
    """Return by the key of found photos the folders of `others` in which a name of such a photo is that of another.

    What lies in such a folder belongs to other photos: a listed name that is found only there is that of a lost one.
    """
    by_name: dict[str, list[tuple[Hashable, Path]]] = {}
    for key, path in found:
        by_name.setdefault(path.name, []).append((key, path.parent))
    folders: dict[Hashable, set[Path]] = {}
    for other in others:
        for key, place in by_name.get(other.name, ()):
            if place != other.parent:
                folders.setdefault(key, set()).add(other.parent)
    return folders
