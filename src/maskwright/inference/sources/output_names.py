"""The name of each photo in the output: its path without suffix, and as many folders as make it its own."""

import posixpath
from collections import Counter
from collections.abc import Sequence


def own_names(paths: Sequence[str], relatives: Sequence[str]) -> list[str]:
    """Return a name for each photo from the path that is kept of it; equal names get their folders too, then a suffix.

    `paths` are absolute, or URLs, and differ. Names are compared without case: some disks take A.png and a.png for one.
    """
    names = [posixpath.splitext(relative)[0] for relative in relatives]
    depth, shared = 0, _shared(names, paths)
    while shared and depth < max(len(_folders(paths[index])) for index in shared):
        depth += 1
        for index in shared:
            names[index] = "/".join([*_folders(paths[index])[-depth:], posixpath.basename(names[index])])
        shared = _shared(names, paths)
    taken = Counter(map(str.casefold, names))
    if len(taken) == len(names):
        return names
    suffixed = (taken[name.casefold()] > 1 for name in names)
    return [
        name + posixpath.splitext(path)[1] if more else name
        for name, path, more in zip(names, paths, suffixed, strict=True)
    ]


def _shared(names: Sequence[str], paths: Sequence[str]) -> list[int]:
    """Return the places of the names that photos of different folders have."""
    first: dict[str, int] = {}
    shared = set()
    for index, name in enumerate(names):
        before = first.setdefault(name.casefold(), index)
        if before != index and posixpath.dirname(paths[before]) != posixpath.dirname(paths[index]):
            shared.add(name.casefold())
    return [index for index, name in enumerate(names) if name.casefold() in shared] if shared else []


def _folders(path: str) -> list[str]:
    """Return the folders of a path or URL without its root, so that no name leads out of the output."""
    below = path.partition("://")[2] if "://" in path else path
    return [folder for folder in posixpath.dirname(below).split("/") if folder not in ("", ".", "..")]
