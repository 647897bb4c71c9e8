"""What the lines of a text are: YOLO's or not, outlines or boxes."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from maskwright.datasets.image_folders.pairs.names import name_files, plain
from maskwright.datasets.labels.label_files import files_below
from maskwright.datasets.photo_search.photo_index import image_files
from maskwright.imaging.decoders.array_files import ARRAY_SUFFIXES

CERTAIN = 0.9
"""Confidence in outlines."""
BOXES_ALONE = 0.55
"""In boxes, which are no truth: another label file with outlines is read in their place."""
BOXES_WITH_MASKS = 0.35
"""In boxes beside masks that are named like the photos: these are read in their place."""
LINE = re.compile(r"\s*[0-9]{1,9}(\s+-?[0-9.]+(e-?[0-9]{1,3})?){4,}\s*", re.ASCII | re.IGNORECASE)
BOX_COLUMNS = 5
MAX_FILES = 20_000
"""Texts of which all are looked at to tell whether they hold boxes alone."""
MAX_LABEL_BYTES = 1 << 20
"""Bytes of a text that are looked at for that."""


def is_yolo(label: Path) -> bool:
    """Tell whether all lines at the beginning of a text are a class number and coordinates."""
    with label.open("rb") as file:
        lines = file.read(4096).decode("ascii", errors="replace").splitlines()
    whole_lines = [line for line in (lines if len(lines) == 1 else lines[:-1]) if line.strip()]
    return bool(whole_lines) and all(LINE.fullmatch(line) for line in whole_lines)


def confidence_of(pairs: Sequence[tuple[Path, Path]], root: Path) -> float:
    """Return how sure it is that the lines are the truth: less where all of them are boxes."""
    labels = {label for _, label in pairs if label.stat().st_size}
    if not labels or len(labels) > MAX_FILES or not all(map(_holds_boxes, labels)):
        return CERTAIN
    return BOXES_WITH_MASKS if _has_masks_beside(root, pairs) else BOXES_ALONE


def _holds_boxes(label: Path) -> bool:
    """Tell whether every line of a file is a box; not where the file is too long to look at all of it."""
    with label.open("rb") as file:
        beginning = file.read(MAX_LABEL_BYTES)
    rows = [line.split() for line in beginning.splitlines()]
    return len(beginning) < MAX_LABEL_BYTES and all(len(row) == BOX_COLUMNS for row in rows if row)


def _has_masks_beside(root: Path, pairs: Sequence[tuple[Path, Path]]) -> bool:
    """Tell whether most labelled names belong to two images or more, as where a mask is named like its photo.

    Arrays that are named like photos are such masks, even of some photos alone: boxes are no truth for the others.
    """
    stems = {photo.stem for photo, _ in pairs}
    if any(array.stem in stems for array in files_below(root, ARRAY_SUFFIXES)):
        return True
    images = image_files(root)
    names = name_files([(image.relative_to(root).parts[:-1], image.stem) for image in images])
    count = Counter(plain(name.core) for name in names)
    core = {image: plain(name.core) for image, name in zip(images, names, strict=True)}
    labelled = {label: core[photo] for photo, label in pairs}
    return 2 * sum(count[name] > 1 for name in labelled.values()) > len(labelled)
