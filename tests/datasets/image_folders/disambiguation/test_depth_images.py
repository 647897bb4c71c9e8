"""Pictures of heights beside photos are neither photos nor masks, however smooth they are."""

from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image

from maskwright.checks.check import file_findings
from maskwright.datasets.opening import open_dataset
from tests.support.drawn_layouts import COUNT, SIZE_HW, Pixels, binary, photo, save

NEGATIVES = (20, 21, 22)


def _heights(number: int) -> Pixels:
    """Return a grey picture of slopes; every third is as flat as a mask."""
    if number % 3:
        return np.asarray(Image.fromarray(photo(number + 50)).convert("L"))
    return np.repeat(np.repeat(np.arange(8, dtype=np.uint8) * 9 + 40, SIZE_HW[1] // 8)[None], SIZE_HW[0], axis=0)


def _draw(root: Path, heights: str) -> None:
    for k in range(COUNT):
        save(root / f"slide/image/a{k}.png", photo(k))
        save(root / f"slide/mask/a{k}.png", binary(k) * 255)
        save(root / f"slide/{heights}/a{k}.png", _heights(k))
    for k in NEGATIVES:
        save(root / f"none/image/b{k}.png", photo(k))
        save(root / f"none/{heights}/b{k}.png", _heights(k))


def test_heights_are_left_out_beside_photos_with_and_without_masks(tmp_path: Path) -> None:
    _draw(tmp_path, "dem")
    data = open_dataset(tmp_path)
    assert Counter(sample.name.split("/")[1] for sample in data.samples) == {"image": COUNT + len(NEGATIVES)}
    assert len(data.annotated) == COUNT
    unused = " ".join(finding.evidence for finding in file_findings(data) if finding.code == "file-unused")
    assert f"{COUNT + len(NEGATIVES)}: " in unused
    assert "shows depths or heights" in unused


def test_masks_in_a_folder_called_depth_stay_masks_where_there_are_no_others(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"image/a{k}.png", photo(k))
        save(tmp_path / f"depth/a{k}.png", binary(k) * 255)
    assert len(open_dataset(tmp_path).annotated) == COUNT
