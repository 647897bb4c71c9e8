"""A finding about masks in which ids were added where objects overlap: 12 and 14 make 26 there, no class or another.

Objects 1 and 2 cross, and their overlap holds 3. Background comes near to the overlap at two corners alone (x), each
of them a wedge between the two outlines:

    1 1 1 1 x . . .
    1 1 1 3 2 2 2 .
    1 1 1 3 3 2 2 2
    1 1 1 1 3 2 2 2
    . 1 1 1 x . . .
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.classes import IGNORE
from maskwright.datasets.dataset import Dataset, Sample
from maskwright.datasets.mask_values.objects import raw_or_none
from maskwright.datasets.truth.mask_truth import MaskFile
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import Finding, make_finding, some
from maskwright.findings.python_commands import saving_beside
from maskwright.imaging.mask_geometry import Bools
from maskwright.imaging.mask_reader import COLOUR_BIT, RawMask

MAX_MASKS = 16
"""Masks that are looked at."""
MAX_PIECES = 60
"""Pieces of a value in one mask that are looked at."""
MIN_PIECE_PX = 9
"""Pixels below which a piece is a speck."""
MAX_VALUES = 60
"""Values of all masks above which they number objects, and are not looked at."""
MIN_BESIDE_SHARE = 0.1
"""Share of the pixels around a piece that a value must have to be beside it."""
MIN_BETWEEN_SHARE = 0.6
"""Share of the pixels around a piece that two values must have together for it to lie between them."""
MIN_EXPLAINED_SHARE = 0.8
"""Share of a value's pieces beside two values that must lie between two whose sum it is."""
MIN_PIECES = 5
"""Pieces that must lie between the two values whose sum they are, of all sums together."""
MIN_MASKS = 3
"""Masks that must hold such pieces."""
MIN_CORNERS = 2
"""Corners at which background comes near to the overlap where two outlines cross."""
MAX_CORNER_PX = 30
"""Pixels of background up to 2 px away from the overlap: at corners there are few."""
MIN_CROSSED_SHARE = 0.6
"""Share of the pieces that must lie where two outlines cross."""
WEDGE_PX = 6
"""Distance from a corner of the overlap up to which background is measured."""
MAX_WEDGE_SHARE = 0.57
"""Share of that square that background fills where two outlines cross. At the end of a seam in an object, or of a layer
between two others, it fills half and more."""
MIN_INSIDE_SHARE = 0.8
"""Share of the pixels around a piece that its half, or a larger sum, must have: two objects of one id overlap."""
MIN_DOUBLED = 6
"""Pieces of a doubled id that must lie so, where outlines cross."""
MIN_RATIO_AMONG_CLASSES = 4.0
"""How many times as often a value that is also a class must lie between its parts as between those of its
neighbours."""

SAVING = """\
import cv2, numpy as np
from pathlib import Path
for f in sorted(Path({root}).rglob({pattern})):
    if f.parent.name == {name}:
        out = f.parent.with_name({new}) / f.name
        out.parent.mkdir(exist_ok=True)
        m = cv2.imread(str(f), cv2.IMREAD_UNCHANGED)
        m[np.isin(m, {values})] = 255
        cv2.imwrite(str(out), m)
"""


@dataclass(frozen=True)
class _Piece:
    """A connected piece of a value: its mask, the pixels around it by value, and where background comes near to it.

    `background_corners` counts the separate corners of background within 2 px, `background_px` their pixels;
    `background_share` is the share of background around such a corner, in the median.
    """

    mask: int
    value: int
    counts_around: Mapping[int, int]
    background_corners: int
    background_px: int
    background_share: float

    @property
    def is_crossed(self) -> bool:
        """Whether background comes near at two corners alone, as a wedge, as where two outlines cross."""
        is_at_corners = self.background_corners >= MIN_CORNERS and self.background_px <= MAX_CORNER_PX
        return is_at_corners and self.background_share < MAX_WEDGE_SHARE

    def beside(self) -> list[int]:
        """Return the values of objects beside the piece."""
        total = sum(self.counts_around.values())
        return [
            value
            for value, count in self.counts_around.items()
            if 0 < value < IGNORE and count >= MIN_BESIDE_SHARE * total
        ]

    def is_between(self, first: int, second: int) -> bool:
        """Tell whether two values take up most of what is around the piece."""
        total = sum(self.counts_around.values())
        return self.counts_around.get(first, 0) + self.counts_around.get(second, 0) >= MIN_BETWEEN_SHARE * total


