"""Pages of a stack are written as photos of their own."""

from pathlib import Path

import numpy as np
import pytest
import tifffile

from maskwright.datasets.converting import convert
from maskwright.datasets.opening import open_dataset


@pytest.mark.parametrize("to", ["masks", "coco", "labelme"])
def test_a_converted_stack_has_a_photo_a_page(tmp_path: Path, to: str) -> None:
    rng = np.random.default_rng(0)
    photos = rng.integers(0, 255, (6, 40, 50), np.uint8)
    masks = np.zeros_like(photos)
    masks[:, 5:20, 10:30] = 1
    (tmp_path / "data").mkdir()
    tifffile.imwrite(tmp_path / "data/cells.tif", photos, photometric="minisblack")
    tifffile.imwrite(tmp_path / "data/cells_labels.tif", masks, photometric="minisblack")
    data = open_dataset(tmp_path / "data")
    assert len(data.samples) == 6
    convert(data, to, tmp_path / "new")
    new = open_dataset(tmp_path / "new")
    assert [Path(sample.name).name for sample in new.samples] == [f"cells_{k}.tif" for k in (1, 2, 3, 4, 5, 6)]
    for page, sample in zip(photos, new.samples, strict=True):
        assert np.array_equal(new.photo(sample)[..., 0], page)
        assert int((new.mask(sample) == 1).sum()) == 300
