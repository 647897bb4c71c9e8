"""Pictures that repeat a photo with its objects painted over in one colour: masks can be made of the two."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

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
root = Path({root})
for f in sorted(root.rglob("*")):
    if not f.is_file() or not f.stem.endswith({ending}):
        continue
    name = f.stem[: -len({ending})]
    photo = next((p for p in sorted(f.parent.glob("*")) if p.stem == name), None)
    if photo is None:
        continue
    a, b = (np.asarray(Image.open(p).convert("RGB")).astype(int) for p in (f, photo))
    if a.shape != b.shape:
        print("left out:", f, "is not of the size of", photo)
        continue
    new = root / "masks" / f.relative_to(root).with_name(name + ".png")
    new.parent.mkdir(parents=True, exist_ok=True)
    painted = (abs(a - b).max(2) > {different}) & (abs(a - {colour}).max(2) < {near})
    Image.fromarray(painted.astype("uint8") * 255).save(new)
"""


@dataclass(frozen=True)
class PaintedObjects:
    """A picture, the photo that it repeats, the colour painted on, and what the names of such pictures end in."""

    picture: Path
    photo: Path
    colour: tuple[int, int, int]
    ending: str
    count: int


def painted_objects(images: Sequence[Path]) -> PaintedObjects | None:
    """Return the first picture of those that repeat a photo of their folder, with one colour painted on."""
    by_ending: dict[str, list[tuple[Path, Path]]] = defaultdict(list)
    for picture, photo in _pairs(images):
        by_ending[picture.stem[len(photo.stem) :]].append((picture, photo))
    for ending, pairs in by_ending.items():
        if len(pairs) < PAIRS_LEAST:
            continue
        colours = [_painted_colour(*pair) for pair in pairs[:PAIRS_TRIED]]
        first = colours[0]
        if first is not None and all(colour is not None for colour in colours):
            return PaintedObjects(*pairs[0], first, ending, len(pairs))
    return None


def saving_masks(found: PaintedObjects, root: Path) -> str:
    """Return the command that saves a mask of each such picture in masks/, named as the photo."""
    texts = {"root": python_text(root), "ending": python_text(found.ending), "colour": list(found.colour)}
    return python_command(SAVING.format(**texts, different=MIN_PAINTED_LEVELS, near=MAX_COLOUR_LEVELS))


def _pairs(images: Sequence[Path]) -> list[tuple[Path, Path]]:
    """Return pictures with the photo beside them whose name theirs begins with: `P1 - Kopie.jpg` and `P1.jpg`."""
    groups: dict[tuple[Path, tuple[int, ...]], list[Path]] = defaultdict(list)
    for image in images:
        groups[image.parent, numbers(image.stem)].append(image)
    two = [sorted(group, key=lambda path: len(path.stem)) for group in groups.values() if len(group) == 2]
    return [(picture, photo) for photo, picture in two if picture.stem.startswith(photo.stem) and picture != photo]


def _painted_colour(picture_path: Path, photo_path: Path) -> tuple[int, int, int] | None:
    """Return the colour painted on a photo; None where the two differ otherwise."""
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
    return red, green, blue


def _commonest(colours: NDArray[np.int16]) -> NDArray[np.int16]:
    """Return the middle of the colours that are most alike, by the upper three bits of each channel."""
    keys = [tuple(key) for key in (colours >> 5).tolist()]
    commonest = Counter(keys).most_common(1)[0][0]
    return np.asarray(np.median(colours[(colours >> 5 == commonest).all(axis=1)], axis=0).astype(np.int16))
