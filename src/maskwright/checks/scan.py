"""One scan of every photo and its mask: all that the checks need, so that each is decoded once."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from hashlib import blake2b

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.classes import ClassTable
from maskwright.concurrency.thread_pool import in_threads
from maskwright.datasets.compared_photos import Thumbnail
from maskwright.datasets.copies.near_copies import thumbnail
from maskwright.datasets.dataset import Dataset, Sample
from maskwright.datasets.part_names import PartName
from maskwright.datasets.truth.mask_truth import MaskFile, MaskFiles
from maskwright.datasets.truth.shapes import Shapes, paint
from maskwright.errors import DataError
from maskwright.evenly_spaced import spread_evenly
from maskwright.imaging.components import areas_by_value
from maskwright.imaging.decoders.image_files import JPEG_SUFFIXES
from maskwright.imaging.edge_alignment import ALIGNMENT_PX, Alignment, alignment_with, measure_alignment
from maskwright.imaging.mask_geometry import Mask, pixel_counts, reduce_photo, resize_mask
from maskwright.imaging.measuring.class_looks import Looks, class_looks
from maskwright.imaging.measuring.drawn_marks import DrawnMark, drawn_mark, is_grey
from maskwright.imaging.measuring.rectangles import Outlined, outlined_objects
from maskwright.imaging.photos import Photo, photo_orientation
from maskwright.imaging.wrapped_values import wrapped_share

VANISHING_PX = 4.0
WHOLE_PIXELS_MOST = 50_000_000
"""Large JPEGs are decoded reduced, which is faster, and huge photos are not kept whole as colours."""
CLASSES_COMPARED = 3
"""Classes from which on their looks are measured, to compare parts."""
ALIGNMENTS_MOST = 32
OWN_ALIGNMENTS_MOST = 200
"""Photos, spread evenly, whose alignment is measured in full, and those where it is measured as they are."""


@dataclass(frozen=True)
class ObjectCount:
    """How many objects of a class a mask has, and how many are smaller than VANISHING_PX at the working scale.

    `specks` of the vanishing ones are smaller than that in the photo itself: no scale brings them back. `areas` are
    those of all of them, in pixels.
    """

    class_id: int
    objects: int
    vanishing: int
    specks: int
    areas: tuple[int, ...] = ()


@dataclass(frozen=True)
class MaskSummary:
    """A mask in numbers: pixels by value 0..255, a digest that tells two masks apart, and its objects if asked for."""

    counts: NDArray[np.int64]
    digest: bytes
    objects: tuple[ObjectCount, ...] = ()


@dataclass(frozen=True)
class Contrast:
    """How much brighter class 1 is than class 0, in standard deviations of the photo, and the mean colour of each."""

    brighter: float
    colours: tuple[NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True)
class PhotoScan:
    """What the scan of one photo gave. What costs time is measured on some of the photos only, and None on the rest."""

    name: str
    size_hw: tuple[int, int] | None
    annotated: bool
    part: PartName | None = None
    thumb: Thumbnail | None = None
    mask: MaskSummary | None = None
    trouble: str = ""
    """Why the photo cannot be used, "" where it can."""
    mask_trouble: str = ""
    """Why its mask cannot be used, "" where it can."""
    alignment: Alignment | None = None
    """How the mask fits in all orientations and shifts, on up to 32 photos."""
    own_alignment: float | None = None
    """How the mask fits as it is, on up to 200 photos."""
    stored_alignment: float | None = None
    """How the mask fits if it was drawn before the photo's EXIF rotation; None for photos without one."""
    contrast: Contrast | None = None
    """How class 1 differs from class 0; None where there are not two classes."""
    wrapped: float = 0.0
    """Share of neighbouring pixels that wrap."""
    outlined: tuple[Outlined, ...] = ()
    """The objects of the mask that are no specks, on up to 200 photos."""
    on_border: float | None = None
    """Share of class 1 in the outermost pixels of a mask of two classes; None where they hold neither of the two."""
    is_grey: bool | None = None
    """Whether the photo has hardly any colour, on up to 200 photos."""
    mark: DrawnMark | None = None
    """What was drawn into a grey photo, if anything."""
    extent: tuple[int, int, int, int] | None = None
    """Where the objects of the mask begin and end: top, left, bottom, right in its pixels, the last two exclusive; None
    for a mask without objects or without a background."""
    brightest: int | None = None
    """Highest grey of the reduced photo, over 3x3 pixels, which the rings of JPEG do not raise."""
    looks: Looks | None = None
    """What the classes look like, on up to 200 photos of a set of three classes or more."""


