"""Pictures that repeat a photo with its objects painted over in one colour: masks can be made of the two."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_closing, binary_fill_holes

from maskwright.datasets.image_folders.pairs.names import numbers
from maskwright.errors import DataError
from maskwright.findings.python_commands import python_command, python_text
from maskwright.imaging.photos import read_photo

PAIRS_LEAST, PAIRS_TRIED = 3, 4
SIDE_PX = 512
MIN_PAINTED_LEVELS = 60
"""Levels in a channel by which a pixel must differ from the photo to have been painted."""
MAX_REST_LEVELS = 12
"""Levels by which all other pixels may differ, in the median."""
MAX_COLOUR_LEVELS = 80
"""Levels in a channel by which painted pixels may vary around their colour."""
PAINTED_LEAST, PAINTED_MOST = 0.001, 0.6
ONE_COLOUR, STRONG_CHROMA = 0.6, 80
"""So much of what differs has one colour, and that is a strong one: people paint in red or yellow, and not in grey."""

SAVING = """\
from pathlib import Path
import numpy as np
from PIL import Image
{fill_import}root = Path({root})
for f in sorted(Path({pictures}).rglob("*")):
    if not f.is_file() or not f.stem.endswith({ending}):
        continue
    name = f.stem[: len(f.stem) - len({ending})]
    photo = next((p for p in sorted({photos}.glob("*")) if p.stem == name), None)
    if photo is None:
        continue
    a, b = (np.asarray(Image.open(p).convert("RGB")).astype(int) for p in (f, photo))
    if a.shape != b.shape:
        print("left out:", f, "is not of the size of", photo)
        continue
    new = root / "masks" / photo.relative_to(root).with_suffix(".png")
    new.parent.mkdir(parents=True, exist_ok=True)
    painted = (abs(a - b).max(2) > {different}) & (abs(a - {colour}).max(2) < {near})
{fill}    Image.fromarray(painted.astype("uint8") * 255).save(new)
"""
FILL_IMPORT = "from scipy.ndimage import binary_closing, binary_fill_holes\n"
FILL = """\
    filled = binary_fill_holes(binary_closing(painted, iterations={gap}))
    if filled.sum() < 1.2 * painted.sum():
        print("look at", f, "whose lines enclose nothing: they may be open")
    painted = filled
"""
GAP_PX = 2
"""Pixels of a line that the photo's own colours, or JPEG, may have swallowed."""
OUTLINED_LEAST = 1.5
"""So many times the painted pixels lie within closed lines, the lines included."""


@dataclass(frozen=True)
class PaintedObjects:
    """A picture, the photo that it repeats, the colour painted on, and what the names of such pictures end in.

    `outlines`: what is painted are closed lines around areas.
    """

    picture: Path
    photo: Path
    colour: tuple[int, int, int]
    ending: str
    count: int
    outlines: bool = False


def painted_objects(images: Sequence[Path]) -> PaintedObjects | None:
    """Return the first picture of those that repeat a photo of their folder, or of one other, with a colour on it."""
    by_kind: dict[tuple[object, ...], list[tuple[Path, Path]]] = defaultdict(list)
    for picture, photo in (*_pairs(images), *_pairs_of_folders(images)):
        apart = () if picture.parent == photo.parent else (picture.parent, photo.parent)
        by_kind[picture.stem[len(photo.stem) :], *apart].append((picture, photo))
    for pairs in by_kind.values():
        if len(pairs) < PAIRS_LEAST:
            continue
        painted = [one for pair in pairs[:PAIRS_TRIED] if (one := _painted(*pair)) is not None]
        if len(painted) == len(pairs[:PAIRS_TRIED]):
            picture, photo = pairs[0]
            ending, outlines = picture.stem[len(photo.stem) :], sum(one.encloses for one in painted)
            return PaintedObjects(picture, photo, painted[0].colour, ending, len(pairs), 2 * outlines > len(painted))
    return None


