"""Healthy inputs that the fuzz damages: one tiny data set in every format that is written, and one tiny run."""

from pathlib import Path

import numpy as np
from PIL import Image

from maskwright.datasets.converting import WRITERS, convert
from maskwright.datasets.opening import open_dataset

SETTINGS = (
    *("net.weights=random", "net.decoder_channels=[32,16,16,8,8]", "optim.steps=3", "optim.batch=2"),
    *("optim.precision=32-true", "scale.crop_px=64", "scale.long_side_px=96"),
)
SIDE_PX = (48, 64)


def draw_photos(folder: Path, *, count: int = 3, seed: int = 0) -> Path:
    """Draw photos of SIDE_PX with one bright rectangle each, and their masks; return the folder."""
    rng = np.random.default_rng(seed)
    for part in ("images", "masks"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for index in range(count):
        photo = rng.integers(60, 120, (*SIDE_PX, 3), dtype=np.uint8)
        mask = np.zeros(SIDE_PX, np.uint8)
        top, left = rng.integers(4, 20, 2)
        mask[top : top + 18, left : left + 22] = 255
        photo[mask > 0] += 90
        Image.fromarray(photo).save(folder / "images" / f"{index}.png")
        Image.fromarray(mask).save(folder / "masks" / f"{index}.png")
    return folder


def draw_formats(folder: Path) -> list[Path]:
    """Write the drawn data set in every format, as arrays, and with photos of other types; return their folders."""
    drawn = draw_photos(folder / "folders")
    dataset = open_dataset(drawn)
    bases = [drawn]
    for name in WRITERS:
        convert(dataset, name, folder / name)
        bases.append(folder / name)
    arrays = _arrays(folder / "arrays", drawn)
    return [*bases, arrays, *(_as_type(folder / kind, drawn, kind) for kind in ("jpg", "tif", "bmp", "gif", "webp"))]


def _arrays(folder: Path, drawn: Path) -> Path:
    folder.mkdir()
    for name, part in (("X", "images"), ("Y", "masks")):
        arrays = [np.asarray(Image.open(path)) for path in sorted((drawn / part).iterdir())]
        np.save(folder / f"{name}.npy", np.stack(arrays))
    return folder


def _as_type(folder: Path, drawn: Path, kind: str) -> Path:
    for path in sorted(drawn.rglob("*.png")):
        to = folder / path.relative_to(drawn)
        to.parent.mkdir(parents=True, exist_ok=True)
        is_mask = to.parent.name == "masks"
        with Image.open(path) as image:
            image.save(to if is_mask else to.with_suffix(f".{kind}"))
    return folder
