"""A dataset: photos, each with the truth about its pixels, read only when asked for."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import overload
from zlib import crc32

import numpy as np

from maskwright.classes import IGNORE, ClassTable, class_table
from maskwright.datasets.compared_photos import ComparedPhotos
from maskwright.datasets.part_names import PartName
from maskwright.datasets.photo_with_mask import PICTURE_PX, Example, picture
from maskwright.datasets.reader_types import Facts
from maskwright.datasets.truth.mask_truth import MaskFile, MaskFiles, read_truth
from maskwright.datasets.truth.painted_masks import PaintedMasks
from maskwright.datasets.truth.shapes import Shapes, paint
from maskwright.errors import DataError
from maskwright.findings.finding import Finding, some
from maskwright.imaging.decoders.stored_pixels import Page
from maskwright.imaging.grey_range import GreyRange
from maskwright.imaging.mask_geometry import Mask, resize_mask
from maskwright.imaging.mask_reader import MaskRule
from maskwright.imaging.photos import Bands, Photo, photo_size_hw, read_photo
from maskwright.notebook.html import box, figures, sentence
from maskwright.notebook.show import show
from maskwright.wording import count_of

SHOWN = 6
"""So many photos of a dataset are shown in a notebook."""


@dataclass(frozen=True)
class Sample:
    """One photo with its truth; `name` is unique in its dataset: the photo's path below the root, with slashes.

    `truth` None means: not annotated. `size_hw` is the upright size, None where the photo is missing or unreadable.
    `part` is the part of a given split, `group` a given group that a split keeps together, `page` the place of a photo
    that lies in a stack.

        >>> mw.open_dataset("photos").samples[0]
        <Sample disc00.png: 128x96 px, annotated>
    """

    name: str
    photo: Path
    truth: Shapes | MaskFile | MaskFiles | None
    size_hw: tuple[int, int] | None
    part: PartName | None = None
    group: str | None = None
    page: Page | None = None

    def __repr__(self) -> str:
        size = f"{self.size_hw[1]}x{self.size_hw[0]} px" if self.size_hw else "unreadable"
        return f"<Sample {self.name}: {size}, {'not annotated' if self.truth is None else 'annotated'}>"


@dataclass(frozen=True)
class Dataset:
    """Samples in name order with their classes, and the facts that its reader saw.

    Iterating gives an Example, photo and mask, for each sample; so does an index or a photo's name, and a slice gives
    a smaller dataset. A torch DataLoader takes it as it is; with photos of several sizes it needs batches of 1.

    `read_as` says in one line what was read as what.
    `mask_rule` turns the values of mask files into class ids, `grey_range` scales 16-bit photos, `bands` are those
    that make a photo where a file has others too, and `id_map[i]` is the class that takes the place of class i after
    reading (see `isolate`). With `keep_pixels` below 1 only that share of each mask's pixels, drawn by `keep_seed` and
    the photo's name, is kept. `compared` is what a check found out by comparing the photos with each other, `painted`
    keeps the masks of drawn shapes where they are needed again.

        >>> dataset = mw.open_dataset("photos")
        >>> photo, mask = dataset[0]
        >>> photo.shape, mask.shape
        ((96, 128, 3), (96, 128))
        >>> dataset[:2]
        <Dataset photos: 2 photos, classes background, disc, format via>
    """

    root: Path
    format: str
    samples: tuple[Sample, ...]
    classes: ClassTable
    facts: Facts = field(default_factory=Facts)
    mask_rule: MaskRule | None = None
    grey_range: GreyRange | None = None
    id_map: tuple[int, ...] | None = None
    keep_pixels: float = 1.0
    keep_seed: int = 0
    read_as: str = ""
    bands: Bands | None = None
    compared: ComparedPhotos | None = field(default=None, repr=False, compare=False)
    painted: PaintedMasks | None = field(default=None, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.samples)

    def __getstate__(self) -> dict[str, object]:
        """Return what another process gets: all but thumbnails, which only a division of photos needs, and masks."""
        return {**self.__dict__, "compared": None, "painted": None}

    def __iter__(self) -> Iterator[Example]:
        return map(self._example, self.samples)

    @overload
    def __getitem__(self, key: int | str) -> Example: ...
    @overload
    def __getitem__(self, key: slice) -> "Dataset": ...
    def __getitem__(self, key: int | str | slice) -> "Example | Dataset":
        match key:
            case slice():
                return replace(self, samples=self.samples[key])
            case str():
                return self._example(self._sample(key))
            case _:
                return self._example(self.samples[key])

    @property
    def annotated(self) -> "Dataset":
        """The samples that have an annotation."""
        return replace(self, samples=tuple(sample for sample in self.samples if sample.truth is not None))

    def _sample(self, name: str) -> Sample:
        sample = next((sample for sample in self.samples if sample.name == name), None)
        if sample is None:
            raise DataError(f"no photo {name!r} in {self.root}: there are {some(s.name for s in self.samples)}")
        return sample

    def _example(self, sample: Sample) -> Example:
        """Return the photo and mask of a sample; DataError if it cannot be read, or has no annotation."""
        photo = np.require(self.photo(sample), requirements="W")  # torch warns of arrays that cannot be written
        return Example(photo, self.mask(sample, size_hw=(photo.shape[0], photo.shape[1])))

    def __repr__(self) -> str:
        return f"<Dataset {self.root}: {self._summary()}>"

    def _summary(self) -> str:
        count, annotated = len(self), len(self.annotated)
        photos = count_of(count, "photo")
        some_are_not = "" if annotated == count else f", {annotated} of them annotated"
        return f"{photos}{some_are_not}, classes {', '.join(self.classes.names)}, format {self.format}"

    def _repr_html_(self) -> str:
        """Return what a notebook shows: a summary and six photos with their masks."""
        rest = len(self) - SHOWN
        more = [sentence(f"and {rest} more: dataset[{SHOWN}:] shows the next ones")] if rest > 0 else []
        pictures = figures(self._picture(sample) for sample in self.samples[:SHOWN])
        return box(f"{self.root.name}: {self._summary()}", pictures, *more)

    def _picture(self, sample: Sample) -> tuple[bytes, str]:
        """Return a JPEG of a sample, with its mask where there is one, and the caption."""
        try:
            photo = self.photo(sample, long_side_px=PICTURE_PX)
        except DataError as error:
            return picture(np.full((PICTURE_PX // 2, PICTURE_PX, 3), 128, np.uint8), None, self.classes), str(error)
        try:
            mask = self.mask(sample, size_hw=(photo.shape[0], photo.shape[1]))
        except DataError as error:
            return picture(photo, None, self.classes), str(error)
        return picture(photo, mask, self.classes), sample.name

    def show(self) -> Path | None:
        """Show photos with their masks in a notebook, or in the browser; return the page, None in a notebook."""
        return show(self)

    def photo(self, sample: Sample, *, long_side_px: int | None = None) -> Photo:
        """Return the photo as HxWx3 uint8 RGB, upright; see `read_photo`."""
        return read_photo(
            sample.photo,
            grey_range=self.grey_range,
            long_side_px=long_side_px,
            page=sample.page,
            bands=self.bands,
        )

    def mask(self, sample: Sample, *, size_hw: tuple[int, int] | None = None) -> Mask:
        """Return the truth as HxW uint8 class ids (255 = ignore) at `size_hw`, or at the upright photo's size."""
        full_hw = sample.size_hw or photo_size_hw(sample.photo)
        size_hw = size_hw or full_hw
        match sample.truth:
            case Shapes():
                mask = self.painted_shapes(sample.truth, full_hw, size_hw)
            case MaskFile() | MaskFiles():
                assert self.mask_rule is not None
                mask = resize_mask(read_truth(sample.truth, self.mask_rule), size_hw)
            case None:
                raise DataError(f"{sample.name} has no annotation: annotate it, or leave it out")
        mask = self.mapped(mask)
        if self.keep_pixels < 1:
            rng = np.random.default_rng((self.keep_seed, crc32(sample.name.encode(errors="backslashreplace"))))
            mask[rng.random(mask.shape, dtype=np.float32) >= self.keep_pixels] = IGNORE
        return mask

    def painted_shapes(self, truth: Shapes, full_hw: tuple[int, int], size_hw: tuple[int, int]) -> Mask:
        """Return shapes as a mask of the class ids that they were read with; see `paint`."""
        return (self.painted.paint if self.painted else _painted)(truth, full_hw, size_hw)

    def mapped(self, mask: Mask) -> Mask:
        """Return a mask of the ids that were read with the ids of `classes`."""
        return mask if self.id_map is None else _lookup(self.id_map)[mask]


