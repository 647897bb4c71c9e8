"""Which text file holds the YOLO lines of which photo, by where both lie, and what lies beside them."""

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from pathlib import Path

from maskwright.datasets.formats.yolo.class_sheets import Sheet
from maskwright.datasets.image_folders.pairs.names import MASK_WORDS, folder_words
from maskwright.datasets.labels.label_files import files_below
from maskwright.datasets.labels.label_merge import LabelFile
from maskwright.datasets.photo_search.photo_index import image_files, name_below
from maskwright.errors import DataError

POLYGONS = re.compile(rb'"segmentation"\s*:\s*\[\s*\[|"polygon"')
RUN_TASK = re.compile(r"(segment|detect|pose|obb|classify|predict|train|val|exp)(-(seg|cls))?\d*")
PREDICTED = re.compile(r"predict(ions?|ed)?(-seg)?\d*")
LOOKED_AT, LONGEST_BEGINNING = 40, 1 << 20


def labelled_photos(root: Path) -> Iterator[tuple[Path, Path]]:
    """Yield each photo below the root with its txt: in the labels/ that belongs to its images/, or beside it.

    Of several photos of one txt those count whose place it is most: masks in another folder are not its photos.
    """
    texts = frozenset(map(str, files_below(root, (".txt",))))
    images = image_files(root) if texts else ()
    found = [(photo, *known) for photo in images if (known := _label_of(photo, root, texts))]
    best: dict[Path, tuple[bool, int]] = {}
    for photo, label, place in found:
        rank = (_is_called_mask(photo, root), place)
        best[label] = min(best.get(label, rank), rank)
    for photo, label, place in found:
        if (_is_called_mask(photo, root), place) == best[label]:
            yield photo, label


def without_predictions(pairs: Sequence[tuple[Path, Path]], root: Path) -> tuple[list[tuple[Path, Path]], list[Path]]:
    """Return the photos with lines of a person, and the files that a training or prediction of Ultralytics wrote.

    Its runs/segment/predict holds photos with colours drawn in, and lines that a model wrote. Where there is nothing
    else, somebody keeps predictions as labels.
    """
    drawn = [pair for pair in pairs if not _is_of_a_run(*pair, root)]
    predicted = [file for pair in pairs if _is_of_a_run(*pair, root) for file in pair]
    return (drawn, predicted) if drawn else (list(pairs), [])


def _is_of_a_run(photo: Path, label: Path, root: Path) -> bool:
    if label.parent != photo.parent / "labels":
        return False
    folders = [part.lower() for part in photo.relative_to(root).parts[:-1]]
    below = {word for i, part in enumerate(folders) if part == "runs" for word in folders[i + 1 :]}
    return any(RUN_TASK.fullmatch(word) for word in below) or any(map(PREDICTED.fullmatch, folders))


def photos_elsewhere(root: Path) -> Iterator[tuple[Path, Path]]:
    """Yield each photo with the one txt of its name in any other folder; not where several photos have that name."""
    labels, photos = (_by_stem(files) for files in (files_below(root, (".txt",)), image_files(root)))
    for stem, images in photos.items():
        if len(images) == len(labels.get(stem, ())) == 1:
            yield images[0], labels[stem][0]


def _by_stem(files: Iterable[Path]) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for file in files:
        found.setdefault(file.stem, []).append(file)
    return found


def _is_called_mask(photo: Path, root: Path) -> bool:
    return bool(set(folder_words(photo.relative_to(root).parts[:-1])) & MASK_WORDS)


def _label_of(photo: Path, root: Path, texts: Container[str]) -> tuple[Path, int] | None:
    """Return the text file that may hold a photo's labels, and which of the usual places it is, the nearest first."""
    parts = photo.relative_to(root).parts
    places = [
        root.joinpath(*parts[:i], folder, *parts[i + 1 :])
        for i in range(len(parts) - 1)
        for folder in ("labels",)
        if parts[i].lower() in ("images", "image", "imgs")
    ]
    places += [photo, photo.parent / "labels" / photo.name, root / "labels" / photo.name]
    candidates = ((place.with_suffix(".txt"), i - len(places)) for i, place in enumerate(places))
    return next(((path, place) for path, place in candidates if str(path) in texts), None)


def polygons_beside(root: Path) -> str:
    """Return what to do with json files that hold polygons, which are not read where boxes lie beside the photos."""
    files = [file for file in files_below(root, (".json",))[:LOOKED_AT] if _holds_polygons(file)]
    if not files:
        return ""
    more = f" (and {len(files) - 1} more like it)" if len(files) > 1 else ""
    return (
        f"; {name_below(files[0], root)}{more} has polygons: copy the photos and the json files with polygons into a "
        "folder of their own, and give that"
    )


def _holds_polygons(file: Path) -> bool:
    with file.open("rb") as opened:
        return POLYGONS.search(opened.read(LONGEST_BEGINNING)) is not None


def arrays_beside(root: Path) -> str:
    """Return what to do with arrays named like photos, which may hold the masks of single objects."""
    arrays = files_below(root, (".npz", ".npy"))
    if not arrays:
        return ""
    return (
        f"; if the {len(arrays)} arrays as {name_below(arrays[0], root)} are masks of single objects, save each as one "
        "PNG of 0 and 255 in masks/, named as its photo"
    )


def require_counted_from_0(files: Sequence[LabelFile], sheet: Sheet, root: Path) -> None:
    """Refuse class numbers from 1 to n under names from 0 to n - 1: each object would have its neighbour's name."""
    names = sheet.names
    count = len(names)
    if count < 2 or sorted(names) != list(range(count)):
        return
    used = {shape.class_name for file in files for photo in file.photos for shape in photo.shapes or ()}
    beyond = used - set(names.values()) - {None}
    if names[0] in used or beyond != {f"class {count}"}:
        return
    from_1 = ", ".join(f"{number + 1}: {name}" for number, name in sorted(names.items()))
    raise DataError(
        f"{root}: the labels use the class number {count} and never 0, and the names are numbered 0 "
        f"({names[0]!r}) to {count - 1} ({names[count - 1]!r}), so that the labels seem to be counted from "
        f"1. If so, write `names: {{{from_1}}}` in data.yaml; if not, add a name for {count} there"
    )
