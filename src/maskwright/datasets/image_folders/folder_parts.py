"""Folders that divide photos and are called neither like parts nor like groups: they are named, never passed over."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from maskwright.findings.finding import some

FOLDERS_MOST = 12
CALL_THEM = "folders of parts are called train, val and test"

CALL_CLASSES = "where they are kinds of one object, `--set data.masks=classes` makes a class of each"


def divided_by_folders(photos: Mapping[str, str | None], lists: Sequence[str] = ()) -> list[str]:
    """Return the sentence on folders of annotated photos of no part; `photos` gives the part of each path, or None.

    Where some photos have a part, those without are told of; else folders that divide all of them, up to 12 of these.
    `lists` are the files that give the parts, if any do.
    """
    free = [below for below, part in photos.items() if part is None]
    if not free:
        return []
    if len(free) < len(photos):
        places = Counter("/".join(_folders(below)) or "the folder itself" for below in free)
        held_out = any(part in ("val", "test") for part in photos.values())
        rest = "are trained on" if held_out else "are divided with the others"
        if lists:
            return [
                f"{len(free)} photos, as {free[0]}, are of no part and {rest}: {some(lists, most=3)} do not name them"
            ]
        return [f"{len(free)} photos in {some(places, most=4)} are of no part and {rest}: {CALL_THEM}"]
    _, folders = dividing_folders(free)
    if not 1 < len(folders) <= FOLDERS_MOST:
        return []
    return [f"the folders {some(sorted(folders), most=6)} are read as one set: {CALL_THEM}; {CALL_CLASSES}"]


def dividing_folders(photos: Iterable[str]) -> tuple[int, set[str]]:
    """Return the level and the names of the folders by which paths differ first; no names where there are none."""
    paths = [_folders(below) for below in photos]
    for level in range(max(map(len, paths), default=0)):
        names = {path[level] if len(path) > level else "" for path in paths}
        if len(names) > 1:
            return level, set() if "" in names else names
    return 0, set()


def _folders(below: str) -> Sequence[str]:
    return below.split("/")[:-1]
