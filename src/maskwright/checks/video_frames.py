"""A finding about frames of one video that were divided one by one: held-out frames lie between training frames."""

import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from maskwright.checks.scan import PhotoScan
from maskwright.datasets.copies.near_copies import detail_of
from maskwright.findings.finding import Finding, make_finding, some

MIN_PHOTOS = 12
"""Photos that a series of numbered names must have."""
MIN_DISTINCT_SHARE = 0.9
"""Share of its photos that must have a number of their own: folders of folds hold each photo once more."""
MIN_HELD_OUT = 3
"""Held-out frames that must lie between training frames."""
MAX_COMPARED = 120
"""Frames that are compared with each other."""
MIN_BETWEEN_SHARE = 0.6
"""Share of the held-out frames that must have a training frame on both sides."""
MAX_GAP = 2.5
"""How far away that frame may be, in usual gaps between the numbers."""
MIN_FAR_SHARE = 0.33
"""Frames that lie this share of the video apart are far."""
MIN_NEIGHBOUR_CORRELATION = 0.06
"""Correlation of neighbours, without what all frames share. Frames of videos reach 0.075 to 0.2, photos of one kind
with numbers -0.04 to 0.05."""
MIN_STANDARD_ERRORS = 4.0
"""Standard errors by which neighbours must correlate more than far frames do."""
MIN_ALIKE_SHARE = 0.75
"""Share of the frames whose neighbours must correlate more than far frames do in the median. Videos have 0.82 to 1,
photos of one kind 0.3 to 0.63."""


def frame_findings(scans: Sequence[PhotoScan], root: Path) -> list[Finding]:
    """Return that held-out photos are frames of a film between frames that train; nothing where no parts are given."""
    series: dict[str, list[tuple[int, PhotoScan]]] = {}
    for scan in scans:
        stem = PurePosixPath(scan.name).stem
        number = re.search(r"(\d+)\D*$", stem)
        if number and scan.part is not None and scan.thumb is not None:
            series.setdefault(stem[: number.start()], []).append((int(number[1]), scan))
    for name, frames in series.items():
        ordered = sorted(frames, key=lambda frame: frame[0])
        between = _between(ordered)
        held_out = sum(scan.part != "train" for _, scan in ordered)
        is_one_series = len({number for number, _ in ordered}) >= MIN_DISTINCT_SHARE * len(ordered)
        enough = (
            is_one_series
            and len(ordered) >= MIN_PHOTOS
            and len(between) >= max(MIN_HELD_OUT, MIN_BETWEEN_SHARE * held_out)
        )
        if enough and _is_film(ordered[:MAX_COMPARED]):
            text = _text(name, ordered, between)
            return [make_finding("split-leak", text, variant="frames", photos=list(between), values={"folder": root})]
    return []


def _between(ordered: Sequence[tuple[int, PhotoScan]]) -> dict[str, tuple[str, str]]:
    """Return the held-out frames whose nearest frames that train come right before and right after, with these."""
    usual = float(np.median(np.diff([number for number, _ in ordered]))) if len(ordered) > 1 else 0.0
    found = {}
    for place, (number, scan) in enumerate(ordered):
        if scan.part == "train":
            continue
        before = next((f for f in reversed(ordered[:place]) if f[1].part == "train"), None)
        after = next((f for f in ordered[place + 1 :] if f[1].part == "train"), None)
        if before and after and max(number - before[0], after[0] - number) <= MAX_GAP * max(usual, 1):
            found[scan.name] = (before[1].name, after[1].name)
    return found


def _is_film(ordered: Sequence[tuple[int, PhotoScan]]) -> bool:
    """Tell whether photos with neighbouring numbers are more alike than those with numbers far apart."""
    details = np.stack([detail_of(scan.thumb) for _, scan in ordered if scan.thumb is not None]).astype(np.float64)
    alike = _correlations((details - np.median(details, axis=0)).reshape(len(details), -1))
    count = len(alike)
    apart = np.abs(np.arange(count)[:, None] - np.arange(count)[None])
    is_far = apart > MIN_FAR_SHARE * count
    near, far = np.diag(alike, 1), alike[is_far]
    error = float(far.std()) / np.sqrt(len(near))
    wins = [alike[i, i + 1] > np.median(alike[i, is_far[i]]) for i in range(count - 1) if is_far[i].any()]
    certain = near.mean() - far.mean() >= MIN_STANDARD_ERRORS * error
    return bool(near.mean() >= MIN_NEIGHBOUR_CORRELATION and certain and np.mean(wins) >= MIN_ALIKE_SHARE)


def _correlations(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    centred = rows - rows.mean(axis=1, keepdims=True)
    scaled = centred / (np.linalg.norm(centred, axis=1, keepdims=True) + 1e-9)
    return np.asarray(scaled @ scaled.T)


def _text(name: str, ordered: Sequence[tuple[int, PhotoScan]], between: dict[str, tuple[str, str]]) -> str:
    held_out = sum(scan.part != "train" for _, scan in ordered)
    shown = some([f"{held} between {before} and {after}" for held, (before, after) in between.items()], most=2)
    return (
        f"{len(between)} of {held_out} held-out photos of the series {name or 'of numbers'} lie between two training "
        f"photos, and neighbours in it are more alike than photos far apart: {shown}"
    )
