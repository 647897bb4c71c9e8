"""Opening a dataset: what lies at a path is recognised, then read by the reader of its format.

Whatever a reader raises leaves this module as a DataError with the name of the file.
"""

import gc
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from maskwright.datasets.class_tables.handwritten_classes import FAULTLESS_NAMES
from maskwright.datasets.dataset import Dataset, Sample, isolate
from maskwright.datasets.formats import (
    arrays,
    cityscapes,
    cvat,
    label_studio,
    masks,
    qupath,
    supervisely,
)
from maskwright.datasets.formats.coco import instances as coco
from maskwright.datasets.formats.labelme import labelme_json, labelme_xml
from maskwright.datasets.formats.rle import rle_csv
from maskwright.datasets.formats.via import via2, via3
from maskwright.datasets.formats.yolo import yolo_lines as yolo
from maskwright.datasets.image_folders.pairs.listed_parts import with_listed_parts
from maskwright.datasets.labels.archives import as_given, is_zip, only_holds, unpacked, zips_in, zips_within
from maskwright.datasets.part_names import PartName
from maskwright.datasets.photo_search.photo_index import image_files, name_below
from maskwright.datasets.reader_types import ReadOptions, Recognition
from maskwright.datasets.unrecognised.refusal import unrecognised
from maskwright.datasets.unused_files.beside_label_files import with_unused_files
from maskwright.errors import DataError, MaskwrightError
from maskwright.findings.finding import some
from maskwright.imaging.grey_range import GreyRange, grey_range_of
from maskwright.imaging.photos import photo_bands

GREY_SAMPLE, VALUES_MOST = 20, 100_000
PART_ORDER: tuple[PartName, ...] = ("train", "val", "test")
TIE = 0.02
_Result = TypeVar("_Result")


class Reader(Protocol):
    """What a format module offers for reading."""

    NAME: str

    def recognise(self, path: Path) -> Recognition | None:
        """Return what the path holds, by its content; None if it is not this format."""

    def read(self, path: Path, options: ReadOptions) -> Dataset:
        """Return the dataset; may raise anything where files are damaged."""


READERS: Mapping[str, Reader] = {
    "via": via2,
    "via3": via3,
    "coco": coco,
    "yolo": yolo,
    "labelme": labelme_json,
    "labelme-xml": labelme_xml,
    "cvat": cvat,
    "label-studio": label_studio,
    "supervisely": supervisely,
    "qupath": qupath,
    "cityscapes": cityscapes,
    "rle-csv": rle_csv,
    "arrays": arrays,
    "masks": masks,
}
"""Every format that is read, by the name that `Dataset.format` gives."""


def open_dataset(
    path: str | Path,
    *,
    only: str | None = None,
    attribute: str | None = None,
    ignore: int | None = None,
    canvas_hw: tuple[int, int] | None = None,
    options: ReadOptions | None = None,
) -> Dataset:
    """Return the dataset in a folder, or of an annotation file; DataError says why there is none.

    `only` isolates one class, `attribute` is the region attribute that names the classes (or the ending of the masks
    where photos have several), `ignore` a stored mask value that counts for nothing. Samples whose photo is missing
    take the size `canvas_hw`, for counting pixels. `options` holds these and rarer choices; see `ReadOptions`.

        >>> dataset = mw.open_dataset("photos")
        >>> dataset.read_as
        'read as VIA csv (via.csv): 6 photos, 6 annotated, classes: disc'
    """
    path = Path(path)
    chosen = options or ReadOptions()
    chosen = replace(
        chosen,
        attribute=attribute if attribute is not None else chosen.attribute,
        ignore=ignore if ignore is not None else chosen.ignore,
        canvas_hw=canvas_hw if canvas_hw is not None else chosen.canvas_hw,
    )
    dataset = _guarded(lambda: _opened(path, chosen), path, ())
    return dataset if only is None else isolate(dataset, only)


def _opened(path: Path, options: ReadOptions) -> Dataset:
    """Return the dataset; an error names the path that was given, not the folder that an archive was unpacked to."""
    try:
        return _opened_or_unpacked(path, options)
    except DataError as error:
        if is_zip(path) and str(path) not in str(error) and not image_files(unpacked([path])):
            raise DataError(
                f"{path} holds no photo: put it into the folder of its photos, and give that folder"
            ) from error
        if not is_zip(path) and not (path.is_dir() and zips_in(path)):
            raise
        raise DataError(as_given(str(error), path)) from error