def saving_masks(found: PaintedObjects, root: Path) -> str:
    """Return the command that saves a mask of each such picture in masks/, named as the photo."""
    apart = found.picture.parent != found.photo.parent
    texts = {
        "root": python_text(root),
        "pictures": python_text(found.picture.parent if apart else root),
        "photos": f"Path({python_text(found.photo.parent)})" if apart else "f.parent",
        "ending": python_text(found.ending),
        "colour": list(found.colour),
        "fill_import": FILL_IMPORT if found.outlines else "",
        "fill": FILL.format(gap=GAP_PX) if found.outlines else "",
    }
    return python_command(SAVING.format(**texts, different=MIN_PAINTED_LEVELS, near=MAX_COLOUR_LEVELS))


def _pairs(images: Sequence[Path]) -> list[tuple[Path, Path]]:
    """Return pictures with the photo beside them whose name theirs begins with: `P1 - Kopie.jpg` and `P1.jpg`."""
    groups: dict[tuple[Path, tuple[int, ...]], list[Path]] = defaultdict(list)
    for image in images:
        groups[image.parent, numbers(image.stem)].append(image)
    two = [sorted(group, key=lambda path: len(path.stem)) for group in groups.values() if len(group) == 2]
    return [(picture, photo) for photo, picture in two if picture.stem.startswith(photo.stem) and picture != photo]


def _pairs_of_folders(images: Sequence[Path]) -> list[tuple[Path, Path]]:
    """Return pictures with the one photo of another folder whose name theirs is, or begins with."""
    groups: dict[tuple[int, ...], list[Path]] = defaultdict(list)
    for image in images:
        groups[numbers(image.stem)].append(image)
    two = [group for group in groups.values() if len(group) == 2 and group[0].parent != group[1].parent]
    both = [pair for one, other in two for pair in ((one, other), (other, one))]
    return [(picture, photo) for picture, photo in both if picture.stem.startswith(photo.stem)]


@dataclass(frozen=True)
class _Painted:
    """The colour painted on a photo, and whether it is that of closed lines around areas."""

    colour: tuple[int, int, int]
    encloses: bool


def _painted(picture_path: Path, photo_path: Path) -> _Painted | None:
    """Return what was painted on a photo; None where the two differ otherwise."""
    try:
        pixels = [read_photo(path, long_side_px=SIDE_PX).astype(np.int16) for path in (picture_path, photo_path)]
    except DataError:
        return None
    picture, photo = pixels
    if picture.shape != photo.shape:
        return None
    apart = np.abs(picture - photo).max(axis=2)
    painted = apart > MIN_PAINTED_LEVELS
    if not PAINTED_LEAST <= painted.mean() <= PAINTED_MOST or float(np.median(apart[~painted])) > MAX_REST_LEVELS:
        return None
    colour = _commonest(picture[painted])
    is_one = float((np.abs(picture[painted] - colour).max(axis=1) < MAX_COLOUR_LEVELS).mean()) >= ONE_COLOUR
    if not is_one or int(np.ptp(colour)) < STRONG_CHROMA:
        return None
    red, green, blue = (int(value) for value in colour)
    painted &= np.abs(picture - colour).max(axis=2) < MAX_COLOUR_LEVELS
    filled = binary_fill_holes(binary_closing(painted, iterations=GAP_PX))
    return _Painted((red, green, blue), bool(filled.sum() >= OUTLINED_LEAST * painted.sum()))


def _commonest(colours: NDArray[np.int16]) -> NDArray[np.int16]:
    """Return the middle of the colours that are most alike, by the upper three bits of each channel."""
    keys = [tuple(key) for key in (colours >> 5).tolist()]
    commonest = Counter(keys).most_common(1)[0][0]
    return np.asarray(np.median(colours[(colours >> 5 == commonest).all(axis=1)], axis=0).astype(np.int16))
