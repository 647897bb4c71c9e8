"""A finding about given parts that share pixels: tiles cut with overlap from one photo, and divided afterwards."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from maskwright.checks.scan import PhotoScan
from maskwright.datasets.compared_photos import Thumbnail
from maskwright.datasets.copies.picture_overlap import Overlap, Pieces, Values, overlap_of, prepared, shared_detail
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import Finding, make_finding, some

LOOKED_AT_MOST = 16
"""Held-out photos, spread evenly, that are compared with training photos: of divided tiles nearly each has a twin."""
COMPARED_MOST, NEAREST_BY_NAME = 400, 100
"""Each is compared with all training photos up to so many; else with those that are nearest in the order of names."""
FEWEST, LEAST_SHARE = 2, 0.2
NUMBERS_MOST = 3
FIRST_NUMBER, NEXT_NUMBER = r"[-_. ]+[A-Za-z]{0,6}[0-9]+", r"(?:[-_. ]+[A-Za-z]{0,6}|[A-Za-z]{1,6})[0-9]+"
"""What a name says last of a tile: numbers, each perhaps with a word, as in `_0120_0240`, `_r3c5` and `-tile12`."""


@dataclass(frozen=True)
class SharedPixels:
    """A held-out photo and a training photo that share pixels."""

    held_out: PhotoScan
    trained: PhotoScan
    overlap: Overlap


def overlap_findings(scans: Sequence[PhotoScan], root: Path) -> list[Finding]:
    """Return the finding that photos of different given parts are overlapping pieces of one picture."""
    able = sorted((s for s in scans if s.thumb is not None and s.part), key=lambda s: PurePosixPath(s.name).name)
    trained = [scan for scan in able if scan.part == "train"]
    held_out = spread_evenly([scan for scan in able if scan.part != "train"], LOOKED_AT_MOST)
    if len(held_out) < FEWEST or len(trained) < FEWEST:
        return []
    ready = _Training(trained)
    shared = [pair for scan in held_out if (pair := ready.shared_with(scan))]
    if len(shared) < max(FEWEST, LEAST_SHARE * len(held_out)):
        return []
    shown = some(
        f"{p.held_out.name} ({p.held_out.part}) ~ {p.trained.name} (train, {_place(p.overlap)})" for p in shared
    )
    text = f"{len(shared)} of {len(held_out)} held-out photos looked at share pixels with a training photo: {shown}"
    names = tuple(dict.fromkeys(name for p in shared for name in (p.held_out.name, p.trained.name)))
    return [_finding(text, names, shared, root)]


def _finding(text: str, names: tuple[str, ...], shared: Sequence[SharedPixels], root: Path) -> Finding:
    """Return the finding: with a script that groups tiles by name, where the names of all pairs tell their photo."""
    place = _place_in_names(shared)
    if not place:
        return make_finding("split-leak", text, photos=names, variant="pieces", values={"folder": root})
    values = {"place": place, "folder": root}
    return make_finding("split-leak", text, photos=names, variant="tiles", values=values)


class _Training:
    """Training photos in the order of their names; those that are compared are made ready once."""

    def __init__(self, scans: Sequence[PhotoScan]) -> None:
        self.scans = scans
        self.names = [PurePosixPath(scan.name).name for scan in scans]
        self.ready: tuple[slice, Values, Pieces] | None = None

    def shared_with(self, scan: PhotoScan) -> SharedPixels | None:
        """Return the training photo that shares most pixels with a held-out one, if one does."""
        near = self._near(PurePosixPath(scan.name).name)
        if self.ready is None or self.ready[0] != near:
            thumbs: list[Thumbnail] = [other.thumb for other in self.scans[near] if other.thumb is not None]
            view = shared_detail(thumbs)
            self.ready = near, view, prepared(thumbs, view)
        _, view, pieces = self.ready
        assert scan.thumb is not None
        best = overlap_of(prepared([scan.thumb], view), 0, pieces)
        return SharedPixels(scan, self.scans[near][best[0]], best[1]) if best else None

    def _near(self, name: str) -> slice:
        """Return which training photos a held-out one is compared with."""
        if len(self.scans) <= COMPARED_MOST:
            return slice(0, len(self.scans))
        place = bisect_left(self.names, name)
        return slice(max(0, place - NEAREST_BY_NAME // 2), place + NEAREST_BY_NAME // 2)


def _place(overlap: Overlap) -> str:
    moves = [
        f"{abs(share):.0%} of a {side} {way[share < 0]}"
        for share, side, way in (
            (overlap.down, "height", ("lower", "higher")),
            (overlap.right, "width", ("to the right", "to the left")),
        )
        if abs(share) > 0.02
    ]
    return " and ".join(moves)


def _place_in_names(shared: Sequence[SharedPixels]) -> str:
    """Return the pattern of what names add for a tile's place in its photo; "" where they do not tell the photo."""
    for count in range(1, NUMBERS_MOST + 1):
        pattern = FIRST_NUMBER + NEXT_NUMBER * (count - 1) + "$"
        photos = [{re.sub(pattern, "", PurePosixPath(s.name).stem) for s in (p.held_out, p.trained)} for p in shared]
        if all(len(of_pair) == 1 for of_pair in photos):
            return pattern if len(set().union(*photos)) > 1 else ""  # else all tiles would be one group
    return ""
