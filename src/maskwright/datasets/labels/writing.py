"""What writers of label files share: shapes as far as a format can hold them, names for photos, copies of photos."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import tifffile

from maskwright.classes import IGNORE, ClassTable
from maskwright.datasets.class_tables.handwritten_classes import IGNORE_NAMES
from maskwright.datasets.dataset import Dataset, Sample
from maskwright.datasets.part_names import PARTS, PartName
from maskwright.datasets.photo_search.usual_folders import PHOTO_FOLDERS
from maskwright.datasets.truth.shapes import Bitmap, Ellipse, Polygon, Shape, Shapes, paint
from maskwright.errors import DataError
from maskwright.files import write_json, write_with
from maskwright.imaging.decoders.stored_pixels import read_stored
from maskwright.imaging.mask_geometry import Bools, Mask, Points, join_rings, trace_rings
from maskwright.progress_counter import StartCounting, no_counting

MOST_TRACED = 200_000


@dataclass(frozen=True)
class Holds:
    """Which shapes a format holds as they are; the others become polygons along the corners of their pixels."""

    holes: bool = False
    ellipses: bool = False
    bitmaps: bool = False


@dataclass(frozen=True)
class DrawnPhoto:
    """A photo to be written: `name` is its file name in the new dataset, `shapes` None means not annotated."""

    sample: Sample
    name: str
    size_hw: tuple[int, int]
    shapes: tuple[Shape, ...] | None

    @property
    def stem(self) -> str:
        """The file name without its ending; no other photo of the dataset has it."""
        return Path(self.name).stem


def drawn_photos(dataset: Dataset, holds: Holds, *, count: StartCounting = no_counting) -> list[DrawnPhoto]:
    """Return every photo of known size with its shapes, in the order of the dataset; `count` shows how many."""
    known = [sample for sample in dataset.samples if sample.size_hw is not None]
    names, photos = output_names(known), list[DrawnPhoto]()
    on_photo = count("converting", len(known))
    for sample in known:
        assert sample.size_hw is not None
        photos.append(DrawnPhoto(sample, names[sample.name], sample.size_hw, _shapes(dataset, sample, holds)))
        on_photo()
    return photos


def output_names(samples: Sequence[Sample]) -> dict[str, str]:
    """Return a file name without folders for each sample, whose stem no other has, also where case does not count."""
    own = {sample.name: _own_name(sample) for sample in samples}
    short = {key: name.rsplit("/", 1)[-1] for key, name in own.items()}
    counts = Counter(Path(name).stem.casefold() for name in short.values())
    long = {key: _with_folders(name) for key, name in own.items()}
    names = {key: name if counts[Path(name).stem.casefold()] == 1 else long[key] for key, name in short.items()}
    taken: set[str] = set()
    for key, name in names.items():
        stem, ending = Path(name).stem, Path(name).suffix
        number = 1
        while (candidate := stem if number == 1 else f"{stem}_{number}").casefold() in taken:
            number += 1
        taken.add(candidate.casefold())
        names[key] = candidate + ending
    return names


def _own_name(sample: Sample) -> str:
    """Return the name of a photo; a page of a stack, as `a.tif#02`, becomes a file of its own, `a_02.tif`."""
    if sample.page is None or "#" not in sample.name:
        return sample.name
    file, _, number = sample.name.rpartition("#")
    return f"{file.removesuffix(Path(file).suffix)}_{number}.tif"


def _with_folders(name: str) -> str:
    *folders, last = name.split("/")
    kept = [folder for folder in folders if folder.lower() not in (*PHOTO_FOLDERS, *PARTS)]
    return "_".join([*kept, last])


def by_part(photos: Sequence[DrawnPhoto]) -> Iterator[tuple[PartName | None, list[DrawnPhoto]]]:
    """Yield the photos of each part of a given split that has any; None are those of no part."""
    parts: tuple[PartName | None, ...] = (None, "train", "val", "test")
    for part in parts:
        of_part = [photo for photo in photos if photo.sample.part == part]
        if of_part:
            yield part, of_part


def json_by_part(
    photos: Sequence[DrawnPhoto], file: Path, content: Callable[[list[DrawnPhoto]], object], *, photo_folder: str | None
) -> list[Path]:
    """Write a json for each part of the split, in train/, val/ or test/ beside `file`, else as `file` itself.

    Copies of the photos lie in `photo_folder` below it, "" for beside it; None copies none. Returns what was written.
    """
    files: list[Path] = []
    for part, of_part in by_part(photos):
        folder = file.parent / (part or "")
        write_json(folder / file.name, content(of_part))
        files += [
            folder / file.name,
            *(() if photo_folder is None else write_photo_copies(of_part, folder / photo_folder)),
        ]
    return files


def label_of(classes: ClassTable, class_id: int) -> str:
    """Return the name under which a class is written."""
    return IGNORE_NAMES[0] if class_id == IGNORE else classes.names[class_id]


def labels_of(classes: ClassTable, photos: Sequence[DrawnPhoto]) -> list[str]:
    """Return the names of all object classes, then those of background and ignored regions where shapes have them."""
    used = {shape.class_id for photo in photos for shape in photo.shapes or ()}
    objects = [i for i in range(len(classes)) if i != classes.background]
    return [label_of(classes, i) for i in (*objects, *sorted(used - set(objects)))]


def _shapes(dataset: Dataset, sample: Sample, holds: Holds) -> tuple[Shape, ...] | None:
    if sample.truth is None:
        return None
    size_hw = sample.size_hw or (0, 0)
    if isinstance(sample.truth, Shapes) and dataset.id_map is None and dataset.keep_pixels >= 1:
        shapes = sample.truth.shapes
    else:
        shapes = tuple(shapes_of_mask(dataset.mask(sample), dataset.classes))
    held = tuple(one for shape in shapes for one in _held(shape, holds, size_hw))
    if len(held) > MOST_TRACED:
        raise DataError(f"{sample.name} has {len(held)} patches, too many for shapes: write masks instead")
    return held


def shapes_of_mask(mask: Mask, classes: ClassTable) -> Iterator[Polygon]:
    """Yield the patches of every class but the background, and of ignored pixels, as polygons with holes."""
    for class_id in (*(i for i in range(len(classes)) if i != classes.background), IGNORE):
        yield from _traced(class_id, mask == class_id, (0, 0))


def _traced(class_id: int, pixels: Bools, corner_xy: tuple[int, int]) -> Iterator[Polygon]:
    for outline, holes in trace_rings(pixels):
        yield Polygon(class_id, outline + corner_xy, tuple(hole + corner_xy for hole in holes))


def _held(shape: Shape, holds: Holds, size_hw: tuple[int, int]) -> Iterator[Shape]:
    """Yield the shape as the format holds it, or polygons of exactly its pixels."""
    match shape:
        case Bitmap() if not holds.bitmaps:
            for polygon in _traced(shape.class_id, shape.pixels, shape.corner_xy):
                yield from _held(polygon, holds, size_hw)
        case Ellipse() if not holds.ellipses:
            for polygon in _traced(shape.class_id, paint([replace(shape, class_id=1)], size_hw, size_hw) > 0, (0, 0)):
                yield from _held(polygon, holds, size_hw)
        case Polygon() if shape.holes and not holds.holes:
            outline, *rest = shape.rings
            yield Polygon(shape.class_id, join_rings(outline, rest))
        case _:
            yield shape


def painted(photo: DrawnPhoto) -> Mask:
    """Return the class ids of a photo that has shapes."""
    return paint(photo.shapes or (), photo.size_hw, photo.size_hw)


def write_photo_copies(photos: Sequence[DrawnPhoto], folder: Path) -> list[Path]:
    """Copy the photos that exist into a folder, byte for byte, and pages of stacks as files; return the copies."""
    copies = []
    for photo in photos:
        if photo.sample.photo.is_file():
            copy = folder / photo.name
            write_with(copy, lambda path, photo=photo: _copy(photo.sample, path))  # type: ignore[misc]
            copies.append(copy)
    return copies


def _copy(sample: Sample, target: Path) -> None:
    if sample.page is None:
        shutil.copyfile(sample.photo, target)
        return
    pixels = read_stored(sample.photo, sample.page)
    bands = pixels.shape[2] if pixels.ndim == 3 else 1
    if bands == 1:
        tifffile.imwrite(target, pixels.squeeze(), photometric="minisblack")
    else:
        tifffile.imwrite(target, pixels, photometric="rgb" if bands > 2 else "minisblack", planarconfig="contig")


def background_lost(photos: Sequence[DrawnPhoto], kind: str) -> list[str]:
    """Return the sentence on photos of background alone, for formats where these look like photos not annotated."""
    bare = sum(photo.shapes == () for photo in photos)
    return [f"{bare} photos of background alone read as not annotated: {kind} cannot tell them apart"] if bare else []


def general_losses(dataset: Dataset, photos: Sequence[DrawnPhoto], *, copied: bool) -> list[str]:
    """Return sentences on what no format holds: photos of unknown size, missing photos, given groups."""
    unknown = len(dataset) - len(photos)
    missing = sum(not photo.sample.photo.is_file() for photo in photos) if copied else 0
    groups = any(sample.group is not None for sample in dataset.samples)
    return [
        *([f"{unknown} photos are left out: they are missing or cannot be read"] if unknown else []),
        *([f"{missing} photos are missing and were not copied"] if missing else []),
        *(["the groups of photos (patients, sites) are not written"] if groups else []),
    ]


def plain(value: float) -> int | float:
    """Return a coordinate as it is written: a whole number without a point."""
    return int(value) if float(value).is_integer() else float(value)


def flat(ring: Points) -> list[int | float]:
    """Return an Nx2 outline as x, y, x, y, ..."""
    return [plain(value) for value in ring.reshape(-1)]
