"""Pictures that are no photo each: bands in files of their own, and two times of one place. What joins them is said."""

import re
from collections.abc import Sequence
from pathlib import Path
from shlex import quote

from maskwright.datasets.image_folders.image_roles import FolderImage
from maskwright.datasets.image_folders.pairs.pairing import Match
from maskwright.errors import DataError
from maskwright.findings.python_commands import python_command, python_text

COLOURS = ("blue", "green", "red")
BANDS = frozenset([*COLOURS, "nir", "swir", "rededge", "pan", "thermal"])
TIMES = (
    ("a", "b"),
    *(("t1", "t2"), ("im1", "im2"), ("img1", "img2"), ("image1", "image2"), ("time1", "time2")),
    *(("before", "after"), ("pre", "post")),
)
JOINING = """\
import cv2, numpy as np, re
from pathlib import Path
root = Path({root})
for f in sorted(root.rglob("*")):
    below = f.relative_to(root).as_posix()
    named = [re.sub({word}, name, below) for name in {names}]
    files = [root / name for name in named[:-1]]
    if named[-1] != below and f.is_file() and all(file.is_file() for file in files):
        out = (root / named[-1]).with_suffix(".png")
        out.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(out), np.dstack([cv2.imread(str(file), {flag}) for file in files]))
"""


def refuse_bands_apart(matches: Sequence[Match], root: Path) -> None:
    """Raise DataError where the pictures of a mask are bands of one photo in a file each, red, green and blue."""
    several = [match for match in matches if len(match.photos) > 1]
    each = [_called(match.photos) for match in several]
    if not several or not all(called.keys() >= set(COLOURS) for called in each):
        return
    files = each[0]
    words = [_spelled(files[name], name) for name in COLOURS]
    folder = files["red"].file.folder[-1] if files["red"].file.folder else ""
    joined = re.sub(_whole(words[-1]), "joined", folder)
    ways = [f"--set {quote(f'data.photo_folder={photo.file.folder[-1]}')}" for photo in files.values() if folder]
    alone = f"; or take one band alone, as grey photos: {' or '.join(ways)}" if len(set(ways)) == len(files) else ""
    command = _joining(root, words[-1], [*words, "joined"], "cv2.IMREAD_UNCHANGED")
    raise DataError(
        f"{root}: the bands {', '.join(sorted(files))} of a photo lie in files of their own, as {files['red'].below}: "
        f"join red, green and blue with `{command}`, and choose --set {quote(f'data.photo_folder={joined}')}{alone}"
    )


def of_two_times(photos: Sequence[FolderImage], root: Path) -> str:
    """Return what is said where two pictures of a mask are called by two times of one place; else ""."""
    folders = {photo.file.folder[-1].casefold(): photo for photo in photos if photo.file.folder}
    pair = next((pair for pair in TIMES if set(pair) == set(folders)), None)
    if pair is None or len(photos) != len(folders):
        return ""
    first, second = (folders[name].file.folder[-1] for name in pair)
    joined = f"{first}{second}"
    command = _joining(root, first, [second, second, first, joined], "cv2.IMREAD_GRAYSCALE")
    return (
        f". But if masks mark what changed from one to the other, neither alone shows it: join both with `{command}`, "
        f"red from {first} and the rest from {second}, and choose --set {quote(f'data.photo_folder={joined}')}"
    )


def _called(photos: Sequence[FolderImage]) -> dict[str, FolderImage]:
    """Return pictures of one channel by the band that their folder or name speaks of; none where one does not."""
    called: dict[str, FolderImage] = {}
    for photo in photos:
        words = [word for word in re.findall(r"[a-z]+", photo.below.rpartition(".")[0].casefold()) if word in BANDS]
        if photo.file.header is None or photo.file.header.bands != 1 or len(set(words)) != 1 or words[0] in called:
            return {}
        called[words[0]] = photo
    return called


def _spelled(photo: FolderImage, word: str) -> str:
    """Return a word as the path of a picture spells it."""
    found = re.search(_whole(word), photo.below, re.IGNORECASE)
    return found[0] if found else word


def _whole(word: str) -> str:
    return rf"(?<![A-Za-z]){word}(?![A-Za-z])"


def _joining(root: Path, word: str, names: Sequence[str], flag: str) -> str:
    """Return the command that joins files, blue first, named like the one with `word`, into a PNG of the last name."""
    listed = f"[{', '.join(map(python_text, names))}]"
    return python_command(
        JOINING.format(root=python_text(root), word=python_text(_whole(word)), names=listed, flag=flag)
    )
