"""Tiles of maps with world files: which of them show the same ground, so that a split may not part them."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from maskwright.datasets.copies.union_find import union_groups
from maskwright.datasets.image_folders.inventory import ImageFile

LINES = 6
BYTES_MOST = 1000
MAX_SHARE = 0.5
"""Share of the tiles that one group may hold: with more there is nothing left to test on."""
GROUPS_LEAST = 3
GREAT_OVERLAP = 0.25
"""Share of a tile from which on an overlap joins tiles also where all of them hang together by smaller ones."""
OVERLAP_PX = 1.5
"""Pixels that two tiles must share in width and height; neighbours may meet in a row of pixels."""


@dataclass(frozen=True)
class _Tile:
    """The ground that a tile shows, in the map's units, and how wide and high its pixels are there."""

    name: str
    left: float
    low: float
    right: float
    high: float
    pixel: float


def overlapping_tiles(images: Mapping[str, ImageFile]) -> tuple[dict[str, str], str]:
    """Return the group of each image, by path below the root, and what is to be said of ground that they share still.

    Tiles that overlap, directly or through others, are one group; where that joins too many, those that overlap much.
    Both are empty where not all images have a world
    file, or none overlaps.
    """
    tiles = [_tile(name, file) for name, file in images.items() if _world_file(file.path) is not None]
    sound = [tile for tile in tiles if tile is not None]
    links = list(_overlaps(sound)) if len(sound) == len(images) else []
    if not links:
        return {}, ""
    for least in (0.0, GREAT_OVERLAP):
        strong = [(one, other) for one, other, share in links if share >= least]
        groups, _ = union_groups([tile.name for tile in sound], strong, most=len(sound))
        if strong and len(groups) >= GROUPS_LEAST and max(map(len, groups)) <= MAX_SHARE * len(sound):
            group_of = {name: group[0] for group in groups for name in group}
            return group_of, _left(links, group_of)
    return {}, (
        f"tiles overlap by their world files, as {links[0][0]} and {links[0][1]}, so that a split puts the same ground "
        "into two parts and scores flatter: cut them without overlap, or keep the tiles of one area together with "
        "--set split.groups=FILE"
    )


def _left(links: Sequence[tuple[str, str, float]], group_of: Mapping[str, str]) -> str:
    """Return a sentence on tiles of two groups that share a little ground; "" where there are none."""
    left = [share for one, other, share in links if group_of[one] != group_of[other]]
    if not left:
        return ""
    return f"{len(left)} pairs of tiles of two groups share up to {max(left):.0%} of their ground, by their world files"


def _world_file(path: Path) -> Path | None:
    """Return the world file of an image: a.tfw or a.tifw for a.tif, a.wld for all."""
    ending = path.suffix.lower().lstrip(".")
    endings = dict.fromkeys((f"{ending[:1]}{ending[-1:]}w", f"{ending}w", "wld"))
    places = (path.with_suffix(f".{other}") for other in endings)
    return next((place for place in places if place.is_file()), None)


def _tile(name: str, file: ImageFile) -> _Tile | None:
    """Return the ground of an image by its world file; None for turned ones, and where it cannot be read."""
    world = _world_file(file.path)
    if world is None or file.header is None or world.stat().st_size > BYTES_MOST:
        return None
    try:
        numbers = [float(line.replace(",", ".")) for line in world.read_text("latin-1").split()]
    except ValueError:
        return None
    if len(numbers) != LINES or not all(map(math.isfinite, numbers)) or numbers[1] or numbers[2] or not numbers[0]:
        return None
    wide, _, _, high, x, y = numbers
    rows, columns = file.header.size_hw
    sides_x, sides_y = (sorted((x, x + wide * columns)), sorted((y, y + high * rows)))
    return _Tile(name, sides_x[0], sides_y[0], sides_x[1], sides_y[1], max(abs(wide), abs(high)))


def _overlaps(tiles: Sequence[_Tile]) -> Iterator[tuple[str, str, float]]:
    """Yield two tiles that show the same ground, and which share of the smaller one that is, from left to right."""
    open_tiles: list[_Tile] = []
    for tile in sorted(tiles, key=lambda tile: (tile.left, tile.name)):
        open_tiles = [other for other in open_tiles if other.right - tile.left > OVERLAP_PX * tile.pixel]
        yield from _beside(tile, open_tiles)
        open_tiles.append(tile)


def _beside(tile: _Tile, others: Iterable[_Tile]) -> Iterator[tuple[str, str, float]]:
    for other in others:
        wide = min(tile.right, other.right) - tile.left
        high = min(tile.high, other.high) - max(tile.low, other.low)
        if high > OVERLAP_PX * tile.pixel:
            yield other.name, tile.name, wide * high / min(_area(tile), _area(other))


def _area(tile: _Tile) -> float:
    return (tile.right - tile.left) * (tile.high - tile.low)
