"""Finding the photos that annotations name, and what their headers say."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from maskwright.errors import DataError
from maskwright.findings.finding import Finding, some
from maskwright.imaging.photos import MODES_8_BIT, MODES_16_BIT, PHOTO_SUFFIXES, photo_header

PHOTO_FOLDERS = ("images", "image", "imgs", "img", "photos", "photo", "pictures", "jpegimages", "leftimg8bit", "inputs")


@dataclass(frozen=True)
class PhotoHead:
    """What a photo's header says: its upright size, or the code and detail of the finding that it has none."""

    size_hw: tuple[int, int] | None
    code: str = ""
    detail: str = ""
    deep: bool = False


def photo_head(path: Path, *, canvas_hw: tuple[int, int] | None = None) -> PhotoHead:
    """Return what the header of the photo says; a missing photo takes the size `canvas_hw`, if that is given."""
    if not path.is_file():
        return PhotoHead(canvas_hw, "photo-canvas") if canvas_hw else PhotoHead(None, "photo-missing")
    try:
        size_hw, mode = photo_header(path)
    except DataError as error:
        return PhotoHead(None, "photo-unreadable", str(error))
    if mode not in MODES_8_BIT + MODES_16_BIT:
        return PhotoHead(size_hw, "photo-depth", mode)
    return PhotoHead(size_hw, deep=mode in MODES_16_BIT)


def head_findings(heads: Mapping[str, PhotoHead]) -> list[Finding]:
    """Return the findings of photos, by sample name, that are missing, unreadable or of an unusable depth."""
    named = {code: [n for n, head in heads.items() if head.code == code] for code in _HEAD_FINDINGS}
    details = {name: head.detail for name, head in heads.items()}
    return [_head_finding(code, names, details) for code, names in named.items() if names]


def _head_finding(code: str, names: list[str], details: Mapping[str, str]) -> Finding:
    title, fix = _HEAD_FINDINGS[code]
    modes = sorted({details[name] for name in names})
    evidence = f"{len(names)}: {some(names)}" + (f" (mode {', '.join(modes)})" if code == "photo-depth" else "")
    severity = "note" if code == "photo-canvas" else "error"
    return Finding(code, severity, title, evidence, fix, tuple(names))  # type: ignore[arg-type]


_HEAD_FINDINGS = {
    "photo-missing": (
        "Photos named in the annotations are missing",
        "put them beside the annotations or into images/, or remove them from the annotations",
    ),
    "photo-unreadable": ("Photos cannot be opened as images", "save them again as JPEG or PNG, or remove them"),
    "photo-depth": (
        "Photos have a depth or a channel count that cannot be used",
        "save them as 8-bit RGB, or as 8- or 16-bit grey",
    ),
    "photo-canvas": (
        "Missing photos stand at the given canvas size",
        "this is for counting pixels only: put the photos beside the annotations to train",
    ),
}


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
