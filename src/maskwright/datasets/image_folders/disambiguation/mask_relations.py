"""How two kinds of masks of the same photos relate: the same regions, finer ones, apart, alike, or a field of view."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.classes import IGNORE
from maskwright.datasets.image_folders.disambiguation.mask_kinds import MaskKind
from maskwright.datasets.image_folders.image_roles import FolderImage
from maskwright.errors import DataError
from maskwright.imaging.decoders.stored_pixels import Page
from maskwright.imaging.mask_geometry import component_areas
from maskwright.imaging.mask_reader import COLOUR_BIT, read_raw_mask

Relation = Literal["same", "finer", "coarser", "apart", "within", "around", "alike", "other"]
"""What the first kind is to the second."""

MAX_SAMPLE = 6
"""Photos with several kinds of masks that are looked at."""
MIN_OF_A_KIND = 2
"""Photos that are added for a kind that none of these shows."""
MAX_CHOSEN = 24
"""Photos that are looked at in all."""
PIXELS_MOST = 250_000
MIN_DETERMINED_SHARE = 0.995
"""Share of the pixels of each value of a mask that must have one value in the other mask: the first tells the
second."""
MIN_REGION_SHARE = 0.5
"""Share of each region of the other mask that must follow so: two small regions apart agree on the background alone."""
MIN_REGION_PX = 16
"""Pixels below which a region need not follow."""
MAX_APART_SHARE = 0.02
"""Share of the smaller object up to which two kinds lie apart."""
MIN_INSIDE_SHARE = 0.98
"""Share of an object that must lie in the other one to be inside of it."""
MIN_ALIKE_IOU = 0.5
"""IoU from which on two kinds are much alike."""
BORDER_REACH_PX = 2
"""Pixels within which a drawn border lies on the edge of a region."""
MIN_ON_BORDER_SHARE = 0.95
"""Share of the border that must lie on edges, and of the edges that must lie on the border."""
MIN_REGION_RATIO = 2.0
"""How many times as large as its border a region must be."""
MIN_VIEW_SHARE = 0.25
"""Share of each photo that a field of view covers."""
MIN_VIEW_IOU = 0.9
"""IoU of the fields of view of two photos."""
MIN_VIEWS = 2
"""Photos that must show a field of view."""
VIEW_SIZE_HW = (64, 64)
ONE_PIECE = 0.9
LARGE, SMALL_MOST = 1000, 65_535
Planes = Mapping[MaskKind, NDArray[np.int64]]


@dataclass(frozen=True)
class KindFacts:
    """What was seen of one kind of masks in some photos: how many photos have it, its values, and its pieces.

    `values` are the distinct values of all files, `one_piece` the share of values that are one connected piece in
    their file, `coloured` whether values are colours. `numbered`: they are 1 to N in most files, and N differs.
    """

    photos: int
    values: int
    highest: int
    one_piece: float
    coloured: bool
    numbered: bool

    @property
    def is_binary(self) -> bool:
        """Tell whether the masks part object and background alone."""
        return self.values <= 2


def sampled(
    photos: Mapping[str, Mapping[MaskKind, Sequence[FolderImage]]], kinds: Sequence[MaskKind]
) -> list[dict[MaskKind, NDArray[np.int64]]]:
    """Return the masks of some photos that have most of the kinds, each at one size and thinned, several as a union.

    Each kind is among them, the commonest first, in 24 photos at most.
    """
    order = sorted(photos, key=lambda photo: -sum(kind in photos[photo] for kind in kinds))
    several = [photo for photo in order if sum(kind in photos[photo] for kind in kinds) > 1]
    step = max(1, len(several) // MAX_SAMPLE)
    chosen = several[::step][:MAX_SAMPLE]
    for kind in sorted(kinds, key=lambda kind: -sum(kind in masks for masks in photos.values())):
        if not any(kind in photos[photo] for photo in chosen):
            with_kind = [photo for photo in order if kind in photos[photo]]
            chosen += with_kind[:MIN_OF_A_KIND]
    return [_planes(photos[photo], kinds) for photo in chosen[:MAX_CHOSEN]]


def _planes(
    masks: Mapping[MaskKind, Sequence[FolderImage]], kinds: Sequence[MaskKind]
) -> dict[MaskKind, NDArray[np.int64]]:
    planes: dict[MaskKind, NDArray[np.int64]] = {}
    for kind in kinds:
        read = [plane for mask in masks.get(kind, ()) if (plane := read_plane(mask)) is not None]
        if read:
            same = [plane for plane in read if plane.shape == read[0].shape]
            planes[kind] = np.maximum.reduce(same)
    if not planes:
        return planes
    height = min(plane.shape[0] for plane in planes.values())
    width = min(plane.shape[1] for plane in planes.values())
    scale = max(1.0, (height * width / PIXELS_MOST) ** 0.5)
    size = (max(1, int(height / scale)), max(1, int(width / scale)))
    return {kind: _thinned(plane, size) for kind, plane in planes.items()}


def read_plane(mask: FolderImage) -> NDArray[np.int64] | None:
    """Return the stored values of a mask; None where it cannot be read."""
    header = mask.file.header
    page = Page(header.pages // 2) if header is not None and header.pages > 1 else None
    try:
        return read_raw_mask(mask.file.path, page=page).astype(np.int64)
    except DataError:
        return None


def _thinned(plane: NDArray[np.int64], size_hw: tuple[int, int]) -> NDArray[np.int64]:
    rows = np.linspace(0, plane.shape[0] - 1, size_hw[0]).round().astype(int)
    columns = np.linspace(0, plane.shape[1] - 1, size_hw[1]).round().astype(int)
    return np.asarray(plane[rows][:, columns])


def facts_of(kind: MaskKind, samples: Sequence[Planes], photos: int) -> KindFacts:
    """Return what the samples show of one kind."""
    planes = [planes[kind] for planes in samples if kind in planes]
    values = np.unique(np.concatenate([np.unique(plane) for plane in planes])) if planes else np.zeros(0, np.int64)
    coloured = bool((values >= COLOUR_BIT).any())
    highest = int(values.max(initial=0))
    return KindFacts(photos, len(values), highest, _one_piece(planes), coloured, _is_numbered(planes))


def _is_numbered(planes: Sequence[NDArray[np.int64]]) -> bool:
    """Tell whether values run from 1 to N in most files, or are colours or large, and N differs by file."""
    held = [[int(value) for value in np.unique(plane) if value not in (0, IGNORE)] for plane in planes]
    held = [values for values in held if values]
    in_a_row = sum(values == list(range(1, len(values) + 1)) or values[-1] >= LARGE for values in held)
    return len({len(values) for values in held}) > 1 and in_a_row >= ONE_PIECE * len(held)


def _one_piece(planes: Sequence[NDArray[np.int64]]) -> float:
    """Return the share of values, 0 left out, whose pixels are one connected piece in their file, dust left out."""
    pieces, single = 0, 0
    for plane in planes:
        for value in np.unique(plane)[:64]:
            if value != 0:
                areas = component_areas(plane == value)
                pieces += 1
                single += int(areas.max(initial=0) >= ONE_PIECE * areas.sum())
    return single / pieces if pieces else 0.0


def relation_of(first: MaskKind, second: MaskKind, samples: Sequence[Planes]) -> Relation:
    """Return what the first kind is to the second, over all samples that hold both."""
    pairs = [(planes[first], planes[second]) for planes in samples if first in planes and second in planes]
    if not any(np.ptp(one) or np.ptp(other) for one, other in pairs):
        return "other"
    shown = [(one, other) for one, other in pairs if np.ptp(one) and np.ptp(other)]
    if not shown:
        return "apart"
    tells_second = all(_determines(one, other) for one, other in shown)
    tells_first = all(_determines(other, one) for one, other in shown)
    if tells_first and tells_second:
        return "same"
    if tells_second or tells_first:
        return "finer" if tells_second else "coarser"
    return _overlap(shown)


def _determines(first: NDArray[np.int64], second: NDArray[np.int64]) -> bool:
    """Tell whether nearly all pixels of each value of the one mask have one value in the other."""
    ids, others = _ids(first), _ids(second)
    table = np.zeros((int(ids.max()) + 1, int(others.max()) + 1), dtype=np.int64)
    np.add.at(table, (ids.ravel(), others.ravel()), 1)
    told = np.zeros(table.shape[1], dtype=np.int64)
    np.add.at(told, table.argmax(axis=1), table.max(axis=1))
    sizes = table.sum(axis=0)
    are_found = (told >= MIN_REGION_SHARE * sizes) | (sizes < MIN_REGION_PX)
    return bool((table.max(axis=1) >= MIN_DETERMINED_SHARE * table.sum(axis=1)).all() and are_found.all())


def _ids(plane: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the values of a mask numbered from 0 in ascending order; small ones by a table, which needs no sorting."""
    if int(plane.min()) < 0 or int(plane.max()) > SMALL_MOST:
        return np.unique(plane, return_inverse=True)[1]
    present = np.bincount(plane.ravel()) > 0
    return np.asarray((np.cumsum(present) - 1)[plane])


