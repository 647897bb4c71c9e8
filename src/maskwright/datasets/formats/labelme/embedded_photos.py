"""The photos that LabelMe keeps inside its files: they tell which file is whose where photos were renamed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from maskwright.datasets.labels.label_merge import LabelFile
from maskwright.datasets.photo_search.photo_index import name_below
from maskwright.datasets.reader_types import Remark
from maskwright.imaging.decoders.embedded_images import bytes_of

BY_CONTENT = "name, and are byte by byte the photos inside of the label files"


def with_renamed_photos(
    files: Sequence[LabelFile], embedded: Mapping[Path, object], *, images: Iterable[Path], root: Path
) -> list[LabelFile]:
    """Return the label files of a photo each, with those of the images that hold the very bytes that they embed."""
    by_size: dict[int, list[Path]] = {}
    for path in images:
        by_size.setdefault(path.stat().st_size, []).append(path)
    return [_renamed(file, _same_bytes(embedded.get(file.path), by_size), root) for file in files]


def _same_bytes(image: object, by_size: Mapping[int, Sequence[Path]]) -> Path | None:
    """Return the one file of these bytes; None for none, for several, and where the image is damaged."""
    try:
        content = bytes_of(image) if isinstance(image, str) else b""
    except ValueError:
        return None
    same = [path for path in by_size.get(len(content), ()) if path.read_bytes() == content]
    return same[0] if len(same) == 1 else None


def _renamed(file: LabelFile, path: Path | None, root: Path) -> LabelFile:
    (photo,) = file.photos
    if path is None or path.name == photo.name:
        return file
    name = name_below(path, root)
    remark = Remark("name-differs", (name,), f"{name} for {photo.name}", BY_CONTENT)
    return replace(
        file, photos=(replace(photo, name=path.name, other_name="", folders=(path.parent,)),), remarks=(remark,)
    )
