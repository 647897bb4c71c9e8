"""Cutting huge images with their labels into tiles to train on: one window after another, each written in its place."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from maskwright.classes import IGNORE, Colour
from maskwright.datasets.formats.mask_writer import classes_csv
from maskwright.datasets.map_layers.in_image import in_size
from maskwright.errors import DataError
from maskwright.files import write_bytes, write_text, write_with
from maskwright.imaging.maps.large_windows import LargeScene, block_cache, large_scene, require_rows_fit
from maskwright.imaging.palette_png import palette_png
from maskwright.workflows.cut import account
from maskwright.workflows.cut.account import TileCounts
from maskwright.workflows.cut.grid import Spacing, Span, Tile, fitting_side, spans, tiles
from maskwright.workflows.cut.inputs import Pair, has_polygons, pairs_of
from maskwright.workflows.cut.polygon_masks import PolygonLabels
from maskwright.workflows.cut.raster_masks import RasterLabels
from maskwright.workflows.cut.sources import LabelChoice, Sources, overlapping_scenes, read_sources
from maskwright.workflows.cut.unfinished import (
    CLASSES,
    IMAGES,
    MASKS,
    ROWS,
    begin,
    done_or_made,
    finish,
    give_up,
    identity_of,
    require_place,
)
from maskwright.workflows.progress.screen import Screen, silent_screen

SIZE_PX = 1024
GAP_SHARE = 8
"""The gap between blocks is this part of a tile's side, where none is given."""


@dataclass(frozen=True)
class CutResult:
    """The sentences that account for all tiles and polygons, the tiles that were written, and their long side."""

    said: tuple[str, ...]
    tiles: int
    long_side_px: int


@dataclass
class _Work:
    """What all images of a command share: where tiles go, their spacing, the labels, and the account so far.

    `fates` has a number of `account` for each polygon of a file.
    """

    folder: Path
    spacing: Spacing
    sources: Sources
    several: bool
    counts: TileCounts = field(default_factory=TileCounts)
    fates: dict[Path, NDArray[np.int64]] = field(default_factory=dict)
    long_side_px: int = 0


def cut(
    scenes: Path,
    labels: Path,
    out: Path,
    *,
    size_px: int = SIZE_PX,
    gap_px: int | None = None,
    choice: LabelChoice | None = None,
    screen: Screen | None = None,
) -> CutResult:
    """Write an image, or a folder of them, as tiles with masks: images/, masks/ and classes.csv.

    Labels are polygons or rasters of class numbers. `gap_px` lies between blocks of tiles, an eighth of a tile where
    it is None. Memory does not grow with the images. A killed command goes on where it was. DataError for images and
    labels that do not fit together, ConfigError for an output that holds something else.
    """
    choice, shown = choice or LabelChoice(), screen or silent_screen()
    gap_px = size_px // GAP_SHARE if gap_px is None else gap_px
    pairs, said = pairs_of(scenes, labels)
    files = dict.fromkeys(path for pair in pairs for path in (pair.scene, pair.labels))
    inputs = [*files, *([choice.area] if choice.area else [])]
    identity = identity_of(inputs, (size_px, gap_px, choice))
    require_place(out, identity)
    with block_cache():
        for path in [path for path in files if not has_polygons(path)]:
            require_rows_fit(path, size_px)
        sources = read_sources(pairs, choice)
        spacing = _spacing(pairs, sources, size_px, gap_px)
        work = _Work(begin(out, identity), spacing, sources, several=len(pairs) > 1)
        overlaps = overlapping_scenes([pair.scene for pair in pairs])
        for sentence in (*said, *sources.numbering.said, *_assumed(pairs, sources), *overlaps):
            shown.tell(sentence)
        sentences = [_cut_one(pair, work, shown) for pair in pairs]
    if not work.counts.written:
        give_up(out)
        raise DataError(f"no tile holds labels. {'; '.join([*sentences, *_polygons(work)])}")
    write_text(work.folder / CLASSES, classes_csv(sources.numbering.classes))
    finish(work.folder, out)
    return CutResult((*sentences, *_polygons(work), *_totals(work)), work.counts.written, work.long_side_px)


def _spacing(pairs: Sequence[Pair], sources: Sources, size_px: int, gap_px: int) -> Spacing:
    """Return the spacing of tiles, with blocks of a size that gives enough of them."""
    sizes, boxes = [], []
    for pair in pairs:
        with large_scene(pair.scene) as scene:
            sizes.append(scene.size_hw)
            boxes.append(sources.labelled_boxes(pair, scene))
    side = fitting_side(sizes, boxes, Spacing(size_px, gap_px, 1))
    return Spacing(size_px, gap_px, side)


def _assumed(pairs: Sequence[Pair], sources: Sources) -> list[str]:
    """Return what is taken for background where nobody said what was annotated."""
    if not pairs[0].has_polygons or all(pair.labels in sources.areas for pair in pairs):
        return []
    return [
        "tiles that no polygon reaches into are left out; in the others, what no polygon covers is background: "
        "--area FILE gives the outlines of what was annotated"
    ]


