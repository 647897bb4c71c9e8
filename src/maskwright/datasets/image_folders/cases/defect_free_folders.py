"""Folders of photos without defects, such as `good`: without a mask, they are background."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from maskwright.datasets.image_folders.cases.case import Case
from maskwright.datasets.image_folders.pairs.defect_free_lists import listed_faultless
from maskwright.datasets.image_folders.pairs.names import folder_words
from maskwright.datasets.reader_types import Remark
from maskwright.findings.finding import some

MIN_MASKED_SHARE = 0.8
"""Where this share of a folder's photos have masks, the others were left out, and masks are what it is about."""
FAULTLESS_WORDS = frozenset(
    [
        *("good", "ok", "normal", "healthy", "clean", "intact", "negative", "negatives", "neg", "faultless", "empty"),
        *("defectfree", "nodefect", "nodefects", "nondefective", "undamaged", "nocrack", "noncrack", "uncracked"),
    ]
)


def _defect_free_place(folder: tuple[str, ...]) -> int | None:
    """Return which of the folders on a path is called so that its photos show faultless things; None for none."""
    return next((i for i, name in enumerate(folder) if set(folder_words((name,))) & FAULTLESS_WORDS), None)


def mark_defect_free(cases: Sequence[Case], root: Path) -> tuple[list[Case], list[Remark], tuple[str, ...]]:
    """Return the cases, photos of faultless things as background alone, and the lists that say so.

    Their folder is called so, or lists do: a folder without any mask, named like `good`, where most photos of a
    folder beside it have masks.
    """
    folders: dict[tuple[str, ...], list[Case]] = defaultdict(list)
    for case in cases:
        if case.photo is not None:
            folders[case.photo.file.folder].append(case)
    shares = {folder: sum(bool(c.masks) for c in members) / len(members) for folder, members in folders.items()}
    masked = {folder for folder, share in shares.items() if share >= MIN_MASKED_SHARE}
    bare = {folder for folder, share in shares.items() if not share}
    called = {folder: place for folder in bare if (place := _defect_free_place(folder)) is not None}
    beside = {
        folder[place] for folder, place in called.items() if any(other[:place] == folder[:place] for other in masked)
    }
    good = {folder for folder, place in called.items() if folder[place] in beside}
    marked = [replace(c, is_background=c.photo is not None and c.photo.file.folder in good) for c in cases]
    count = sum(case.is_background for case in marked)
    if not count:
        listed, files, said = listed_faultless(root, {c.name: bool(c.masks) for c in cases if c.photo is not None})
        marked = [replace(case, is_background=case.name in listed) for case in cases]
        return marked, [Remark("folder-reading", (), said)] if said else [], files
    names = some(sorted({folder[called[folder]] for folder in good}))
    text = f"{count} photos of {names} have no mask and are read as background alone: the folders beside have masks"
    return marked, [Remark("folder-reading", (), text)], ()
