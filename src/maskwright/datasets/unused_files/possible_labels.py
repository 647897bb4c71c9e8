"""Files beside images that may be labels and that nothing reads: each is named, so that no truth is passed over."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from maskwright.datasets.image_folders.inventory import ImageFile
from maskwright.datasets.photo_search.photo_index import name_below
from maskwright.datasets.reader_types import Remark
from maskwright.datasets.unused_files.lists_and_tables import DATA, LISTS, OF_RASTERS

NOT_LABELS = frozenset(
    [
        *(".tfw", ".tifw", ".jgw", ".pgw", ".bpw", ".wld", ".prj", ".ovr", ".aux"),
        *(".xmp", ".thm", ".dng", ".arw", ".cr2", ".nef", ".md5", ".sha256", ".log", ".bak", ".tmp", ".zip"),
    ]
)
"""Places on the globe, settings and raw copies of cameras, and sums: named as a photo, and no labels."""
NAMED_LEAST = 3


def unread_remarks(root: Path, images: Sequence[ImageFile], others: Iterable[Path]) -> list[Remark]:
    """Return a remark for each kind of files that are named as images and are none.

    Of kinds that may be labels one is enough, of others three.
    """
    stems = {image.stem for image in images}
    kinds: dict[str, list[str]] = defaultdict(list)
    for path in others:
        suffix = path.suffix.lower()
        if path.name.lower().endswith(OF_RASTERS):
            continue
        if suffix and suffix not in NOT_LABELS and (path.stem in stems or path.name.split(".")[0] in stems):
            kinds[suffix].append(name_below(path, root))
    why = "named as an image, and of no label format that is read"
    return [
        Remark("file-unused", tuple(names), why)
        for suffix, names in kinds.items()
        if suffix in LISTS | DATA or len(names) >= NAMED_LEAST
    ]
