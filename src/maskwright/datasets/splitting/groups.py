"""Which photos belong together, so that no split divides them: copies, bursts, and groups given by hand."""

import csv
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path, PurePosixPath

from maskwright.datasets.copies.duplicates import duplicate_groups, photo_files, same_files
from maskwright.datasets.copies.union_find import union_groups
from maskwright.datasets.dataset import Dataset, Sample
from maskwright.errors import DataError
from maskwright.findings.finding import some
from maskwright.imaging.photos import open_photo

BURST_S = 10.0
EXIF_FOLDER = 0x8769
EXIF_TAKEN = 0x9003


@dataclass(frozen=True)
class Grouping:
    """Sample names divided into groups, groups and members in name order; `why` says what joined them."""

    groups: tuple[tuple[str, ...], ...]
    why: tuple[str, ...] = ()


def photo_groups(
    dataset: Dataset, *, groups: Path | None = None, on_photo: Callable[[], None] | None = None
) -> Grouping:
    """Return the annotated photos in the groups that a split keeps whole.

    The csv `groups` (photo,group), else the groups that the samples bring; photos without one are joined as
    copies, near copies and bursts. `on_photo` is called after each that is decoded for that. DataError where the csv
    does not fit the photos.
    """
    samples = sorted((s for s in dataset.samples if s.truth is not None), key=lambda s: s.name)
    given = read_groups(groups, dataset) if groups else {s.name: s.group for s in samples if s.group is not None}
    together: dict[str, list[str]] = {}
    for sample in samples:
        if sample.name in given:
            together.setdefault(given[sample.name], []).append(sample.name)
    others, why = _measured_groups(dataset, [s for s in samples if s.name not in given], on_photo)
    if together:
        photos, by = sum(map(len, together.values())), "" if groups else dataset.facts.groups_by
        named = f"{len(together)} groups by their {by}" if by else f"{len(together)} given groups"
        why = (f"{photos} photos are in {named}", *why)
    return Grouping(tuple(sorted([*others, *map(tuple, together.values())])), why)


def without_guessed_groups(dataset: Dataset) -> Dataset:
    """Return the dataset without the groups that were guessed from folders or names; given groups stay."""
    if not dataset.facts.groups_by:
        return dataset
    samples = tuple(replace(sample, group=None) for sample in dataset.samples)
    return replace(dataset, samples=samples, facts=replace(dataset.facts, groups_by=""))


def same_photos(dataset: Dataset) -> Grouping:
    """Return the photos that are byte for byte the same, whatever groups were given by hand."""
    return Grouping(same_files(photo_files(s for s in dataset.samples if s.truth is not None)))


def _measured_groups(
    dataset: Dataset, samples: list[Sample], on_photo: Callable[[], None] | None
) -> tuple[list[tuple[str, ...]], tuple[str, ...]]:
    if not samples:
        return [], ()
    names = {s.name for s in samples}
    copies = duplicate_groups(replace(dataset, samples=tuple(samples)), on_photo=on_photo)
    bursts = burst_pairs(samples)
    sure = [pair for group in copies.exact for pair in pairwise(group)]
    near = [(pair.first, pair.second) for pair in copies.near]
    groups, cut = union_groups(sorted(names), sure, [*bursts, *near], most=copies.most)
    joined = [group for group in groups if len(group) > 1]
    why = []
    if joined:
        why.append(f"{sum(map(len, joined))} photos are copies or bursts and stay together (groups: {len(joined)})")
    if cut:
        why.append(
            f"{cut} links between photos alike were cut, since a group may have {copies.most} photos at most; "
            "copies may be on both sides of a split: give a csv photo,group"
        )
    return groups, tuple(why)


def burst_pairs(samples: list[Sample]) -> list[tuple[str, str]]:
    """Return the pairs of photos of one folder that were taken one after the other within 10 s, by their EXIF times.

    Consecutive numbers in names are no burst by themselves: most datasets are simply numbered.
    """
    by_folder: dict[str, list[tuple[datetime, str]]] = {}
    for sample in samples:
        if (taken := taken_at(sample.photo)) is not None:
            by_folder.setdefault(sample.name.rpartition("/")[0], []).append((taken, sample.name))
    return [
        (name, following)
        for taken_names in by_folder.values()
        for (taken, name), (later, following) in pairwise(sorted(taken_names))
        if (later - taken).total_seconds() <= BURST_S
    ]


def taken_at(path: Path) -> datetime | None:
    """Return the EXIF time (DateTimeOriginal) of a photo, None where there is none."""
    try:
        with open_photo(path) as image:
            taken = image.getexif().get_ifd(EXIF_FOLDER).get(EXIF_TAKEN)
        return datetime.strptime(str(taken).strip("\x00 "), "%Y:%m:%d %H:%M:%S") if taken else None
    except (DataError, OSError, ValueError, SyntaxError, KeyError, TypeError):
        return None


def read_groups(path: Path, dataset: Dataset) -> dict[str, str]:
    """Return the group of every annotated photo by sample name, from a csv with the columns photo and group.

    A photo is named as in the dataset, or by its file name where that is unique. DataError says which line
    is wrong, or which photos have no group.
    """
    names = {s.name for s in dataset.samples}
    group_of: dict[str, str] = {}
    for line, photo, group in _group_lines(path):
        name = _sample_named(photo, names)
        if name is None and not (dataset.root / photo).exists():
            raise DataError(f"{path} line {line}: no photo {photo!r} in {dataset.root}; correct the name or remove it")
        if name is not None and group_of.setdefault(name, group) != group:
            raise DataError(f"{path} line {line}: {photo} is in group {group_of[name]!r} and {group!r}; keep one")
    bare = sorted(s.name for s in dataset.samples if s.truth is not None and s.name not in group_of)
    if bare:
        raise DataError(f"{path} gives no group to {some(bare)}; add a line photo,group for each")
    return group_of


def _group_lines(path: Path) -> list[tuple[int, str, str]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, skipinitialspace=True)
            columns = [(column or "").strip().lower() for column in reader.fieldnames or ()]
            reader.fieldnames = columns
            rows = [(reader.line_num, (r.get("photo") or "").strip(), (r.get("group") or "").strip()) for r in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"groups {path} cannot be read ({error}): give a csv with the columns photo,group") from error
    if not {"photo", "group"} <= set(columns):
        raise DataError(f"{path} has the columns {some(columns) or 'none'}: its first line must be photo,group")
    empty = next((line for line, photo, group in rows if not photo or not group), None)
    if empty is not None:
        raise DataError(f"{path} line {empty}: the photo or its group is empty; fill in both or remove the line")
    return rows


def _sample_named(photo: str, names: set[str]) -> str | None:
    photo = photo.replace("\\", "/").removeprefix("./")
    if photo in names:
        return photo
    alike = [name for name in names if PurePosixPath(name).name == PurePosixPath(photo).name]
    return alike[0] if len(alike) == 1 and "/" not in photo else None
