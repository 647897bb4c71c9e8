"""Which text file holds the YOLO lines of which photo, by where both lie."""

from collections.abc import Container, Iterator
from pathlib import Path

from maskwright.datasets.image_folders.pairs.names import MASK_WORDS, folder_words
from maskwright.datasets.labels.files.label_files import files_below
from maskwright.datasets.labels.photo_index import image_files


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
