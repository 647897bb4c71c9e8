from pathlib import Path

import numpy as np
from PIL import Image

from maskwright.checks.check import check
from maskwright.datasets.opening import open_dataset


def test_square_masks_of_rotated_square_photos_are_not_called_unturned(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    exif = Image.Exif()
    exif[0x0112] = 6
    for folder in ("images", "masks"):
        (tmp_path / folder).mkdir()
    for i in range(4):
        mask = np.zeros((64, 64), dtype=np.uint8)
        mask[10 + i : 40, 20 : 50 + i] = 255
        photo = rng.integers(0, 60, (64, 64, 3), dtype=np.uint8) + mask[:, :, None] // 2
        Image.fromarray(np.rot90(photo).copy()).save(tmp_path / "images" / f"{i}.jpg", exif=exif)
        Image.fromarray(mask).save(tmp_path / "masks" / f"{i}.png")
    codes = [finding.code for finding in check(open_dataset(tmp_path))]
    assert "mask-unturned" not in codes