def own_fits(scans: Iterable[PhotoScan]) -> dict[str, float]:
    """Return how masks and photos fit as they are, by the photos' names, where that was measured and is a number."""
    fits = {scan.name: scan.own_alignment for scan in scans if scan.own_alignment is not None}
    return {name: fit for name, fit in fits.items() if np.isfinite(fit)}


def scan_photos(
    dataset: Dataset,
    skip: Collection[str],
    *,
    working_long_side_px: int | None,
    on_photo: Callable[[], None] | None = None,
) -> list[PhotoScan]:
    """Return the scan of every sample; photos named in `skip`, known to be broken, are not opened."""
    able = [s.name for s in dataset.samples if s.truth is not None and s.size_hw is not None and s.name not in skip]
    in_full, as_is = set(spread_evenly(able, ALIGNMENTS_MOST)), set(spread_evenly(able, OWN_ALIGNMENTS_MOST))

    def scanned(sample: Sample) -> PhotoScan:
        scale = working_long_side_px / max(sample.size_hw) if working_long_side_px and sample.size_hw else None
        scan, photo, mask = _scan(dataset, sample, sample.name in skip, scale)
        if on_photo is not None:
            on_photo()
        if photo is None or mask is None or (sample.name not in in_full and sample.name not in as_is):
            return scan
        small = photo, resize_mask(mask, (photo.shape[0], photo.shape[1]))
        scan = replace(scan, contrast=_contrast(*small)) if dataset.classes.is_binary else scan
        scan = replace(scan, outlined=outlined_objects(mask, dataset.classes.scored))
        scan = _with_mark(scan, dataset.classes, small)
        if len(dataset.classes) >= CLASSES_COMPARED:
            scan = replace(scan, looks=class_looks(*small, len(dataset.classes)))
        if sample.name in in_full:
            return _with_alignment(scan, dataset, sample, small)
        return replace(scan, own_alignment=alignment_with(*small))

    return in_threads(scanned, dataset.samples)


def _scan(
    dataset: Dataset, sample: Sample, skip: bool, scale: float | None
) -> tuple[PhotoScan, Photo | None, Mask | None]:
    """Return the scan, the photo at ALIGNMENT_PX, and its whole mask, None where they cannot be read."""
    photo, wrapped, mask, summary, trouble, mask_trouble = None, 0.0, None, None, "", ""
    if not skip:
        try:
            photo, wrapped = _reduced(dataset, sample)
        except DataError as error:
            trouble = str(error)
    if sample.truth is not None and sample.size_hw is not None:
        try:
            mask = dataset.mask(sample)
            summary = summarise_mask(mask, dataset.classes, scale=scale)
        except DataError as error:
            mask_trouble = str(error)
    thumb = thumbnail(photo) if photo is not None else None
    annotated = sample.truth is not None
    scan = PhotoScan(sample.name, sample.size_hw, annotated, sample.part, thumb, summary, trouble, mask_trouble)
    on_border = _on_border(mask) if mask is not None and dataset.classes.is_binary else None
    extent = _extent(mask, dataset.classes) if mask is not None else None
    brightest = int(cv2.blur(photo, (3, 3)).mean(axis=2).max()) if photo is not None else None
    return replace(scan, wrapped=wrapped, on_border=on_border, extent=extent, brightest=brightest), photo, mask


def _extent(mask: Mask, classes: ClassTable) -> tuple[int, int, int, int] | None:
    """Return where the objects of a mask begin and end; None where there are none, or no background."""
    if classes.background is None:
        return None
    objects = (mask != classes.background) & (mask < len(classes))
    rows, columns = (np.flatnonzero(objects.any(axis=axis)) for axis in (1, 0))
    return (int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1) if len(rows) else None


