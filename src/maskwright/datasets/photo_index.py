"""Finding the photos that annotations name, and what their headers say."""

from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from maskwright.datasets.reading import PhotoHeader
from maskwright.errors import DataError
from maskwright.imaging.photos import MODES_8_BIT, MODES_16_BIT, PHOTO_SUFFIXES, photo_header

PHOTO_FOLDERS = ("images", "image", "imgs", "img", "photos", "photo", "pictures", "jpegimages", "leftimg8bit", "inputs")


def read_header(path: Path, *, canvas_hw: tuple[int, int] | None = None) -> PhotoHeader:
    """Return what the header of the photo says; a missing photo takes the size `canvas_hw`, if that is given."""
    if not path.is_file():
        return PhotoHeader(canvas_hw, "canvas") if canvas_hw else PhotoHeader(None, "missing")
    try:
        size_hw, mode = photo_header(path)
    except DataError as error:
        return PhotoHeader(None, "unreadable", str(error))
    if mode not in MODES_8_BIT + MODES_16_BIT:
        return PhotoHeader(size_hw, "depth", mode)
    return PhotoHeader(size_hw, deep=mode in MODES_16_BIT)


def image_files(root: Path) -> list[Path]:
    """Return every file below `root` that is named like an image, in path order, hidden ones left out."""
    found = (p for p in root.rglob("*") if p.suffix.lower() in PHOTO_SUFFIXES and p.is_file())
    return sorted(p for p in found if not any(part.startswith(".") for part in p.relative_to(root).parts))


class PhotoFinder:
    """Finds photos by the name that an annotation gives; walks the folder only if the usual places fail."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._by_name: dict[str, list[Path]] | None = None
        self._places: dict[tuple[Path, str | None], list[Path]] = {}

    def find(self, name: str, *, size_bytes: int, part: str | None, folders: Iterable[Path]) -> Path | None:
        """Return the photo called `name`, or None.

        Looked for in `folders`, then in those with images/ or the part's name added, then anywhere below the
        root: one of that name, one of that name and size, or one with something before the name, as in
        `train_7.jpg` for 7.jpg, where the size or the part agrees.
        """
        name = name.replace("\\", "/")
        last = PurePosixPath(name).name
        for base in dict.fromkeys(folders):
            if (base, part) not in self._places:
                self._places[base, part] = _usual_places(base, part)
            for folder in self._places[base, part]:
                for candidate in dict.fromkeys((folder / name, folder / last)):
                    if 0 < len(last) < 256 and candidate.is_file():
                        return candidate
        return self._find_below(last.lower(), size_bytes, part)

    def _find_below(self, name: str, size_bytes: int, part: str | None) -> Path | None:
        if self._by_name is None:
            self._by_name = {}
            for path in image_files(self.root):
                self._by_name.setdefault(path.name.lower(), []).append(path)
        same = self._by_name.get(name, [])
        if len(same) == 1:
            return same[0]
        ends = [p for n, paths in self._by_name.items() if n.endswith((f"_{name}", f"-{name}")) for p in paths]
        by_part = [p for p in ends if part and p.name.lower()[: -len(name) - 1] == part]
        for candidates in ([p for p in same or ends if p.stat().st_size == size_bytes], by_part):
            if len(candidates) == 1:
                return candidates[0]
        return None


def _usual_places(base: Path, part: str | None) -> list[Path]:
    places = [base, *(base / folder for folder in _present(base))]
    return places if part is None else [place / part for place in places] + places


def _present(base: Path) -> list[str]:
    if not base.is_dir():
        return []
    return sorted(p.name for p in base.iterdir() if p.name.lower() in PHOTO_FOLDERS and p.is_dir())


def name_below(path: Path, root: Path) -> str:
    """Return the path below `root` with slashes; a path elsewhere keeps its last two parts."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else "/".join(path.parts[-2:])