def _opened_or_unpacked(path: Path, options: ReadOptions) -> Dataset:
    if not path.exists():
        raise DataError(f"{path} does not exist: give a folder of photos, or an annotation file")
    place = unpacked([path]) if is_zip(path) else path
    try:
        reader, recognition = _recognised(place)
    except DataError:
        archives = [path for path in zips_in(place) if not only_holds(path, ".roi")] if place.is_dir() else []
        if not archives:
            raise
        place = unpacked(archives, beside=place)
        reader, recognition = _recognised_unpacked(place, archives)
    with _without_garbage_collection():
        dataset = _guarded(lambda: with_listed_parts(reader.read(place, options)), place, recognition.files)
        if place.is_dir():
            read = dataset
            dataset = _guarded(lambda: with_unused_files(read, recognition.files), place, recognition.files)
    unzipped = "" if place == path else f" (unpacked to {place}, kept for two weeks after its last use)"
    return replace(dataset, grey_range=_grey_range(dataset), read_as=_read_as(dataset, recognition) + unzipped)


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Pause the search for cycles: reading makes a million objects that all stay, and each search goes through them."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _recognised(path: Path) -> tuple[Reader, Recognition]:
    """Return the reader that recognises the path most confidently; DataError for none, and for a tie."""
    known: list[tuple[Reader, Recognition]] = []
    for reader in READERS.values():
        # Masks are recognised by decoding many images: not where a label file is surer than they ever are.
        if reader is masks and any(recognition.confidence > masks.CONFIDENCE + TIE for _, recognition in known):
            continue
        if recognition := _recognition(reader, path):
            known.append((reader, recognition))
    if not known:
        raise unrecognised(path, yolo.lines_without_photo(path) if path.is_dir() else None)
    best = max(recognition.confidence for _, recognition in known)
    first, *others = [one for one in known if one[1].confidence >= best - TIE]
    if others:
        ties = [recognition for _, recognition in (first, *others)]
        readings = [_named(recognition, path) for recognition in ties]
        raise DataError(f"{path} can be read as {' or as '.join(readings)}: {_ways_to_choose(ties, path)}")
    return first


def _ways_to_choose(ties: Sequence[Recognition], root: Path) -> str:
    """Return how a person says which label files count; a path does only where the photos lie below it."""
    places = [files[0] if len(files) == 1 else files[0].parent for files in (tie.files for tie in ties) if files]
    if len(places) == len(ties) and all(image_files(place if place.is_dir() else place.parent) for place in places):
        return f"give the path that counts, {' or '.join(map(str, places))}, or move the others elsewhere"
    named = some([name_below(place, root) for place in places], most=4)
    return f"leave those that count, and move the others ({named}) out of {root}"


def _recognised_unpacked(place: Path, archives: Sequence[Path]) -> tuple[Reader, Recognition]:
    """Return the reader of unpacked archives; DataError says which of them hold further archives."""
    try:
        return _recognised(place)
    except DataError as error:
        inner = zips_within(archives)
        if not inner:
            raise
        names = some([path.name for path in archives], most=2)
        raise DataError(
            f"{names} holds {len(inner)} zip archives ({some(inner, most=4)}): unpack it into the folder that it lies "
            "in, with only those of them that count, and move it away"
        ) from error


def _recognition(reader: Reader, path: Path) -> Recognition | None:
    try:
        return reader.recognise(path)
    except (OSError, MaskwrightError):
        raise
    except Exception:  # damage that one format stumbles over is no reason to refuse another
        return None


def _guarded(work: Callable[[], _Result], path: Path, files: tuple[Path, ...]) -> _Result:
    """Return what the work gives; whatever it raises becomes a DataError that names the label files, or the path."""
    where = some([str(file) for file in files], most=2) or str(path)
    try:
        return work()
    except MaskwrightError:
        raise
    except OSError as error:
        raise DataError(f"{error.filename or path} cannot be read: {error.strerror or error}") from error
    except MemoryError as error:
        raise DataError(f"{where} needs more memory than there is: divide it into smaller files") from error
    except Exception as error:  # the one boundary of all readers: files come from anywhere
        kind = type(error).__name__
        raise DataError(f"{where} is damaged or incomplete ({kind}: {str(error)[:80]}): export it again") from error


def _read_as(dataset: Dataset, recognition: Recognition) -> str:
    annotated = sum(sample.truth is not None for sample in dataset.samples)
    objects = [name for i, name in enumerate(dataset.classes.names) if i != dataset.classes.background]
    missing = sum(sample.size_hw is None and not sample.photo.is_file() for sample in dataset.samples)
    photos = f"{len(dataset)} photos, {annotated} annotated" + (f", {missing} missing" if missing else "")
    background = dataset.classes.background
    named = dataset.classes.names[background] if background is not None else ""
    beside = f"; {named} is the background" if named.lower() in FAULTLESS_NAMES else ""
    parts = _parts(dataset)
    return f"read as {_named(recognition, dataset.root)}: {photos}, classes: {some(objects, most=8)}{beside}{parts}"


def _parts(dataset: Dataset) -> str:
    """Return how many annotated photos are in each given part, so that nobody takes folders for others in silence."""
    counts = Counter(sample.part for sample in dataset.samples if sample.truth is not None)
    named = [f"{count} {part}" for part in PART_ORDER if (count := counts[part])]
    free = [f"{counts[None]} of no part"] if named and counts[None] else []
    return f"; given parts: {', '.join([*named, *free])}" if named else ""


def _named(recognition: Recognition, root: Path) -> str:
    files = some([name_below(file, root) for file in recognition.files], most=3)
    return recognition.kind + (f" ({files})" if files else "")


def _grey_range(dataset: Dataset) -> GreyRange | None:
    """Return the range that scales all photos of more than 8 bits alike, from up to 20 of them; None without any."""
    headers = dataset.facts.headers
    deep = [sample for sample in dataset.samples if (header := headers.get(sample.name)) and header.deep]
    values = [_some_values(sample, dataset) for sample in deep[:: max(1, -(-len(deep) // GREY_SAMPLE))]]
    values = [grey for grey in values if grey.size]
    return grey_range_of(np.concatenate(values)) if values else None


def _some_values(sample: Sample, dataset: Dataset) -> NDArray[np.int64]:
    try:
        bands = photo_bands(sample.photo, page=sample.page, bands=dataset.bands)
    except DataError:
        return np.zeros(0, dtype=np.int64)
    return bands.reshape(-1)[:: max(1, bands.size // VALUES_MOST)].astype(np.int64)