def summed_findings(dataset: Dataset) -> list[Finding]:
    """Return a finding where ids were added in overlaps; nothing for colours, shapes and masks of one value."""
    samples = [s for s in dataset.samples if isinstance(s.truth, MaskFile)]
    facts = dataset.facts.masks
    held = set() if facts is None else {value for mask in facts.files.values() for value in mask.counts}
    objects = {value for value in held if 0 < value < IGNORE}
    if not 2 <= len(objects) <= MAX_VALUES or max(held) >= COLOUR_BIT:
        return []
    chosen = spread_evenly([s.truth for s in samples if isinstance(s.truth, MaskFile)], MAX_MASKS)
    raws = [raw for file in chosen if (raw := raw_or_none(file)) is not None]
    pieces = [piece for number, raw in enumerate(raws) for piece in _pieces(number, raw)]
    sums = _sums_of_two(pieces) | _doubled(pieces)
    if not sums:
        return _among_classes(pieces)
    sums |= _larger_sums(pieces, sums, objects) if len(sums) > 1 else {}
    explained = [piece for piece in pieces if piece.value in sums]
    files = {} if facts is None else facts.files
    names = [s.name for s in samples if s.name in files and sums.keys() & set(files[s.name].counts)]
    shown = some([f"{a} + {b} = {value}" for value, (a, b) in sorted(sums.items())], most=8)
    text = (
        f"{shown}: {len(explained)} pieces of these values in {len({p.mask for p in explained})} masks lie between, or "
        f"inside of, the two whose sum they are; they are in {len(names)} masks"
    )
    return [make_finding("mask-sums", text, photos=names, values={"saving": _saving(sums, samples, dataset.root)})]


def _pieces(number: int, raw: RawMask) -> Iterator[_Piece]:
    """Yield the pieces of each value of a mask that are no specks."""
    ids = raw.astype(np.int32)
    for value in np.unique(ids).tolist():
        if not 0 < value < IGNORE:
            continue
        count, labels, stats, _ = cv2.connectedComponentsWithStats((ids == value).astype(np.uint8), connectivity=8)
        for label, (x, y, width, height, area) in enumerate(stats[1 : min(count, MAX_PIECES)].tolist(), start=1):
            if area < MIN_PIECE_PX:
                continue
            wide = 2 + WEDGE_PX
            box = np.s_[max(0, y - wide) : y + height + wide, max(0, x - wide) : x + width + wide]
            yield _piece(number, value, ids[box], labels[box] == label)


def _piece(number: int, value: int, ids: NDArray[np.int32], piece: Bools) -> _Piece:
    """Return what is around a piece, of ids in a box that is 8 px wider than the piece where the mask is."""
    plane = piece.astype(np.uint8)
    ring = (cv2.dilate(plane, np.ones((3, 3), np.uint8)) > 0) & ~piece
    near = (cv2.dilate(plane, np.ones((5, 5), np.uint8)) > 0) & (ids == 0)
    count, _, _, centres = cv2.connectedComponentsWithStats(near.astype(np.uint8), connectivity=8)
    corners = np.rint(centres[1:]).astype(int).tolist()
    shares = [float((_window(ids, x, y) == 0).mean()) for x, y in corners]
    share = float(np.median(shares)) if shares else 1.0
    return _Piece(number, value, Counter(ids[ring].tolist()), count - 1, int(near.sum()), share)


def _window(ids: NDArray[np.int32], x: int, y: int) -> NDArray[np.int32]:
    """Return the ids around a place, up to WEDGE_PX away."""
    return ids[max(0, y - WEDGE_PX) : y + WEDGE_PX + 1, max(0, x - WEDGE_PX) : x + WEDGE_PX + 1]


def _summands(piece: _Piece, off: int = 0) -> tuple[int, int] | None:
    """Return the two values beside a piece whose sum it is (`off` by so much); None where there are none."""
    beside = sorted(piece.beside())
    pairs = ((a, b) for a in beside for b in beside if a < b and a + b == piece.value + off)
    return next((pair for pair in pairs if piece.is_between(*pair)), None)


