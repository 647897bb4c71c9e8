"""Which mask belongs to which photo, read off folders, file names and lists."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from maskwright.datasets.labels.photo_index import PHOTO_FOLDERS, image_files
from maskwright.datasets.part_names import PARTS, PartName
from maskwright.errors import DataError
from maskwright.findings.finding import some
from maskwright.imaging.masks import read_raw_mask

MASK_FOLDERS = (
    *("masks", "mask", "labels", "label", "annotations", "annotation", "annot", "segmentationclass", "segmentation"),
    *("segmentations", "seg", "segs", "gt", "gts", "gtfine", "ground_truth", "groundtruth", "labelids", "targets"),
)
CLEAR_SUFFIXES = ("mask", "masks", "seg", "segmentation", "label", "labels", "annotation", "annot", "gt", "groundtruth")
MASK_SUFFIXES = (*CLEAR_SUFFIXES, "labelids", "manual", "manual1", "l")
PHOTO_SUFFIXES = ("image", "img", "photo", "rgb", "sat", "test", "training", "leftimg8bit")
PHOTO_LIKE = (".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".png", ".gif")
MOST_MASK_VALUES = 32


@dataclass(frozen=True)
class Pair:
    """A photo with its mask, either of which may be absent, and the part of a given split it stands in."""

    photo: Path | None
    mask: Path | None
    part: PartName | None = None


@dataclass(frozen=True)
class _Place:
    """An image file by where it lies: its folder without the words that only say photo, mask or part, and its stem."""

    path: Path
    folder: tuple[str, ...]
    part: PartName | None
    stem: str
    role: str | None


_Key = tuple[Callable[[_Place], object], Callable[[_Place], object]]


def pair_masks(root: Path, *, suffix: str | None = None) -> list[Pair]:
    """Return the pairs below `root` in path order; empty if nothing there looks like a mask.

    Masks are told by their folder (masks/, labels/, SegmentationClass/, trainannot/ ...), by the end of their name
    (`_mask`, `_seg`, `_label` ...), or by lying beside a photo of the same stem. `suffix` says which masks count
    where photos have several kinds; DataError where that is not clear.
    """
    places = [_place(path, root) for path in image_files(root)]
    for tell in (_roles_by_suffix, _roles_by_neighbour):
        if not any(place.role == "mask" for place in places):
            places = tell(places)
    masks = [place for place in places if place.role == "mask"]
    photos = [place for place in places if place.role != "mask"]
    if suffix is not None:
        masks = _of_kind(masks, suffix, root)
    return _paired(photos, masks, root) if masks else []


def _place(path: Path, root: Path) -> _Place:
    folder: list[str] = []
    role: str | None = None
    part: PartName | None = None
    for name in path.relative_to(root).parts[:-1]:
        word = name.lower()
        joined = next((p for p in PARTS for m in MASK_FOLDERS if word in (p + m, f"{p}_{m}", f"{p}-{m}")), None)
        if word in PARTS or joined:
            part = PARTS[joined or word]
        if joined or word in MASK_FOLDERS:
            role = "mask"
        elif word in PHOTO_FOLDERS:
            role = "photo"
        elif word not in PARTS:
            folder.append(name)
    return _Place(path, tuple(folder), part, path.stem, role)


def _cut(stem: str) -> list[str]:
    """Return the stem without its last word and that word, or the stem alone."""
    found = re.fullmatch(r"(.+)[_.\- ]([A-Za-z]\w*?)", stem)
    return [found[1], found[2]] if found else [stem]


def _roles_by_suffix(places: Sequence[_Place]) -> list[_Place]:
    masks = [p for p in places if p.role is None and _bare(p, CLEAR_SUFFIXES) != p.stem]
    return _with_masks(places, masks)


def _with_masks(places: Sequence[_Place], masks: Iterable[_Place]) -> list[_Place]:
    paths = {mask.path for mask in masks}
    return [replace(place, role="mask") if place.path in paths else place for place in places]


def _roles_by_neighbour(places: Sequence[_Place]) -> list[_Place]:
    """Tell photos from masks where only their neighbours do: one stem twice, or two names with one beginning."""
    for stem_of, masks_of in ((lambda p: p.stem, _same_stem_masks), (lambda p: _cut(p.stem)[0], _same_start_masks)):
        groups = _grouped(((p.path.parent, stem_of(p)), p) for p in places).values()
        masks = masks_of([group for group in groups if len(group) == 2])
        if masks:
            return _with_masks(places, masks)
    return list(places)


def _same_stem_masks(twos: Sequence[Sequence[_Place]]) -> list[_Place]:
    """Return the less photo-like file of each two, if the first of them looks like a mask."""
    masks = [max(two, key=lambda p: PHOTO_LIKE.index(p.path.suffix.lower())) for two in twos]
    return masks if masks and _looks_like_mask(masks[0].path) else []


def _same_start_masks(twos: Sequence[Sequence[_Place]]) -> list[_Place]:
    """Return the file with the masks' ending of each two, if all have the same two endings and one is of masks."""
    if len({frozenset(_end(place) for place in two) for two in twos}) != 1:
        return []
    ends = {_end(place) for place in twos[0] if _looks_like_mask(place.path)}
    return [place for two in twos for place in two if _end(place) in ends] if len(ends) == 1 else []


