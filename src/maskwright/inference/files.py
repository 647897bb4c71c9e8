"""Prediction on files: class-id masks, overlays, and polygons that an annotation tool opens."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from glob import glob, has_magic
from io import BytesIO
from itertools import takewhile
from pathlib import Path

from PIL import Image

from maskwright.classes import ClassTable
from maskwright.datasets.formats.via import write_via
from maskwright.errors import DataError
from maskwright.files import make_folder, write_bytes
from maskwright.findings.finding import Finding, make_finding
from maskwright.imaging.drawing import draw_overlay, encode_jpeg
from maskwright.imaging.geometry import Mask, resize_mask
from maskwright.imaging.photos import PHOTO_SUFFIXES, Photo, read_photo, reduce_photo, reduced_size_hw
from maskwright.inference.regions import mask_regions
from maskwright.inference.segmenter import Segmenter

OVERLAY_LONG_SIDE_PX = 1600


@dataclass(frozen=True)
class PhotoToDo:
    """One photo and the path below the output folders, without suffix, that is its own."""

    path: Path
    name: str


@dataclass(frozen=True)
class Predicted:
    """What `predict_files` did: how many photos were segmented, and a finding for each that was not."""

    done: int
    findings: tuple[Finding, ...]


def predict_files(
    segmenter: Segmenter, photos: Sequence[PhotoToDo], out: Path, *, on_photo: Callable[[PhotoToDo], None] | None = None
) -> Predicted:
    """Write `masks/<name>.png`, `overlays/<name>.jpg` and `regions.via.json` below `out`.

    A photo that cannot be read is reported and the others go on; OutputError where results cannot be written.
    """
    make_folder(out)
    findings: list[Finding] = []
    regions = []
    for todo in photos:
        try:
            photo = read_photo(todo.path, grey_range=segmenter.grey_range)
        except DataError as error:
            findings.append(_unreadable(todo, error))
            continue
        mask = segmenter.mask(photo)
        write_bytes(out / "masks" / f"{todo.name}.png", encode_mask(mask, segmenter.classes))
        write_bytes(out / "overlays" / f"{todo.name}.jpg", _overlay(photo, mask, segmenter.classes))
        shown = (Path(todo.name).parent / todo.path.name).as_posix()
        regions.append((shown, todo.path.stat().st_size, mask_regions(mask, segmenter.classes)))
        if on_photo is not None:
            on_photo(todo)
    write_via(out / "regions.via.json", regions)
    return Predicted(len(regions), tuple(findings))


def _unreadable(todo: PhotoToDo, error: DataError) -> Finding:
    return make_finding("photo-unreadable", str(error), photos=[todo.name], variant="predict")


def encode_mask(mask: Mask, classes: ClassTable) -> bytes:
    """Return the HxW class ids as a PNG whose palette shows the class colours."""
    image = Image.fromarray(mask)
    image.putpalette([value for colour in classes.colours for value in colour])
    data = BytesIO()
    image.save(data, format="PNG", compress_level=4)
    return data.getvalue()


def _overlay(photo: Photo, mask: Mask, classes: ClassTable) -> bytes:
    small = reduce_photo(photo, OVERLAY_LONG_SIDE_PX)
    size_hw = reduced_size_hw((photo.shape[0], photo.shape[1]), OVERLAY_LONG_SIDE_PX)
    return encode_jpeg(draw_overlay(small, resize_mask(mask, size_hw), classes), 88)


def photos_to_do(given: Iterable[str | Path], *, out: Path) -> list[PhotoToDo]:
    """Return the photos that files, folders and patterns name, each with an output name of its own.

    Folders are searched to the bottom, leaving out what lies below `out`; paths below a folder, and below what
    comes before the first wildcard of a pattern, are kept. Raises DataError where one of them names no photo.
    """
    found: dict[Path, Path] = {}
    for one in given:
        named = list(_photos_of(Path(one), out.resolve()))
        if not named and Path(one).exists() and Path(one).resolve().is_relative_to(out.resolve()):
            raise DataError(f"{one} is where the masks would go: choose another --out")
        if not named:
            raise DataError(f"{one} names no photo: give photo files, a folder of photos, or a pattern in quotes")
        for path, relative in named:
            found.setdefault(path.resolve(), relative)
    return [PhotoToDo(path, name) for path, name in _own_names(found).items()]


def _photos_of(given: Path, out: Path) -> Iterator[tuple[Path, Path]]:
    """Yield the photos that one argument names, each with the path below it that is to be kept."""
    if given.is_dir():
        for path in sorted(given.rglob("*")):
            hidden = any(part.startswith(".") for part in path.relative_to(given).parts)
            if path.suffix.lower() in PHOTO_SUFFIXES and not hidden and not path.resolve().is_relative_to(out):
                yield path, path.relative_to(given)
    elif given.is_file():
        yield given, Path(given.name)
    else:
        fixed = Path(*takewhile(lambda part: not has_magic(part), given.parts))
        for match in sorted(glob(str(given), recursive=True)):  # noqa: PTH207 - a pattern may begin at the root
            if Path(match).is_file():
                yield Path(match), Path(match).relative_to(fixed)


def _own_names(found: dict[Path, Path]) -> dict[Path, str]:
    """Name each photo by its path without suffix; where two would meet, by its folders too, at last with its suffix."""
    names = {path: relative.with_suffix("").as_posix() for path, relative in found.items()}
    above = {path: path.parent.parts[1:] for path in found}  # without the root: a name never leads out of the output
    for depth in range(1, max((len(folders) for folders in above.values()), default=0) + 1):
        folders: dict[str, set[Path]] = {}
        for path, name in names.items():
            folders.setdefault(name.casefold(), set()).add(path.parent)
        names = {
            path: "/".join([*above[path][-depth:], path.stem]) if len(folders[name.casefold()]) > 1 else name
            for path, name in names.items()
        }
    taken = Counter(name.casefold() for name in names.values())  # some disks take A.png and a.png for one file
    return {path: f"{name}{path.suffix}" if taken[name.casefold()] > 1 else name for path, name in names.items()}