def _cut_one(pair: Pair, work: _Work, shown: Screen) -> str:
    """Write the tiles of an image; return what became of them."""
    counts = TileCounts()
    with large_scene(pair.scene) as scene, work.sources.of(pair, scene) as (labels, said):
        for sentence in said:
            shown.tell(sentence)
        rows, columns = (spans(length, work.spacing) for length in scene.size_hw)
        step = shown.count(f"cutting {pair.scene.name}", len(rows))
        seen: set[int] = set()
        for number, row in enumerate(rows):
            make = partial(_cut_row, pair, scene, labels, row, columns, work)
            record = done_or_made(work.folder / ROWS / f"{pair.name}-{number:05}.json", make)
            seen |= set(account.seen_polygons(record))
            for total in (counts, work.counts):
                total.add(record)
            step()
        if isinstance(labels, PolygonLabels):
            _note_fates(pair, labels, seen, rows, columns, work)
        tile_hw = rows[0].length, columns[0].length
        work.long_side_px = max(work.long_side_px, *tile_hw)
        return account.tiles_said(pair.scene.name, scene.size_hw, tile_hw, counts)


def _cut_row(
    pair: Pair, scene: LargeScene, labels: PolygonLabels | RasterLabels, row: Span, columns: Sequence[Span], work: _Work
) -> dict[str, object]:
    """Write the tiles of one row of an image; return their record."""
    counts: Counter[str] = Counter()
    pixels: Counter[int] = Counter()
    blocks: set[str] = set()
    polygons: set[int] = set()
    for tile in tiles(row, columns):
        outcome, mask_pixels, seen = _cut_tile(pair, scene, labels, tile, work)
        counts[outcome] += 1
        pixels.update(mask_pixels)
        polygons |= seen
        if outcome == "written":
            blocks.add(f"{pair.name}/{tile.folder}")
    done = {name: counts[name] for name in ("written", "unlabelled", "empty")}
    return {**done, "pixels": pixels, "polygons": sorted(polygons), "blocks": sorted(blocks)}


def _cut_tile(
    pair: Pair, scene: LargeScene, labels: PolygonLabels | RasterLabels, tile: Tile, work: _Work
) -> tuple[str, dict[int, int], set[int]]:
    """Write a tile and its mask; return what became of it, its pixels by class id, and its polygons."""
    mask, polygons = labels.mask(tile.window)
    if (mask == IGNORE).all():
        return "unlabelled", {}, set()
    stored, valid = scene.read(tile.window)
    if valid is not None:
        mask[~valid] = IGNORE
        if polygons is not None:
            polygons[~valid] = -1
    if (mask == IGNORE).all() or (stored == stored[:, :1, :1]).all():
        return "empty", {}, set()
    folder = Path(pair.name, tile.folder) if work.several else Path(tile.folder)
    name = f"{pair.name}_x{tile.window.left:06}_y{tile.window.top:06}"
    colours: Sequence[Colour] = work.sources.numbering.classes.colours
    write_bytes(work.folder / MASKS / folder / f"{name}.png", palette_png(mask, colours))
    image = work.folder / IMAGES / folder / f"{name}.tif"
    write_with(image, lambda file: scene.write_tile(file, stored, tile.window))
    counts = np.bincount(mask.reshape(-1), minlength=256)
    seen = set() if polygons is None else set(np.flatnonzero(np.bincount(polygons[polygons >= 0])).tolist())
    return "written", {int(number): int(counts[number]) for number in np.flatnonzero(counts)}, seen


def _note_fates(
    pair: Pair, labels: PolygonLabels, seen: set[int], rows: Sequence[Span], columns: Sequence[Span], work: _Work
) -> None:
    """Note for each polygon whether it is in a mask, and if not, why."""
    boxes = labels.polygons.boxes
    fates = np.full(len(boxes), account.OUTSIDE, dtype=np.int64)
    fates[in_size(boxes, (rows[-1].stop, columns[-1].stop))] = account.BETWEEN
    down, across = (
        np.any([(boxes[:, axis + 2] > span.start) & (boxes[:, axis] < span.stop) for span in along], axis=0)
        for axis, along in ((1, rows), (0, columns))
    )
    fates[down & across] = account.UNSEEN
    fates[sorted(seen)] = account.SEEN
    known = work.fates.setdefault(pair.labels, fates)
    np.maximum(known, fates, out=known)


def _polygons(work: _Work) -> list[str]:
    """Return what became of the polygons, nothing where there are none."""
    if not work.fates:
        return []
    without_area = sum(layer.without_area for layer in work.sources.layers.values())
    return [account.polygons_said(np.concatenate(list(work.fates.values())), without_area)]


def _totals(work: _Work) -> list[str]:
    """Return the pixels of each class, the classes without any, and how tiles are grouped."""
    classes, spacing = work.sources.numbering.classes, work.spacing
    said = [account.classes_said(work.counts.pixels, classes)]
    absent = account.absent_classes(work.counts.pixels, classes)
    if absent:
        said.append(f"warning: no pixel of {', '.join(absent)} is in any tile")
    apart = f"{spacing.gap_px} px apart" if spacing.gap_px else "side by side: tiles of test and training may border"
    said.append(
        f"blocks: {len(work.counts.blocks)}, of {spacing.side} x {spacing.side} tiles at most, {apart}; a split keeps "
        "the tiles of a block together"
    )
    return said