def _overlap(pairs: Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]]) -> Relation:
    both = one_alone = other_alone = 0
    for first, second in pairs:
        a, b = foreground(first), foreground(second)
        both += int((a & b).sum())
        one_alone += int((a & ~b).sum())
        other_alone += int((~a & b).sum())
    smaller = both + min(one_alone, other_alone)
    if both <= MAX_APART_SHARE * smaller:
        return "apart"
    if both >= MIN_INSIDE_SHARE * smaller:
        return "within" if one_alone < other_alone else "around"
    return "alike" if both >= MIN_ALIKE_IOU * (both + one_alone + other_alone) else "other"


def agreement(first: MaskKind, second: MaskKind, samples: Sequence[Planes]) -> float:
    """Return the IoU of the objects of two kinds, over all samples that hold both."""
    pairs = [(foreground(p[first]), foreground(p[second])) for p in samples if first in p and second in p]
    both, either = (sum(int(way(*pair).sum()) for pair in pairs) for way in (np.logical_and, np.logical_or))
    return both / max(1, either)


def foreground(plane: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return the pixels of objects: all but the value 0, or the lowest value where 0 is absent and there are others."""
    lowest = int(plane.min())
    return np.asarray(plane != (0 if lowest <= 0 or lowest == plane.max() else lowest))


def are_borders(first: MaskKind, second: MaskKind, samples: Sequence[Planes]) -> bool:
    """Tell whether the first kind draws nothing but the borders of the regions of the second."""
    pairs = [(foreground(p[first]), foreground(p[second])) for p in samples if first in p and second in p]
    shown = [(line, region) for line, region in pairs if line.any() and region.any()]
    return bool(shown) and all(_is_border(line, region) for line, region in shown)


def _is_border(line: NDArray[np.bool_], region: NDArray[np.bool_]) -> bool:
    if MIN_REGION_RATIO * line.sum() > region.sum():
        return False
    reach = np.ones((2 * BORDER_REACH_PX + 1,) * 2, np.uint8)
    edges = cv2.morphologyEx(region.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    near_edges, near_line = (cv2.dilate(mask.astype(np.uint8), reach) > 0 for mask in (edges, line))
    return bool(near_edges[line].mean() >= MIN_ON_BORDER_SHARE and near_line[edges].mean() >= MIN_ON_BORDER_SHARE)


def is_field_of_view(kind: MaskKind, kinds: Sequence[MaskKind], samples: Sequence[Planes]) -> bool:
    """Tell whether a kind is one large region, nearly the same in all photos, that holds every object of the others."""
    planes = [planes[kind] for planes in samples if kind in planes]
    if len(planes) < MIN_VIEWS or any(len(np.unique(plane)) > 2 for plane in planes):
        return False
    views = [_thinned(foreground(plane).astype(np.int64), VIEW_SIZE_HW) > 0 for plane in planes]
    if min(float(view.mean()) for view in views) < MIN_VIEW_SHARE:
        return False
    alike = min(float((views[0] & view).sum() / (views[0] | view).sum()) for view in views[1:])
    return alike >= MIN_VIEW_IOU and _holds_all(kind, kinds, samples)


def _holds_all(kind: MaskKind, kinds: Sequence[MaskKind], samples: Sequence[Planes]) -> bool:
    inside = total = 0
    for planes in samples:
        for other in kinds:
            if other != kind and other in planes and kind in planes:
                objects = foreground(planes[other])
                total += int(objects.sum())
                inside += int((objects & foreground(planes[kind])).sum())
    return total > 0 and inside >= MIN_INSIDE_SHARE * total


def describe(facts: KindFacts, relation: str) -> str:
    """Return what is said of a kind of masks when a person has to choose: its values, and how it relates."""
    values = "colours" if facts.coloured else "values"
    return f"{facts.values} {values} in {facts.photos} photos" + (f", {relation}" if relation else "")
