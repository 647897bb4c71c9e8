"""The truth of a set: a folder of masks or arrays, one stack, or whatever `open_dataset` reads."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from maskwright.classes import IGNORE, ClassTable, class_table
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.image_folders.appearance import MIN_PHOTO_BITS
from maskwright.datasets.image_folders.image_roles import folder_images
from maskwright.datasets.image_folders.inventory import take_inventory
from maskwright.datasets.mask_values.listed_classes import find_listed
from maskwright.datasets.mask_values.meaning import meaning_of
from maskwright.datasets.mask_values.unlisted import Meaning
from maskwright.datasets.mask_values.value_counts import read_all_values
from maskwright.datasets.opening import open_dataset
from maskwright.diagnosis.evidence.file_keys import by_key, files_in, key_of
from maskwright.diagnosis.evidence.prediction_encoding import without_ones
from maskwright.diagnosis.evidence.stored_arrays import ARRAY_SUFFIXES, Reader, read_stored
from maskwright.errors import DataError
from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.mask_reader import apply_rule, read_raw_mask


@dataclass(frozen=True)
class Truths:
    """The truth of a set by key: how each mask is read, the classes, and the stored value of each class id."""

    classes: ClassTable
    read: dict[str, Callable[[], Mask]]
    values: tuple[int, ...]
    photos: dict[str, Path]


def read_truths(root: Path, *, ignore: int | None) -> Truths:
    """Return the truths in a folder of masks, or in whatever `open_dataset` reads; DataError where there are none."""
    if not root.exists():
        raise DataError(f"{root} is not there: give the folder of the truth masks")
    if root.is_file() or _has_annotations(root):
        try:
            return _of_dataset(open_dataset(root, ignore=ignore))
        except DataError:
            if not _holds_masks_alone(root):
                raise
    files = by_key(files_in(root, "truth masks"))
    arrays = {key: path for key, path in files.items() if path.suffix.lower() in ARRAY_SUFFIXES}
    if arrays:
        return _of_arrays(arrays, ignore)
    values = read_all_values(list(files.values()))
    broken = next((v.error for v in values if v.error), None)
    if broken:
        raise DataError(broken)
    listed = find_listed(root, values)
    meaning = meaning_of(values, listed.rows if listed else None, ignore=ignore)
    if meaning.unfit and not meaning.rule.values and meaning.rule.threshold is None:
        raise DataError(f"{root}: the masks hold {len(meaning.unfit)} colours; save them without smooth edges, as PNG")
    read = {key: _reader(path, meaning) for key, path in files.items()}
    return Truths(meaning.classes, read, _stored_values(meaning), {})


def _has_annotations(root: Path) -> bool:
    """Tell whether the folder holds more than masks: annotation files, or folders of photos and masks."""
    notes = [
        p for p in root.iterdir() if p.suffix.lower() in (".json", ".csv", ".xml") and "class" not in p.stem.lower()
    ]
    images = any(p.suffix.lower() in (*ARRAY_SUFFIXES, ".png", ".tif", ".tiff", ".bmp") for p in root.iterdir())
    folders = [p for p in root.iterdir() if p.is_dir() and not p.name.startswith(".")]
    return bool(notes) or (not images and len(folders) > 1)


def _holds_masks_alone(root: Path) -> bool:
    """Tell whether nothing but pictures of masks lies below a folder, as where each city or patient has its own."""
    images = folder_images(take_inventory(root))
    return bool(images) and all(image.bits is None or image.bits <= MIN_PHOTO_BITS for image in images)


def _of_dataset(dataset: Dataset) -> Truths:
    samples = [s for s in dataset.samples if s.truth is not None and s.size_hw is not None]
    read: dict[str, Callable[[], Mask]] = {key_of(Path(s.name)): partial(dataset.mask, s) for s in samples}
    if not read:
        raise DataError(f"{dataset.root} holds no annotated photo: annotate some, or give a folder of masks")
    rule = dataset.mask_rule
    stored = {i: v for v, i in rule.values} if rule else {}
    values = tuple(stored.get(i, i) for i in range(len(dataset.classes)))
    return Truths(dataset.classes, read, values, {key_of(Path(s.name)): s.photo for s in samples})


def _of_arrays(files: dict[str, Path], ignore: int | None) -> Truths:
    return truths_of_arrays({key: partial(read_stored, path) for key, path in files.items()}, ignore)


def truths_of_arrays(arrays: dict[str, Reader], ignore: int | None) -> Truths:
    held: set[int] = set()
    for path, stored in arrays.items():
        array = without_ones(stored())
        if array.dtype.kind == "f" and (array != np.rint(array)).any():
            high = float(array.max())
            raise DataError(f"{path} holds fractions up to {high:.4g}: the truth must be class ids as whole numbers")
        held |= {int(v) for v in np.unique(array)}
    objects = sorted(held - {0, ignore, IGNORE})
    binary_255 = not objects and IGNORE in held and ignore != IGNORE
    count = 2 if binary_255 else max(objects, default=1) + 1
    if count > IGNORE or min(held) < 0:
        raise DataError(f"the truth holds values {min(held)} to {max(held)}: give class ids from 0 to 254")
    table = class_table(tuple("background" if i == 0 else f"class {i}" for i in range(count)))

    def read(stored: Reader) -> Mask:
        ids = without_ones(stored()).astype(np.int64)
        ids = np.where(ids == IGNORE, 1, ids) if binary_255 else ids
        return np.where(ids == ignore, IGNORE, ids).astype(np.uint8) if ignore is not None else ids.astype(np.uint8)

    values = (0, IGNORE) if binary_255 else tuple(range(count))
    readers: dict[str, Callable[[], Mask]] = {key: partial(read, stored) for key, stored in arrays.items()}
    return Truths(table, readers, values, {})


def _reader(path: Path, meaning: Meaning) -> Callable[[], Mask]:
    return lambda: apply_rule(read_raw_mask(path), meaning.rule)


def _stored_values(meaning: Meaning) -> tuple[int, ...]:
    if meaning.rule.threshold is not None:
        return 0, IGNORE
    stored = {class_id: value for value, class_id in reversed(meaning.rule.values)}
    return tuple(stored.get(i, i) for i in range(len(meaning.classes)))