def _painted(truth: Shapes, full_hw: tuple[int, int], size_hw: tuple[int, int]) -> Mask:
    return paint(truth.shapes, full_hw, size_hw)


def isolate(dataset: Dataset, class_name: str) -> Dataset:
    """Return the dataset with `class_name` as the one object class and every other class as background.

    Shapes of other classes are left out, since one that was drawn later would cut a hole; those of the background stay.
    """
    names = dataset.classes.names
    if class_name not in names:
        raise DataError(f"no class {class_name!r} in {dataset.root}: the classes are {some(names, most=20)}")
    chosen = names.index(class_name)
    id_map = tuple(int(i == chosen) for i in range(len(names)))
    table = replace(class_table(("background", class_name)), colours=((0, 0, 0), dataset.classes.colours[chosen]))
    painted = {chosen, IGNORE} | ({dataset.classes.background} - {None})
    samples = tuple(_with_shapes_of(sample, painted) for sample in dataset.samples)
    return replace(dataset, samples=samples, classes=table, id_map=id_map)


def _with_shapes_of(sample: Sample, class_ids: Collection[int | None]) -> Sample:
    if not isinstance(sample.truth, Shapes):
        return sample
    return replace(sample, truth=Shapes(tuple(shape for shape in sample.truth.shapes if shape.class_id in class_ids)))


def pick(dataset: Dataset, names: Iterable[str]) -> Dataset:
    """Return the dataset with only the named samples, in its own order."""
    wanted = set(names)
    return replace(dataset, samples=tuple(s for s in dataset.samples if s.name in wanted))


def usable(dataset: Dataset, findings: Iterable[Finding]) -> Dataset:
    """Return the annotated samples that no finding of severity error names; DataError where none is left."""
    bad = {name for finding in findings if finding.severity == "error" for name in finding.photos}
    names = [s.name for s in dataset.samples if s.truth is not None and s.size_hw and s.name not in bad]
    if not names:
        first = next((f for f in findings if f.severity == "error"), None)
        why = f"{first.title} ({first.evidence})" if first else "no photo has an annotation"
        raise DataError(f"nothing to learn from in {dataset.root}: {why}; run `maskwright check` for all findings")
    return pick(dataset, names)


def _lookup(id_map: tuple[int, ...]) -> Mask:
    table = np.full(256, IGNORE, dtype=np.uint8)
    table[: len(id_map)] = id_map
    return table