def _sums_of_two(pieces: Sequence[_Piece]) -> dict[int, tuple[int, int]]:
    """Return the values that lie between two others whose sum they are, wherever they lie between two."""
    between: defaultdict[int, list[tuple[_Piece, tuple[int, int] | None]]] = defaultdict(list)
    for piece in pieces:
        if len(piece.beside()) > 1:
            between[piece.value].append((piece, _summands(piece)))
    sums: dict[int, tuple[int, int]] = {}
    proof: list[_Piece] = []
    for value, own in between.items():
        explained = [(piece, parts) for piece, parts in own if parts is not None]
        if explained and len(explained) >= MIN_EXPLAINED_SHARE * len(own):
            sums[value] = Counter(parts for _, parts in explained).most_common(1)[0][0]
            proof += [piece for piece, _ in explained]
    sums = {value: parts for value, parts in sums.items() if not sums.keys() & set(parts)}
    proof = [piece for piece in proof if piece.value in sums]
    if len(proof) < MIN_PIECES or len({piece.mask for piece in proof}) < MIN_MASKS:
        return {}
    crossed = [piece for piece in proof if piece.is_crossed]
    return sums if len(sums) > 1 or len(crossed) >= MIN_CROSSED_SHARE * len(proof) else {}


def _larger_sums(
    pieces: Sequence[_Piece], sums: Mapping[int, tuple[int, int]], objects: set[int]
) -> dict[int, tuple[int, int]]:
    """Return the values above all classes that are sums with a value beside each of their pieces, as of three ids."""
    classes = {value for parts in sums.values() for value in parts}
    more: dict[int, tuple[int, int]] = {}
    for value in sorted(objects - sums.keys()):
        own = [piece for piece in pieces if piece.value == value]
        known = classes | sums.keys()
        pairs = [[p for p in piece.counts_around if value - p in known] for piece in own]
        pairs = pairs or [[p for p in sorted(classes) if value - p in known]]  # specks alone
        if value > max(classes) and all(pairs):
            first = pairs[0][0]
            more[value] = (min(first, value - first), max(first, value - first))
    return more


def _doubled(pieces: Sequence[_Piece]) -> dict[int, tuple[int, int]]:
    """Return the values of overlaps of two objects of one value: inside of its pieces, but for the ends."""
    sums = {}
    for value in {piece.value for piece in pieces if piece.value % 2 == 0}:
        own, half = [piece for piece in pieces if piece.value == value], value // 2
        crossed = [piece for piece in own if _is_inside(piece, half) and piece.is_crossed]
        several = len(crossed) >= MIN_DOUBLED and len({piece.mask for piece in crossed}) >= MIN_MASKS
        if several and len(crossed) >= MIN_CROSSED_SHARE * len(own):
            sums[value] = (half, half)
    return sums


def _is_inside(piece: _Piece, value: int) -> bool:
    """Tell whether a value, or overlaps of three and more, are around a piece."""
    inside = sum(count for other, count in piece.counts_around.items() if other == value or other > piece.value)
    return piece.counts_around.get(value, 0) > 0 and inside >= MIN_INSIDE_SHARE * sum(piece.counts_around.values())


def _among_classes(pieces: Sequence[_Piece]) -> list[Finding]:
    """Return the finding where sums are values of other classes: far more of them lie between their parts."""
    crossing = [piece for piece in pieces if len(piece.beside()) > 1]
    found, *others = (
        [(piece, parts) for piece in crossing if piece.is_crossed and (parts := _summands(piece, off))]
        for off in (0, -2, -1, 1, 2)
    )
    masks = {piece.mask for piece, _ in found}
    if (
        len(found) < 2 * MIN_PIECES
        or len(masks) <= MIN_MASKS
        or len(found) < MIN_RATIO_AMONG_CLASSES * max(1, *map(len, others))
    ):
        return []
    sums = Counter((*parts, piece.value) for piece, parts in found)
    shown = some([f"{a} + {b} = {value}" for (a, b, value), _ in sums.most_common()], most=8)
    text = (
        f"{len(found)} pieces in {len(masks)} of the masks that were looked at lie between two ids whose sum they are "
        f"({shown}), at most {max(map(len, others))} between two whose sum is 1 or 2 more or less"
    )
    return [make_finding("mask-sums", text, variant="classes")]


def _saving(sums: Collection[int], samples: Sequence[Sample], root: Path) -> str:
    """Return what saves masks without the sums, beside those that are there."""
    files = [sample.truth.path for sample in samples if isinstance(sample.truth, MaskFile)]
    code = SAVING.replace("{values}", str(sorted(sums)))
    found = saving_beside(code, files, [sample.photo for sample in samples], root=root, ending="_without_sums")
    if found is None:
        return f"`m[np.isin(m, {sorted(sums)})] = 255`, saved in a folder of their own, which --set data.masks chooses"
    command, new = found
    return f"`{command}`, and `--set data.masks={new}`"