def _with_mark(scan: PhotoScan, classes: ClassTable, small: tuple[Photo, Mask]) -> PhotoScan:
    """Return the scan with what was drawn into a grey photo; without a background nothing stands out."""
    photo, mask = small
    if classes.background is None or not is_grey(photo):
        return replace(scan, is_grey=False)
    objects = (mask != classes.background) & (mask < len(classes))
    return replace(scan, is_grey=True, mark=drawn_mark(photo, objects))


def _on_border(mask: Mask) -> float | None:
    """Return the share of class 1 among the outermost pixels of classes 0 and 1; None where there are none."""
    outermost = np.concatenate([mask[0], mask[-1], mask[1:-1, 0], mask[1:-1, -1]])
    known = outermost[outermost <= 1]
    return float(known.mean()) if len(known) else None


def _reduced(dataset: Dataset, sample: Sample) -> tuple[Photo, float]:
    """Return the photo at ALIGNMENT_PX and the share of neighbours that wrap, 0 where it is decoded reduced."""
    high, wide = sample.size_hw or (0, 0)
    is_drafted = sample.photo.suffix.lower() in JPEG_SUFFIXES and max(high, wide) > 2 * ALIGNMENT_PX
    if is_drafted or not 0 < high * wide <= WHOLE_PIXELS_MOST:
        return dataset.photo(sample, long_side_px=ALIGNMENT_PX), 0.0
    whole = dataset.photo(sample)
    return reduce_photo(whole, ALIGNMENT_PX), wrapped_share(whole)


def _contrast(photo: Photo, mask: Mask) -> Contrast | None:
    """Return how class 1 differs from class 0; None where one of them is absent, or the photo has one value."""
    inside = [mask == class_id for class_id in (0, 1)]
    spread = float(photo.mean(axis=2).std())
    if not all(region.any() for region in inside) or spread == 0:
        return None
    first, second = (photo[region].mean(axis=0, dtype=np.float64) for region in inside)
    return Contrast(float(second.mean() - first.mean()) / spread, (first, second))


def _with_alignment(scan: PhotoScan, dataset: Dataset, sample: Sample, small: tuple[Photo, Mask]) -> PhotoScan:
    photo, mask = small
    alignment = measure_alignment(photo, mask)
    if alignment is None:
        return scan
    scan = replace(scan, alignment=alignment, own_alignment=float(alignment.by_orientation[0]))
    unturned = _drawn_before_turn(dataset, sample, mask)
    return scan if unturned is None else replace(scan, stored_alignment=alignment_with(photo, unturned))


def _drawn_before_turn(dataset: Dataset, sample: Sample, mask: Mask) -> Mask | None:
    """Return the upright mask if the truth was drawn on the photo as stored; None without an EXIF turn."""
    turn = photo_orientation(sample.photo)
    if turn is None:
        return None
    stored_hw = turn.stored_hw((mask.shape[0], mask.shape[1]))
    match sample.truth:
        case Shapes(shapes):
            assert sample.size_hw is not None
            drawn = paint(shapes, turn.stored_hw(sample.size_hw), stored_hw)
            return turn.upright(dataset.mapped(drawn))
        case MaskFile() | MaskFiles() if stored_hw == mask.shape:
            return turn.upright(mask)
        case _:
            return None


def summarise_mask(mask: Mask, classes: ClassTable, *, scale: float | None = None) -> MaskSummary:
    """Return the mask in numbers; its objects are counted where `scale` to the working scale is given."""
    counts = pixel_counts(mask)
    digest = blake2b(np.ascontiguousarray(mask).data, digest_size=16).digest()
    if scale is None:
        return MaskSummary(counts, digest)
    areas = areas_by_value(mask, but=classes.background)
    present = [i for i in classes.scored if counts[i]]
    return MaskSummary(counts, digest, tuple(_objects(areas[i], i, min(scale, 1.0)) for i in present))


def _objects(areas: NDArray[np.int64], class_id: int, scale: float) -> ObjectCount:
    sides = np.sqrt(areas)
    vanishing, specks = int((sides * scale < VANISHING_PX).sum()), int((sides < VANISHING_PX).sum())
    return ObjectCount(class_id, len(sides), vanishing, specks, tuple(areas.tolist()))
