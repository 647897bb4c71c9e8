"""Arrays of photos and of masks, as scripts save them: X_train.npy with Y_train.npy, or both in one npz."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from maskwright.datasets.dataset import Dataset, Sample
from maskwright.datasets.image_folders.appearance import MIN_PHOTO_BITS, appearance_of_pixels
from maskwright.datasets.image_folders.pairs.names import MASK_WORDS, PHOTO_WORDS
from maskwright.datasets.labels.label_files import subfolders
from maskwright.datasets.mask_values.listed_classes import find_listed
from maskwright.datasets.mask_values.meaning import meaning_of
from maskwright.datasets.mask_values.objects import numbering_of
from maskwright.datasets.mask_values.value_counts import read_all_values
from maskwright.datasets.part_names import PARTS, PartName
from maskwright.datasets.reader_types import Facts, MaskFacts, PhotoHeader, ReadOptions, Recognition, Remark
from maskwright.datasets.truth.mask_truth import MaskFile
from maskwright.datasets.unread_formats.numbered_layers import refuse_numbered_layers
from maskwright.errors import DataError
from maskwright.findings.finding import some
from maskwright.imaging.decoders.array_files import ARRAY_SUFFIXES, StoredArray, open_array, stored_arrays
from maskwright.imaging.decoders.stored_pixels import CHANNELS_MOST, Page

NAME = "arrays"
CONFIDENCE = 0.6
PICTURES_MOST = 1_000_000
LOOKS, LAYERS_SEEN = 5, 20
FOLDERS_MOST, BELOW_MOST = 60, 60
PHOTO_NAMES, MASK_NAMES = PHOTO_WORDS | {"x", "xs", "data"}, MASK_WORDS | {"y", "ys"}
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Stack:
    """An array of pictures: where it is stored, how many there are, their size, and what they look like."""

    path: Path
    array: StoredArray
    bits: float

    @property
    def count(self) -> int:
        """How many pictures there are."""
        return self.array.shape[0]

    @property
    def size_hw(self) -> tuple[int, int]:
        """Height and width of each picture."""
        sides = self.array.shape[1:]
        if len(sides) == 3 and sides[0] <= 4 < sides[2]:
            return sides[1], sides[2]
        return sides[0], sides[1]

    @property
    def words(self) -> frozenset[str]:
        """The words of the file's and the array's name, in lower case."""
        return frozenset(_WORD.findall(f"{self.path.stem} {self.array.key}".casefold().replace("_", " ")))

    @property
    def name(self) -> str:
        """How a person calls it: the file, and the array in an npz."""
        return self.path.name + (f" {self.array.key}" if self.array.key else "")

    @property
    def part(self) -> PartName | None:
        """The part that its name says."""
        return next((PARTS[word] for word in sorted(self.words) if word in PARTS), None)


def recognise(path: Path) -> Recognition | None:
    """Return that a folder or an npz holds stacks of photos and of masks; None if there are no two of as many."""
    files, pairs = _found(path)
    if not pairs:
        return None
    photos = sum(photo.count for photo, _ in pairs)
    return Recognition(CONFIDENCE, "arrays of photos and masks", f"{photos} photos", tuple(files))


def _found(path: Path) -> tuple[list[Path], list[tuple[Stack, Stack]]]:
    """Return the array files that count with the pairs of stacks in them: those at hand, else those further below.

    Further below an array a photo is common too: there only photos of four dimensions are a stack.
    """
    files = _files(path)
    pairs = _pairs(_stacks(files, alone=path.is_file())) if files else []
    if pairs or path.is_file():
        return files, pairs
    below = [p for folder in subfolders(path)[:FOLDERS_MOST] for p in _arrays_in(folder)]
    if not 2 <= len(below) <= BELOW_MOST:
        return files, []
    return below, [pair for pair in _pairs(_stacks(below, alone=False)) if len(pair[0].array.shape) == 4]


def _arrays_in(folder: Path) -> list[Path]:
    """Return the array files in a folder, in path order, without sorting the photos beside them."""
    with os.scandir(folder) as entries:
        return sorted(folder / entry.name for entry in entries if entry.name.lower().endswith(tuple(ARRAY_SUFFIXES)))


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path] if path.suffix.lower() in ARRAY_SUFFIXES else []
    folders = [path, *(p for p in sorted(path.iterdir()) if p.is_dir() and p.name.casefold() in PARTS)]
    return [p for folder in folders for p in sorted(folder.iterdir()) if p.suffix.lower() in ARRAY_SUFFIXES][:200]


def _stacks(files: Sequence[Path], *, alone: bool) -> list[Stack]:
    """Return the stacks in some files; those that cannot be read are left out, or raise where one is given `alone`."""
    stacks = []
    for path in files:
        try:
            stacks += [Stack(path, array, _bits(path, array)) for array in stored_arrays(path) if _is_stack(array)]
        except DataError:
            if alone:
                raise
    return stacks


def _is_stack(array: StoredArray) -> bool:
    """Tell whether an array holds pictures: NxHxW, or NxHxWxC with few channels first or last."""
    shape = array.shape
    if len(shape) not in (3, 4) or min(shape, default=0) < 1 or shape[0] > PICTURES_MOST:
        return False
    return len(shape) == 3 or min(shape[1], shape[3]) <= CHANNELS_MOST


def _bits(path: Path, array: StoredArray) -> float:
    """Return how much some pictures of a stack change from pixel to pixel, on average."""
    whole = open_array(path, array.key)
    places = np.linspace(0, array.shape[0] - 1, min(LOOKS, array.shape[0])).astype(int)
    return float(np.mean([appearance_of_pixels(_bands_last(np.asarray(whole[place]))).bits for place in places]))


def _bands_last(picture: NDArray[np.generic]) -> NDArray[np.generic]:
    if picture.ndim == 2:
        return picture[:, :, None]
    return picture if picture.shape[2] <= CHANNELS_MOST else np.moveaxis(picture, 0, 2)


def _pairs(stacks: Sequence[Stack]) -> list[tuple[Stack, Stack]]:
    """Return which stacks are photos with which masks: as many pictures of one size, of the same part."""
    pairs = []
    left = list(stacks)
    for photo in sorted(stacks, key=lambda stack: not stack.words & PHOTO_NAMES):
        fitting = [
            mask
            for mask in left
            if mask is not photo
            and (mask.count, mask.size_hw, mask.part) == (photo.count, photo.size_hw, photo.part)
            and _is_mask_of(mask, photo)
        ]
        if photo in left and fitting:
            near = photo.path.parts
            mask = max(
                fitting,
                key=lambda stack: (
                    bool(stack.words & MASK_NAMES),
                    stack.path == photo.path,
                    sum(part in near for part in stack.path.parts),
                ),
            )
            pairs.append((photo, mask))
            left = [stack for stack in left if stack not in (photo, mask)]
    return pairs


def _is_mask_of(mask: Stack, photo: Stack) -> bool:
    """Tell which of two stacks is the mask: by their names, or the one that changes less, of one channel."""
    if mask.words & MASK_NAMES and photo.words & PHOTO_NAMES:
        return True
    if mask.words & PHOTO_NAMES or photo.words & MASK_NAMES:
        return False
    return mask.bits < MIN_PHOTO_BITS < photo.bits


def read(path: Path, options: ReadOptions) -> Dataset:
    """Return the dataset of stacks of photos and masks; DataError where there are none."""
    files, pairs = _found(path)
    if not pairs:
        raise DataError(f"{path} holds no stack of photos and one of masks: save X.npy (NxHxWx3) and Y.npy (NxHxW)")
    root = path if path.is_dir() else path.parent
    for _, mask in pairs:
        refuse_numbered_layers(mask.path, mask.array, root)
    samples = [sample for photo, mask in pairs for sample in _samples(photo, mask, root, len(pairs))]
    masks = [sample.truth for sample in samples if isinstance(sample.truth, MaskFile)]
    values = read_all_values(masks, count=options.count)
    if (unread := next((mask.error for mask in values if mask.error), "")) and all(mask.error for mask in values):
        raise DataError(_layers_advice(pairs[0][1], unread))
    listed = find_listed(root, values)
    if options.objects is None and listed is None and (numbering := numbering_of(masks, values)) is not None:
        raise DataError(
            f"{path}: mask values number single objects, {numbering.fewest} to {numbering.most} in a mask. Choose "
            "--set data.objects=one (all of them are one class), or --set data.objects=ids (each value is a class)"
        )
    meaning = meaning_of(
        values,
        listed.rows if listed else None,
        ignore=options.ignore,
        one_object=options.objects == "one",
        invert=options.invert,
    )
    facts = MaskFacts(
        {sample.name: mask for sample, mask in zip(samples, values, strict=True)},
        listed.rows if listed else (),
        (listed.note if listed else "") or meaning.note,
        meaning.soft,
        meaning.unfit,
        options.ignore,
    )
    deep = {photo.path: photo.array.dtype.itemsize > 1 for photo, _ in pairs}
    headers = {sample.name: PhotoHeader(sample.size_hw, deep=deep[sample.photo]) for sample in samples}
    every = Facts(headers, _remarks(pairs, files), facts)
    return Dataset(root, NAME, tuple(samples), meaning.classes, every, meaning.rule, bands=options.bands)


def _layers_advice(mask: Stack, error: str) -> str:
    """Return the error of masks none of which can be read; layers of whole numbers are named with their values."""
    shape = mask.array.shape
    if len(shape) != 4 or min(shape[1], shape[3]) < 2:
        return error
    last = shape[3] <= CHANNELS_MOST
    layers = np.moveaxis(open_array(mask.path, mask.array.key), 3 if last else 1, 0)
    counts = [len(np.unique(layer[:LAYERS_SEEN])) for layer in layers]
    held = [f"layer {i} holds {count} values" for i, count in enumerate(counts)]
    fewest = min(range(len(counts)), key=lambda i: (counts[i] < 2, counts[i]))  # objects are more than classes
    key = f'["{mask.array.key}"]' if mask.array.key else ""
    way = f"np.save('Y.npy', np.load('{mask.path.name}'){key}{f'[..., {fewest}]' if last else f'[:, {fewest}]'})"
    return (
        f"{mask.name} has {len(held)} layers a picture, which are neither colours nor a class each: {some(held)}. Save "
        f"the one of class ids alone, here the one of fewest values: {way}, in place of {mask.path.name}"
    )


def _samples(photo: Stack, mask: Stack, root: Path, stacks: int) -> list[Sample]:
    width = len(str(photo.count))
    name = photo.path.relative_to(root).as_posix() + (f"/{photo.array.key}" if photo.array.key else "")
    part = photo.part if stacks > 1 else None
    return [
        Sample(
            f"{name}#{place + 1:0{width}}",
            photo.path,
            MaskFile(mask.path, Page(place, mask.array.key)),
            photo.size_hw,
            part,
            page=Page(place, photo.array.key),
        )
        for place in range(photo.count)
    ]


def _remarks(pairs: Sequence[tuple[Stack, Stack]], files: Sequence[Path]) -> tuple[Remark, ...]:
    reading = "; ".join(f"{photo.name} are photos, {mask.name} their masks" for photo, mask in pairs)
    used = {stack.path for pair in pairs for stack in pair}
    unused = tuple(path.name for path in files if path not in used)
    remarks = [Remark("folder-reading", (), reading)]
    if unused:
        remarks.append(Remark("file-unused", unused, f"no stack of photos or masks that fits {pairs[0][0].name}"))
    return tuple(remarks)
