"""Small drawn datasets for the tests of checks and splits."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from maskwright.classes import class_table
from maskwright.datasets.dataset import Dataset, Sample
from maskwright.datasets.part_names import PartName
from maskwright.datasets.truth.mask_truth import MaskFile
from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.mask_reader import MaskRule
from maskwright.imaging.photos import Photo


def picture(seed: int, size_hw: tuple[int, int] = (96, 128)) -> Photo:
    """Return a picture of random blots: different seeds look nothing like one another."""
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 256, (size_hw[0] // 8, size_hw[1] // 8, 3), dtype=np.uint8)
    return np.array(Image.fromarray(small).resize(size_hw[::-1], Image.Resampling.BICUBIC))


def box(class_id: int = 1, size_hw: tuple[int, int] = (96, 128), side_px: int = 20) -> Mask:
    """Return a mask with one square of `class_id`."""
    mask = np.zeros(size_hw, dtype=np.uint8)
    mask[10 : 10 + side_px, 10 : 10 + side_px] = class_id
    return mask


def save(path: Path, pixels: Photo | Mask, *, taken: str = "") -> Path:
    """Write pixels as an image, with an EXIF time where one is given."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(pixels)
    exif = Image.Exif()
    if taken:
        exif.get_ifd(0x8769)[0x9003] = taken
    image.save(path, exif=exif)
    return path


def drawn_dataset(
    root: Path,
    photos: Mapping[str, Photo],
    masks: Mapping[str, Mask | None] | None = None,
    *,
    classes: Sequence[str] = ("background", "grid"),
    parts: Mapping[str, PartName] | None = None,
) -> Dataset:
    """Write photos and masks (by default one box each; None = not annotated) and return their dataset."""
    masks = {name: box(size_hw=(photo.shape[0], photo.shape[1])) for name, photo in photos.items()} | dict(masks or {})
    samples = []
    for name in sorted(photos):
        photo = save(root / name, photos[name])
        mask = masks[name]
        truth = MaskFile(save(root / "masks" / f"{name}.png", mask)) if mask is not None else None
        size_hw = (photos[name].shape[0], photos[name].shape[1])
        samples.append(Sample(name, photo, truth, size_hw, part=(parts or {}).get(name)))
    rule = MaskRule(tuple((i, i) for i in range(256)))
    return Dataset(root, "masks", tuple(samples), class_table(tuple(classes)), mask_rule=rule)


def numbered(count: int, suffix: str = "png") -> dict[str, Photo]:
    """Return `count` different pictures under numbered names."""
    return {f"p{i:03}.{suffix}": picture(i) for i in range(count)}