def _end(place: _Place) -> str:
    cut = _cut(place.stem)
    return cut[1].lower() if len(cut) == 2 else ""


def _looks_like_mask(path: Path) -> bool:
    try:
        with Image.open(path) as image:
            if image.mode not in ("1", "P", "L", "I;16"):
                return False
        raw = read_raw_mask(path)
    except (DataError, OSError, Image.DecompressionBombError):
        return False
    at_ends = np.count_nonzero((raw < MOST_MASK_VALUES) | (raw >= 256 - MOST_MASK_VALUES))
    return bool(len(np.unique(raw.ravel()[::7])) <= MOST_MASK_VALUES or at_ends >= 0.9 * raw.size)


def _of_kind(masks: Sequence[_Place], suffix: str, root: Path) -> list[_Place]:
    kinds = sorted({_end(mask) for mask in masks} - {""})
    chosen = [mask for mask in masks if _end(mask) == suffix.lower().lstrip("_.- ")]
    if not chosen:
        raise DataError(f"{root}: no mask ends in {suffix!r}; the masks end in {some(kinds) or 'nothing in common'}")
    return chosen


def _paired(photos: Sequence[_Place], masks: Sequence[_Place], root: Path) -> list[Pair]:
    taken: dict[Path, _Place] = {}
    left = list(masks)
    usual = any(_shared(key, photos, masks) for key in _KEYS)
    for photo_key, mask_key in _KEYS if usual else (_LOOSE_KEY,):
        by_key = _grouped((photo_key(p), p) for p in photos if p.path not in taken)
        for key, found in _grouped((mask_key(m), m) for m in left).items():
            if len(by_key.get(key, ())) == 1:
                if len(found) > 1:
                    raise _two_masks(by_key[key][0], found, root)
                taken[by_key[key][0].path] = found[0]
        used = {mask.path for mask in taken.values()}
        left = [mask for mask in left if mask.path not in used]
    pairs = [_pair(photo, taken.get(photo.path)) for photo in photos]
    for same in _grouped(((m.folder, m.part, _bare(m, MASK_SUFFIXES)), m) for m in left).values():
        if len(same) > 1:
            raise _two_masks(same[0], same, root)
    return pairs + [Pair(None, mask.path, mask.part) for mask in left]


def _shared(key: _Key, photos: Sequence[_Place], masks: Sequence[_Place]) -> bool:
    return not {key[0](photo) for photo in photos}.isdisjoint({key[1](mask) for mask in masks})


def _pair(photo: _Place, mask: _Place | None) -> Pair:
    return Pair(photo.path, mask.path if mask else None, photo.part or (mask.part if mask else None))


def _two_masks(photo: _Place, masks: Sequence[_Place], root: Path) -> DataError:
    kinds = sorted({_end(mask) for mask in masks} - {""})
    names = some([mask.path.relative_to(root).as_posix() for mask in masks])
    way = (
        f"choose one kind with --set data.attribute={kinds[0]} (attribute={kinds[0]!r} in Python)"
        if len(kinds) == len(masks)
        else "keep one of them"
    )
    return DataError(f"{root}: {_bare(photo, MASK_SUFFIXES)} has {len(masks)} masks ({names}): {way}")


def _grouped(items: Iterable[tuple[object, _Place]]) -> dict[object, list[_Place]]:
    groups: dict[object, list[_Place]] = {}
    for key, place in items:
        groups.setdefault(key, []).append(place)
    return groups


def _bare(place: _Place, words: Sequence[str]) -> str:
    cut = _cut(place.stem)
    return cut[0] if len(cut) == 2 and cut[1].lower() in words else place.stem


_KEYS: tuple[_Key, ...] = (
    (lambda p: (p.folder, p.part, p.stem), lambda m: (m.folder, m.part, m.stem)),
    (lambda p: (p.folder, p.part, p.stem), lambda m: (m.folder, m.part, _bare(m, MASK_SUFFIXES))),
    (
        lambda p: (p.folder, p.part, _bare(p, PHOTO_SUFFIXES)),
        lambda m: (m.folder, m.part, _bare(m, MASK_SUFFIXES)),
    ),
    (lambda p: (p.folder, p.stem), lambda m: (m.folder, _bare(m, MASK_SUFFIXES))),
    (lambda p: _bare(p, PHOTO_SUFFIXES), lambda m: _bare(m, MASK_SUFFIXES)),
)
"""What a photo and its mask share, the strictest first."""

_LOOSE_KEY: _Key = (lambda p: (p.folder, _cut(p.stem)[0]), lambda m: (m.folder, _cut(m.stem)[0]))
"""Tried only where nothing else pairs a single photo, as for 01_test.tif and 01_manual1.gif."""
